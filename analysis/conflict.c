/* conflict.c: see variant_conflicts in variant.h. */
#include "analysis/variant.h"

#define CONFLICTS_MAX 64

void variant_conflicts(const struct tape *tape, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    struct text_edit ours[CONFLICTS_MAX * 2], theirs[CONFLICTS_MAX * 2];
    size_t ours_count = 0, theirs_count = 0;
    uint32_t start = LAYOUT_NONE, base = LAYOUT_NONE, middle = LAYOUT_NONE;
    for (uint32_t i = 0; i < layout->tokens.count && ours_count + 2 <= CONFLICTS_MAX; i++) {
        const struct token *token = &layout->tokens.items[i];
        if (token->kind != TOKEN_CONFLICT) continue;
        char mark = layout->bytes[token->start_byte];
        uint32_t line = tape_line_start(tape, token->start_byte),
                 after = tape_line_end(tape, token->end_byte);
        if (after < tape->length && tape->bytes[after] == '\r') after++;
        if (after < tape->length && tape->bytes[after] == '\n') after++;
        if (mark == '<') {
            start = line;
            base = middle = LAYOUT_NONE;
            ours[ours_count] = (struct text_edit){line, after, "", 0};
        } else if (mark == '|' && start != LAYOUT_NONE) {
            base = line;
        } else if (mark == '=' && start != LAYOUT_NONE) {
            middle = line;
            theirs[theirs_count] = (struct text_edit){start, after, "", 0};
        } else if (mark == '>' && middle != LAYOUT_NONE) {
            ours_count++;
            ours[ours_count++] = (struct text_edit){base == LAYOUT_NONE ? middle : base, after, "", 0};
            theirs_count++;
            theirs[theirs_count++] = (struct text_edit){line, after, "", 0};
            start = middle = LAYOUT_NONE;
        }
    }
    if (!ours_count) return;
    /* Whatever lies before a conflict was read without it: both sides begin at the start. */
    variant_add(list, ours, ours_count, 0.3, FINDING_MERGE_CONFLICT, "take our side of the conflict", NULL);
    list->items[list->count - 1].restart_byte = 0;
    variant_add(list, theirs, theirs_count, 0.5, FINDING_MERGE_CONFLICT, "take their side of the conflict",
                NULL);
    list->items[list->count - 1].restart_byte = 0;
}
