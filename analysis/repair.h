/* repair.h: what an analysis returns: findings (one per mistake), each with its ranked repairs, and repairs
 * of the whole text. Plain data in one arena.
 *
 * Owns    a result owns everything reachable from it; analysis_ref/analysis_unref.
 * Threads any: a result never changes once handed out.
 * Errors  none; an analysis that was cut short says so in its fields.
 * Units   UTF-8 byte offsets in the analysed text. */
#ifndef NOODLE_REPAIR_H
#define NOODLE_REPAIR_H

#include "analysis/text.h"
#include "base/arena.h"
#include "base/meter.h"
#include <stdatomic.h>
#include <stdbool.h>

/* Stable names of mistakes; the text is the diagnostic's `code`. */
#define FINDING_MAP(X)                                                                                       \
    X(SYNTAX, "syntax")               /* no better word is known yet */                                      \
    X(MISSING_TOKEN, "missing-token") /* `;`, `,`, `:`, a keyword */                                         \
    X(UNEXPECTED_TOKEN, "unexpected-token")                                                                  \
    X(WRONG_TOKEN, "wrong-token") /* `)` for `]`, `,` for `;` */                                             \
    X(MISSPELT_KEYWORD, "misspelt-keyword")                                                                  \
    X(UNCLOSED_BRACKET, "unclosed-bracket")                                                                  \
    X(UNMATCHED_CLOSER, "unmatched-closer")                                                                  \
    X(UNCLOSED_STRING, "unclosed-string")                                                                    \
    X(UNCLOSED_COMMENT, "unclosed-comment")                                                                  \
    X(INDENTATION, "indentation")                                                                            \
    X(MERGE_CONFLICT, "merge-conflict")                                                                      \
    X(NOT_ALLOWED, "not-allowed") /* parses, and the language refuses it */                                  \
    X(TRUNCATED, "truncated")                                                                                \
    X(DUPLICATE, "duplicate") /* the same name twice, of which one is lost */

enum finding_code {
#define X(name, text) FINDING_##name,
    FINDING_MAP(X)
#undef X
        FINDING_CODE_COUNT
};

const char *finding_code_name(enum finding_code code);

/* A warning is refused after parsing (a `return` outside of a function); a hint is accepted and hardly meant.
 */
enum finding_severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_HINT };

const char *finding_severity_name(enum finding_severity severity); /* "error", "warning", "hint" */

/* What repairs are ordered by, and the last whether their author wants that and nothing else (rank.h). */
#define REPAIR_REASON_MAP(X)                                                                                 \
    X(COST, "cost")                 /* of the path by which the search found it */                           \
    X(ODDS, "odds")                 /* the encoder's (opinion_edits); 0 without one */                       \
    X(MISTAKES, "mistakes")         /* places where something is changed */                                  \
    X(INSERTED, "inserted")         /* tokens written */                                                     \
    X(REMOVED, "removed")           /* tokens taken away */                                                  \
    X(PLACEHOLDERS, "placeholders") /* names that were made up */                                            \
    X(WORDS, "words")               /* keywords written */                                                   \
    X(LINES, "lines")               /* lines moved, broken or joined */                                      \
    X(LOST, "lost")                 /* known names that are no names any more (names.h) */                   \
    X(STRANGERS, "strangers")       /* names that nobody knows: more of them than before, or fewer */        \
    X(TRANSLATED, "translated")     /* mistakes that are none elsewhere: in another version, in a console */ \
    X(HINTS, "hints")               /* what is hardly meant after it all the same: a key that stands twice */

enum repair_reason {
#define X(name, text) REASON_##name,
    REPAIR_REASON_MAP(X)
#undef X
        REASON_COUNT
};

const char *repair_reason_name(enum repair_reason reason);

/* A change proven by the parser. Edits ascend and do not overlap. */
struct repair {
    const char *title; /* "insert `;`" */
    struct text_edit *edits;
    size_t edit_count;
    double confidence; /* 0..1: how likely it is that the author wants this text; repair_chance is in it */
    float reasons[REASON_COUNT];
};

/* It writes a name that nobody meant, for the person to replace: whatever else there is comes before it. */
static inline bool repair_is_made_up(const struct repair *repair) {
    return repair->reasons[REASON_PLACEHOLDERS] > 0;
}

/* The chance that the author of a text changes nothing beside its mistakes, by the reasons of their repair.
 */
double repair_chance(const struct repair *repair);

struct finding {
    uint32_t start_byte, end_byte; /* may be empty: the place where something is missing */
    enum finding_code code;
    enum finding_severity severity;
    const char *message;
    const char *words; /* the message without the line of the other end; NULL: it has none */
    bool has_related;  /* the other end: the bracket that was left open, ... */
    uint32_t related_start, related_end;
    const char *related_message;
    struct repair *repairs; /* best first; each repairs this mistake alone */
    size_t repair_count;
};

/* Where a result is kept (cached.h). */
#define RESULT_KEYS_MAX 3
struct result_place {
    struct hash128 keys[RESULT_KEYS_MAX]; /* those that lead to it, its own last */
    uint8_t count;                        /* 0: it is not kept */
    bool around;                          /* it depends on more than the text */
};

struct analysis {
    atomic_uint references;
    struct arena arena;
    struct text *text;
    struct finding *findings; /* ascending by start_byte */
    size_t finding_count;
    /* Warnings and hints, ascending, without repairs: texts that have them are not broken. */
    struct finding *advice;
    size_t advice_count;
    /* Broken places that are no mistakes: a finding explains them. */
    struct echo {
        uint32_t start_byte, end_byte;
    } * echoes;
    size_t echo_count;
    /* Repairs of the whole text, best first: after one of these nothing is broken (or, when `partial`, less
     * is). */
    struct repair *fixes;
    size_t fix_count;
    bool partial;      /* some finding has no repair */
    bool repairs_done; /* false in the early result that is published before repairs are searched */
    bool open;         /* the parse of a large text is not settled; another result will follow */
    bool half_judged; /* there was no time to judge it all: what was not judged is in no finding, nor right */
    bool cut_short;   /* the deadline or a cancel ended the search */
    bool too_many;    /* more findings than the limit; the rest is left out */
    bool hurried; /* the clock decided something, or the encoder did not answer: another run may come to more
                   */
    bool cached;  /* it was made earlier (cached.h); times says nothing then */
    struct result_place place; /* where it is kept; of none that is not */
    bool on_device; /* a device beside the CPU computed something of it; false when it was made earlier */
    struct stage_times times;
    uint64_t elapsed_ns;
};

/* Sets words and message, once the other end is known; the strings are copied. */
void finding_say(struct finding *finding, const char *words, const struct text *text, struct arena *arena);

struct analysis *analysis_create(struct text *text); /* takes a reference to text */
struct analysis *analysis_ref(const struct analysis *analysis);
void analysis_unref(struct analysis *analysis);

#endif
