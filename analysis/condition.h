/* condition.h: how likely it is that the branch of an #if is compiled, as far as its condition alone says.
 *
 * Nobody tells us the target, so names that only some compilers or systems define are unknown, not false.
 * What is certain: numbers, __cplusplus (never), __STDC__, __STDC_VERSION__, __GNUC__ and the like (a current
 * C compiler that knows GNU's extensions). Names of foreign systems (_WIN32, __APPLE__, ...) make a branch
 * unlikely.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  a condition that can't be read is CONDITION_OPEN.
 * Units   bytes; at most CONDITION_BYTES_MAX of a condition are read, longer ones are open. */
#ifndef NOODLE_CONDITION_H
#define NOODLE_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONDITION_BYTES_MAX 4096

/* From surely compiled to never. */
enum condition { CONDITION_TRUE, CONDITION_OPEN, CONDITION_UNLIKELY, CONDITION_FALSE };

/* What follows "#if" or "#elif" on its logical line; comments and continuations may be in it. */
enum condition condition_of_expression(const char *bytes, size_t length);
/* The same, where somebody knows what names stand for. */
struct condition_names {
    bool (*number)(const char *name, size_t length, int64_t *ret_number, void *payload);
    void *payload;
};
enum condition condition_of_expression_with(const char *bytes, size_t length,
                                            const struct condition_names *names);
/* What follows "#ifdef"; for #ifndef take condition_not of it. */
enum condition condition_of_name(const char *name, size_t length);
/* Of the branch that is taken when this one isn't. Not certain is all that is known when one is unlikely. */
enum condition condition_not(enum condition condition);
/* Of what lies in two branches at once: the less likely of them. */
enum condition condition_and(enum condition outer, enum condition inner);

#endif
