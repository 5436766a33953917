#include "analysis/item.h"

#define LOOKAHEAD_MAX 64 /* tokens from a parameter's declaration to the brace of a K&R definition */

/* Where the scan is, as far as it decides where items end. */
struct place {
    uint32_t curly, round; /* open braces, and other brackets outside of them */
    uint32_t linkage;      /* open braces of extern "C" */
    bool between;          /* no item is open */
};

/* What has been seen of the open item outside of its brackets. */
struct heading {
    bool aggregate; /* struct, union or enum */
    bool pointer;   /* a * behind it */
    bool typed;     /* a : behind it: the type of an enum's values follows */
    bool assigned;  /* = */
    bool called;    /* a parameter list, or a macro's arguments */
    bool old_style; /* a word follows a closing bracket: parameters may be declared behind it */
    uint8_t words;  /* behind the aggregate's keyword, attributes aside */
    bool body;      /* the open brace is a function's */
    uint32_t round; /* brackets open where the brace was */
};

struct open_branches {
    uint32_t branch; /* the one being read */
    struct place start, after;
    size_t item_count;    /* at the #if */
    size_t branch_items;  /* at the beginning of the branch */
    uint32_t first_token; /* of the item that is open at the #if, or the #if */
    struct heading heading, heading_after;
    bool transparent; /* every branch so far began and ended between items */
    bool all_end_between, any_live;
};

struct split {
    const char *bytes;
    const struct c_tokens *tokens;
    const struct branches *branches;
    struct items *items;
    struct place place;
    struct heading heading;
    uint32_t first_token; /* of the open item */
    struct {
        VEC_FIELDS(struct open_branches);
    } open;
};

static bool is_word(const struct split *split, uint32_t i, const char *word) {
    return i < split->tokens->count && c_token_is(split->bytes, &split->tokens->items[i], word);
}

static bool is_byte(const struct split *split, uint32_t i, char byte) {
    return c_tokens_have(split->tokens, i, byte);
}

/* The next token that is no directive. */
static uint32_t next_token(const struct split *split, uint32_t i) {
    do
        i++;
    while (i < split->tokens->count && split->tokens->items[i].kind == C_DIRECTIVE);
    return i;
}

static bool is_attribute(const struct split *split, uint32_t i) {
    const struct c_token *token = &split->tokens->items[i];
    if (is_word(split, i, "__attribute__") || is_word(split, i, "__attribute") ||
        is_word(split, i, "__declspec") || is_word(split, i, "_Alignas") || is_word(split, i, "alignas"))
        return true;
    for (uint32_t at = token->start_byte; at < token->end_byte; at++) /* a macro in its place: upper case */
        if (split->bytes[at] >= 'a' && split->bytes[at] <= 'z') return false;
    return true;
}

static void close_item(struct split *split, uint32_t end_token) {
    struct item item = {.first_token = split->first_token, .end_token = end_token};
    vec_push(split->items, item);
    split->place.between = true;
    split->place.round = 0;
    split->heading = (struct heading){0};
}

/* Parameters of a K&R definition are declared between its head and its brace. */
static bool goes_on_old_style(const struct split *split, uint32_t semicolon) {
    uint32_t at = semicolon;
    for (unsigned tries = 0; tries < LOOKAHEAD_MAX; tries++) {
        uint32_t next = next_token(split, at);
        if (next >= split->tokens->count || is_byte(split, next, '=') || is_byte(split, next, '}'))
            return false;
        if (is_byte(split, next, '{')) return is_byte(split, at, ';');
        at = next;
    }
    return false;
}

static void read_brace(struct split *split) {
    struct heading *heading = &split->heading;
    if (split->place.curly++ > 0) return;
    heading->round = split->place.round;
    heading->body = split->place.round == 0 && !heading->assigned && !heading->typed &&
                    (!heading->aggregate || heading->called || heading->words > 1 || heading->pointer);
}

/* Whether the item that begins at the margin is a definition whose end is still to come: its lines are
 * indented and no brace opens them, or what closes it is as deep as they are. */
