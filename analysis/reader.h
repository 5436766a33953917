/* reader.h: finds the readings (reading.h) of what the parser does not accept, by whatever means the language
 * has.
 *
 * Owns    a reader owns its working memory, reused from call to call.
 * Threads one at a time.
 * Errors  none: a piece for which there was no time is not judged (syntax_is_half_read), whatever its own
 * tree says. */
#ifndef NOODLE_READER_H
#define NOODLE_READER_H

#include "analysis/c_scan.h"
#include "analysis/macro_env.h"
#include "analysis/reading.h"
#include "analysis/rules.h"
#include "base/cancel.h"

struct reader;

/* What all texts of one run are read with. */
struct reader_means {
    struct reader *reader;
    struct parser *parser;
    const struct macro_env *env;      /* of C; or NULL */
    const struct rule_checker *rules; /* or NULL */
};

struct reader *reader_create(void);
void reader_destroy(struct reader *reader);
/* Of the C text that is read. */
struct c_scan *reader_scan(struct reader *reader);
/* What rules refuse (rule_notes.h) is looked at again when the syntax has its notes.
 * syntax: just made, not shared yet; one that has readings keeps them. previous: of an earlier version of the
 * text, or NULL; what it has read stays read, also when it was cut short itself. broken: what is known to be,
 * or NULL. */
void reader_read(const struct reader_means *means, struct syntax *syntax, const struct syntax *previous,
                 const struct broken_stretch *broken, const struct cancel *cancel);
/* Whether no reading of a small text makes it valid that was valid before a change, as it stood. False when
 * cancelled. */
bool reader_finds_broken(const struct reader_means *means, const struct language *language, const char *bytes,
                         uint32_t length, const struct cancel *cancel);

#endif
