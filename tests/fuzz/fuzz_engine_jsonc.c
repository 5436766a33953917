/* The whole engine on any bytes as jsonc: see fuzz_engine.h. */
#include "tests/support/fuzz_engine.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    return fuzz_engine("jsonc", data, size);
}
