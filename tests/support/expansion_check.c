#include "tests/support/expansion_check.h"

#include <string.h>

const char *expansion_check(const char *input, size_t length, const struct expansion *expansion) {
    uint32_t passed = 0;
    if (expansion->text.length > 0 && expansion->spans.count == 0) return "a text without spans";
    for (size_t i = 0; i < expansion->spans.count; i++) {
        const struct reading_span *span = &expansion->spans.items[i];
        size_t end = i + 1 < expansion->spans.count ? span[1].at : expansion->text.length;
        if ((span->at == 0) != (i == 0) || span->at >= end) return "spans do not cover the text";
        if (span->start_byte > span->end_byte || span->end_byte > length)
            return "a span outside of the input";
        if (!span->copied) continue;
        if (span->start_byte < passed) return "bytes are copied against their order";
        if (span->end_byte - span->start_byte != end - span->at) return "a copied span of another length";
        if (memcmp(expansion->text.bytes + span->at, input + span->start_byte, end - span->at) != 0)
            return "copied bytes differ";
        passed = span->end_byte;
    }
    if (expansion->cut_short || expansion->replaced_count > 0) return NULL;
    if (expansion->text.length != length || memcmp(expansion->text.bytes, input, length) != 0)
        return "nothing was replaced, and yet the text differs";
    return NULL;
}