static bool lacks_brace(const struct split *split, const struct item *item) {
    uint32_t round = 0;
    for (uint32_t i = item->first_token; i < item->end_token; i++) {
        const struct c_token *token = &split->tokens->items[i];
        if (token->kind == C_DIRECTIVE) continue;
        bool behind_head = i > item->first_token && (token[-1].kind == C_WORD || is_byte(split, i - 1, ')'));
        if (token->line_start && !token->column_0 && round == 0 && behind_head && token->kind == C_WORD)
            return true;
        if (is_byte(split, i, '{') || is_byte(split, i, '=')) break;
        if (is_byte(split, i, '(') || is_byte(split, i, '[')) round++;
        if ((is_byte(split, i, ')') || is_byte(split, i, ']')) && round > 0) round--;
    }
    const struct c_token *last = &split->tokens->items[item->end_token - 1];
    return is_byte(split, item->end_token - 1, '}') && last->line_start && !last->column_0;
}

/* A closing brace at the margin that closes nothing: what began at the margin before it lost a brace, and all
 * between is one item. */
static void join_back(struct split *split) {
    size_t least = split->open.count ? split->open.items[split->open.count - 1].branch_items : 0;
    for (size_t k = split->items->count - 1; k-- > least;) {
        struct item *item = &split->items->items[k];
        uint32_t first = item->first_token;
        if (split->tokens->items[first].kind == C_DIRECTIVE) first = next_token(split, first);
        if (first >= item->end_token || is_byte(split, first, '}')) return;
        bool label = is_byte(split, first + 1, ':');
        if (!split->tokens->items[first].column_0 || label) continue;
        if (!lacks_brace(split, item)) return;
        item->end_token = split->items->items[split->items->count - 1].end_token;
        split->items->count = k + 1;
        return;
    }
}

static void read_closing_brace(struct split *split, uint32_t i) {
    if (split->place.curly == 0) { /* one too many: it ends whatever is there */
        split->place.round = 0;
        close_item(split, i + 1);
        if (split->tokens->items[i].column_0) join_back(split);
        return;
    }
    if (--split->place.curly > 0) return;
    split->place.round = split->heading.round;
    if (split->place.round == 0 && split->heading.body) close_item(split, i + 1);
}

static void read_outside(struct split *split, uint32_t i) {
    const struct c_token *token = &split->tokens->items[i];
    struct heading *heading = &split->heading;
    if (token->kind == C_WORD && split->place.round == 0) {
        bool call = is_byte(split, next_token(split, i), '(');
        if (is_word(split, i, "struct") || is_word(split, i, "union") || is_word(split, i, "enum")) {
            heading->aggregate = true;
            heading->words = 0;
            heading->pointer = heading->called = false;
        } else if (call && !is_attribute(split, i)) {
            heading->called = true;
        } else if (!call) {
            heading->words += heading->words < UINT8_MAX && !is_attribute(split, i);
        }
        heading->old_style |= i > split->first_token && is_byte(split, i - 1, ')');
        return;
    }
    if (is_byte(split, i, '(') || is_byte(split, i, '[')) {
        split->place.round++;
    } else if (is_byte(split, i, ')') || is_byte(split, i, ']')) {
        if (split->place.round > 0) split->place.round--;
    } else if (is_byte(split, i, ';')) {
        uint32_t next = next_token(split, i);
        bool inside = split->place.round > 0; /* arguments of a macro, or a bracket is missing */
        if (inside && next < split->tokens->count &&
            (!split->tokens->items[next].column_0 || split->tokens->items[next].kind != C_WORD))
            return;
        if (!inside && heading->old_style && goes_on_old_style(split, i)) return;
        close_item(split, i + 1);
    } else if (split->place.round == 0) {
        heading->assigned |= is_byte(split, i, '=');
        heading->pointer |= is_byte(split, i, '*');
        heading->typed |= heading->aggregate && is_byte(split, i, ':');
    }
}

/* extern "C" { is no part of an item. Returns whether it was one. */
static bool read_linkage(struct split *split, uint32_t *i) {
    if (!split->place.between) return false;
    if (is_byte(split, *i, '}') && split->place.linkage > 0) {
        split->place.linkage--;
        return true;
    }
    uint32_t string = *i + 1, brace = *i + 2;
    if (!is_word(split, *i, "extern") || brace >= split->tokens->count ||
        split->tokens->items[string].kind != C_STRING || !is_byte(split, brace, '{'))
        return false;
    split->place.linkage++;
    *i = brace;
    return true;
}

/* ---- branches ---- */

static void end_branch(struct split *split) {
    struct open_branches *open = &split->open.items[split->open.count - 1];
    if (split->branches->items.items[open->branch].dead) return;
    const struct place *here = &split->place;
    bool between = here->between;
    if (!between || here->curly != open->start.curly || here->linkage != open->start.linkage)
        open->transparent = false;
    open->all_end_between &= between;
    if (!open->any_live) {
        open->after = *here;
        open->heading_after = split->heading;
        open->any_live = true;
    }
}

