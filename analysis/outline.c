/* Declarations: outline.h.
 *
 * Symbols and folds are two visitors of one walk over the trees of all pieces, by cursor, with a level for
 * each depth. The symbols' walk enters only nodes that may hold declarations, the folds' only nodes of
 * several lines, so both cost less than the number of nodes. */
#include "analysis/outline.h"

#include "analysis/outline_table.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

#define CANCEL_INTERVAL 256 /* nodes between two looks at the clock */
#define MAX_NAME_STEPS  64  /* declarators between a declaration and its name */
#define MAX_BLANK_LINES 1   /* between imports of one group */

/* What is known of the node at one depth of the cursor. */
struct level {
    uint32_t start_byte; /* in the text */
    uint32_t inside;     /* symbol that holds its children */
    uint32_t nesting;    /* of that symbol */
    char opener;         /* the last bracket opened among its children, 0: none */
    uint32_t opener_byte;
};

/* Neighbours of one kind that fold together. */
struct group {
    bool open;
    uint32_t start_line, end_line;
};

struct walk {
    const struct syntax *syntax;
    const struct text *text;
    const struct cancel *cancel;
    const struct outline_table *table;
    const struct outline_row **rows; /* by TSSymbol; NULL: not in the table */
    uint32_t row_count;
    uint32_t piece_start;
    bool stop; /* a limit is reached */
    TSTreeCursor fields;
    struct {
        VEC_FIELDS(struct level);
    } levels;
    struct {
        VEC_FIELDS(TSNode);
    } names;
    struct arena *arena;
    struct {
        VEC_FIELDS(struct outline_symbol);
    } symbols;
    struct {
        VEC_FIELDS(struct outline_fold);
    } folds;
    struct group comments, imports;
};

/* Called for each node the cursor comes to; true: look at its children. */
typedef bool visit_fn(struct walk *walk, TSNode node, size_t depth);

static enum status reached(const struct cancel *cancel) {
    if (!cancel_reached(cancel)) return STATUS_OK;
    return cancel_requested(cancel) ? STATUS_CANCELLED : STATUS_DEADLINE;
}

static uint32_t start_of(const struct walk *walk, TSNode node) {
    return walk->piece_start + ts_node_start_byte(node);
}

static uint32_t end_of(const struct walk *walk, TSNode node) {
    return walk->piece_start + ts_node_end_byte(node);
}

static const struct outline_row *row_of(const struct walk *walk, TSNode node) {
    TSSymbol symbol = ts_node_symbol(node);
    return symbol < walk->row_count && ts_node_is_named(node) ? walk->rows[symbol] : NULL;
}

static void walk_init(struct walk *walk, const struct syntax *syntax, const struct cancel *cancel,
                      struct arena *arena) {
    const struct language *language = syntax_language(syntax);
    const TSLanguage *grammar = language->grammar();
    *walk = (struct walk){.syntax = syntax,
                          .text = syntax_text(syntax),
                          .cancel = cancel,
                          .table = outline_table_find(language),
                          .arena = arena};
    walk->row_count = ts_language_symbol_count(grammar);
    walk->rows = mem_zalloc(walk->row_count * sizeof *walk->rows);
    for (const struct outline_row *row = walk->table ? walk->table->rows : NULL; row && row->type; row++) {
        TSSymbol symbol = ts_language_symbol_for_name(grammar, row->type, (uint32_t)strlen(row->type), true);
        if (symbol != 0) walk->rows[symbol] = row;
    }
}

static void walk_finish(struct walk *walk) {
    mem_free(walk->rows);
    vec_finish(&walk->levels);
    vec_finish(&walk->names);
    vec_finish(&walk->symbols);
    vec_finish(&walk->folds);
}

