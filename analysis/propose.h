/* propose.h: what an edit at a place costs, before anything is tried. The interface between the search and
 * whoever judges edits: rules of thumb (propose_grammar.c), and the encoder (propose_neural.h).
 *
 * A cost is -log of an unnormalised probability: 0 is free, 1 is likely, 3 is unusual, PROPOSE_NEVER is not
 * tried.
 *
 * Owns    nothing.
 * Threads as the proposer says; the grammar's is stateless.
 * Errors  none. */
#ifndef NOODLE_PROPOSE_H
#define NOODLE_PROPOSE_H

#include "analysis/layout.h"
#include "analysis/symbols.h"

#define PROPOSE_NEVER 1e9

/* What stands around a place. */
struct place {
    const struct token *previous, *next;
    char before, after;      /* the characters of one-character tokens, else 0 */
    bool line_break, at_end; /* between them */
    uint32_t enclosing;      /* innermost open bracket */
    char bracket;            /* its character, 0 at the top */
};

/* A place between two tokens where an edit may happen. */
struct site {
    const struct layout *layout; /* of the tape */
    const struct symbols *symbols;
    uint32_t byte;           /* end of what has been read */
    uint32_t previous, next; /* tokens around it (layout_previous, layout_next) */
    uint32_t slice_next;     /* the token of the slice that is `next`; LAYOUT_NONE: it is not as there */
    uint32_t token_start, token_end; /* what the grammar's lexer sees ahead; empty at the end */
    uint16_t token_symbol;
    unsigned distance;   /* tokens from here to where the automaton got stuck: 0 at that token */
    bool inserted_here;  /* the edit before this one inserted at the same place, */
    bool closed_here;    /* and what it inserted is a closer: the innermost bracket is closed */
    bool deleted_before; /* the edit before this one deleted up to here */
    /* What follows from these, as propose_look sees it. */
    struct place place;
    const struct confusion *confusions; /* what the token ahead is often written for */
    size_t confusion_count;
};

/* Before the first edit of a site is judged. */
void propose_look(struct site *site);

struct proposer {
    double (*insert)(const struct proposer *proposer, const struct site *site, uint16_t symbol);
    double (*remove)(const struct proposer *proposer, const struct site *site);
    double (*replace)(const struct proposer *proposer, const struct site *site, uint16_t symbol);
};

/* Judges by the kinds of mistakes people make: what stands around, line ends, indentation, brackets. */
extern const struct proposer propose_grammar;

/* Damerau-Levenshtein distance of two ASCII words, case ignored, at most limit + 1. */
unsigned propose_edit_distance(const char *a, size_t a_length, const char *b, size_t b_length,
                               unsigned limit);

#endif
