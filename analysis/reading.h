/* reading.h: what the parser is shown in place of a stretch of text that the grammar cannot read as it
 * stands.
 *
 * Valid code can be beyond a grammar: macros, conditional branches, gaps of the grammar. A *reading* of a
 * stretch is other bytes with the same meaning as far as syntax goes, its parse, and a map back to the text.
 * A stretch is valid when one of its readings is; a stretch that is not is shown, searched and judged by its
 * best reading.
 *
 * The map is a list of spans, ascending in the reading and in the text. A copied span stands for bytes of the
 * text, one to one; any other stands for a range of the text as a whole (a macro's invocation) and cannot be
 * edited. Bytes of the text in no span are not shown (directives, branches not taken).
 *
 * Owns    a reading owns its text, tree, spans and violations, and is shared by reference count: it counts
 *         from the start of its stretch and so moves with it. The readings of a syntax belong to that
 *         syntax.
 * Threads readings never change once handed out.
 * Errors  none.
 * Units   UTF-8 bytes: `at` in the reading, start_byte and end_byte in the stretch, or in the text where
 *         said. */
#ifndef NOODLE_READING_H
#define NOODLE_READING_H

#include "analysis/parse.h"
#include "analysis/rules.h"
#include "base/hash.h"
#include "base/vec.h"
#include <stdatomic.h>

struct reading_span {
    uint32_t at;                   /* in the reading; it reaches to the next span's, or to the end */
    uint32_t start_byte, end_byte; /* in the stretch */
    bool copied;                   /* the stretch's own bytes */
};

struct reading_spans {
    VEC_FIELDS(struct reading_span);
};

struct reading {
    atomic_uint references;
    struct hash128 key;  /* of everything that decided it; zero: not to be found again */
    struct text *shown;  /* NULL for a stretch that turned out good: nothing more is asked of it */
    TSTree *tree;        /* of shown; likewise */
    struct text *closed; /* a good program with its gaps closed (gap_mask.h); or NULL */
    struct reading_spans spans;
    struct rule_violations violations; /* what the language's rules say of it, in bytes of the stretch */
    uint64_t head;   /* of the first bytes of an item: an edited item is found again by it */
    uint8_t stage;   /* how far an item had to be expanded (item_judge.c); kept while it is broken */
    int32_t balance; /* braces that the stretch's macros leave open, less those they close */
    bool broken;
    bool as_is; /* the stretch's own bytes were shown and nothing else */
};

struct reading *reading_create(void);
struct reading *reading_ref(const struct reading *reading);
void reading_unref(struct reading *reading); /* NULL is harmless */

/* A range of the reading in bytes of the stretch; the whole invocation for bytes that are not the stretch's
 * own. *ret_copied (may be NULL): all of it is. */
void reading_to_stretch(const struct reading *reading, uint32_t at, uint32_t end, uint32_t *ret_start,
                        uint32_t *ret_end, bool *ret_copied);

/* Where a byte of the stretch is shown; the nearest place when it is not. */
uint32_t reading_from_stretch(const struct reading *reading, uint32_t byte);

/* Bytes [at, end) were rewritten to the same length: copied spans there are divided. */
void reading_spans_rewritten(struct reading_spans *spans, uint32_t length, uint32_t at, uint32_t end);

/* A reading at its place in the text. */
struct placed_reading {
    uint32_t start_byte, end_byte; /* in the text */
    struct reading *reading;
};

/* An item that needs no reading: its piece's own tree reads it without error. */
struct trusted_range {
    uint32_t start_byte, end_byte; /* in the text */
    bool by_earlier; /* the tree of an earlier version did; what this one says of it does not count */
};

struct read_piece {
    size_t piece;
    uint64_t id; /* syntax_piece.id */
    uint32_t start_byte;
    uint64_t means; /* hash of what else decided it */
    size_t placed_first, placed_end, trusted_first, trusted_end;
    bool plain;
    bool by_tree; /* the tree is whole, and trusted is all that it shows: no list of items */
};

struct readings {
    struct {
        VEC_FIELDS(struct placed_reading);
    } placed; /* ascending, disjoint */
    struct {
        VEC_FIELDS(struct trusted_range);
    } trusted; /* of the read pieces; ascending, disjoint */
    struct {
        VEC_FIELDS(struct read_piece);
    } pieces; /* that were read, ascending: their own trees say nothing outside of trusted ranges */
    struct {
        VEC_FIELDS(struct reading *);
    } by_key;                 /* open addressing; a power of two slots, or none */
    uint64_t env_id;          /* of the macros that all were read with (macro_env.h) */
    size_t broken_count;      /* readings that are */
    size_t read_broken_count; /* pieces among those read whose own tree has errors */
    bool plain;               /* nothing but the text's own bytes was shown, and all of them */
};

/* Bytes of the text that no reading makes valid, as far as is known beforehand (glance.h). */
struct broken_stretch {
    uint32_t start_byte, end_byte;
};

struct readings *readings_create(void);
void readings_destroy(struct readings *readings); /* NULL is harmless */

/* Appends; takes the reading over. */
void readings_place(struct readings *readings, uint32_t start_byte, uint32_t end_byte,
                    struct reading *reading);
/* What was appended for a piece so far: where it begins. */
struct read_start {
    size_t placed, trusted, broken_count;
};
struct read_start readings_start(const struct readings *readings);
/* The piece is what was appended since `start`; its ranges are filled in here. */
void readings_end_piece(struct readings *readings, struct read_start start, struct read_piece piece);
void readings_take_back(struct readings *readings, struct read_start start);
void readings_index(struct readings *readings); /* when all are placed: for readings_lookup */

/* NULL for a syntax that needed none. */
const struct readings *readings_of(const struct syntax *syntax);
/* The read piece with this number; NULL: it was not read. readings may be NULL. */
const struct read_piece *readings_of_piece(const struct readings *readings, size_t piece);
bool readings_hold_piece(const struct readings *readings, size_t piece);
/* The placed reading that holds the byte, or the last one before it; SIZE_MAX: none. */
size_t readings_find(const struct readings *readings, uint32_t byte);
/* Whether the piece trees' own words about the range count; not where nothing is judged yet. */
bool readings_trust(const struct readings *readings, const struct syntax *syntax, uint32_t start_byte,
                    uint32_t end_byte);
/* The read piece with this id, read by the same means; NULL: none. near: where it is likely to be in the
 * list. */
const struct read_piece *readings_piece(const struct readings *readings, uint64_t id, uint64_t means,
                                        size_t near);
/* The reading with this key among those of the syntax; not reffed. NULL: none. */
struct reading *readings_lookup(const struct readings *readings, struct hash128 key);

/* There was no time to read it all: pieces that were not read are not judged, and say nothing. */
bool syntax_is_half_read(const struct syntax *syntax);
/* Whether more of it is read than of an earlier syntax of the same text, or NULL: going on leads somewhere.
 */
bool syntax_reads_on(const struct syntax *syntax, const struct syntax *earlier);
/* Whether the text is broken after all readings: syntax_has_error asks the trees alone. What is not judged
 * counts as broken: nothing has shown that it is good. */
bool syntax_is_broken(const struct syntax *syntax);

#endif
