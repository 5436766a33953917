/* rules.h: what a grammar lets pass and its language refuses: Python's layout and print statements, Java's
 * "not a statement", a name glued to a C string. Certain and cheap only; each rule agrees with the language's
 * own parser.
 *
 * A rule set is a list of node types with a check for each; a language's row names its set.
 *
 * Owns    a checker owns its table of node types.
 * Threads a checker never changes after create; checks may run anywhere on a tree of their own.
 * Errors  none.
 * Units   UTF-8 byte offsets of the text; the tree's nodes are relative to the offset given. */
#ifndef NOODLE_RULES_H
#define NOODLE_RULES_H

#include "analysis/language.h"
#include "analysis/repair.h"
#include "analysis/text.h"
#include "base/vec.h"
#include <tree_sitter/api.h>

/* The usual repair of a violation, tried first. */
enum rule_remedy {
    REMEDY_NONE,
    REMEDY_PARENTHESES,   /* around what follows the first word: print x becomes print(x) */
    REMEDY_REMOVE,        /* take the range out */
    REMEDY_DOUBLE_QUOTES, /* the range is quoted with another mark */
    REMEDY_WRITE,         /* the writes */
    REMEDY_RENAME,        /* write the name at [from_start, from_end) instead */
    REMEDY_EXCEPT,        /* a try whose body ends at from_end gets a clause */
    REMEDY_PASS,          /* an empty block gets a statement that does nothing */
    REMEDY_UNKNOWN /* only its author knows: it is told, nothing is searched, and no repair of something
                      else has to mend it; [from_start, from_end) is what it is at odds with, or empty */
};

enum { RULE_WRITES_MAX = 2 };

struct rule_violation {
    uint32_t start_byte, end_byte;
    enum finding_code code;
    enum finding_severity severity;
    bool
        plain; /* said of what stands between items and in directives: no reading of an item says otherwise */
    bool misplaced; /* right in itself, but not where it stands: believed only in a text without other errors
                     */
    bool doubtful;  /* said of a tree with errors: it may be an echo of one of them */
    bool textual; /* said of the text before any tree was asked: no tree and no part of the text knows of it;
                     the writes are its repair; [from_start, from_end) is the macro whose braces it is about,
                     or empty */
    enum rule_remedy remedy;
    uint32_t from_start, from_end;
    const char *message; /* static */
    const char *title;   /* what the writes do, static; NULL: it is told by their texts */
    struct rule_write {
        uint32_t start_byte, end_byte;
        const char *text;      /* static */
    } writes[RULE_WRITES_MAX]; /* ascending */
    size_t write_count;
};

/* Does it hold in a text with other mistakes too? */
static inline bool rule_violation_is_sure(const struct rule_violation *violation) {
    return violation->remedy > REMEDY_NONE && violation->remedy < REMEDY_RENAME && !violation->misplaced;
}

/* Puts every place of it where `place` says that it is now. */
void rule_violation_move(struct rule_violation *violation, uint32_t (*place)(void *context, uint32_t byte),
                         void *context);

struct rule_violations {
    VEC_FIELDS(struct rule_violation);
    bool with_advice; /* warnings and hints are wanted too: for people, not for proofs */
};

void rules_sort(struct rule_violations *violations); /* by start */

struct rule_context; /* rule_node.h */

struct rule {
    const char *node_type; /* NULL ends a set */
    void (*check)(const struct rule_context *context, TSNode node);
};
extern const struct rule rules_c[], rules_python[], rules_json[], rules_jsonc[], rules_java[],
    rules_javascript[], rules_typescript[], rules_go[], rules_rust[];

struct rule_checker;
struct rule_checker *rule_checker_create(const struct language *language); /* NULL when it has no rules */
void rule_checker_destroy(struct rule_checker *checker);

/* Appends the violations in nodes that touch [start_byte, end_byte); at most max in all. */
void rules_check(const struct rule_checker *checker, const TSTree *tree, const struct text *text,
                 uint32_t offset, uint32_t start_byte, uint32_t end_byte, size_t max,
                 struct rule_violations *violations);

#endif
