/* outline.h: what the tree gives for nothing: document symbols, folding ranges, selection ranges.
 *
 * Node types and what they mean are a table per language (outline_table.h). Broken trees are ordinary input:
 * ERROR nodes are looked into like blocks, and a symbol without a name is left out.
 *
 * Owns    nothing; results live in the caller's arena.
 * Threads any, one parser per thread.
 * Errors  STATUS_CANCELLED, STATUS_DEADLINE when cancel is reached; nothing is returned then.
 * Units   UTF-8 byte offsets in the whole text; lines as in text.h. */
#ifndef NOODLE_OUTLINE_H
#define NOODLE_OUTLINE_H

#include "analysis/parse.h"
#include "base/arena.h"

#define OUTLINE_MAX_SYMBOLS    10000
#define OUTLINE_MAX_FOLDS      10000
#define OUTLINE_MAX_SELECTIONS 256
#define OUTLINE_MAX_NESTING    64  /* of symbols; deeper ones become siblings */
#define OUTLINE_MAX_NAME_BYTES 200 /* longer names are cut */
#define OUTLINE_NO_PARENT      UINT32_MAX

/* The numbers are those of LSP's SymbolKind, so that the protocol layer needs no table of its own. */
enum outline_kind {
    OUTLINE_NONE = 0,
    OUTLINE_MODULE = 2,
    OUTLINE_NAMESPACE = 3,
    OUTLINE_CLASS = 5,
    OUTLINE_METHOD = 6,
    OUTLINE_PROPERTY = 7,
    OUTLINE_FIELD = 8,
    OUTLINE_CONSTRUCTOR = 9,
    OUTLINE_ENUM = 10,
    OUTLINE_INTERFACE = 11,
    OUTLINE_FUNCTION = 12,
    OUTLINE_VARIABLE = 13,
    OUTLINE_CONSTANT = 14,
    OUTLINE_OBJECT = 19,
    OUTLINE_ENUM_MEMBER = 22,
    OUTLINE_STRUCT = 23
};

struct outline_symbol {
    const char *name; /* never empty, no line ends */
    enum outline_kind kind;
    uint32_t start_byte, end_byte; /* the whole declaration */
    uint32_t name_start, name_end; /* within it */
    uint32_t parent;               /* index of an earlier symbol, or OUTLINE_NO_PARENT */
};

struct outline_symbols {
    struct outline_symbol *items; /* in order of the text, parents before their children */
    size_t count;
    bool cut_short; /* there are more than OUTLINE_MAX_SYMBOLS */
};

enum fold_kind { FOLD_REGION, FOLD_COMMENT, FOLD_IMPORTS };

struct outline_fold {
    uint32_t start_line, end_line; /* end_line > start_line: the last line that is hidden */
    enum fold_kind kind;
};

struct outline_folds {
    struct outline_fold *items; /* ascending by start_line, one for each */
    size_t count;
    bool cut_short; /* there are more than OUTLINE_MAX_FOLDS */
};

struct outline_range {
    uint32_t start_byte, end_byte;
};

struct outline_selection {
    struct outline_range *items; /* innermost first, each larger than the one before; the last is the text */
    size_t count;                /* at least 1 */
};

enum status outline_symbols(const struct syntax *syntax, struct parser *parser, const struct cancel *cancel,
                            struct arena *arena, struct outline_symbols *ret_symbols);
enum status outline_folds(const struct syntax *syntax, struct parser *parser, const struct cancel *cancel,
                          struct arena *arena, struct outline_folds *ret_folds);
/* The ranges around byte (clamped to the text). */
enum status outline_selection(const struct syntax *syntax, struct parser *parser, uint32_t byte,
                              const struct cancel *cancel, struct arena *arena,
                              struct outline_selection *ret_selection);

#endif
