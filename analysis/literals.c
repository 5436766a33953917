/* literals.c: the literal tokens of each language, read from its grammar once. */
#include "analysis/language.h"
#include "base/mem.h"
#include "base/str.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <tree_sitter/api.h>

#define LITERAL_LENGTH_MAX 64

struct language_literals {
    struct language_facts facts; /* first: what callers see */
    uint32_t symbol_count;
    const struct literal **by_symbol; /* symbol_count entries, NULL for symbols that are no literals */
};

/* One place for each row of the table; filled by whoever comes first and kept for the life of the program. */
#define ROWS_MAX 64
static _Atomic(struct language_literals *) literals_of_row[ROWS_MAX];

static bool is_word_byte(char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
           byte == '_';
}

static bool is_word(const char *text) {
    for (; *text; text++)
        if (!is_word_byte(*text)) return false;
    return true;
}

/* Names that are no text of one token: the empty one (Go's end of file), line ends (C's directives), and
 * sequences that a grammar joins into one node ("not in", "static get", "unique symbol"). */
static bool is_literal_text(const char *name) {
    size_t length = strlen(name);
    if (length == 0 || length > LITERAL_LENGTH_MAX) return false;
    for (const char *byte = name; *byte; byte++)
        if ((unsigned char)*byte <= ' ' || (unsigned char)*byte >= 0x7f) return false;
    return true;
}

static int literal_compare(const void *left, const void *right) {
    return strcmp(((const struct literal *)left)->text, ((const struct literal *)right)->text);
}

