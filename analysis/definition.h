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

struct definition_site {
    const struct macro_env *env;
    const char *bytes;
    const struct c_tokens *tokens;
};

/* The last of several definitions of the name that the document has before the byte. */
const struct macro *definition_before(const struct definition_site *site, uint32_t byte, const char *name,
                                      uint32_t length, uint32_t name_hash);

/* Whether the document's definitions of the name, one or several, stand behind the byte, none before it. */
bool definition_is_behind(const struct definition_site *site, uint32_t byte, const char *name,
                          uint32_t length, uint32_t name_hash);

/* Whether the condition of #if or #elif is false whatever the system is: every name that decides it is
 * defined as one number and nothing else. */
bool definition_denies(const struct definition_site *site, const struct c_token *directive);

#endif
