/* grammar.h: a grammar's tables and lexing functions, read the way tree-sitter's parser reads them.
 *
 * Owns    a scanner owns its payload; tables belong to the grammar, bytes to the caller.
 * Threads tables any; a reading or a scanner one at a time.
 * Errors  none.
 * Units   byte offsets of the bytes read. Table layouts are those of ABI 14 and 15 (parser.h of the core). */
#ifndef NOODLE_GRAMMAR_H
#define NOODLE_GRAMMAR_H

#include <parser.h>
#include <stdbool.h>
#include <stdint.h>

/* What the grammar's lexing functions get as their lexer. */
struct reading {
    TSLexer lexer; /* first: the grammar's functions get a pointer to it */
    const unsigned char *bytes;
    uint32_t length;
    uint32_t position, token_start, token_end;
    uint32_t lookahead_size;
    bool end_marked;
};

void reading_init(struct reading *reading);
/* At byte, before a lexing function is called. */
void reading_start(struct reading *reading, uint32_t byte);
/* After it accepted: token_start and token_end are final. */
void reading_finish(struct reading *reading);
/* Without a lexing function: one character that is no token, behind spaces; empty at the end. */
void reading_other(struct reading *reading, uint32_t byte);

/* A grammar's external scanner. */
struct scanner {
    const TSLanguage *language; /* NULL: closed */
    void *payload;
    bool used; /* since it was created */
};

void scanner_open(struct scanner *scanner, const TSLanguage *language);
void scanner_close(struct scanner *scanner);
/* To the state serialized in bytes; none is the state of a scanner that was just created. */
void scanner_restore(struct scanner *scanner, const char *bytes, uint32_t length);

TSLexerMode grammar_lex_mode(const TSLanguage *language, uint16_t state);
/* For terminals the index of an action list, for others the state to go to; 0: none. */
uint16_t grammar_lookup(const TSLanguage *language, uint16_t state, uint16_t symbol);
const TSParseAction *grammar_actions(const TSLanguage *language, uint16_t state, uint16_t symbol,
                                     uint8_t *ret_count);
bool grammar_has_actions(const TSLanguage *language, uint16_t state, uint16_t symbol);
bool grammar_is_reserved(const TSLanguage *language, uint16_t set, uint16_t symbol);

#endif
