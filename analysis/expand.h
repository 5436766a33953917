/* expand.h: the edits that may get a search past the place where it is stuck.
 *
 * Owns    nothing: children go into the search's nodes and frontier.
 * Threads those of the search.
 * Errors  none.
 * Units   bytes of the tape that the stuck path is on. */
#ifndef NOODLE_EXPAND_H
#define NOODLE_EXPAND_H

#include "analysis/search_state.h"

struct expansion {
    struct search *search;
    uint32_t node;       /* number of the stuck node */
    uint32_t stuck_byte; /* where it is stuck */
    uint16_t level;      /* its children's */
    uint16_t handled;    /* likewise */
    const struct rule_violation
        *violation; /* what is wrong there when the automaton is content; on this tape; or NULL */
    double limit;   /* children dearer than this in total are left out */
};

/* Children of the node for edits at the stuck place and at places before it; search->path has the
 * configurations up to there. */
void expand_node(struct expansion *expansion, struct arena *arena);

/* Children of the root for merge conflicts: both sides are tried before anything else. */
void expand_conflicts(struct search *search, struct arena *arena);

#endif
