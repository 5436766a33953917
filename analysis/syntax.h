/* syntax.h: what a struct syntax is made of, for the files that make one (parse.c, chunk.c, reparse.c) and no
 * others.
 *
 * Owns    a syntax owns its text, its readings, its rule notes and one reference to each tree_box of its
 *         chunks.
 * Threads a syntax never changes once handed out; a syntax under construction belongs to one thread.
 * Errors  none.
 * Units   bytes; offsets inside a chunk count from its start. */
#ifndef NOODLE_SYNTAX_H
#define NOODLE_SYNTAX_H

#include "analysis/mask.h"
#include "analysis/parse.h"
#include "base/vec.h"
#include <stdatomic.h>

/* A tree shared by the syntaxes whose chunk it parses. */
struct tree_box {
    atomic_uint references;
    TSTree *tree;
};

/* One piece of a text. A clean chunk has no tree: nothing to share, nothing to count. */
struct chunk {
    uint64_t id;           /* equal ids: the same bytes with the same verdict */
    struct tree_box *box;  /* or NULL */
    uint32_t start_byte;   /* in the text */
    uint32_t first_length; /* an edit up to here may change how the first node binds to what stands before the
                              chunk */
    uint32_t sync_back;    /* from the chunk's end back to the start of its last sync node; 0: it has none */
    uint32_t sync_length;
    uint16_t sync_symbol;
    bool has_error, open;
    bool to_end; /* has_error was found with all the text behind it; a change there opens it again */
};

struct chunk_list {
    VEC_FIELDS(struct chunk);
};

struct syntax {
    atomic_uint references;
    struct text *text;
    struct text *parsed; /* what the trees are of: the text with its masks blanked, of the same length */
    struct mask_list masks;
    const struct language *language;
    struct chunk_list chunks; /* at least one; the first starts at 0, each ends where the next starts */
    size_t broken_count, open_count;
    uint16_t top_state; /* parse state before a root child, the place of every cut; 0 while the text is one
                           piece */
    bool uncuttable;    /* a large text in which no cuts were found: it stays one piece */
    bool half_read;     /* reading it was cut short: what has no reading may need one */
    struct readings *readings; /* what its broken pieces can be read as (reading.h); NULL: nothing was */
    struct rule_notes *notes;  /* what the language's rules say of it (rule_notes.h); NULL: not looked at */
};

struct syntax *syntax_create(const struct language *language,
                             struct text *text);     /* refs text; no chunks, no masks yet */
struct tree_box *tree_box_create(TSTree *tree);      /* takes the tree over */
struct tree_box *tree_box_ref(struct tree_box *box); /* NULL is harmless */
void tree_box_unref(struct tree_box *box);
uint64_t chunk_new_id(void);
uint32_t syntax_chunk_end(const struct syntax *syntax, size_t index);

/* What the last parse asked for after it had been told that the range ends: the lowest offset (relative to
 * the range), or UINT32_MAX. A token that begins there saw the end and was given up; more text might have
 * made it one. */
uint32_t parser_leak_byte(const struct parser *parser);

/* A copy of the tree of old_text[span.old_start, span.old_end), edited so that it fits
 * new_text[span.new_start, span.new_end) for reuse. hunks: every difference of the two texts; those outside
 * the span are harmless. */
TSTree *tree_edited(const TSTree *tree, const struct text *old_text, const struct text *new_text,
                    struct text_hunk span, const struct text_hunk *hunks, size_t hunk_count);

#endif
