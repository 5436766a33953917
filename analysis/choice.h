/* choice.h: the conditions of #if lines: what follows from them alone, what they are under a choice of names,
 * and which choice makes them true.
 *
 * Nothing is known of the names here: a *choice* says of some that they are defined (or true), and what all
 * others are. Conditions that mean the same choice of a name agree, so that branches chosen by one choice fit
 * together.
 *
 * Owns    a condition and a choice own their arrays; choice_condition_finish, choice_finish.
 * Threads one at a time.
 * Errors  none: what is no expression is one opaque name.
 * Units   bytes. */
#ifndef NOODLE_CHOICE_H
#define NOODLE_CHOICE_H

#include "analysis/c_token.h"

enum truth { TRUTH_NO, TRUTH_YES, TRUTH_UNKNOWN };

struct choice_node {
    uint8_t kind;
    uint16_t left, right; /* indices */
    uint64_t name;        /* hash of a name, or of the text of what is not looked into */
};

struct choice_condition {
    VEC_FIELDS(struct choice_node);
};

/* Of #if, #ifdef, #ifndef and their #elif forms; `#else` is always true. Root is the last node. */
void choice_parse(const char *bytes, const struct c_token *directive, struct choice_condition *condition);
void choice_condition_finish(struct choice_condition *condition);

struct choice {
    struct {
        VEC_FIELDS(struct assumption {
            uint64_t name;
            bool holds;
        });
    } assumptions;
    bool others; /* names without an assumption are defined and not zero */
};

void choice_finish(struct choice *choice);

/* Whatever the names are. */
enum truth choice_constant(const struct choice_condition *condition);
bool choice_holds(const struct choice_condition *condition, const struct choice *choice);
/* Adds assumptions under which the condition is as wanted; false when those made already forbid it, or are
 * too many. */
bool choice_force(const struct choice_condition *condition, bool wanted, struct choice *choice);

#endif
