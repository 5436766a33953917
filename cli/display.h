/* display.h: a line of somebody's text, made safe and measured for a terminal.
 *
 * Tabs become spaces (stops every 8 columns of the line), control characters and what is no UTF-8 become
 * U+FFFD, so that a file cannot send commands to the terminal.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none.
 * Units   columns of a terminal: East Asian wide characters and emoji take two, combining marks none. */
#ifndef NOODLE_DISPLAY_H
#define NOODLE_DISPLAY_H

#include "base/str.h"

/* Appends bytes[0, length) and returns the columns they take when they begin in `column`. out may be NULL:
 * only measure. */
size_t display_add(struct str *out, const char *bytes, size_t length, size_t column);

#endif
