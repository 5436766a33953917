/* suggest.h: the known word that a mistyped one most likely meant.
 *
 * Owns    nothing.   Threads any.   Errors  NULL when nothing is near. */
#ifndef NOODLE_SUGGEST_H
#define NOODLE_SUGGEST_H

#include <stddef.h>

/* words: count of them, NULL entries are skipped. The result is one of them. */
const char *suggest_nearest(const char *word, const char *const *words, size_t count);

#endif
