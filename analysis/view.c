#include "analysis/view.h"

#include "base/hash.h"

#include <string.h>

#define DEPTH_MAX      200             /* branches around a branch */
#define SELECTIONS_MAX (2 * VIEWS_MAX) /* choices made, equal ones too */
#define FORCED_MAX     50000           /* conditions looked at to make choices */

enum { VIEW_NONE_DEFINED, VIEW_ALL_DEFINED, VIEW_FORCED }; /* phases */

struct view_branch {
    uint32_t branch; /* in the list of all */
    struct choice_condition condition;
    bool live;        /* compiled ever */
    bool selected;    /* by the view that came last */
    bool good, tried; /* was in a view that parses; in any view */
    uint8_t forced;   /* ways of forcing it that were tried */
};

struct view_maker {
    const char *bytes;
    const struct c_tokens *tokens;
    const struct branches *branches;
    struct item item;
    struct {
        VEC_FIELDS(struct view_branch);
    } list;                /* of the item, ascending */
    uint32_t first_branch; /* of the item, in the list of all */
    unsigned phase;
    size_t next_forced;
    unsigned made, selections, conditions_forced;
    struct {
        VEC_FIELDS(uint64_t);
    } seen; /* hashes of the choices made */
    struct choice choice;
    struct str out;
    struct reading_spans spans;
    bool base_good; /* some view parses: what lies in no branch is good */
};

/* Not in the list: it is around the item, or not in the text at all. */
static struct view_branch *find(const struct view_maker *maker, uint32_t branch) {
    if (branch == BRANCH_NONE || branch < maker->first_branch) return NULL;
    size_t index = branch - maker->first_branch;
    return index < maker->list.count ? &maker->list.items[index] : NULL;
}

static uint32_t parent_of(const struct view_maker *maker, uint32_t branch) {
    return maker->branches->groups.items[maker->branches->items.items[branch].group].parent;
}

static uint32_t first_branch_from(const struct branches *branches, uint32_t token) {
    size_t low = 0, high = branches->items.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (branches->items.items[middle].token < token)
            low = middle + 1;
        else
            high = middle;
    }
    return (uint32_t)low;
}

/* Whether all that the branch has at the level of the file is calls without a semicolon: macros, of which
 * nothing can be said. */
static bool holds_calls(const struct view_maker *maker, const struct branch *branch) {
    const struct c_token *tokens = maker->tokens->items;
    uint32_t end = branch->end_token < maker->item.end_token ? branch->end_token : maker->item.end_token;
    uint32_t i = branch->token + 1;
    for (uint32_t k = maker->item.first_token; k < i; k++)
        if (tokens[k].kind == C_OPEN) return false; /* perhaps inside of it */
    if (i >= end) return false;
    while (i < end) {
        uint32_t depth = 0;
        if (tokens[i].kind == C_DIRECTIVE) {
            i++;
            continue;
        }
        if (tokens[i].kind != C_WORD || !tokens[i].line_start || i + 1 >= end || tokens[i + 1].byte != '(')
            return false;
        for (i++; i < end; i++) {
            if (tokens[i].kind == C_OPEN) depth++;
            if (tokens[i].kind == C_CLOSE && --depth == 0) break;
            if (tokens[i].kind == C_DIRECTIVE || tokens[i].byte == '{') return false;
        }
        if (i++ >= end) return false;
    }
    return true;
}

struct view_maker *view_maker_create(const char *bytes, const struct c_tokens *tokens,
                                     const struct branches *branches, const struct item *item) {
    struct view_maker *maker = mem_zalloc(sizeof *maker);
    maker->bytes = bytes;
    maker->tokens = tokens;
    maker->branches = branches;
    maker->item = *item;
    str_init(&maker->out);
    maker->first_branch = first_branch_from(branches, item->first_token);
    for (uint32_t i = maker->first_branch; i < branches->items.count; i++) {
        const struct branch *branch = &branches->items.items[i];
        if (branch->token >= item->end_token) break;
        struct view_branch entry = {.branch = i};
        choice_parse(bytes, &tokens->items[branch->token], &entry.condition);
        const struct view_branch *around = find(maker, parent_of(maker, i));
        entry.live = !branch->dead && (!around || around->live) && !holds_calls(maker, branch);
        vec_push(&maker->list, entry);
    }
    return maker;
}

void view_maker_destroy(struct view_maker *maker) {
    if (!maker) return;
    for (size_t i = 0; i < maker->list.count; i++)
        choice_condition_finish(&maker->list.items[i].condition);
    vec_finish(&maker->list);
    vec_finish(&maker->seen);
    vec_finish(&maker->spans);
    choice_finish(&maker->choice);
    str_finish(&maker->out);
    mem_free(maker);
}

/* ---- which branches ---- */

/* Takes of each group the first live branch whose condition holds. */
static void select_branches(struct view_maker *maker) {
    for (size_t i = 0; i < maker->list.count; i++)
        maker->list.items[i].selected = false;
    for (size_t i = 0; i < maker->list.count; i++) {
        struct view_branch *entry = &maker->list.items[i];
        const struct branch *branch = &maker->branches->items.items[entry->branch];
        const struct branch_group *group = &maker->branches->groups.items[branch->group];
        if (group->first_branch != entry->branch) continue;
        const struct view_branch *around = find(maker, group->parent);
        if (around && !around->selected) continue;
        struct view_branch *taken = NULL, *last_live = NULL;
        for (uint32_t k = entry->branch; k != BRANCH_NONE && !taken; k = branches_next(maker->branches, k)) {
            struct view_branch *candidate = find(maker, k);
            if (!candidate) break;
            if (!candidate->live) continue;
            last_live = candidate;
            if (choice_holds(&candidate->condition, &maker->choice)) taken = candidate;
        }
        /* What is left when the #else is an #error. */
        if (!taken && group->has_else) taken = last_live;
        if (taken) taken->selected = true;
    }
}

