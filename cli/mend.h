/* mend.h: applies repairs to a text until nothing is left that can be repaired with enough confidence.
 *
 * The best repair of the whole text is taken when it is certain enough; else those of single mistakes that
 * are. The result is analysed again, and kept only when fewer mistakes are left, so nothing is taken on
 * trust.
 *
 * Owns    the result's references.
 * Threads any, one pipeline at a time.
 * Errors  as app_analyze; the text that could be reached before a deadline is no error.
 * Units   confidence 0..1. */
#ifndef NOODLE_MEND_H
#define NOODLE_MEND_H

#include "cli/app.h"

struct mend {
    struct text *text;         /* the repaired text, or the given one */
    struct analysis *analysis; /* of it: what is left */
    size_t applied;            /* changes made: edits of the repairs that were taken */
};

enum status mend_text(const struct app *app, struct pipeline *pipeline, const struct app_text *input,
                      double min_confidence, struct mend *ret_mend, struct error *error);
void mend_finish(struct mend *mend);

#endif
