/* text.h: one immutable text, shared by everyone who works on it.
 *
 * A text is an array of pieces of at most a few KB; a piece points into a block that other pieces and texts
 * may share. An edit makes a new text that shares all untouched pieces, so that a keystroke in 10 MB copies a
 * few KB and an array of piece headers. Each piece counts its line ends, so the line index is part of every
 * text and never rebuilt.
 *
 * Owns    its blocks, by atomic reference counts; text_ref/text_unref.
 * Threads any: a text never changes.
 * Errors  STATUS_TOO_LARGE above TEXT_SIZE_MAX, STATUS_NO_MEMORY when the system refuses a block for
 *         outside bytes.
 * Units   UTF-8 byte offsets, half open. Bytes are kept as they are: NUL, BOM and invalid UTF-8 included.
 *         Lines end at "\n", "\r\n" or a lone "\r", as in LSP; rows (for tree-sitter) end at "\n" only.
 *         Both from 0. */
#ifndef NOODLE_TEXT_H
#define NOODLE_TEXT_H

#include "base/hash.h"
#include "base/status.h"
#include <stddef.h>
#include <stdint.h>

#define TEXT_SIZE_MAX (UINT32_C(1) << 30)

struct text;

/* Replace [start_byte, end_byte) by new_length bytes. */
struct text_edit {
    uint32_t start_byte, end_byte;
    const char *new_bytes; /* kept by whoever made the edit */
    uint32_t new_length;
};

struct text_row {
    uint32_t row, column_bytes;
};

/* Hunk of text_diff: [old_start, old_end) of the old text became [new_start, new_end) of the new one. */
struct text_hunk {
    uint32_t old_start, old_end, new_start, new_end;
};

enum status text_create(const char *bytes, size_t length, struct text **ret_text); /* copies bytes */
struct text *text_ref(const struct text *text);
void text_unref(struct text *text); /* NULL is harmless */

uint32_t text_size(const struct text *text);

/* Ranges are clamped to the text. */
enum status text_splice(const struct text *text, uint32_t start_byte, uint32_t end_byte, const char *bytes,
                        size_t length, struct text **ret_text);
/* Edits in ascending order, not overlapping, all in offsets of `text`. */
enum status text_apply(const struct text *text, const struct text_edit *edits, size_t count,
                       struct text **ret_text);
struct text *text_slice(const struct text *text, uint32_t start_byte, uint32_t end_byte); /* shares blocks */

/* The contiguous run that begins at byte; *ret_length is 0 (and the result "") at and past the end. */
const char *text_run(const struct text *text, uint32_t byte, uint32_t *ret_length);
void text_copy(const struct text *text, uint32_t start_byte, uint32_t end_byte, char *out);
char *text_dup(const struct text *text, uint32_t start_byte,
               uint32_t end_byte);                        /* NUL-terminated; mem_free */
int text_byte_at(const struct text *text, uint32_t byte); /* -1 past the end */

uint32_t text_line_count(const struct text *text);                /* at least 1 */
uint32_t text_line_start(const struct text *text, uint32_t line); /* size past the last line */
uint32_t text_line_end(const struct text *text, uint32_t line);   /* before the line end characters */
uint32_t text_line_of(const struct text *text, uint32_t byte);
struct text_row text_row_of(const struct text *text, uint32_t byte);

/* Where two texts differ, ascending, at most max_hunks (the last one then covers the rest). Shared blocks are
 * recognised by address, so this costs the number of pieces and not the number of bytes; unrelated texts are
 * compared by their common prefix and suffix. Returns the number of hunks, 0 when equal. */
size_t text_diff(const struct text *old_text, const struct text *new_text, struct text_hunk *hunks,
                 size_t max_hunks);

struct hash128 text_hash(const struct text *text);

#endif