static enum status walk_tree(struct walk *walk, TSNode root, visit_fn *visit) {
    enum status status = STATUS_OK;
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    walk->fields = ts_tree_cursor_new(root);
    size_t depth = 0, visited = 0;
    while (!walk->stop) {
        if (visited++ % CANCEL_INTERVAL == 0 && (status = reached(walk->cancel)) != STATUS_OK) break;
        TSNode node = ts_tree_cursor_current_node(&cursor);
        vec_reserve(&walk->levels, depth + 1);
        walk->levels.items[depth] =
            (struct level){.start_byte = start_of(walk, node), .inside = OUTLINE_NO_PARENT};
        if (depth > 0) {
            walk->levels.items[depth].inside = walk->levels.items[depth - 1].inside;
            walk->levels.items[depth].nesting = walk->levels.items[depth - 1].nesting;
        }
        if (visit(walk, node, depth) && ts_tree_cursor_goto_first_child(&cursor)) {
            depth++;
            continue;
        }
        while (depth > 0 && !ts_tree_cursor_goto_next_sibling(&cursor)) {
            ts_tree_cursor_goto_parent(&cursor);
            depth--;
        }
        if (depth == 0) break;
    }
    ts_tree_cursor_delete(&walk->fields);
    ts_tree_cursor_delete(&cursor);
    return status;
}

static enum status walk_pieces(struct walk *walk, struct parser *parser, visit_fn *visit) {
    size_t count = syntax_piece_count(walk->syntax);
    for (size_t i = 0; i < count && !walk->stop; i++) {
        enum status status = reached(walk->cancel);
        if (status != STATUS_OK) return status;
        walk->piece_start = syntax_piece_at(walk->syntax, i).start_byte;
        TSTree *tree = syntax_piece_own_tree(walk->syntax, i, parser);
        if (!tree) continue;
        status = walk_tree(walk, ts_tree_root_node(tree), visit);
        ts_tree_delete(tree);
        if (status != STATUS_OK) return status;
    }
    return STATUS_OK;
}

static TSNode child_by_field(TSNode node, const char *field) {
    return ts_node_child_by_field_name(node, field, (uint32_t)strlen(field));
}

/* The children under row->name_field, into walk->names. */
static void find_names(struct walk *walk, TSNode node, const char *field) {
    vec_clear(&walk->names);
    ts_tree_cursor_reset(&walk->fields, node);
    if (!ts_tree_cursor_goto_first_child(&walk->fields)) return;
    do {
        const char *name = ts_tree_cursor_current_field_name(&walk->fields);
        TSNode child = ts_tree_cursor_current_node(&walk->fields);
        /* Commas between names carry the field as well. */
        if (name && strcmp(name, field) == 0 && ts_node_is_named(child)) vec_push(&walk->names, child);
    } while (ts_tree_cursor_goto_next_sibling(&walk->fields));
}

/* From a declarator to the name within it; *above is the last declarator on the way. */
static TSNode find_name(TSNode node, TSNode *above) {
    for (int steps = 0; steps < MAX_NAME_STEPS && strstr(ts_node_type(node), "declarator"); steps++) {
        TSNode next = child_by_field(node, "declarator");
        if (ts_node_is_null(next)) next = child_by_field(node, "name");
        if (ts_node_is_null(next)) next = ts_node_named_child(node, 0);
        if (ts_node_is_null(next)) break;
        *above = node;
        node = next;
    }
    return node;
}

static enum outline_kind kind_by_hint(const struct walk *walk, TSNode hint, enum outline_kind kind) {
    if (ts_node_is_null(hint)) return kind;
    const char *type = ts_node_type(hint);
    for (const struct outline_hint *row = walk->table->hints; row->type; row++)
        if (strcmp(row->type, type) == 0) return row->kind;
    return kind;
}

static bool is_class_like(enum outline_kind kind) {
    return kind == OUTLINE_CLASS || kind == OUTLINE_INTERFACE || kind == OUTLINE_STRUCT ||
           kind == OUTLINE_OBJECT || kind == OUTLINE_ENUM;
}

static bool is_function_like(enum outline_kind kind) {
    return kind == OUTLINE_FUNCTION || kind == OUTLINE_METHOD || kind == OUTLINE_CONSTRUCTOR;
}

/* What a declaration is where it stands; OUTLINE_NONE: a function's own business. */
static enum outline_kind kind_inside(const struct walk *walk, uint32_t parent, enum outline_kind kind) {
    if (parent == OUTLINE_NO_PARENT) return kind;
    enum outline_kind outer = walk->symbols.items[parent].kind;
    bool is_value = kind == OUTLINE_VARIABLE || kind == OUTLINE_CONSTANT || kind == OUTLINE_PROPERTY ||
                    kind == OUTLINE_FIELD;
    if (is_value && is_function_like(outer)) return OUTLINE_NONE;
    if (is_class_like(outer) && kind == OUTLINE_FUNCTION) return OUTLINE_METHOD;
    if (is_class_like(outer) && kind == OUTLINE_VARIABLE) return OUTLINE_FIELD;
    return kind;
}

