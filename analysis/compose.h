/* compose.h: puts the solutions of the excerpts of one text together: findings with their repairs, and
 * repairs of the whole text.
 *
 * Owns    results live in the analysis' arena, everything else in the scratch arena.
 * Threads any; the parser is used by one thread at a time.
 * Errors  none: what cannot be proven is left out. */
#ifndef NOODLE_COMPOSE_H
#define NOODLE_COMPOSE_H

#include "analysis/excerpt.h"
#include "analysis/reader.h"
#include "analysis/region.h"
#include "analysis/repair.h"
#include "analysis/search.h"

/* An excerpt that was searched, with what was found, in bytes of the excerpt until it is lifted. */
struct searched {
    struct excerpt *excerpt; /* NULL: none could be cut out, or none is needed */
    struct search_result result;
    const struct region *regions; /* the regions that the excerpt was made for */
    size_t region_count;
    bool whole;  /* the excerpt is the whole text: its proof is the text's */
    bool lifted; /* the result is in bytes of the text (compose_lift) */
    bool broken; /* after the best solution alone the text is broken elsewhere */
    bool *stays; /* a flag for each of the first regions: the best solution leaves it refused */
    size_t stays_count;
};

struct compose_input {
    const struct reader_means *means;
    struct arena *scratch; /* for what is only compared; may hold the search results too */
    const struct syntax *syntax;
    const struct cancel *cancel;
    uint64_t deadline_ns; /* alternatives not proven by then are left out */
    unsigned max_repairs;
    struct searched *parts; /* ascending by region, but the first textual_count, which are among the others */
    size_t part_count, textual_count;
};

/* What the analysis keeps is copied into its own arena. */
void compose_analysis(const struct compose_input *input, struct analysis *analysis);
/* Brings what was found in a part to the text: what cannot be written or is not proven there is left out, and
 * so is what the text does not need. */
void compose_lift(const struct compose_input *input, struct searched *part);
/* The same for a part that has no excerpt, with one region that is said of the text itself: its repair is
 * what the rule writes. */
void compose_textual(const struct compose_input *input, struct searched *part);
/* How many of the regions behind those of the lifted part its best solution explains, too, from the first on.
 */
size_t compose_explained(const struct compose_input *input, const struct searched *part,
                         const struct region *regions, size_t count);
/* What to say of a region before repairs are known. */
void compose_region(const struct text *text, const struct language *language, const struct region *region,
                    struct arena *arena, struct finding *finding);

#endif
