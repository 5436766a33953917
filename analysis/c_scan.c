#include "analysis/c_scan.h"
#include "base/mem.h"

void c_scan_take(struct c_scan *scan, char *bytes, uint32_t length) {
    if (scan->up_to_date) {
        scan->scanned = scan->bytes;
        scan->scanned_length = scan->length;
    } else {
        mem_free(scan->bytes);
    }
    scan->bytes = bytes;
    scan->length = length;
    scan->up_to_date = false;
}

const struct c_tokens *c_scan_tokens(struct c_scan *scan) {
    if (scan->up_to_date || !scan->bytes) return &scan->tokens;
    if (scan->scanned)
        c_token_rescan(scan->bytes, scan->length, scan->scanned, scan->scanned_length, &scan->tokens);
    else
        c_token_scan(scan->bytes, scan->length, &scan->tokens);
    mem_free(scan->scanned);
    scan->scanned = NULL;
    scan->up_to_date = true;
    return &scan->tokens;
}

void c_scan_forget(struct c_scan *scan) {
    mem_free(scan->bytes);
    mem_free(scan->scanned);
    vec_finish(&scan->tokens);
    *scan = (struct c_scan){0};
}