/* One line of at most OUTLINE_MAX_NAME_BYTES; quotes around it are left out. */
static const char *copy_name(const struct walk *walk, uint32_t start_byte, uint32_t end_byte) {
    uint32_t length = end_byte - start_byte;
    int first = text_byte_at(walk->text, start_byte);
    bool quoted = length > 2 && (first == '"' || first == '\'' || first == '`') &&
                  text_byte_at(walk->text, end_byte - 1) == first;
    if (quoted) {
        start_byte++;
        length -= 2;
    }
    if (length > OUTLINE_MAX_NAME_BYTES) {
        length = OUTLINE_MAX_NAME_BYTES;
        while (length > 1 && (text_byte_at(walk->text, start_byte + length) & 0xC0) == 0x80)
            length--;
    }
    char *name = arena_alloc(walk->arena, (size_t)length + 1);
    text_copy(walk->text, start_byte, start_byte + length, name);
    name[length] = '\0';
    for (uint32_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < ' ') name[i] = ' ';
    return name;
}

/* Adds what one name of a declaration declares. False when that is nothing. */
static bool add_symbol(struct walk *walk, const struct outline_row *row, TSNode node, TSNode child,
                       uint32_t parent) {
    TSNode above = {0};
    TSNode name = find_name(child, &above);
    enum outline_kind kind = row->kind;
    if (row->hint_field) {
        bool by_way = strcmp(row->hint_field, row->name_field) == 0;
        kind = kind_by_hint(walk, by_way ? above : child_by_field(node, row->hint_field), kind);
    }
    if (kind == OUTLINE_VARIABLE && ts_node_named_child_count(name) > 0)
        return false; /* a pattern or an access */
    kind = kind_inside(walk, parent, kind);
    uint32_t name_start = start_of(walk, name), name_end = end_of(walk, name);
    if (row->end_field) {
        TSNode end = child_by_field(node, row->end_field);
        if (!ts_node_is_null(end)) name_end = end_of(walk, end);
    }
    if (kind == OUTLINE_NONE || name_end <= name_start) return false;
    if (walk->symbols.count == OUTLINE_MAX_SYMBOLS) {
        walk->stop = true;
        return false;
    }
    TSNode whole = walk->names.count == 1 ? node : child;
    struct outline_symbol symbol = {.name = copy_name(walk, name_start, name_end),
                                    .kind = kind,
                                    .start_byte = start_of(walk, whole),
                                    .end_byte = end_of(walk, whole),
                                    .name_start = name_start,
                                    .name_end = name_end,
                                    .parent = parent};
    vec_push(&walk->symbols, symbol);
    return true;
}

static bool visit_symbol(struct walk *walk, TSNode node, size_t depth) {
    if (depth == 0 || ts_node_is_error(node)) return true;
    const struct outline_row *row = row_of(walk, node);
    if (!row) return false;
    struct level *level = &walk->levels.items[depth];
    bool mention = row->flags & OUTLINE_NEEDS_BODY && ts_node_is_null(child_by_field(node, "body"));
    if (row->name_field && !mention) {
        find_names(walk, node, row->name_field);
        if (walk->names.count == 0 && row->end_field) find_names(walk, node, row->end_field);
        uint32_t parent = level->inside;
        for (size_t i = 0; i < walk->names.count && !walk->stop; i++) {
            if (!add_symbol(walk, row, node, walk->names.items[i], parent)) continue;
            if (!(row->flags & OUTLINE_CONTAINER) || level->nesting >= OUTLINE_MAX_NESTING) continue;
            level->inside = (uint32_t)(walk->symbols.count - 1);
        }
        if (level->inside != parent) level->nesting++;
    }
    return row->flags & OUTLINE_DESCEND;
}

