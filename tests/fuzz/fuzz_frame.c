/* fuzz_frame.c: any bytes, cut into any pieces, give the same messages and faults as the bytes in one piece;
 * no body is longer than its header may say. The first byte says how to cut. */
#include "lsp/frame.h"

#include "base/hash.h"
#include "base/mem.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Digest of all that is told. */
static uint64_t read_all(const char *bytes, size_t length, size_t piece) {
    struct frame *frame = frame_create();
    uint64_t digest = 0;
    while (length) {
        size_t count = piece < length ? piece : length;
        /* A copy of its own, so that a sanitizer sees a read past the piece. */
        char *copy = mem_alloc(count);
        memcpy(copy, bytes, count);
        const char *at = copy, *body;
        size_t left = count, body_length;
        struct error error;
        enum frame_event event;
        while ((event = frame_read(frame, &at, &left, &body, &body_length, &error)) != FRAME_NONE) {
            if (event == FRAME_BODY && body_length > FRAME_BODY_MAX) abort();
            digest = event == FRAME_BODY ? hash64(body, body_length, digest + 1)
                                         : hash64(error.message, strlen(error.message), digest + 2);
        }
        if (left != 0) abort();
        mem_free(copy);
        bytes += count, length -= count;
    }
    frame_destroy(frame);
    return digest;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 1) return 0;
    const char *bytes = (const char *)data + 1;
    if (read_all(bytes, size - 1, size) != read_all(bytes, size - 1, (size_t)data[0] + 1)) abort();
    return 0;
}
