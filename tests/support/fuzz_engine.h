/* fuzz_engine.h: the body of the fuzzers of the whole engine; each language has a target of its own.
 *
 * Owns    one pipeline for the life of the process.
 * Threads one at a time.
 * Errors  aborts with the broken promise (engine_check.h) on stderr. */
#ifndef NOODLE_FUZZ_ENGINE_H
#define NOODLE_FUZZ_ENGINE_H

#include <stddef.h>
#include <stdint.h>

/* Returns what LLVMFuzzerTestOneInput returns: -1 keeps an input out of the corpus. */
int fuzz_engine(const char *language_id, const uint8_t *data, size_t size);

#endif
