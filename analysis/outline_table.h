/* outline_table.h: which node types of a grammar declare something, hold declarations, or fold.
 *
 * Owns    static data.
 * Threads any.
 * Errors  NULL for a language without a table: it has no outline. */
#ifndef NOODLE_OUTLINE_TABLE_H
#define NOODLE_OUTLINE_TABLE_H

#include "analysis/language.h"
#include "analysis/outline.h"

enum outline_flags {
    OUTLINE_DESCEND = 1 << 0,    /* declarations may stand inside */
    OUTLINE_CONTAINER = 1 << 1,  /* those inside are children of this one */
    OUTLINE_NEEDS_BODY = 1 << 2, /* without a `body` it is a mention */
    OUTLINE_IMPORT = 1 << 3,     /* neighbours fold together */
    OUTLINE_COMMENT = 1 << 4,    /* folds, alone or with its neighbours */
    OUTLINE_FOLD_WHOLE = 1 << 5, /* folds up to the line before its last one */
    OUTLINE_FOLD_BODY = 1 << 6   /* folds under the first line of its parent (layout) */
};

struct outline_row {
    const char *type;       /* of the node */
    enum outline_kind kind; /* of what it declares; OUTLINE_NONE: what a hint says, or nothing */
    /* Children under name_field hold the names, each by way of the fields `declarator` and `name`. end_field,
     * when it is there too, ends the name instead: "Trait for Type". */
    const char *name_field, *end_field;
    const char *hint_field; /* the type of this child may tell the kind better */
    unsigned flags;
};

/* A node type under hint_field and the kind it means. With hint_field equal to name_field the node is the one
 * just above the name. */
struct outline_hint {
    const char *type;
    enum outline_kind kind;
};

struct outline_table {
    const char *const *language_ids; /* NULL-terminated */
    const struct outline_row *rows;  /* type NULL ends them */
    const struct outline_hint *hints;
};

const struct outline_table *outline_table_find(const struct language *language);

#endif
