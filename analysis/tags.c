#include "analysis/tags.h"

#include <string.h>

#define DEPTH_MAX 64 /* elements open at once */

struct tag {
    uint32_t name_start, name_end; /* empty for a fragment */
    uint32_t line;
    uint32_t end_byte; /* behind its `>` */
};

static char char_at(const struct layout *layout, uint32_t index) {
    if (index >= layout->tokens.count) return 0;
    const struct token *token = &layout->tokens.items[index];
    return token->kind == TOKEN_STRING ? 0 : layout->bytes[token->start_byte];
}

/* `<` begins a tag unless it stands right behind a value: a<b, Set<string>. */
static bool begins_tag(const struct layout *layout, uint32_t index) {
    if (char_at(layout, index) != '<') return false;
    if (index == 0) return true;
    const struct token *before = &layout->tokens.items[index - 1];
    bool value = before->kind == TOKEN_NUMBER || before->kind == TOKEN_STRING || token_is_name(before);
    return !(value && before->end_byte == layout->tokens.items[index].start_byte);
}

/* Reads a name such as a, A.B or x-y; returns the index behind it. */
static uint32_t read_name(const struct layout *layout, uint32_t index, struct tag *tag) {
    const struct token *tokens = layout->tokens.items;
    tag->name_start = tag->name_end = index < layout->tokens.count ? tokens[index].start_byte : 0;
    while (index < layout->tokens.count &&
           (tokens[index].kind == TOKEN_WORD || strchr(".-:", char_at(layout, index))) &&
           char_at(layout, index) &&
           (tag->name_end == tag->name_start || tokens[index].start_byte == tag->name_end)) {
        tag->name_end = tokens[index].end_byte;
        index++;
    }
    return index;
}

static bool same_name(const struct layout *layout, const struct tag *a, const struct tag *b) {
    uint32_t length = a->name_end - a->name_start;
    return length == b->name_end - b->name_start &&
           !memcmp(layout->bytes + a->name_start, layout->bytes + b->name_start, length);
}

/* From behind the name to behind the `>`; *ret_closed for `/>`. Returns 0 when this is no tag. */
static uint32_t read_attributes(const struct layout *layout, uint32_t index, bool *ret_closed) {
    int depth = 0;
    for (; index < layout->tokens.count; index++) {
        const struct token *token = &layout->tokens.items[index];
        char byte = char_at(layout, index);
        if (token->kind == TOKEN_OPEN) depth++;
        if (token->kind == TOKEN_CLOSE && depth-- == 0) return 0;
        if (depth > 0) continue;
        uint32_t width = layout_width(layout, index);
        if (byte == '>' && width == 1) {
            *ret_closed = index > 0 && char_at(layout, index - 1) == '/';
            return index + 1;
        }
        if (byte == '/' && width == 2 && layout->bytes[token->start_byte + 1] == '>') {
            *ret_closed = true;
            return index + 1;
        }
        if (byte == ';' || byte == '<' || (byte == '=' && width == 2)) return 0;
    }
    return 0;
}

/* Elements of HTML that hold nothing and so are never closed by a tag. */
static bool is_void(const char *name, uint32_t length) {
    static const char *const names[] = {"area",  "base", "br",   "col",    "embed", "hr", "img",
                                        "input", "link", "meta", "source", "track", "wbr"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && !memcmp(names[i], name, length)) return true;
    return false;
}

static void propose(const struct tape *tape, const struct tag *open, unsigned count,
                    const struct tag *closing, uint32_t closing_start, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    const struct tag *top = &open[count - 1];
    uint32_t length = top->name_end - top->name_start;
    const char *name = layout->bytes + top->name_start;
    bool closes_outer = count > 1 && same_name(layout, &open[count - 2], closing);
    if (closes_outer && is_void(name, length)) {
        uint32_t place = top->end_byte - 1;
        const char *slash = place > 0 && tape->bytes[place - 1] != ' ' ? " /" : "/";
        struct text_edit splice = {place, place, slash, (uint32_t)strlen(slash)};
        variant_add(list, &splice, 1, 0.3, FINDING_MISSING_TOKEN, "insert `/`",
                    "this element has no content: `/>` ends it");
        return;
    }
    if (closes_outer) {
        uint32_t place = closing_start;
        uint32_t closing_line = layout->tokens.items[layout_next(layout, closing_start)].line;
        if (closing_line != top->line) { /* at the end of the line that opened it */
            place = top->end_byte;
            while (place < tape->length && tape->bytes[place] != '\n' && tape->bytes[place] != '\r')
                place++;
        }
        const char *text = arena_printf(list->arena, "</%.*s>", (int)length, name);
        struct text_edit splice = {place, place, text, length + 3};
        variant_add(list, &splice, 1, 0.4, FINDING_MISSING_TOKEN,
                    arena_printf(list->arena, "insert `%s`", text),
                    arena_printf(list->arena, "missing `%s`", text));
        return;
    }
    struct text_edit splice = {closing->name_start, closing->name_end, name, length};
    variant_add(list, &splice, 1, 0.5, FINDING_WRONG_TOKEN, NULL,
                "the closing tag does not match its opening tag");
}

void tags_propose(const struct tape *tape, struct variant_list *list) {
    const struct layout *layout = &tape->layout;
    if (!(layout->language->flags & LANGUAGE_MARKUP)) return;
    struct tag open[DEPTH_MAX];
    unsigned count = 0;
    for (uint32_t i = 0; i < layout->tokens.count;) {
        if (!begins_tag(layout, i)) {
            i++;
            continue;
        }
        struct tag tag = {.line = layout->tokens.items[i].line};
        uint32_t start = layout->tokens.items[i].start_byte;
        bool wide = layout_width(layout, i) == 2; /* `</` as one token */
        bool closes = wide ? layout->bytes[start + 1] == '/' : char_at(layout, i + 1) == '/';
        uint32_t after_name = read_name(layout, i + 1 + (closes && !wide), &tag);
        bool closed = false;
        uint32_t next = read_attributes(layout, after_name, &closed);
        if (!next || (wide && !closes)) {
            i++;
            continue;
        }
        tag.end_byte = layout->tokens.items[next - 1].end_byte;
        if (closes) {
            if (!count) return;
            if (!same_name(layout, &open[count - 1], &tag)) {
                propose(tape, open, count, &tag, start, list);
                return;
            }
            count--;
        } else if (!closed) {
            if (count == DEPTH_MAX) return;
            open[count++] = tag;
        }
        i = next;
    }
}
