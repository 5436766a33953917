#include "analysis/symbols.h"

#include "base/mem.h"
#include <parser.h>

#include <string.h>

#define TEXT_LENGTH_MAX 24

static enum symbol_class classify(const char *name, size_t length) {
    if (length == 0 || length > TEXT_LENGTH_MAX) return SYMBOL_HIDDEN;
    bool word = true;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)name[i];
        if (byte <= ' ' || byte >= 0x7F) return SYMBOL_HIDDEN;
        if (!((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
              byte == '_'))
            word = false;
    }
    if (word) return SYMBOL_WORD;
    if (!strcmp(name, "#"))
        return SYMBOL_OPERATOR; /* of an attribute; with more behind it, it is a directive */
    if (strchr("\"'`#\\", name[0]) || strstr(name, "//") || strstr(name, "/*") || strstr(name, "*/"))
        return SYMBOL_HIDDEN;
    if (length > 1) return SYMBOL_OPERATOR;
    if (strchr("([{", name[0])) return SYMBOL_OPENER;
    if (strchr(")]}", name[0])) return SYMBOL_CLOSER;
    if (strchr(",;:", name[0])) return SYMBOL_SEPARATOR;
    return SYMBOL_OPERATOR;
}

void symbols_init(struct symbols *symbols, const struct language *language) {
    const TSLanguage *grammar = language->grammar();
    uint16_t count = (uint16_t)grammar->token_count;
    struct symbol *items = mem_zalloc((count + 1u) * sizeof *items);
    for (uint16_t i = 0; i < count; i++) {
        items[i] = (struct symbol){"", 0, SYMBOL_HIDDEN};
        if (i == 0) continue;
        const char *name = grammar->symbol_names[i];
        if (i == grammar->keyword_capture_token) {
            items[i] = (struct symbol){SYMBOL_PLACEHOLDER, sizeof SYMBOL_PLACEHOLDER - 1, SYMBOL_NAME};
        } else if (!grammar->symbol_metadata[i].named && name) {
            size_t length = strlen(name);
            enum symbol_class class = classify(name, length);
            /* Named like "_newline", an invisible token looks like a word and is none. */
            if (!grammar->symbol_metadata[i].visible) class = SYMBOL_HIDDEN;
            if (class != SYMBOL_HIDDEN) items[i] = (struct symbol){name, (uint8_t)length, (uint8_t) class};
        } else if (name) {
            /* Some keywords are named nodes; the language's row has how they are written (true is True in
             * Python). */
            const struct named_literal *named = language->named_literals;
            for (; named && named->text; named++)
                if (!strcmp(named->node, name)) break;
            if (named && named->text) {
                size_t length = strlen(named->text);
                enum symbol_class class = classify(named->text, length);
                if (class != SYMBOL_HIDDEN)
                    items[i] = (struct symbol){named->text, (uint8_t)length, (uint8_t) class};
            }
        }
    }
    *symbols = (struct symbols){items, count};
}

void symbols_finish(struct symbols *symbols) {
    mem_free(symbols->items);
    *symbols = (struct symbols){NULL, 0};
}
