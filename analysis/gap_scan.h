/* gap_scan.h: the tokens of one stretch as the rules of gaps see them, and how they write. For gap_*.c only.
 *
 * Comments are left out, but for a `#!` line. Token numbers may be anything: one that is out of range is no
 * token, so that `at - 1` and `at + 3` need no care. What has been written over reads as spaces or as the
 * name written there.
 *
 * Owns    tokens and brackets, released by gap_rewrite; the bytes are the caller's.
 * Threads one at a time.
 * Errors  none.
 * Units   bytes of the stretch; token numbers. */
#ifndef NOODLE_GAP_SCAN_H
#define NOODLE_GAP_SCAN_H

#include "analysis/gap.h"
#include "analysis/lexer.h"

#define GAP_NONE SIZE_MAX

struct gap_scan {
    const struct language *language;
    char *bytes;
    const struct token *tokens;
    size_t count;
    size_t *partner; /* of a bracket; GAP_NONE: it has none */
    size_t *inside;  /* the bracket that holds the token; GAP_NONE: none */
    struct gap_list *list;
};

/* One construct: called for each token of this text ("" is any). */
struct gap_rule {
    const char *token; /* NULL ends a set */
    void (*rewrite)(struct gap_scan *scan, size_t at);
};

extern const struct gap_rule gaps_script[], gaps_rust[], gaps_c[], gaps_python[], gaps_go[], gaps_json[];

bool gap_is(const struct gap_scan *scan, size_t at, const char *text);
bool gap_is_one_of(const struct gap_scan *scan, size_t at, const char *const *texts); /* NULL-terminated */
bool gap_is_kind(const struct gap_scan *scan, size_t at, enum token_kind kind);
bool gap_is_word(const struct gap_scan *scan, size_t at);
bool gap_begins_line(const struct gap_scan *scan, size_t at);
/* Nothing, not even a space, stands between the token and the next. */
bool gap_touches_next(const struct gap_scan *scan, size_t at);
size_t gap_partner(const struct gap_scan *scan, size_t at); /* of a bracket; GAP_NONE */
size_t gap_inside(const struct gap_scan *scan, size_t at);
/* The `>` that closes the `<` at `at`, counting `>>` as two; GAP_NONE. Brackets between are skipped as a
 * whole. */
size_t gap_angle_close(const struct gap_scan *scan, size_t at);

/* Writing, from the start of one token to the end of another. */
void gap_blank(struct gap_scan *scan, size_t first, size_t last); /* spaces */
void gap_name(struct gap_scan *scan, size_t first, size_t last);  /* a name, then spaces */
/* Text, then spaces; false, and nothing written, when a line ends within it or it is too long. */
bool gap_put(struct gap_scan *scan, size_t first, size_t last, const char *text);
/* One byte in the space before the token; false when there is none. */
bool gap_insert(struct gap_scan *scan, size_t at, char byte);
/* Any bytes that the caller has checked. */
void gap_put_bytes(struct gap_scan *scan, uint32_t start, uint32_t end, const char *text);

#define GAP_IS_ONE_OF(scan, at, ...) gap_is_one_of(scan, at, (const char *const[]){__VA_ARGS__, NULL})

#endif
