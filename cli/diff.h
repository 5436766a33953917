/* diff.h: two texts as a unified diff, as patch(1) and git take it.
 *
 * Lines are compared as bytes and end at "\n", so CRLF, BOM and invalid UTF-8 go through unchanged. Between
 * very different texts the diff stays valid but is no longer the shortest.
 *
 * Owns    nothing beyond a call.
 * Threads any.
 * Errors  none.
 * Units   bytes; memory for one word per line, and a bounded table of edits. */
#ifndef NOODLE_DIFF_H
#define NOODLE_DIFF_H

#include "base/str.h"
#include "base/vec.h"

struct diff_side {
    const char *bytes;
    size_t length;
};

/* Lines [old_start, old_end) became [new_start, new_end); lines from 0. */
struct diff_hunk {
    size_t old_start, old_end, new_start, new_end;
};

struct diff_hunks {
    VEC_FIELDS(struct diff_hunk);
};

/* Appends the changes, ascending, to *hunks (zero-initialised by the caller, released by vec_finish). */
void diff_lines(struct diff_side before, struct diff_side after, struct diff_hunks *hunks);

/* Appends "--- a/name", "+++ b/name" and the hunks with three lines of context; nothing when the texts are
 * equal. */
void diff_unified(struct str *out, const char *name, struct diff_side before, struct diff_side after,
                  bool color);

#endif
