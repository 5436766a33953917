/* names.h: which names one document knows: from its own words, and from the files that it imports.
 *
 * Evidence for repairs, so nothing is looked at before somebody asks: a text without mistakes costs nothing.
 * The text is scanned at the first question; what it imports is looked for when its own words do not answer
 * one. Its id says what was found there, as macro_env_id does for C: equal ids, equal answers.
 *
 * Imported files are followed one step, and on from there only where a file passes on everything another
 * offers.
 *
 * Owns    what it has counted and found, by an atomic reference count; the surroundings outlive it.
 * Threads names_ask, names_id and what is remembered of questions on one thread at a time; the rest any.
 * Errors  none: what can't be read is not known. Bounded by the NAMES_ limits, and by the cancel token: what
 * that or the time for it cut short says so (names_are_incomplete).
 * Units   bytes. */
#ifndef NOODLE_NAMES_H
#define NOODLE_NAMES_H

#include "analysis/surroundings.h"
#include "base/cancel.h"
#include "base/clock.h"

#define NAMES_TEXT_BYTES_MAX (1u << 17)        /* of the text, whose words are counted: a millisecond */
#define NAMES_FILES_MAX      64                /* read for one document */
#define NAMES_PROBES_MAX     1500              /* paths looked for */
#define NAMES_BYTES_MAX      (16u << 20)       /* of the facts used for one document */
#define NAMES_LOOK_NS_MAX    (100 * NS_PER_MS) /* looking for imports, in one go */
#define NAMES_STEPS_MAX      4   /* files that pass on the names of others, one behind the other */
#define NAMES_QUESTIONS_MAX  400 /* remembered */

struct names;

struct names_params {
    const struct language *language;
    const struct text *text;
    const char *path;                  /* absolute and normalised; NULL: it has none, and imports nothing */
    struct surroundings *surroundings; /* or NULL */
    const struct cancel *cancel;       /* of the run; not looked at after it; or NULL */
};

/* How well a name is known, from nothing up. */
enum name_standing {
    NAME_UNKNOWN,
    NAME_SEEN,   /* it stands in one other place of the text as names do */
    NAME_USED,   /* in several */
    NAME_DEFINED /* the text defines or imports it, or a file does that it imports */
};

struct names *names_create(const struct names_params *params);
struct names *names_ref(struct names *names);
void names_unref(struct names *names); /* NULL is harmless */
/* The run is over: words and cancel token are let go of. */
void names_rest(struct names *names);

/* `here`: so many of the places where the text has the name are those that are asked about. NULL names know
 * nothing. */
enum name_standing names_ask(struct names *names, const char *bytes, size_t length, unsigned here);
/* Whether the name stands behind a dot somewhere. */
bool names_have_member(struct names *names, const char *bytes, size_t length);

/* Questions and answers since names_remember, so that what was concluded from them can be used where the
 * answers are the same. */
struct name_question {
    uint64_t hash;
    uint8_t here, answer; /* here NAME_MEMBER: names_have_member */
};
#define NAME_MEMBER 255
void names_remember(struct names *names);
/* NULL: there were too many. */
const struct name_question *names_remembered(const struct names *names, size_t *ret_count);
bool names_still_answer(struct names *names, const struct name_question *questions, size_t count);

/* Of what the imported files define; looks at them. 0: the text imports nothing. NULL: 0. */
uint64_t names_id(struct names *names);
/* Whether an answer depended on other files, or would have with surroundings. NULL: false. */
bool names_looked_around(const struct names *names);
/* The path of the index-th file that was read; NULL past the last. NULL names have none. */
const char *names_file(const struct names *names, size_t index);
bool names_are_incomplete(const struct names *names);
/* Whether a file that was looked for or at is not, or may not be, what it was; and whether this one was. */
bool names_are_outdated(const struct names *names);
bool names_depend_on(const struct names *names, const char *path);

#endif