/* Makes the choice take the branch: it and those around it, and none before them. */
static bool force(struct view_maker *maker, uint32_t wanted) {
    uint32_t chain[DEPTH_MAX];
    size_t depth = 0;
    for (uint32_t i = wanted; find(maker, i) && depth < DEPTH_MAX; i = parent_of(maker, i))
        chain[depth++] = i;
    while (depth-- > 0) {
        const struct branch *branch = &maker->branches->items.items[chain[depth]];
        uint32_t i = maker->branches->groups.items[branch->group].first_branch;
        for (; i != chain[depth] && i != BRANCH_NONE; i = branches_next(maker->branches, i)) {
            const struct view_branch *before = find(maker, i);
            if (maker->conditions_forced++ >= FORCED_MAX) return false;
            if (before && before->live && !choice_force(&before->condition, false, &maker->choice))
                return false;
        }
        if (!choice_force(&find(maker, chain[depth])->condition, true, &maker->choice)) return false;
    }
    return true;
}

static bool is_new(struct view_maker *maker) {
    uint64_t hash = 0;
    for (size_t i = 0; i < maker->list.count; i++)
        if (maker->list.items[i].selected) hash = hash64(&i, sizeof i, hash + 1);
    for (size_t i = 0; i < maker->seen.count; i++)
        if (maker->seen.items[i] == hash) return false;
    vec_push(&maker->seen, hash);
    return true;
}

/* The next choice; false when there is none. */
static bool choose(struct view_maker *maker) {
    while (maker->made < VIEWS_MAX && maker->selections < SELECTIONS_MAX) {
        vec_clear(&maker->choice.assumptions);
        if (maker->phase < VIEW_FORCED) {
            maker->choice.others = maker->phase++ == VIEW_ALL_DEFINED;
        } else {
            if (maker->next_forced >= maker->list.count) return false;
            struct view_branch *entry = &maker->list.items[maker->next_forced];
            if (!entry->live || entry->good || entry->forced >= 2) {
                maker->next_forced++;
                continue;
            }
            maker->choice.others = entry->forced++ == 1;
            if (!force(maker, entry->branch)) continue;
        }
        select_branches(maker);
        maker->selections++;
        if (is_new(maker)) return true;
    }
    return false;
}

/* ---- their text ---- */

static void copy(struct view_maker *maker, uint32_t start_byte, uint32_t end_byte) {
    if (start_byte >= end_byte) return;
    uint32_t origin = maker->tokens->items[maker->item.first_token].start_byte;
    vec_push(&maker->spans, (struct reading_span){.at = (uint32_t)maker->out.length,
                                                  .start_byte = start_byte - origin,
                                                  .end_byte = end_byte - origin,
                                                  .copied = true});
    str_add(&maker->out, maker->bytes + start_byte, end_byte - start_byte);
}

static void write_view(struct view_maker *maker) {
    const struct c_tokens *tokens = maker->tokens;
    uint32_t from = tokens->items[maker->item.first_token].start_byte;
    size_t next = 0; /* branch of the list */
    str_clear(&maker->out);
    vec_clear(&maker->spans);
    for (uint32_t i = maker->item.first_token; i < maker->item.end_token; i++) {
        const struct c_token *token = &tokens->items[i];
        if (token->kind != C_DIRECTIVE) continue;
        copy(maker, from, token->start_byte);
        while (next < maker->list.count &&
               maker->branches->items.items[maker->list.items[next].branch].token < i)
            next++;
        if (next < maker->list.count && !maker->list.items[next].selected) {
            const struct branch *branch = &maker->branches->items.items[maker->list.items[next].branch];
            if (branch->token == i) {
                uint32_t end =
                    branch->end_token < maker->item.end_token ? branch->end_token : maker->item.end_token;
                i = end - 1; /* the directive there is looked at next */
                from = end < tokens->count ? tokens->items[end].start_byte : tokens->items[end - 1].end_byte;
                continue;
            }
        }
        from = token->end_byte;
    }
    copy(maker, from, tokens->items[maker->item.end_token - 1].end_byte);
}

bool view_next(struct view_maker *maker, struct view *view) {
    if (!choose(maker)) return false;
    maker->made++;
    for (size_t i = 0; i < maker->list.count; i++)
        maker->list.items[i].tried |= maker->list.items[i].selected;
    write_view(maker);
    *view = (struct view){
        .bytes = maker->out.bytes, .length = (uint32_t)maker->out.length, .spans = maker->spans};
    return true;
}

void view_accept(struct view_maker *maker) {
    maker->base_good = true;
    for (size_t i = 0; i < maker->list.count; i++)
        maker->list.items[i].good |= maker->list.items[i].selected;
}

bool view_deny(struct view_maker *maker, bool (*is_denied)(const struct c_token *directive, void *payload),
               void *payload) {
    bool any = false;
    for (size_t i = 0; i < maker->list.count; i++) {
        struct view_branch *entry = &maker->list.items[i];
        const struct branch *branch = &maker->branches->items.items[entry->branch];
        if (!entry->live || !entry->selected || entry->good ||
            !is_denied(&maker->tokens->items[branch->token], payload))
            continue;
        entry->live = false;
        any = true;
    }
    return any;
}

bool view_all_good(const struct view_maker *maker) {
    for (size_t i = 0; i < maker->list.count; i++) {
        const struct view_branch *entry = &maker->list.items[i];
        if (entry->live && entry->tried && !entry->good) return false;
    }
    return maker->base_good;
}
