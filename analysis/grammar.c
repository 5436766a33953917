#include "analysis/grammar.h"

#include <stddef.h>

#define BYTE_ORDER_MARK 0xFEFF

/* TSLexerMode as grammars before ABI 15 lay it out. */
struct lex_mode_14 {
    uint16_t lex_state, external_lex_state;
};

static uint32_t decode_utf8(const unsigned char *bytes, uint32_t length, int32_t *ret_character) {
    unsigned char lead = bytes[0];
    if (lead < 0x80) {
        *ret_character = lead;
        return 1;
    }
    uint32_t need = lead >= 0xF0 && lead <= 0xF4  ? 4
                    : lead >= 0xE0 && lead < 0xF0 ? 3
                    : lead >= 0xC2 && lead < 0xE0 ? 2
                                                  : 0;
    if (need == 0 || need > length) goto invalid;
    int32_t character = need == 4 ? lead & 0x07 : need == 3 ? lead & 0x0F : lead & 0x1F;
    for (uint32_t i = 1; i < need; i++) {
        if ((bytes[i] & 0xC0) != 0x80) goto invalid;
        character = (character << 6) | (bytes[i] & 0x3F);
    }
    if ((need == 3 && character < 0x800) || (need == 4 && (character < 0x10000 || character > 0x10FFFF)) ||
        (character >= 0xD800 && character <= 0xDFFF))
        goto invalid;
    *ret_character = character;
    return need;
invalid:
    *ret_character = -1;
    return 1;
}

static void reading_look(struct reading *reading) {
    if (reading->position >= reading->length) {
        reading->lexer.lookahead = 0;
        reading->lookahead_size = 0;
        return;
    }
    reading->lookahead_size = decode_utf8(reading->bytes + reading->position,
                                          reading->length - reading->position, &reading->lexer.lookahead);
}

static void reading_advance(TSLexer *lexer, bool skip) {
    struct reading *reading = (struct reading *)lexer;
    reading->position += reading->lookahead_size;
    if (skip) reading->token_start = reading->position;
    reading_look(reading);
}

static void reading_mark_end(TSLexer *lexer) {
    struct reading *reading = (struct reading *)lexer;
    reading->token_end = reading->position;
    reading->end_marked = true;
}

static uint32_t reading_column(TSLexer *lexer) {
    struct reading *reading = (struct reading *)lexer;
    uint32_t column = 0;
    for (uint32_t i = reading->position; i > 0 && reading->bytes[i - 1] != '\n'; i--)
        if ((reading->bytes[i - 1] & 0xC0) != 0x80) column++;
    return column;
}

static bool reading_at_range_start(const TSLexer *lexer) {
    return ((const struct reading *)lexer)->position == 0;
}

static bool reading_eof(const TSLexer *lexer) {
    const struct reading *reading = (const struct reading *)lexer;
    return reading->position >= reading->length;
}

static void reading_log(const TSLexer *lexer, const char *format, ...) {
    (void)lexer;
    (void)format;
}

void reading_init(struct reading *reading) {
    *reading = (struct reading){.lexer = {.advance = reading_advance,
                                          .mark_end = reading_mark_end,
                                          .get_column = reading_column,
                                          .is_at_included_range_start = reading_at_range_start,
                                          .eof = reading_eof,
                                          .log = reading_log}};
}

void reading_start(struct reading *reading, uint32_t byte) {
    reading->position = byte;
    reading->token_start = byte;
    reading->end_marked = false;
    reading->lexer.result_symbol = 0;
    reading_look(reading);
    if (byte == 0 && reading->lexer.lookahead == BYTE_ORDER_MARK) reading_advance(&reading->lexer, true);
}

void reading_finish(struct reading *reading) {
    if (!reading->end_marked) reading_mark_end(&reading->lexer);
    if (reading->token_end < reading->token_start) reading->token_start = reading->token_end;
}

void reading_other(struct reading *reading, uint32_t byte) {
    reading_start(reading, byte);
    while (reading->lexer.lookahead == ' ' || reading->lexer.lookahead == '\t' ||
           reading->lexer.lookahead == '\n' || reading->lexer.lookahead == '\r')
        reading_advance(&reading->lexer, true);
    reading->token_end = reading->position + reading->lookahead_size;
}

void scanner_open(struct scanner *scanner, const TSLanguage *language) {
    *scanner = (struct scanner){.language = language};
    if (language->external_scanner.create) scanner->payload = language->external_scanner.create();
}

void scanner_close(struct scanner *scanner) {
    if (scanner->language && scanner->language->external_scanner.destroy)
        scanner->language->external_scanner.destroy(scanner->payload);
    *scanner = (struct scanner){0};
}

void scanner_restore(struct scanner *scanner, const char *bytes, uint32_t length) {
    const TSLanguage *language = scanner->language;
    if (length == 0 && scanner->used) { /* not every scanner clears all it has when it is given nothing */
        scanner_close(scanner);
        scanner_open(scanner, language);
    }
    language->external_scanner.deserialize(scanner->payload, bytes, length);
    scanner->used = true;
}

TSLexerMode grammar_lex_mode(const TSLanguage *language, uint16_t state) {
    if (language->abi_version < 15) {
        struct lex_mode_14 mode = ((const struct lex_mode_14 *)(const void *)language->lex_modes)[state];
        return (TSLexerMode){mode.lex_state, mode.external_lex_state, 0};
    }
    return language->lex_modes[state];
}

uint16_t grammar_lookup(const TSLanguage *language, uint16_t state, uint16_t symbol) {
    if (state < language->large_state_count)
        return language->parse_table[(size_t)state * language->symbol_count + symbol];
    const uint16_t *data =
        language->small_parse_table + language->small_parse_table_map[state - language->large_state_count];
    uint16_t group_count = *data++;
    for (uint16_t group = 0; group < group_count; group++) {
        uint16_t value = *data++, count = *data++;
        for (uint16_t i = 0; i < count; i++)
            if (*data++ == symbol) return value;
    }
    return 0;
}

const TSParseAction *grammar_actions(const TSLanguage *language, uint16_t state, uint16_t symbol,
                                     uint8_t *ret_count) {
    uint16_t index = grammar_lookup(language, state, symbol);
    const TSParseActionEntry *entry = &language->parse_actions[index];
    *ret_count = index ? entry->entry.count : 0;
    return (const TSParseAction *)(entry + 1);
}

bool grammar_has_actions(const TSLanguage *language, uint16_t state, uint16_t symbol) {
    return grammar_lookup(language, state, symbol) != 0;
}

bool grammar_is_reserved(const TSLanguage *language, uint16_t set, uint16_t symbol) {
    if (language->abi_version < 15 || set == 0) return false;
    const TSSymbol *words = language->reserved_words + (size_t)set * language->max_reserved_word_set_size;
    for (uint16_t i = 0; i < language->max_reserved_word_set_size && words[i]; i++)
        if (words[i] == symbol) return true;
    return false;
}
