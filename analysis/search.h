/* search.h: finds the cheapest edits that make a broken piece of text parse: propose, search, verify, rank.
 *
 * Works on one slice of text that is broken; see docs/ARCHITECTURE.md for the search. Everything returned has
 * been proven by re-parsing the slice.
 *
 * Owns    results live in the caller's arena.
 * Threads any; a struct search is used by one thread at a time.
 * Errors  none: no repair found is an empty list.
 * Units   UTF-8 byte offsets relative to the slice. */
#ifndef NOODLE_SEARCH_H
#define NOODLE_SEARCH_H

#include "analysis/names.h"
#include "analysis/opinion.h"
#include "analysis/parse.h"
#include "analysis/repair.h"
#include "analysis/rules.h"
#include "base/arena.h"

/* One mistake as the search explains it: a run of edits that belong together. */
struct mistake {
    uint32_t start_byte, end_byte;
    enum finding_code code;
    const char *message;
    bool has_related;
    uint32_t related_start, related_end;
    const char *related_message;
    bool translates; /* none elsewhere (variant.h) */
    struct repair repair;
};

/* A repair of the whole slice, split into its mistakes. */
struct solution {
    struct repair repair; /* all edits */
    struct mistake *mistakes;
    size_t mistake_count;
    /* What the language's rules still refuse after it: none for a proven solution. Bytes of the slice as it
     * is. */
    const struct rule_violation *leftovers;
    size_t leftover_count;
    size_t hint_count; /* of a proven solution: what its text is told of all the same, where it has changed */
    double cost;       /* of the path to it; lower is better; -log of an unnormalised probability */
    double score;      /* the same, of all its reasons (rank.h) */
};

struct search_request {
    const struct language *language;
    const char *bytes; /* the slice, contiguous */
    uint32_t length;
    const struct rule_checker *rules; /* what acceptance means beyond the grammar; or NULL */
    struct opinion *opinion;          /* of the encoder; NULL: the rules of thumb alone */
    struct names *names;              /* that the document knows; or NULL */
    const struct cancel *cancel;
    unsigned max_solutions;
};

struct search_result {
    struct solution *solutions; /* best first */
    size_t solution_count;
    bool refused; /* none is proven to the last rule: the solutions parse, and less is wrong after them */
    bool cut_short;
    bool stuck; /* no valid program goes on as the slice does at [stuck_start, stuck_end) */
    uint32_t stuck_start, stuck_end;
    uint64_t propose_ns, search_ns, verify_ns, rank_ns;
};

struct search;
struct search *search_create(void);
void search_destroy(struct search *search);
void search_run(struct search *search, struct parser *parser, const struct search_request *request,
                struct arena *arena, struct search_result *result);

#endif
