#include "analysis/verify.h"

#include "analysis/region.h"
#include "analysis/script.h"

#define SYMPTOMS_MAX 2000 /* of a text; beyond that a comparison says nothing and the repair is not offered */

bool verify_slice(struct parser *parser, const struct language *language, const char *bytes, uint32_t length,
                  const struct repair *repair, const struct cancel *cancel)
{
    struct arena arena;
    arena_init(&arena);
    uint32_t repaired_length;
    char *repaired = script_apply(bytes, length, repair->edits, repair->edit_count, &arena, &repaired_length);
    struct text *text;
    bool proven = false;
    if (text_create(repaired, repaired_length, &text) == STATUS_OK) {
        TSTree *tree = parser_parse_range(parser, language, text, 0, repaired_length, NULL, cancel);
        if (tree) proven = !ts_node_has_error(ts_tree_root_node(tree));
        ts_tree_delete(tree);
        text_unref(text);
    }
    arena_finish(&arena);
    return proven;
}

/* Whether the symptom touches [start, end]. */
static bool touches(const struct symptom *symptom, uint32_t start, uint32_t end)
{
    return symptom->start_byte <= end && symptom->end_byte >= start;
}

bool verify_region(struct parser *parser, const struct syntax *syntax, const struct repair *repair, uint32_t start_byte,
                   uint32_t end_byte, const struct cancel *cancel)
{
    struct text *text;
    struct syntax *after;
    if (text_apply(syntax_text(syntax), repair->edits, repair->edit_count, &text) != STATUS_OK) return false;
    enum status status = syntax_parse(parser, syntax_language(syntax), text, syntax, true, cancel, &after);
    text_unref(text);
    if (status != STATUS_OK) return false;
    bool proven = !syntax_has_error(after);
    if (!proven) {
        struct arena arena;
        arena_init(&arena);
        struct symptom_list was = region_symptoms(syntax, parser, SYMPTOMS_MAX, &arena);
        struct symptom_list now = region_symptoms(after, parser, SYMPTOMS_MAX, &arena);
        int64_t grown = 0;
        for (size_t i = 0; i < repair->edit_count; i++)
            grown += (int64_t)repair->edits[i].new_length - (repair->edits[i].end_byte - repair->edits[i].start_byte);
        size_t outside_before = 0, outside_after = 0, inside_after = 0;
        for (size_t i = 0; i < was.count; i++)
            outside_before += !touches(&was.items[i], start_byte, end_byte);
        uint32_t end_after = (uint32_t)(end_byte + grown);
        for (size_t i = 0; i < now.count; i++) {
            if (touches(&now.items[i], start_byte, end_after))
                inside_after++;
            else
                outside_after++;
        }
        proven = !was.too_many && !now.too_many && inside_after == 0 && outside_after <= outside_before;
        arena_finish(&arena);
    }
    syntax_unref(after);
    return proven;
}
