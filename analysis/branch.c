#include "analysis/branch.h"

#include <string.h>

#define NESTING_MAX 200 /* groups open at once; deeper ones are passed over */

void branches_finish(struct branches *branches) {
    vec_finish(&branches->items);
    vec_finish(&branches->groups);
    vec_finish(&branches->marks);
}

uint32_t branches_next(const struct branches *branches, uint32_t branch) {
    uint32_t group = branches->items.items[branch].group;
    uint32_t end = branches->items.items[branch].end_token;
    if (branches->groups.items[group].end_token == end) return BRANCH_NONE;
    /* Branches are in the order of their directives. */
    size_t low = branch + 1, high = branches->items.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (branches->items.items[middle].token < end)
            low = middle + 1;
        else
            high = middle;
    }
    return low < branches->items.count ? (uint32_t)low : BRANCH_NONE;
}

uint32_t branches_around(const struct branches *branches, uint32_t token) {
    size_t low = 0, high = branches->items.count; /* the last branch that begins before the token */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (branches->items.items[middle].token < token)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0) return BRANCH_NONE;
    uint32_t branch = (uint32_t)low - 1;
    while (branch != BRANCH_NONE && branches->items.items[branch].end_token <= token)
        branch = branches->groups.items[branches->items.items[branch].group].parent;
    return branch;
}

struct open_group {
    uint32_t group, branch; /* the branch being read */
    bool settled;           /* a branch that is always taken has been seen */
};

/* One text alone where a statement would be: it stops compilers that come here, as #error does. */
static bool is_objection(const char *bytes, const struct c_tokens *tokens, const struct branches *branches,
                         const struct branch *branch) {
    const struct c_token *text = &tokens->items[branch->token + 1];
    if (branch->end_token != branch->token + 2 || text->kind != C_STRING) return false;
    if (!memchr(bytes + text->start_byte, ' ', text->end_byte - text->start_byte)) return false;
    uint32_t group = branches->groups.items[branch->group].first_branch;
    uint32_t before = branches->items.items[group].token;
    while (before > 0 && tokens->items[before - 1].kind == C_DIRECTIVE)
        before--;
    return before == 0 || c_tokens_have(tokens, before - 1, ';') || c_tokens_have(tokens, before - 1, '}');
}

static void end_branch(const char *bytes, const struct c_tokens *tokens, struct branches *branches,
                       const struct open_group *open, uint32_t token) {
    struct branch *branch = &branches->items.items[open->branch];
    branch->end_token = token;
    branch->dead |= is_objection(bytes, tokens, branches, branch);
}

static void begin_branch(const char *bytes, const struct c_tokens *tokens, uint32_t token, bool around_dead,
                         struct open_group *open, struct branches *branches,
                         struct choice_condition *condition) {
    const struct c_token *directive = &tokens->items[token];
    choice_parse(bytes, directive, condition);
    enum truth truth = choice_constant(condition);
    struct branch branch = {.token = token,
                            .end_token = (uint32_t)tokens->count,
                            .group = open->group,
                            .dead = around_dead || open->settled || truth == TRUTH_NO};
    open->settled |= truth == TRUTH_YES;
    open->branch = (uint32_t)branches->items.count;
    vec_push(&branches->items, branch);
    vec_push(&branches->marks, (struct branch_mark){token, open->branch, open->group});
    struct branch_group *group = &branches->groups.items[open->group];
    group->branch_count++;
    group->has_else |= truth == TRUTH_YES;
}

void branches_find(const char *bytes, const struct c_tokens *tokens, struct branches *branches) {
    struct open_group stack[NESTING_MAX];
    size_t depth = 0, too_deep = 0;
    struct choice_condition condition = {0};
    vec_clear(&branches->items);
    vec_clear(&branches->groups);
    vec_clear(&branches->marks);
    branches->stray_token = branches->unclosed_token = BRANCH_NONE;
    for (uint32_t i = 0; i < tokens->count; i++) {
        const struct c_token *token = &tokens->items[i];
        if (token->kind != C_DIRECTIVE || token->byte == C_DIRECTIVE_OTHER) continue;
        struct open_group *open = depth ? &stack[depth - 1] : NULL;
        switch (token->byte) {
        case C_DIRECTIVE_IF:
        case C_DIRECTIVE_IFDEF:
        case C_DIRECTIVE_IFNDEF: {
            if (depth == NESTING_MAX) {
                too_deep++;
                break;
            }
            bool dead = open && branches->items.items[open->branch].dead;
            struct branch_group group = {.first_branch = (uint32_t)branches->items.count,
                                         .end_token = (uint32_t)tokens->count,
                                         .parent = open ? open->branch : BRANCH_NONE};
            stack[depth] = (struct open_group){.group = (uint32_t)branches->groups.count};
            vec_push(&branches->groups, group);
            begin_branch(bytes, tokens, i, dead, &stack[depth], branches, &condition);
            depth++;
            break;
        }
        case C_DIRECTIVE_ENDIF:
            if (too_deep) {
                too_deep--;
                break;
            }
            if (!open) {
                if (branches->stray_token == BRANCH_NONE) branches->stray_token = i;
                break;
            }
            end_branch(bytes, tokens, branches, open, i);
            branches->groups.items[open->group].end_token = i;
            vec_push(&branches->marks, (struct branch_mark){i, BRANCH_NONE, open->group});
            depth--;
            break;
        case C_DIRECTIVE_ERROR:
            if (open && !too_deep) branches->items.items[open->branch].dead = true;
            break;
        default: {
            if (too_deep) break;
            if (!open) {
                if (branches->stray_token == BRANCH_NONE) branches->stray_token = i;
                break;
            }
            uint32_t parent = branches->groups.items[open->group].parent;
            bool dead = parent != BRANCH_NONE && branches->items.items[parent].dead;
            end_branch(bytes, tokens, branches, open, i);
            begin_branch(bytes, tokens, i, dead, open, branches, &condition);
        }
        }
    }
    if (depth) {
        uint32_t group = stack[0].group;
        branches->unclosed_token = branches->items.items[branches->groups.items[group].first_branch].token;
    }
    choice_condition_finish(&condition);
}