static const struct literal *literal_search(const struct language_facts *facts, const char *bytes,
                                            size_t length) {
    size_t low = 0, high = facts->literal_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct literal *literal = &facts->literals[middle];
        size_t common = literal->length < length ? literal->length : length;
        int order = memcmp(literal->text, bytes, common);
        if (order == 0 && literal->length == length) return literal;
        if (order < 0 || (order == 0 && literal->length < length))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* A bracket in "[[" or "{|" is still a bracket, a quote in L" still a quote, and Rust's comments are made of
 * literals. */
static bool is_operator(const struct language *language, const char *text) {
    if (is_word_byte(*text) || strpbrk(text, "()[]{}\"'`")) return false;
    if (language->line_comment && str_starts_with(text, language->line_comment)) return false;
    return !language->block_open ||
           (!str_starts_with(text, language->block_open) && !str_starts_with(text, language->block_close));
}

static void literal_init(const struct language *language, struct literal *literal, const char *text,
                         TSSymbol symbol) {
    *literal = (struct literal){.text = text,
                                .symbol = symbol,
                                .length = (uint16_t)strlen(text),
                                .is_word = is_word(text),
                                .is_operator = is_operator(language, text)};
}

static bool is_byte_of(unsigned char byte, const char *text) {
    return text && byte == (unsigned char)*text;
}

/* What the scanner knows by one byte; a `#!` line and merge-conflict markers it looks for itself. */
static void classify_bytes(const struct language *language, struct language_facts *facts) {
    for (unsigned char byte = '!'; byte < 0x7f; byte++) {
        bool letter = is_word_byte((char)byte) && !(byte >= '0' && byte <= '9');
        bool other = strchr(language->string_prefixes, byte) || is_byte_of(byte, language->line_comment) ||
                     is_byte_of(byte, language->block_open) || is_byte_of(byte, language->block_close);
        for (const struct string_rule *rule = language->strings; rule->opener; rule++)
            other |= is_byte_of(byte, rule->opener);
        facts->begins_word[byte] = letter && !other;
        facts->begins_sign[byte] = !is_word_byte((char)byte) && !other && byte != '.' && byte != '#' &&
                                   byte != '/' && !strchr(language->word_extra, byte) &&
                                   !is_byte_of(byte, language->word_prefix);
    }
}

static struct language_literals *literals_create(const struct language *language) {
    const TSLanguage *grammar = language->grammar();
    uint32_t symbol_count = ts_language_symbol_count(grammar);
    size_t named_count = 0;
    while (language->named_literals[named_count].text)
        named_count++;

    struct literal *literals = mem_zalloc((symbol_count + named_count) * sizeof *literals);
    size_t count = 0;
    for (uint32_t symbol = 0; symbol < symbol_count; symbol++) {
        if (ts_language_symbol_type(grammar, (TSSymbol)symbol) != TSSymbolTypeAnonymous) continue;
        const char *name = ts_language_symbol_name(grammar, (TSSymbol)symbol);
        if (!is_literal_text(name)) continue;
        TSSymbol public_symbol = ts_language_symbol_for_name(grammar, name, (uint32_t)strlen(name), false);
        literal_init(language, &literals[count++], name, public_symbol);
    }
    for (size_t i = 0; i < named_count; i++) {
        const struct named_literal *named = &language->named_literals[i];
        TSSymbol symbol =
            ts_language_symbol_for_name(grammar, named->node, (uint32_t)strlen(named->node), true);
        if (symbol) literal_init(language, &literals[count++], named->text, symbol);
    }

    qsort(literals, count, sizeof *literals, literal_compare);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(literals[kept - 1].text, literals[i].text) != 0)
            literals[kept++] = literals[i];

    struct language_literals *result = mem_zalloc(sizeof *result);
    result->facts = (struct language_facts){.literals = literals, .literal_count = kept};
    for (size_t i = 0; i < kept; i++)
        result->facts.first[(unsigned char)literals[i].text[0] + 1] = (uint16_t)(i + 1);
    for (size_t byte = 1; byte < 257; byte++)
        if (result->facts.first[byte] < result->facts.first[byte - 1])
            result->facts.first[byte] = result->facts.first[byte - 1];
    classify_bytes(language, &result->facts);
    result->symbol_count = symbol_count;
    result->by_symbol = mem_zalloc(symbol_count * sizeof *result->by_symbol);
    for (uint32_t symbol = 0; symbol < symbol_count; symbol++) {
        if (ts_language_symbol_type(grammar, (TSSymbol)symbol) != TSSymbolTypeAnonymous) continue;
        const char *name = ts_language_symbol_name(grammar, (TSSymbol)symbol);
        result->by_symbol[symbol] = literal_search(&result->facts, name, strlen(name));
    }
    for (size_t i = named_count; i-- > 0;) {
        const char *text = language->named_literals[i].text;
        const struct literal *literal = literal_search(&result->facts, text, strlen(text));
        if (literal) result->by_symbol[literal->symbol] = literal;
    }
    return result;
}

static void literals_destroy(struct language_literals *literals) {
    mem_free(literals->by_symbol);
    mem_free((void *)literals->facts.literals);
    mem_free(literals);
}

static const struct language_literals *literals_of(const struct language *language) {
    size_t row = (size_t)(language - language_at(0));
    assert(row < ROWS_MAX);
    struct language_literals *literals = atomic_load_explicit(&literals_of_row[row], memory_order_acquire);
    if (literals) return literals;

    /* Several threads may come here at once; they make the same facts and the first one's are kept. */
    struct language_literals *made = literals_create(language);
    if (atomic_compare_exchange_strong(&literals_of_row[row], &literals, made)) return made;
    literals_destroy(made);
    return literals;
}

const struct language_facts *language_facts(const struct language *language) {
    return &literals_of(language)->facts;
}

const struct literal *language_literal(const struct language *language, const char *bytes, size_t length) {
    return literal_search(language_facts(language), bytes, length);
}

const struct literal *language_literal_of_symbol(const struct language *language, uint16_t symbol) {
    const struct language_literals *literals = literals_of(language);
    return symbol < literals->symbol_count ? literals->by_symbol[symbol] : NULL;
}

uint32_t language_abi(const struct language *language) {
    return ts_language_abi_version(language->grammar());
}
