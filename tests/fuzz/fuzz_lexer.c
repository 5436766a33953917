/* The lexer on any bytes in every language: tokens that, with their gaps, are the bytes again. The first byte
 * picks the language. */
#include "analysis/lexer.h"
#include "tests/support/token_check.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    size_t count = 0;
    while (language_at(count))
        count++;
    const struct language *language = language_at(data[0] % count);
    const char *bytes = (const char *)data + 1;

    struct token_list tokens = {0};
    lexer_scan(language, bytes, size - 1, &tokens);
    size_t at;
    const char *wrong = token_check(language, bytes, size - 1, &tokens, &at);
    if (wrong) {
        fprintf(stderr, "%s: %s at byte %zu\n", language->id, wrong, at);
        abort();
    }
    vec_finish(&tokens);
    return 0;
}
