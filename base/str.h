/* str.h: a growable string of bytes, always followed by a NUL that does not count.
 *
 * Owns    bytes; released by str_finish or handed out by str_detach.
 * Threads one at a time.
 * Errors  none: growth aborts on failure. */
#ifndef NOODLE_STR_H
#define NOODLE_STR_H

#include <stdbool.h>
#include <stddef.h>

struct str {
    char *bytes; /* never NULL after str_init */
    size_t length, capacity;
};

void str_init(struct str *str);
void str_finish(struct str *str);
void str_clear(struct str *str);
void str_add(struct str *str, const void *bytes, size_t length);
void str_adds(struct str *str, const char *string);
void str_addc(struct str *str, char byte);
void str_addf(struct str *str, const char *format, ...) __attribute__((format(printf, 2, 3)));
void str_reserve(struct str *str, size_t extra);
char *str_detach(struct str *str); /* the caller frees with mem_free; str is empty again */

bool str_starts_with(const char *string, const char *prefix);
bool str_ends_with(const char *string, const char *suffix);

#endif
