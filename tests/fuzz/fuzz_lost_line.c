/* Any bytes as a C text whose directives are looked at by their words: what is found lies in the text,
 * ascends, and leaves tokens that do. */
#include "analysis/lost_line.h"
#include "analysis/macro_text.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SIZE 4096

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "%s\n", what);
    abort();
}

/* Not a byte more than there are. */
static void take(struct c_scan *scan, const char *bytes, uint32_t length) {
    char *copy = mem_alloc(length);
    memcpy(copy, bytes, length);
    c_scan_take(scan, copy, length);
}

static void check_lines(const char *bytes, uint32_t length) {
    struct lost_lines lines = {0};
    struct c_tokens tokens = {0};
    struct c_scan scan = {0};
    take(&scan, bytes, length);
    lost_lines_find(&scan, &lines);
    c_scan_forget(&scan);
    for (size_t i = 0; i < lines.count; i++) {
        const struct lost_line *line = &lines.items[i];
        need(line->start_byte <= line->end_byte && line->end_byte <= length, "a line beyond the text");
        need(i == 0 || lines.items[i - 1].end_byte <= line->start_byte, "lines that do not ascend");
        need(!line->title == !line->text, "a repair by half");
        need(line->write_start <= line->write_end && line->write_end <= length, "a repair beyond the text");
        need(lost_lines_at(&lines, line->start_byte) == line, "a line that is not found again");
    }
    c_token_scan(bytes, length, &tokens);
    lost_lines_hide(&lines, 0, length, &tokens);
    for (size_t i = 0; i < tokens.count; i++) {
        const struct c_token *token = &tokens.items[i];
        need(token->end_byte <= length, "a token beyond the text");
        need(i == 0 || token[-1].end_byte <= token->start_byte, "tokens that do not ascend");
        const struct lost_line *line = lost_lines_at(&lines, token->start_byte);
        need(!line || !line->hidden || token->kind == C_DIRECTIVE, "a line that is not hidden");
    }
    vec_finish(&tokens);
    vec_finish(&lines);
}

static void check_macros(const char *bytes, uint32_t length) {
    struct macro_gaps gaps = {0};
    struct c_scan scan = {0};
    take(&scan, bytes, length);
    macro_text_find(&scan, &gaps);
    c_scan_forget(&scan);
    for (size_t i = 0; i < gaps.count; i++) {
        const struct macro_gap *gap = &gaps.items[i];
        need(gap->byte <= length && gap->length <= length - gap->byte, "a gap beyond the text");
        need(gap->name_start < gap->name_end && gap->name_end <= gap->byte, "a macro without its name");
        need(gap->count > 0, "nothing is missing");
    }
    vec_finish(&gaps);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > MAX_SIZE) return -1;
    const char *bytes = size ? (const char *)data : "";
    check_lines(bytes, (uint32_t)size);
    check_macros(bytes, (uint32_t)size);
    return 0;
}
