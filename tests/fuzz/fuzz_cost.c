/* Kept costs from any bytes: refused as a whole with a message, or read, and then written as they can be read
 * again. The hash that stands at the end is made right first, so that what is before it is looked at too. */
#include "compute/cost.h"

#include "base/hash.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_back(const struct cost *cost) {
    struct str text;
    struct cost *again = cost_create("fuzz");
    struct error error;
    str_init(&text);
    cost_write(cost, &text);
    if (cost_read(again, text.bytes, text.length, &error)) {
        fprintf(stderr, "%s\n", error.message);
        abort();
    }
    cost_destroy(again);
    str_finish(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct cost *cost = cost_create("fuzz");
    struct error error = {0};
    struct str text;
    str_init(&text);
    str_add(&text, data, size);
    if (cost_read(cost, text.bytes, text.length, &error) && !error.message[0]) abort();
    uint64_t hash = hash64(text.bytes, text.length, 0);
    str_addf(&text, "end\t%016" PRIx64 "\n", hash);
    if (cost_read(cost, text.bytes, text.length, &error) && !error.message[0]) abort();
    read_back(cost);
    str_finish(&text);
    cost_destroy(cost);
    return 0;
}
