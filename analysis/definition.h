/* definition.h: which definition of a macro holds at a place of a C text, where it has several, and which
 * branches are never compiled because the macros in their conditions are certain numbers.
 *
 * Definitions are a set everywhere else (macro.h); the order of those of the text itself is asked for only
 * when an item fails.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none; NULL and false: it is not known.
 * Units   bytes of the piece that the tokens are of. */
#ifndef NOODLE_DEFINITION_H
#define NOODLE_DEFINITION_H

#include "analysis/c_token.h"
#include "analysis/macro_env.h"
#include "analysis/macro_expand.h"

struct definition_site {
    const struct macro_env *env;
    const char *bytes;
    const struct c_tokens *tokens;
};

/* The last of several definitions of the name that the document has before the byte. */
const struct macro *definition_before(const struct definition_site *site, uint32_t byte, const char *name,
                                      uint32_t length, uint32_t name_hash);

/* Whether the document makes the name a macro only from a later line than the byte's on, or only in other
 * branches of a group that is around the byte. */
bool definition_is_elsewhere(const struct definition_site *site, uint32_t byte,
                             const struct expand_site *name);

/* Whether the name of a function-like macro at the byte, which `name` is about, is a function's all the same:
 * it is declared there, behind a type or a star, or the document makes it a macro only from a later line on.
 */
bool definition_stays_function(const struct definition_site *site, uint32_t byte,
                               const struct expand_site *name);

/* Whether the condition of #if or #elif is false whatever the system is: every name that decides it is
 * defined as one number and nothing else. */
bool definition_denies(const struct definition_site *site, const struct c_token *directive);

#endif
