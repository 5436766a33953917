/* preprocess.h: C as its grammar cannot see it. Takes a piece of text that does not parse as it stands,
 * splits it into items (item.h) and finds for each a reading (reading.h) that does: as it is, without the
 * grammar's gaps, in each view of its conditional branches (view.h), with macros expanded (macro_expand.h),
 * with names that can only be macros understood by their position (positional.h). What has none is broken,
 * and shown by its best attempt.
 *
 * Syntax only: macros are expanded in what fails without them and nowhere else, as a set, without regard to
 * order. More is tried the longer an item fails; nothing is ever tried on what the grammar reads.
 *
 * Owns    a preprocessor owns its working memory, reused from call to call.
 * Threads one at a time.
 * Errors  false when cancelled: nothing was added.
 * Units   bytes of the text. */
#ifndef NOODLE_PREPROCESS_H
#define NOODLE_PREPROCESS_H

#include "analysis/c_scan.h"
#include "analysis/item_judge.h"
#include "analysis/macro_env.h"
#include "analysis/reading.h"
#include "analysis/rules.h"
#include "base/cancel.h"

struct preprocessor;

struct preprocess_request {
    const struct syntax *syntax;
    size_t piece; /* with an error, with something to doubt, or with something that its tree does not show */
    /* Places in the text that a rule refuses though the piece's tree is sound there, ascending: a reading may
     * say otherwise. */
    struct {
        const uint32_t *items;
        size_t count;
    } doubts;
    const struct syntax *earlier;     /* of an earlier version of the text, or NULL */
    const struct readings *previous;  /* of that version, or NULL: it had none */
    const struct macro_env *env;      /* or NULL: macros are known by their position only */
    const struct rule_checker *rules; /* or NULL */
    struct parser *parser;
    const struct broken_stretch *broken; /* or NULL: none is known */
    const struct cancel *cancel;         /* or NULL */
};

/* It borrows the scan. */
struct preprocessor *preprocessor_create(struct c_scan *scan);
void preprocessor_destroy(struct preprocessor *preprocessor);

/* Appends what was found of the piece: placed and trusted ranges, and the piece itself. */
bool preprocess_piece(struct preprocessor *preprocessor, const struct preprocess_request *request,
                      struct readings *readings);
/* Whether the bytes of the question, one item that was valid as it stood before a change, are broken. The
 * question's tokens and branches are found here. False when cancelled. */
bool preprocess_finds_broken(struct preprocessor *preprocessor, const struct item_question *question,
                             uint32_t length);

#endif
