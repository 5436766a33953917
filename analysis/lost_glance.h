/* lost_glance.h: whether a C text may have a line that is what is left of a directive (lost_line.h), by a
 * look at how its lines begin. Most have none, and then need not be scanned at each keystroke.
 *
 * Owns    nothing.
 * Threads any.
 * Errors  none: a line in a comment or a string may look like one, too.
 * Units   bytes. */
#ifndef NOODLE_LOST_GLANCE_H
#define NOODLE_LOST_GLANCE_H

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Words of directives; the first LOST_NEEDY need something behind them. */
enum lost_word {
    LOST_INCLUDE,
    LOST_DEFINE,
    LOST_UNDEF,
    LOST_IFDEF,
    LOST_IFNDEF,
    LOST_IF,
    LOST_ELIF,
    LOST_NEEDY,
    LOST_ELSE = LOST_NEEDY,
    LOST_ENDIF,
    LOST_PRAGMA,
    LOST_WORDS
};

extern const char *const lost_words[LOST_WORDS];

/* It is a word of C, too. */
static inline bool lost_is_keyword(enum lost_word word) {
    return word == LOST_IF || word == LOST_ELSE;
}

static inline bool lost_is_path_byte(char byte) {
    return isalnum((unsigned char)byte) || (byte && strchr("_./+-", byte));
}

bool lost_glance(const char *bytes, uint32_t length);
/* Whether the word stands at `at`. */
bool lost_begins_with(const char *at, const char *end, const char *word);
/* Whether bytes [start, end) are the name of a header, in its marks. */
bool lost_names_header(const char *bytes, uint32_t start, uint32_t end);

#endif
