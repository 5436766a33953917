/* C of any bytes, read with its own macros: as it is, again with its own readings as previous ones, as an
 * edited text with those of the first half (a byte of value 1 divides), and without an environment. */
#include "analysis/reading.h"
#include "tests/support/reading_check.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIZE                                                                                             \
    4096 /* longer inputs find nothing that shorter ones don't; test_preprocess.c has large ones */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fail(const char *what, const char *wrong) {
    if (!wrong) return;
    fprintf(stderr, "%s: %s\n", what, wrong);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct reading_desk desk;
    if (size > MAX_SIZE) return -1;
    if (!desk.reader) reading_desk_start(&desk);
    const char *bytes = size ? (const char *)data : "";
    const char *cut = memchr(bytes, 1, size);
    struct syntax *before = cut ? reading_desk_read(&desk, bytes, (size_t)(cut - bytes), NULL, NULL) : NULL;
    if (cut) {
        size -= (size_t)(cut + 1 - bytes);
        bytes = cut + 1;
    }
    struct syntax *fresh = reading_desk_read(&desk, bytes, size, NULL, NULL);
    struct syntax *again = reading_desk_read(&desk, bytes, size, fresh, NULL);
    struct syntax *edited = reading_desk_read(&desk, bytes, size, before, NULL);
    struct syntax *alone = reading_desk_read_alone(&desk, bytes, size);
    if (fresh) {
        fail("fresh", reading_check(fresh));
        fail("again", reading_check(again));
        fail("edited", reading_check(edited));
        fail("alone", reading_check(alone));
        fail("fresh and again", reading_check_same(fresh, again));
        if (syntax_is_broken(fresh) && !syntax_is_broken(edited)) fail("edited", "a mistake was lost");
    }
    syntax_unref(before);
    syntax_unref(fresh);
    syntax_unref(again);
    syntax_unref(edited);
    syntax_unref(alone);
    return 0;
}