static void begin_branch(struct split *split, uint32_t branch) {
    struct open_branches *open = &split->open.items[split->open.count - 1];
    open->branch = branch;
    open->branch_items = split->items->count;
    split->place = open->start;
    split->heading = open->heading;
    split->first_token = open->first_token;
}

static void end_group(struct split *split, const struct branch_group *group, uint32_t endif_token) {
    struct open_branches open = split->open.items[--split->open.count];
    if (!open.any_live) {
        open.after = open.start;
        open.heading_after = open.heading;
    }
    if (open.transparent) {
        split->place = open.start;
        split->heading = open.heading;
        split->first_token = open.first_token;
        return;
    }
    split->items->count = open.item_count;
    split->first_token = open.first_token;
    split->place = open.after;
    split->heading = open.heading_after;
    bool complete = open.any_live && open.all_end_between && (group->has_else || open.start.between);
    split->place.between = false;
    if (complete && split->place.curly == 0) {
        close_item(split, endif_token + 1);
    }
}

/* Returns the token to go on with. */
static uint32_t read_mark(struct split *split, const struct branch_mark *mark) {
    const struct branch_group *group = &split->branches->groups.items[mark->group];
    if (mark->branch == BRANCH_NONE) {
        end_branch(split);
        end_group(split, group, mark->token);
        return mark->token + 1;
    }
    const struct branch *branch = &split->branches->items.items[mark->branch];
    if (mark->branch == group->first_branch) {
        struct open_branches open = {.start = split->place,
                                     .item_count = split->items->count,
                                     .first_token = split->place.between ? mark->token : split->first_token,
                                     .heading = split->heading,
                                     .transparent = split->place.between,
                                     .all_end_between = true};
        vec_push(&split->open, open);
    } else {
        end_branch(split);
    }
    begin_branch(split, mark->branch);
    return branch->dead ? branch->end_token : mark->token + 1;
}

/* Which items hold directives. Marks of the text between items are passed over. */
static void note_directives(const struct c_tokens *tokens, struct items *items) {
    for (size_t i = 0; i < items->count; i++) {
        struct item *item = &items->items[i];
        for (uint32_t t = item->first_token; t < item->end_token; t++) {
            if (tokens->items[t].kind != C_DIRECTIVE) continue;
            item->directives = true;
            item->conditional |= tokens->items[t].byte != C_DIRECTIVE_OTHER;
        }
    }
}

bool items_split(const char *bytes, const struct c_tokens *tokens, const struct branches *branches,
                 const uint32_t *starts, size_t start_count, struct items *items) {
    struct split split = {
        .bytes = bytes, .tokens = tokens, .branches = branches, .items = items, .place = {.between = true}};
    size_t mark = 0, start = 0;
    for (uint32_t i = 0; i < tokens->count;) {
        while (mark < branches->marks.count && branches->marks.items[mark].token < i)
            mark++;
        if (mark < branches->marks.count && branches->marks.items[mark].token == i) {
            i = read_mark(&split, &branches->marks.items[mark]);
            continue;
        }
        const struct c_token *token = &tokens->items[i];
        if (token->kind == C_DIRECTIVE || read_linkage(&split, &i)) {
            i++;
            continue;
        }
        while (start < start_count && starts[start] < i)
            start++;
        if (start < start_count && starts[start] == i && split.place.curly > 0) {
            split.place.curly = 0;
            close_item(&split, i);
        }
        if (split.place.between) {
            split.first_token = i;
            split.place.between = false;
        }
        if (is_byte(&split, i, '{'))
            read_brace(&split);
        else if (is_byte(&split, i, '}'))
            read_closing_brace(&split, i);
        else if (split.place.curly == 0)
            read_outside(&split, i);
        i++;
    }
    while (split.open.count) { /* an #if without its #endif */
        struct open_branches open = split.open.items[--split.open.count];
        if (!open.transparent) {
            split.items->count = open.item_count;
            split.first_token = open.first_token;
            split.place.between = false;
        }
    }
    bool closed = split.place.curly == 0;
    if (!split.place.between) close_item(&split, (uint32_t)tokens->count);
    vec_finish(&split.open);
    note_directives(tokens, items);
    return closed;
}
