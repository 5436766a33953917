/* Declarations: fuzz_engine.h. */
#include "tests/support/fuzz_engine.h"

#include "base/clock.h"
#include "tests/support/engine_check.h"

#include <stdio.h>
#include <stdlib.h>

#define MAX_SIZE  2048 /* longer inputs find nothing that shorter ones don't, and take longer */
#define BUDGET_NS (30 * NS_PER_MS)

int fuzz_engine(const char *language_id, const uint8_t *data, size_t size) {
    static struct engine_check check;
    if (size > MAX_SIZE) return -1;
    const struct language *language = language_find(language_id);
    if (!language) abort();
    if (!check.pipeline) check.pipeline = pipeline_create();
    if (!engine_check_bytes(&check, language, (const char *)data, size, BUDGET_NS)) {
        fprintf(stderr, "%s: %s\n", language_id, check.broken);
        abort();
    }
    return 0;
}
