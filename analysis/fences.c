#include "analysis/fences.h"

#include <ctype.h>
#include <string.h>

#define FENCE       0.2
#define FENCES_MAX  8
#define MARKS_LEAST 3
#define INFO_MAX    40 /* bytes behind the marks: the language and what else a renderer is told */

/* Quotes are written for backquotes where three of them are nothing else. */
static bool is_mark(const struct language *language, char byte) {
    return byte == '`' || byte == '~' || (byte == '\'' && !(language->flags & LANGUAGE_LAYOUT));
}

/* Whether the line that begins with the byte holds a fence alone. */
static bool is_fence(const struct tape *tape, uint32_t start) {
    uint32_t end = tape_trimmed_end(tape, start, tape_line_end(tape, start)), at = start;
    if (start == end || !is_mark(tape->layout.language, tape->bytes[start])) return false;
    while (at < end && tape->bytes[at] == tape->bytes[start])
        at++;
    if (at - start < MARKS_LEAST) return false;
    at = tape_text_start(tape, at);
    if (end - at > INFO_MAX) return false;
    while (at < end && (isalnum((unsigned char)tape->bytes[at]) || strchr("_+#.,{}=-", tape->bytes[at])))
        at++;
    return at == end;
}

static bool may_hold_fence(const struct tape *tape) {
    for (uint32_t line = 0; line < tape->length; line = tape_line_behind(tape, line))
        if (is_fence(tape, tape_text_start(tape, line))) return true;
    return false;
}

/* The line of the next fence from `from` on, outside of strings and comments; what stands before `from` does
 * not count, so that the quotes of one fence make no string with those of another. */
static uint32_t next_fence(const struct tape *tape, uint32_t from) {
    struct token_list tokens = {0};
    uint32_t found = UINT32_MAX;
    lexer_scan(tape->layout.language, tape->bytes + from, tape->length - from, &tokens);
    for (size_t i = 0; i < tokens.count && found == UINT32_MAX; i++) {
        uint32_t start = from + tokens.items[i].start_byte, line = tape_line_start(tape, start);
        if (tape_text_start(tape, line) == start && is_fence(tape, start)) found = line;
    }
    vec_finish(&tokens);
    return found;
}

void fences_propose(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    struct text_edit splices[FENCES_MAX];
    size_t count = 0;
    if (!may_hold_fence(tape)) return;
    for (uint32_t from = 0; count < FENCES_MAX && from < tape->length; count++) {
        uint32_t line = next_fence(tape, from);
        if (line == UINT32_MAX) break;
        from = tape_line_behind(tape, line);
        splices[count] = (struct text_edit){line, from, "", 0};
    }
    uint32_t next = layout_next(&tape->layout, stuck);
    const struct token *token = layout_token(&tape->layout, next);
    if (!count || splices[0].start_byte > (token ? token->start_byte : tape->length)) return;
    variant_add(list, splices, count, FENCE, FINDING_UNEXPECTED_TOKEN, "remove the Markdown fence",
                "a Markdown fence is no code");
}
