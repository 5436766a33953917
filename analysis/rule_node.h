/* rule_node.h: what rule sets are written with: the types of a set, and questions about nodes and their text.
 * For rules.c and the rules_*.c of the languages.
 *
 * Owns    nothing.
 * Threads any, each walk on a tree of its own.
 * Errors  none.
 * Units   UTF-8 byte offsets relative to the tree; violations hold offsets of the text. */
#ifndef NOODLE_RULE_NODE_H
#define NOODLE_RULE_NODE_H

#include "analysis/rules.h"

/* The nodes above the one that is looked at, from the root down. */
struct rule_path {
    VEC_FIELDS(TSNode);
};

struct rule_context {
    const struct text *text;
    uint32_t offset; /* of the tree in the text */
    struct rule_path path;
    struct rule_violations *violations;
};

/* Adds a violation and returns it, so that a remedy can be named; valid until the next one. */
struct rule_violation *rule_violate(const struct rule_context *context, uint32_t start, uint32_t end,
                                    enum finding_code code, const char *message);
struct rule_violation *rule_refuse(const struct rule_context *context, TSNode node, const char *message);

/* The same for what is right in itself and must not stand here. */
struct rule_violation *rule_misplaced(const struct rule_context *context, TSNode node, const char *message);
/* Adds a warning or a hint where those are wanted. */
void rule_advise(const struct rule_context *context, TSNode node, enum finding_severity severity,
                 enum finding_code code, const char *message);
/* Renames the violation's range to the text of the node. */
void rule_rename(const struct rule_context *context, struct rule_violation *violation, TSNode name);
/* Adds to the remedy: a text instead of [start, end). */
void rule_write(const struct rule_context *context, struct rule_violation *violation, uint32_t start,
                uint32_t end, const char *text);

/* The node above the one looked at (level 0), the one above that (1), ...; a null node beyond the root. */
TSNode rule_above(const struct rule_context *context, size_t level);

bool rule_is(TSNode node, const char *type);                /* false for a null node */
bool rule_is_one_of(TSNode node, const char *const *types); /* NULL-terminated */
/* Named children without comments, which may stand anywhere. A null node beyond the last. */
uint32_t rule_named_count(TSNode node);
TSNode rule_named(TSNode node, uint32_t index);
/* The child in a field; a null node when there is none. */
TSNode rule_field(TSNode node, const char *name);
/* The first child that is this token or node; a null node when there is none. */
TSNode rule_child(TSNode node, const char *type);
/* What stands before (-1) or behind (1) a child of a node that has few; a null node when there is none.
 * tree-sitter's own siblings are looked for from the root down, which deep code pays for at each of its
 * nodes. */
TSNode rule_beside(TSNode node, TSNode child, int step);

int rule_byte(const struct rule_context *context, uint32_t byte); /* -1 past the end */
bool rule_same_text(const struct rule_context *context, TSNode a, TSNode b);
bool rule_text_is(const struct rule_context *context, TSNode node, const char *text);

/* Grammars fall back to the identifier where a keyword does not fit, so that `else;` is an expression to
 * them. */
bool rule_is_word(const struct rule_context *context, TSNode node, const char *const *words, size_t count);
#define RULE_IS_WORD(context, node, words) rule_is_word(context, node, words, sizeof(words) / sizeof *(words))
void rule_refuse_word(const struct rule_context *context, TSNode node);

#endif
