/* early.h: the findings that are published before repairs are searched.
 *
 * The first broken place is a mistake; those behind it are often its echo, and only the search can tell. What
 * was found in the version before and still looks broken is a mistake too, in the words that the search found
 * for it; the first place that is not among those is what the last edit broke,
 * and is shown at that edit when the trees have it lines away.
 *
 * Owns    the result is the caller's (analysis_unref).
 * Threads any.
 * Errors  none.
 * Units   bytes of the text. */
#ifndef NOODLE_EARLY_H
#define NOODLE_EARLY_H

#include "analysis/region.h"
#include "analysis/repair.h"

/* The findings of `known`, an analysis of an earlier version of the text (or NULL), that a region is left of,
 * and one for the first region that is neither theirs nor one of their echoes. Without repairs. */
struct analysis *early_findings(const struct syntax *syntax, const struct region_list *regions,
                                const struct analysis *known);
/* The finding for a region that the only change since `known`, a version without findings, has broken. */
struct analysis *early_finding(const struct region *region, const struct language *language,
                               struct text *text, const struct analysis *known);
/* Notes in an analysis that is complete which of the regions its findings explain. */
void early_note_echoes(struct analysis *analysis, const struct region_list *regions);

#endif