enum status outline_symbols(const struct syntax *syntax, struct parser *parser, const struct cancel *cancel,
                            struct arena *arena, struct outline_symbols *ret_symbols) {
    struct walk walk;
    walk_init(&walk, syntax, cancel, arena);
    enum status status = walk.table ? walk_pieces(&walk, parser, visit_symbol) : STATUS_OK;
    if (status == STATUS_OK) {
        size_t size = walk.symbols.count * sizeof *walk.symbols.items;
        struct outline_symbols symbols = {arena_alloc(arena, size), walk.symbols.count, walk.stop};
        if (size > 0) memcpy(symbols.items, walk.symbols.items, size);
        *ret_symbols = symbols;
    }
    walk_finish(&walk);
    return status;
}

static void add_fold(struct walk *walk, uint32_t start_line, uint32_t end_line, enum fold_kind kind) {
    if (end_line <= start_line) return;
    if (walk->folds.count == OUTLINE_MAX_FOLDS) {
        walk->stop = true;
        return;
    }
    vec_push(&walk->folds, (struct outline_fold){start_line, end_line, kind});
}

/* The last line a node has bytes on: directives and layout blocks may end behind their line end. */
static uint32_t last_line(const struct walk *walk, TSNode node) {
    uint32_t start = start_of(walk, node), end = end_of(walk, node);
    return text_line_of(walk->text, end > start ? end - 1 : start);
}

static bool stands_alone(const struct walk *walk, uint32_t byte) {
    uint32_t start = text_line_start(walk->text, text_line_of(walk->text, byte));
    while (start < byte) {
        int c = text_byte_at(walk->text, start++);
        if (c != ' ' && c != '\t') return false;
    }
    return true;
}

static void close_group(struct walk *walk, struct group *group, enum fold_kind kind) {
    if (group->open) add_fold(walk, group->start_line, group->end_line, kind);
    group->open = false;
}

static void extend_group(struct walk *walk, struct group *group, TSNode node, uint32_t max_gap,
                         enum fold_kind kind) {
    uint32_t start_line = text_line_of(walk->text, start_of(walk, node)), end_line = last_line(walk, node);
    if (group->open && start_line > group->end_line + 1 + max_gap) close_group(walk, group, kind);
    if (!group->open) *group = (struct group){true, start_line, end_line};
    if (end_line > group->end_line) group->end_line = end_line;
}

/* A bracket among the children of the level above. */
static void take_bracket(struct walk *walk, TSNode node, size_t depth) {
    static const char openers[] = "([{", closers[] = ")]}";
    const char *type = ts_node_type(node);
    size_t length = strlen(type);
    if (length == 0 || length > 2 || depth == 0 || ts_node_is_missing(node)) return;
    struct level *level = &walk->levels.items[depth - 1];
    const char *closer = length == 1 ? strchr(closers, type[0]) : NULL;
    if (strchr(openers, type[length - 1])) { /* "${" too */
        level->opener = type[length - 1];
        level->opener_byte = start_of(walk, node);
    } else if (closer && level->opener == openers[closer - closers]) {
        uint32_t end_line = text_line_of(walk->text, start_of(walk, node));
        if (end_line > 0) /* the closer's line stays visible */
            add_fold(walk, text_line_of(walk->text, level->opener_byte), end_line - 1, FOLD_REGION);
        level->opener = 0;
    }
}

static bool visit_fold(struct walk *walk, TSNode node, size_t depth) {
    const struct outline_row *row = row_of(walk, node);
    unsigned flags = row ? row->flags : 0;
    if (flags & OUTLINE_COMMENT) {
        /* A comment behind code belongs to its line. */
        if (stands_alone(walk, start_of(walk, node)))
            extend_group(walk, &walk->comments, node, 0, FOLD_COMMENT);
        return false;
    }
    if (flags & OUTLINE_IMPORT) {
        extend_group(walk, &walk->imports, node, MAX_BLANK_LINES, FOLD_IMPORTS);
        return false;
    }
    if (!ts_node_is_named(node)) take_bracket(walk, node, depth);
    if (flags & OUTLINE_FOLD_BODY && depth > 0)
        add_fold(walk, text_line_of(walk->text, walk->levels.items[depth - 1].start_byte),
                 last_line(walk, node), FOLD_REGION);
    if (depth > 0 && ts_node_start_point(node).row == ts_node_end_point(node).row) return false;
    if (flags & OUTLINE_FOLD_WHOLE) {
        uint32_t end_line = last_line(walk, node);
        if (end_line > 0)
            add_fold(walk, text_line_of(walk->text, start_of(walk, node)), end_line - 1, FOLD_REGION);
    }
    return true;
}

