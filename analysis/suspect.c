#include "analysis/suspect.h"

#include "analysis/layout.h"
#include "base/mem.h"

#include <string.h>

/* An opener that nothing closes, or a `}` whose block nothing opens: the layout says where. */
static bool first_hint(const struct layout *layout, uint32_t end_byte, struct suspect *ret_suspect) {
    size_t first = 0; /* a small opener is only one way to explain its closer */
    while (first < layout->hints.count && strchr("([", layout->hints.items[first].bracket))
        first++;
    if (first == layout->hints.count || layout->hints.items[first].byte > end_byte) return false;
    const struct layout_hint *hint = &layout->hints.items[first];
    *ret_suspect = (struct suspect){.byte = hint->byte,
                                    .partner_start = layout->tokens.items[hint->partner].start_byte,
                                    .missing = true,
                                    .bracket = hint->bracket,
                                    .partner = layout_char(layout, hint->partner)};
    return true;
}

/* A closer that closes nothing. */
static bool first_closer(const struct layout *layout, uint32_t end_byte, struct suspect *ret_suspect) {
    for (uint32_t i = 0; i < layout->tokens.count; i++) {
        const struct token *token = &layout->tokens.items[i];
        if (token->start_byte > end_byte) break;
        if (token->kind != TOKEN_CLOSE || layout->match[i] != LAYOUT_NONE) continue;
        char byte = layout_char(layout, i);
        *ret_suspect = (struct suspect){token->start_byte, token->start_byte, false, byte, byte};
        return true;
    }
    return false;
}

/* A quote that nothing closes lets the brackets of its text count. */
static bool has_quotes(const struct layout *layout, uint32_t end_byte) {
    for (uint32_t i = 0; i < layout->tokens.count && layout->tokens.items[i].start_byte <= end_byte; i++)
        if (layout->tokens.items[i].kind == TOKEN_QUOTE || layout->tokens.items[i].kind == TOKEN_COMMENT_OPEN)
            return true;
    return false;
}

bool suspect_find(const struct text *text, const struct language *language, uint32_t start_byte,
                  uint32_t end_byte, uint32_t last_byte, const struct cancel *cancel,
                  struct suspect *ret_suspect) {
    if (last_byte < start_byte) return false;
    char *bytes = text_dup(text, start_byte, end_byte);
    struct layout layout;
    bool whole = layout_init_within(&layout, language, bytes, end_byte - start_byte, cancel);
    uint32_t last = last_byte - start_byte;
    bool found = false;
    if (whole && !has_quotes(&layout, last)) {
        struct suspect closer;
        found = first_hint(&layout, last, ret_suspect);
        bool extra = first_closer(&layout, last, &closer);
        if (extra &&
            (!found || (closer.byte < ret_suspect->byte && closer.byte < ret_suspect->partner_start))) {
            *ret_suspect = closer;
            found = true;
        }
    }
    if (found) {
        ret_suspect->byte += start_byte;
        ret_suspect->partner_start += start_byte;
    }
    layout_finish(&layout);
    mem_free(bytes);
    return found;
}
