/* region.h: from the symptoms in parse trees (ERROR and MISSING nodes) to regions, one for each mistake as
 * far as the trees alone can say. The search for repairs refines them.
 *
 * Owns    the lists live in the caller's arena.
 * Threads any; the parser is used by one thread at a time.
 * Errors  none; broken source is ordinary input.
 * Units   UTF-8 byte offsets in the whole text, half open. */
#ifndef NOODLE_REGION_H
#define NOODLE_REGION_H

#include "analysis/reading.h"
#include "analysis/rules.h"
#include "analysis/suspect.h"
#include "base/arena.h"
#include "base/cancel.h"

struct symptom {
    uint32_t start_byte, end_byte;
    uint16_t missing;                /* TSSymbol of a MISSING node, 0 for an ERROR node */
    size_t reading;                  /* placed reading in whose tree it is; SIZE_MAX: the piece's own */
    uint32_t shown_start, shown_end; /* in that reading */
};

struct symptom_list {
    struct symptom *items; /* in the order of the text */
    size_t count;
    bool too_many;
};

/* At most max symptoms, of the best readings where there are some (reading.h); trees without errors are not
 * entered. */
struct symptom_list region_symptoms(const struct syntax *syntax, struct parser *parser, size_t max,
                                    struct arena *arena);

struct region {
    uint32_t start_byte, end_byte;        /* what to show: within one line */
    uint32_t extent_start, extent_end;    /* all symptoms grouped here */
    uint16_t missing;                     /* the first symptom's */
    size_t reading;                       /* placed reading they are in; SIZE_MAX: the piece's own tree */
    uint32_t shown_start, shown_end;      /* the extent in that reading */
    enum finding_code code;               /* FINDING_SYNTAX unless a rule says more */
    const char *message;                  /* likewise; or NULL */
    bool placed;                          /* the message is of the layout, not of a rule */
    bool unrepairable;                    /* no repair is looked for (REMEDY_UNKNOWN) */
    const struct rule_violation *textual; /* it is said of the text itself: of the syntax; or NULL */
    uint32_t related_start;               /* the bracket at the other end */
    const char *related_message;          /* NULL: none is known */
};

/* Is it what a rule refuses, and no error of a tree? */
static inline bool region_is_refusal(const struct region *region) {
    return region->message && !region->placed;
}

struct region_list {
    struct region *items;
    size_t count;
    bool too_many;
};

/* Symptoms on neighbouring lines of one tree are one region. */
struct region_list region_group(const struct syntax *syntax, const struct symptom_list *symptoms,
                                struct arena *arena);
/* The symptoms, grouped. */
struct region_list region_find(const struct syntax *syntax, struct parser *parser, size_t max,
                               struct arena *arena);

/* Adds what rules refuse, in the pieces' trees (notes) and in readings, each a region unless it lies in one;
 * keeps the order of the text. */
void region_add_violations(struct region_list *regions, const struct rule_violations *notes,
                           const struct syntax *syntax, struct arena *arena);

/* Shows the region at a bracket without a partner. */
void region_show_suspect(struct region *region, const struct suspect *suspect, struct arena *arena);
/* Shows the first region where the layout of its piece of the text says that a bracket has no partner, if it
 * says so; not in pieces larger than bytes_max. */
void region_place(struct region_list *regions, const struct syntax *syntax, uint32_t bytes_max,
                  const struct cancel *cancel, struct arena *arena);

#endif