static int compare_folds(const void *left, const void *right) {
    const struct outline_fold *a = left, *b = right;
    if (a->start_line != b->start_line) return a->start_line < b->start_line ? -1 : 1;
    return (a->end_line < b->end_line) - (a->end_line > b->end_line); /* the largest first */
}

enum status outline_folds(const struct syntax *syntax, struct parser *parser, const struct cancel *cancel,
                          struct arena *arena, struct outline_folds *ret_folds) {
    struct walk walk;
    walk_init(&walk, syntax, cancel, arena);
    enum status status = walk_pieces(&walk, parser, visit_fold);
    if (status == STATUS_OK) {
        close_group(&walk, &walk.comments, FOLD_COMMENT);
        close_group(&walk, &walk.imports, FOLD_IMPORTS);
        if (walk.folds.count > 0)
            qsort(walk.folds.items, walk.folds.count, sizeof *walk.folds.items, compare_folds);
        struct outline_folds folds = {arena_alloc(arena, walk.folds.count * sizeof *folds.items), 0,
                                      walk.stop};
        for (size_t i = 0; i < walk.folds.count; i++)
            if (i == 0 || walk.folds.items[i].start_line != walk.folds.items[i - 1].start_line)
                folds.items[folds.count++] = walk.folds.items[i];
        *ret_folds = folds;
    }
    walk_finish(&walk);
    return status;
}

static bool is_word_byte(int c) {
    return c >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
}

enum status outline_selection(const struct syntax *syntax, struct parser *parser, uint32_t byte,
                              const struct cancel *cancel, struct arena *arena,
                              struct outline_selection *ret_selection) {
    const struct text *text = syntax_text(syntax);
    struct outline_range whole = {0, text_size(text)};
    if (byte > whole.end_byte) byte = whole.end_byte;
    /* At the end of a word people mean the word. */
    uint32_t within = byte;
    if (byte > 0 && is_word_byte(text_byte_at(text, byte - 1)) && !is_word_byte(text_byte_at(text, byte)))
        within--;
    struct {
        VEC_FIELDS(struct outline_range);
    } ranges = {0}; /* outermost first */
    vec_push(&ranges, whole);
    enum status status = STATUS_OK;
    size_t index = syntax_piece_index(syntax, within);
    TSTree *tree = index < syntax_piece_count(syntax) ? syntax_piece_own_tree(syntax, index, parser) : NULL;
    if (tree) {
        uint32_t piece_start = syntax_piece_at(syntax, index).start_byte;
        TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
        do {
            TSNode node = ts_tree_cursor_current_node(&cursor);
            struct outline_range range = {piece_start + ts_node_start_byte(node),
                                          piece_start + ts_node_end_byte(node)};
            struct outline_range *outer = &ranges.items[ranges.count - 1];
            if (range.start_byte > within || range.end_byte < within || range.end_byte <= range.start_byte)
                break;
            if (range.start_byte != outer->start_byte || range.end_byte != outer->end_byte)
                vec_push(&ranges, range);
            if (ranges.count % CANCEL_INTERVAL == 0 && (status = reached(cancel)) != STATUS_OK) break;
        } while (ts_tree_cursor_goto_first_child_for_byte(&cursor, within - piece_start) >= 0);
        ts_tree_cursor_delete(&cursor);
        ts_tree_delete(tree);
    }
    if (status == STATUS_OK) {
        size_t count = ranges.count < OUTLINE_MAX_SELECTIONS ? ranges.count : OUTLINE_MAX_SELECTIONS;
        struct outline_selection selection = {arena_alloc(arena, count * sizeof *ranges.items), count};
        for (size_t i = 0; i + 1 < count; i++)
            selection.items[i] = ranges.items[ranges.count - 1 - i];
        selection.items[count - 1] = whole;
        *ret_selection = selection;
    }
    vec_finish(&ranges);
    return status;
}
