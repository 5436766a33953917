/* c_scan.h: the tokens of one C text after another: what an edit leaves alone is not scanned again, and
 * nothing is before somebody asks for the tokens.
 *
 * Owns    the text and its tokens. All zero is one that has seen none; c_scan_forget leaves it so.
 * Threads one at a time.
 * Errors  none (c_token.h). */
#ifndef NOODLE_C_SCAN_H
#define NOODLE_C_SCAN_H

#include "analysis/c_token.h"

struct c_scan {
    char *bytes; /* the text; NULL: none */
    uint32_t length;
    /* Private. */
    struct c_tokens tokens; /* of the text, or else of this one */
    bool up_to_date;
    char *scanned;
    uint32_t scanned_length;
};

/* bytes, from mem_alloc and its friends, are the scan's. */
void c_scan_take(struct c_scan *scan, char *bytes, uint32_t length);
/* Of the text; valid until another is taken. */
const struct c_tokens *c_scan_tokens(struct c_scan *scan);
void c_scan_forget(struct c_scan *scan);

#endif
