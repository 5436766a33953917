/* pages.h: where the pages lie that explain the codes of findings (docs/diagnostics/).
 *
 * They are looked for beside the program: in the documentation of its installation, then in the sources that
 * it was built in. Nothing is fetched, and nothing points to where nothing is.
 *
 * Owns    the result is the caller's, freed with mem_free.
 * Threads any.
 * Errors  NULL when there are none. */
#ifndef NOODLE_PAGES_H
#define NOODLE_PAGES_H

/* The folder as a file URI, without a slash at the end. */
char *pages_uri(void);

#endif
