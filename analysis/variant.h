/* variant.h: hypotheses about a broken text that are not edits between tokens: where a quote or a comment
 * should have ended, which indentation a line should have, which side of a merge conflict to keep.
 *
 * Owns    variants live in the list's arena.
 * Threads any.
 * Errors  none.
 * Units   byte offsets of the tape looked at. */
#ifndef NOODLE_VARIANT_H
#define NOODLE_VARIANT_H

#include "analysis/names.h"
#include "analysis/rules.h"
#include "analysis/tape.h"

struct variant {
    const struct text_edit *splices; /* ascending */
    size_t splice_count;
    uint32_t restart_byte; /* reading may go on from any place up to here */
    double cost;           /* as in propose.h */
    uint8_t code;          /* enum finding_code */
    const char *title;     /* what it does: "take our side of the conflict"; NULL: the splice says it */
    const char *message;   /* what is wrong; NULL: the code says it */
    bool translates; /* what was right elsewhere (another version of the language, a console, inside of a
                        class): no slip */
};

struct variant_list {
    struct arena *arena;
    struct names *names; /* that the document knows; or NULL */
    VEC_FIELDS(struct variant);
};

/* Adds one variant; splices and their bytes are copied. title and message may be NULL. */
void variant_add(struct variant_list *list, const struct text_edit *splices, size_t count, double cost,
                 enum finding_code code, const char *title, const char *message);

/* Adds what fits around stuck_byte, the place where the automaton found no way on. */
void variant_propose(const struct tape *tape, uint32_t stuck_byte, struct variant_list *list);
/* Adds the usual repair of a violation, in bytes of the tape. */
void variant_remedy(const struct tape *tape, const struct rule_violation *violation,
                    struct variant_list *list);
/* Adds the ways to resolve all merge conflicts of the text. */
void variant_conflicts(const struct tape *tape, struct variant_list *list);

#endif
