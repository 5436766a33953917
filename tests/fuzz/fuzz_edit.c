/* A text of any bytes in any language, and edits of it one after the other, each judged with what is known of
 * the version before, as an open document is. What is said early lies in the text, and no mistake is lost
 * that is found when the same text is read as new.
 *
 * The input: a byte for the language, the text, and for each edit a byte of value 1, two for the place, one
 * for the bytes that are taken away, and the bytes that are put there. */
#include "analysis/macro_env.h"
#include "analysis/pipeline.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIZE  2048
#define EDITS_MAX 12
#define CUT_MAX   16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct desk {
    struct pipeline *pipeline;
    const struct language *language;
    struct text *text;
    struct syntax *syntax;
    struct analysis *known;
};

static void check_early(const struct analysis *analysis, void *payload) {
    const struct text *text = payload;
    for (size_t i = 0; i < analysis->finding_count; i++) {
        const struct finding *finding = &analysis->findings[i];
        if (finding->start_byte > finding->end_byte || finding->end_byte > text_size(text)) {
            fprintf(stderr, "finding %zu is [%u,%u) of %u\n", i, finding->start_byte, finding->end_byte,
                    text_size(text));
            abort();
        }
    }
}

static struct analysis *judge(const struct desk *desk, struct text *text, const struct syntax *previous,
                              struct syntax **ret_syntax) {
    struct analysis *analysis;
    struct macro_env *env = desk->language->flags & LANGUAGE_PREPROCESSOR
                                ? macro_env_of_text(text, NULL, NULL, NULL, NULL)
                                : NULL;
    struct pipeline_request request = {.language = desk->language,
                                       .text = text,
                                       .previous = previous,
                                       .known = previous ? desk->known : NULL,
                                       .env = env,
                                       .on_findings = check_early,
                                       .payload = text};
    if (pipeline_run(desk->pipeline, &request, &analysis, ret_syntax) != STATUS_OK) abort();
    macro_env_unref(env);
    return analysis;
}

/* Takes the text over. */
static void next(struct desk *desk, struct text *text) {
    struct syntax *syntax;
    struct analysis *analysis = judge(desk, text, desk->syntax, &syntax);
    struct analysis *fresh = judge(desk, text, NULL, NULL);
    if (fresh->finding_count && !analysis->finding_count) {
        fprintf(stderr, "%s: lost at %u: %s\n", desk->language->id, fresh->findings[0].start_byte,
                fresh->findings[0].message);
        abort();
    }
    analysis_unref(fresh);
    analysis_unref(desk->known);
    syntax_unref(desk->syntax);
    text_unref(desk->text);
    desk->known = analysis;
    desk->syntax = syntax;
    desk->text = text;
}

static size_t section(const uint8_t *data, size_t size) {
    const uint8_t *end = size ? memchr(data, 1, size) : NULL;
    return end ? (size_t)(end - data) : size;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pipeline *pipeline;
    size_t language_count = 0;
    struct text *text;
    if (size < 1 || size > MAX_SIZE) return -1;
    if (!pipeline) pipeline = pipeline_create();
    while (language_at(language_count))
        language_count++;
    struct desk desk = {.pipeline = pipeline, .language = language_at(*data++ % language_count)};
    size--;
    size_t length = section(data, size);
    if (text_create((const char *)data, length, &text) != STATUS_OK) abort();
    next(&desk, text);
    for (unsigned i = 0; i < EDITS_MAX && length < size; i++) {
        data += length + 1;
        size -= length + 1;
        length = section(data, size);
        if (length < 3) break;
        uint32_t start = ((uint32_t)data[0] << 8 | data[1]) % (text_size(desk.text) + 1);
        if (text_splice(desk.text, start, start + data[2] % CUT_MAX, (const char *)data + 3, length - 3,
                        &text) != STATUS_OK)
            abort();
        next(&desk, text);
    }
    analysis_unref(desk.known);
    syntax_unref(desk.syntax);
    text_unref(desk.text);
    return 0;
}
