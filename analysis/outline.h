/* outline.h: what the tree gives for nothing: document symbols, folding ranges, selection ranges.
 *
 * Node types and what they mean are a table per language (outline_table.c). Broken trees are ordinary input: ERROR nodes
 * are looked into like blocks, a symbol without a name is left out.
 *
 * Owns    nothing; results live in the caller's arena.
 * Threads any, one parser per thread.
 * Errors  STATUS_CANCELLED, STATUS_DEADLINE when cancel is reached; nothing is returned then.
 * Units   UTF-8 byte offsets in the whole text; lines as in text.h. */
#ifndef NOODLE_OUTLINE_H
#define NOODLE_OUTLINE_H

#include "analysis/parse.h"
#include "base/arena.h"

#define OUTLINE_MAX_SYMBOLS   10000
#define OUTLINE_MAX_FOLDS     10000
#define OUTLINE_NO_PARENT     UINT32_MAX

/* The numbers are those of LSP's SymbolKind, so that the protocol layer needs no table of its own. */
enum symbol_kind {
    SYMBOL_MODULE = 2,
    SYMBOL_NAMESPACE = 3,
    SYMBOL_PACKAGE = 4,
    SYMBOL_CLASS = 5,
    SYMBOL_METHOD = 6,
    SYMBOL_PROPERTY = 7,
    SYMBOL_FIELD = 8,
    SYMBOL_CONSTRUCTOR = 9,
    SYMBOL_ENUM = 10,
    SYMBOL_INTERFACE = 11,
    SYMBOL_FUNCTION = 12,
    SYMBOL_VARIABLE = 13,
    SYMBOL_CONSTANT = 14,
    SYMBOL_ENUM_MEMBER = 22,
    SYMBOL_STRUCT = 23,
    SYMBOL_TYPE_PARAMETER = 26
};

struct symbol {
    const char *name;                 /* never empty, one line */
    enum symbol_kind kind;
    uint32_t start_byte, end_byte;    /* the whole declaration */
    uint32_t name_start, name_end;    /* within it */
    uint32_t parent;                  /* index of an earlier symbol, or OUTLINE_NO_PARENT */
};

struct symbol_list {
    struct symbol *items; /* in order of the text, parents before their children */
    size_t count;
    bool cut_short;       /* more than OUTLINE_MAX_SYMBOLS */
};

enum fold_kind { FOLD_REGION, FOLD_COMMENT, FOLD_IMPORTS };

struct fold {
    uint32_t start_line, end_line; /* end_line > start_line; the last line that is hidden */
    enum fold_kind kind;
};

struct fold_list {
    struct fold *items; /* ascending by start_line, at most one per start_line */
    size_t count;
    bool cut_short;
};

struct byte_range {
    uint32_t start_byte, end_byte;
};

struct selection {
    struct byte_range *items; /* innermost first; each contains the one before and is larger; the last is the text */
    size_t count;
};

enum status outline_symbols(const struct syntax *syntax, struct parser *parser, const struct cancel *cancel,
                            struct arena *arena, struct symbol_list *ret_symbols);
enum status outline_folds(const struct syntax *syntax, struct parser *parser, const struct cancel *cancel,
                          struct arena *arena, struct fold_list *ret_folds);
/* The ranges around byte (clamped to the text). */
enum status outline_selection(const struct syntax *syntax, struct parser *parser, uint32_t byte,
                              const struct cancel *cancel, struct arena *arena, struct selection *ret_selection);

#endif
