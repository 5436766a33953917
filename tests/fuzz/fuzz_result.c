/* Results from any bytes: refused, or an analysis whose places lie in the text and whose bytes are the same
 * again. */
#include "analysis/result_bytes.h"

#include <stdlib.h>
#include <string.h>

static const char sample[] = "def f(a, b:\n    return [a, b\n\nprint(f(1, 2)\n";

static void check_repairs(const struct repair *repairs, size_t count, uint32_t size) {
    for (size_t i = 0; i < count; i++) {
        uint32_t at = 0;
        if (!(repairs[i].confidence >= 0 && repairs[i].confidence <= 1)) abort();
        for (size_t k = 0; k < repairs[i].edit_count; k++) {
            const struct text_edit *edit = &repairs[i].edits[k];
            if (edit->start_byte < at || edit->end_byte < edit->start_byte || edit->end_byte > size) abort();
            at = edit->end_byte;
        }
    }
}

static void check_findings(const struct finding *findings, size_t count, uint32_t size) {
    for (size_t i = 0; i < count; i++) {
        if (findings[i].end_byte < findings[i].start_byte || findings[i].end_byte > size) abort();
        if (strlen(findings[i].message) > SIZE_MAX / 2) abort(); /* it is a string, to its end */
        check_repairs(findings[i].repairs, findings[i].repair_count, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct text *text;
    if (text_create(sample, sizeof sample - 1, &text)) abort();
    struct analysis *analysis = result_bytes_decode(data, size, text);
    if (analysis) {
        struct str bytes;
        str_init(&bytes);
        check_findings(analysis->findings, analysis->finding_count, sizeof sample - 1);
        check_findings(analysis->advice, analysis->advice_count, sizeof sample - 1);
        check_repairs(analysis->fixes, analysis->fix_count, sizeof sample - 1);
        if (!result_bytes_encode(analysis, &bytes)) abort();
        if (bytes.length != size || memcmp(bytes.bytes, data, size) != 0) abort();
        str_finish(&bytes);
    }
    analysis_unref(analysis);
    text_unref(text);
    return 0;
}
