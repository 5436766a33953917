/* verify.h: the proof. A repair counts only when the parser itself accepts the text it makes.
 *
 * Owns    nothing.
 * Threads one at a time per parser.
 * Errors  a check that was cancelled has not proven anything: false. */
#ifndef NOODLE_VERIFY_H
#define NOODLE_VERIFY_H

#include "analysis/reader.h"
#include "analysis/region.h"
#include "analysis/repair.h"
#include "analysis/rules.h"

/* A slice with its own tree, against which repairs are checked by incremental parses. */
struct proof {
    struct parser *parser;
    const struct language *language;
    const struct rule_checker *rules; /* or NULL */
    struct text *text;
    TSTree *tree;         /* of the slice as it is; NULL when it could not be parsed */
    size_t refused_count; /* violations in the slice as it is, when it parses; else a number beyond any */
    struct rule_violations unrepairable; /* in the slice, when it parses: no repair has to mend them */
    size_t hint_count;                   /* of the repair proven last: hints about what holds its edits */
};

enum verdict {
    VERDICT_BROKEN,  /* the parser does not accept it */
    VERDICT_REFUSED, /* it parses; the language refuses it (rules.h) */
    VERDICT_PROVEN
};

/* From the slice after the repair back to the slice. */
uint32_t verify_before(const struct repair *repair, uint32_t byte);

bool proof_init(struct proof *proof, struct parser *parser, const struct language *language,
                const struct rule_checker *rules, const char *bytes, uint32_t length,
                const struct cancel *cancel);
void proof_finish(struct proof *proof);
/* The slice after the repair. VERDICT_REFUSED: *violations (cleared first) has what is refused, in bytes of
 * the repaired slice, ascending. */
enum verdict proof_check(struct proof *proof, const struct repair *repair, const struct cancel *cancel,
                         struct rule_violations *violations);

/* Whether the text after the edits has fewer broken places than the syntax says it has now: those that
 * overlap [start_byte, end_byte) gone, and no others than before; `leftovers` of what the rules refuse may be
 * new. *ret_broken: when so, whether the trees have broken places all the same. */
bool verify_region(const struct reader_means *means, const struct syntax *syntax, const struct repair *repair,
                   uint32_t start_byte, uint32_t end_byte, size_t leftovers, const struct cancel *cancel,
                   bool *ret_broken);

/* Whether less is said of the text itself (rules.h) after the edits. Enough where they change what a macro
 * stands for: that is any text to the grammar, and what is read with the macro is read with its old text. */
bool verify_said(const struct reader_means *means, const struct syntax *syntax, const struct repair *repair,
                 const struct cancel *cancel);

/* How many places are wrong in the text after the edits, by the trees and by the rules; SIZE_MAX when a
 * broken one overlaps [start_byte, end_byte), or when that could not be read. *ret_broken: whether the trees
 * have some; so, too, with SIZE_MAX. */
size_t verify_left(const struct reader_means *means, const struct syntax *syntax, const struct repair *repair,
                   uint32_t start_byte, uint32_t end_byte, const struct cancel *cancel, bool *ret_broken);

/* How many of the regions, from the first on, are gone in the text after the edits. */
size_t verify_gone(const struct reader_means *means, const struct syntax *syntax, const struct repair *repair,
                   const struct region *regions, size_t count, const struct cancel *cancel);

/* Which of the regions that rules refuse are refused after the edits, too. False when that could not be read.
 */
bool verify_refused(const struct reader_means *means, const struct syntax *syntax,
                    const struct repair *repair, const struct region *regions, size_t count,
                    const struct cancel *cancel, bool *refused);

/* Whether fewer places are wrong in the text after the repair, by the trees and by the rules. *ret_broken:
 * when so, whether the trees have some all the same. */
bool verify_fewer(const struct reader_means *means, const struct syntax *syntax, const struct repair *repair,
                  const struct cancel *cancel, bool *ret_broken);

#endif
