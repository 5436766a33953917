/* lexeme.h: how far one lexeme reaches: number, word, string, comment, regex, merge-conflict line. No state.
 *
 * All functions look at bytes[at, length) and return where the lexeme ends (past its last byte), or `at` when
 * none begins there. The lexer (lexer.h) decides which to ask.
 *
 * Owns    nothing.   Threads any.   Errors none.
 * Units   bytes. Each function is linear in the bytes it looks at. */
#ifndef NOODLE_LEXEME_H
#define NOODLE_LEXEME_H

#include "analysis/language.h"

#define LEXEME_INVALID UINT32_MAX

/* One UTF-8 character; its code point, or LEXEME_INVALID for one byte that begins none (overlong, surrogate,
 * cut). */
size_t lexeme_character(const char *bytes, size_t length, size_t at, uint32_t *ret_code_point);

/* The line end at `at` ("\n", "\r\n" or a lone "\r"). */
size_t lexeme_line_end(const char *bytes, size_t length, size_t at);

/* A run of word characters, or of characters that may begin a word and what follows. */
size_t lexeme_word(const struct language *language, const char *bytes, size_t length, size_t at);

/* whole: only the digits, as after the dot of `tuple.0.1`. */
size_t lexeme_number(const struct language *language, const char *bytes, size_t length, size_t at,
                     bool whole);

/* at is the first byte after the opener. True when the string is closed; *ret_end is past the closer, or
 * where the scan gave up: the end of the line, or of the bytes. */
bool lexeme_string(const struct string_rule *rule, bool multiline, const char *bytes, size_t length,
                   size_t at, size_t *ret_end);

/* A block comment; false when it is not closed. nested: an opener inside counts. */
bool lexeme_block_comment(const struct language *language, bool nested, const char *bytes, size_t length,
                          size_t at, size_t *ret_end);
size_t lexeme_line_comment(const struct language *language, const char *bytes, size_t length, size_t at);

/* A /.../flags literal; false when the line ends first, *ret_end is then the line's end. */
bool lexeme_regex(const struct language *language, const char *bytes, size_t length, size_t at,
                  size_t *ret_end);

/* A merge-conflict marker line; at is the first byte of a line. */
size_t lexeme_conflict(const char *bytes, size_t length, size_t at);

/* Whether bytes[at] begins with the NUL-terminated text. */
bool lexeme_starts(const char *bytes, size_t length, size_t at, const char *text);

#endif
