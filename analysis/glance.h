/* glance.h: a first look at a change: did it break the statement that it was made in?
 *
 * Behind a fresh mistake the parser recovers, and what it recovers to is read anew; that takes several times
 * as long as to read a statement. Whether one is valid does not depend on what stands around it. So the
 * smallest statement, member or item of the earlier tree that holds the change is judged alone (language.h
 * says in which frame, body_rule), and what is wrong there can be shown before the text is parsed.
 *
 * It answers only where nothing around the statement can make it valid: one change within a line, in a text
 * without mistakes, that begins and ends no string or comment, where the tree sees the text's own bytes.
 * What it finds is provisional, like every early finding (early.h).
 *
 * Owns    nothing; words of the region live in the caller's arena.
 * Threads those of the means.
 * Errors  false when cancelled: nothing is known.
 * Units   bytes of the text. */
#ifndef NOODLE_GLANCE_H
#define NOODLE_GLANCE_H

#include "analysis/reader.h"
#include "analysis/region.h"

/* Whether the change from the text of `previous`, which has no mistakes, to `text` broke something.
 * *ret_region: the statement, placed at a bracket without a partner if it has one. */
bool glance(const struct reader_means *means, const struct syntax *previous, struct text *text,
            const struct cancel *cancel, struct arena *arena, struct region *ret_region);

#endif
