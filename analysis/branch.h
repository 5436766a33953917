/* branch.h: the conditional branches of a C text: which lines choose, what belongs together, what is never
 * compiled.
 *
 * Owns    the lists own their arrays; branches_finish.
 * Threads one at a time.
 * Errors  none: an #else or #endif without its #if is passed over, an #if without its #endif runs to the end.
 * Units   indices of tokens (c_token.h). */
#ifndef NOODLE_BRANCH_H
#define NOODLE_BRANCH_H

#include "analysis/choice.h"

#define BRANCH_NONE UINT32_MAX

struct branch {
    uint32_t token, end_token; /* its directive; the group's next directive, or the number of tokens */
    uint32_t group;
    bool dead; /* never compiled as C: #if 0, __cplusplus, #error or what stands for it, or inside such a
                  branch */
};

struct branch_group {
    uint32_t first_branch, branch_count; /* branches of one group follow one another by branches_next */
    uint32_t end_token;                  /* the #endif, or the number of tokens */
    uint32_t parent;                     /* the branch around, or BRANCH_NONE */
    bool has_else;                       /* some branch is always taken */
};

/* What a directive that chooses is, in the order of the text. */
struct branch_mark {
    uint32_t token;
    uint32_t branch; /* that begins here, or BRANCH_NONE: the #endif */
    uint32_t group;
};

struct branches {
    struct {
        VEC_FIELDS(struct branch);
    } items; /* in the order of their directives */
    struct {
        VEC_FIELDS(struct branch_group);
    } groups;
    struct {
        VEC_FIELDS(struct branch_mark);
    } marks;
    uint32_t stray_token;    /* an #else or #endif without its #if; BRANCH_NONE: there is none */
    uint32_t unclosed_token; /* an #if without its #endif; likewise */
};

/* Replaces what the list held. */
void branches_find(const char *bytes, const struct c_tokens *tokens, struct branches *branches);
void branches_finish(struct branches *branches);
/* The next branch of the same group; BRANCH_NONE behind the last. */
uint32_t branches_next(const struct branches *branches, uint32_t branch);
/* The innermost branch that holds the token; BRANCH_NONE: none. */
uint32_t branches_around(const struct branches *branches, uint32_t token);

#endif
