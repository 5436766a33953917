/* reading_check.h: texts read by the reader (reader.h) with their own macros, and what all readings keep
 * (reading.h), for tests and fuzzers.
 *
 * Owns    a desk owns its parser, reader and rules; syntaxes belong to the caller.
 * Threads one at a time.
 * Errors  a sentence; NULL: all is well. */
#ifndef NOODLE_READING_CHECK_H
#define NOODLE_READING_CHECK_H

#include "analysis/reader.h"
#include "analysis/reading.h"

struct reading_desk {
    const struct language *language;
    struct reader *reader;
    struct parser *parser;
    struct rule_checker *rules;
};

void reading_desk_start(struct reading_desk *desk); /* for C */
void reading_desk_start_in(struct reading_desk *desk, const char *language);
void reading_desk_finish(struct reading_desk *desk);

/* Parsed afresh and read; previous and cancel may be NULL. NULL: the text can't be held. */
struct syntax *reading_desk_read(struct reading_desk *desk, const char *bytes, size_t length,
                                 const struct syntax *previous, const struct cancel *cancel);
/* The same without an environment: macros are known by their position alone. */
struct syntax *reading_desk_read_alone(struct reading_desk *desk, const char *bytes, size_t length);

/* Readings ascend, are disjoint and count right; every span lies in its stretch, and copied bytes are the
 * text's. */
const char *reading_check(const struct syntax *syntax);
/* Whether two syntaxes of one text have the same verdicts of the same places. What a broken one shows may
 * differ: an edited item is read as it was before. */
const char *reading_check_same(const struct syntax *left, const struct syntax *right);

#endif
