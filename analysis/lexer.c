/* lexer.c: see lexer.h. lexeme.h measures single lexemes; here is the order in which they are tried and what
 * unpaired quotes mean.
 *
 * Why the work is linear: every scan that may fail (a string, comment or regex without an end) leaves a mark
 * that keeps later positions from repeating it. quotes_until     up to here quotes are tokens by themselves;
 * a failed one-line string rewinds once to the first string of its line and sets it to where the failed scan
 * stopped paired_until     up to here multi-line quotes of such a line are known to close on it regex_until
 * up to here no regex ends unclosed_rules   multi-line strings of these rules are not closed before the end
 * of the bytes comments_flat, comments_unclosed   the same for nested and for plain block comments
 *   short_strings    set once: the text is scanned again with seldom_multiline strings ending on their lines
 */
#include "analysis/lexer.h"
#include "analysis/lexeme.h"

#include <string.h>

#define PREFIX_LENGTH_MAX    2  /* of a string: rb"", u8"" */
#define DIRECTIVE_LENGTH_MAX 16 /* "#elifndef" is the longest */
#define TAB_WIDTH            8
#define NO_TOKEN             SIZE_MAX

struct scanner {
    const struct language *language;
    const struct language_facts *facts;
    const char *bytes;
    size_t length, at;
    struct token_list *tokens;
    size_t first_token; /* the list may hold tokens of the caller's */

    uint32_t line;
    size_t line_start;
    size_t column_byte; /* column is that of this byte */
    uint32_t column, indent;
    bool line_begun;  /* a token stands on the line, or one reaches into it */
    bool line_joined; /* the line before ended with a backslash */
    size_t last_code; /* token that gets TOKEN_LINE_END when the line ends */

    size_t quotes_until, paired_until, regex_until;
    uint32_t unclosed_rules;
    bool comments_flat, comments_unclosed;
    bool short_strings, want_short_strings;
};

static bool at_text(const struct scanner *scanner, size_t at, const char *text) {
    return text && lexeme_starts(scanner->bytes, scanner->length, at, text);
}

static size_t line_end_after(const struct scanner *scanner, size_t at) {
    while (at < scanner->length && scanner->bytes[at] != '\n' && scanner->bytes[at] != '\r')
        at++;
    return at;
}

static bool is_quote(char byte) {
    return byte == '"' || byte == '\'' || byte == '`';
}

static struct token *last_token(const struct scanner *scanner) {
    size_t count = scanner->tokens->count;
    return count > scanner->first_token ? &scanner->tokens->items[count - 1] : NULL;
}

static uint16_t saturated(uint32_t value) {
    return value < UINT16_MAX ? (uint16_t)value : UINT16_MAX;
}

static void advance_column(struct scanner *scanner, size_t to) {
    const char *bytes = scanner->bytes;
    uint32_t column = scanner->column;
    for (size_t at = scanner->column_byte; at < to; at++)
        column = bytes[at] == '\t' ? column / TAB_WIDTH * TAB_WIDTH + TAB_WIDTH : column + 1;
    if (scanner->column_byte < to) scanner->column_byte = to;
    scanner->column = column;
}

static void begin_line(struct scanner *scanner, size_t start) {
    scanner->line++;
    scanner->line_start = scanner->column_byte = start;
    scanner->column = scanner->indent = 0;
}

static void end_code(struct scanner *scanner) {
    if (scanner->last_code != NO_TOKEN) scanner->tokens->items[scanner->last_code].flags |= TOKEN_LINE_END;
    scanner->last_code = NO_TOKEN;
}

static const struct literal *literal_of(const struct scanner *scanner, size_t start, size_t end) {
    unsigned char byte = (unsigned char)scanner->bytes[start];
    for (size_t i = scanner->facts->first[byte]; i < scanner->facts->first[byte + 1]; i++) {
        const struct literal *literal = &scanner->facts->literals[i];
        if (literal->length == end - start && memcmp(literal->text, scanner->bytes + start, end - start) == 0)
            return literal;
    }
    return NULL;
}

/* Goes on behind a token that spans lines. */
static void pass_lines(struct scanner *scanner, size_t start, size_t end, bool is_comment) {
    size_t lines_before = scanner->line;
    for (size_t at = start; at < end;) {
        size_t next = lexeme_line_end(scanner->bytes, scanner->length, at);
        if (next > at && next <= end) begin_line(scanner, next);
        at = next > at ? next : at + 1;
    }
    if (scanner->line == lines_before) return;
    for (size_t at = scanner->line_start;
         at < scanner->length && (scanner->bytes[at] == ' ' || scanner->bytes[at] == '\t'); at++)
        advance_column(scanner, at + 1);
    scanner->indent = scanner->column;
    scanner->line_joined = false;
    if (is_comment) end_code(scanner);
    scanner->line_begun = !is_comment;
}

static void emit(struct scanner *scanner, enum token_kind kind, size_t end) {
    size_t start = scanner->at;
    advance_column(scanner, start);
    if (!scanner->line_begun) scanner->indent = scanner->column;
    struct token token = {.start_byte = (uint32_t)start,
                          .end_byte = (uint32_t)end,
                          .line = scanner->line,
                          .column = saturated(scanner->column),
                          .indent = saturated(scanner->indent),
                          .kind = (uint8_t)kind};
    if (!scanner->line_begun && !scanner->line_joined) token.flags |= TOKEN_LINE_START;

    bool is_comment = kind == TOKEN_COMMENT;
    const struct literal *literal =
        is_comment || kind == TOKEN_STRING || kind == TOKEN_NUMBER ? NULL : literal_of(scanner, start, end);
    if (literal) token.literal = literal->symbol;
    if (literal && literal->is_word) token.flags |= TOKEN_KEYWORD;

    scanner->line_begun = true;
    if (!is_comment) scanner->last_code = scanner->tokens->count;
    vec_push(scanner->tokens, token);
    scanner->at = end;
    if (kind == TOKEN_WORD || kind == TOKEN_OPERATOR) { /* no tab is in these */
        scanner->column += (uint32_t)(end - start);
        scanner->column_byte = end;
    }
    if (is_comment || kind == TOKEN_STRING) pass_lines(scanner, start, end, is_comment);
}

/* Spaces, line ends, a backslash that joins lines, a byte order mark: what lies between tokens. */
static void skip_gap(struct scanner *scanner) {
    const char *bytes = scanner->bytes;
    bool joins = scanner->language->flags & (LANGUAGE_PREPROCESSOR | LANGUAGE_LAYOUT);
    if (scanner->at == 0 && at_text(scanner, 0, "\xef\xbb\xbf"))
        scanner->at = scanner->line_start = scanner->column_byte = 3;
    while (scanner->at < scanner->length) {
        char byte = bytes[scanner->at];
        size_t next = scanner->at + 1;
        if (byte == ' ' || byte == '\t' || byte == '\v' || byte == '\f') {
            /* most gaps hold nothing else */
        } else if (byte == '\n' || byte == '\r') {
            next = lexeme_line_end(bytes, scanner->length, scanner->at);
            end_code(scanner);
            begin_line(scanner, next);
            scanner->line_begun = scanner->line_joined = false;
        } else if (byte == '\\' && joins) {
            next = lexeme_line_end(bytes, scanner->length, scanner->at + 1);
            if (next == scanner->at + 1) return;
            begin_line(scanner, next);
            scanner->line_begun = false;
            scanner->line_joined = true;
        } else {
            return;
        }
        scanner->at = next;
    }
}

/* Every quote from the first string of this line on becomes a token: which of them has lost its partner is
 * not known. */
static void rewind_to_first_string(struct scanner *scanner, size_t until) {
    scanner->quotes_until = until;
    size_t count = scanner->tokens->count, first = count;
    for (size_t i = count; i-- > scanner->first_token;) {
        const struct token *token = &scanner->tokens->items[i];
        if (token->start_byte < scanner->line_start) break;
        bool is_regex = scanner->bytes[token->start_byte] == '/';
        if (token->kind == TOKEN_STRING && !is_regex) first = i;
    }
    if (first == count) return;
    const struct token *token = &scanner->tokens->items[first];
    scanner->at = token->start_byte;
    scanner->line_begun = !(token->flags & TOKEN_LINE_START);
    scanner->column_byte = scanner->line_start;
    scanner->column = 0;
    scanner->tokens->count = first;
    scanner->last_code = NO_TOKEN; /* the quote that follows takes its place */
}

/* 'a' is a character, 'a a lifetime, 'ab' neither: then the quotes are tokens. */
static void scan_lifetime(struct scanner *scanner, const struct string_rule *rule) {
    size_t body = scanner->at + 1, end;
    uint32_t code_point;
    if (body < scanner->length && scanner->bytes[body] == rule->escape) {
        bool closed = lexeme_string(rule, false, scanner->bytes, scanner->length, body, &end);
        emit(scanner, closed ? TOKEN_STRING : TOKEN_QUOTE, closed ? end : body);
        return;
    }
    if (body < scanner->length) {
        end = lexeme_character(scanner->bytes, scanner->length, body, &code_point);
        bool is_body = code_point != '\n' && code_point != '\r' && code_point != '\'';
        if (is_body && at_text(scanner, end, rule->closer)) {
            emit(scanner, TOKEN_STRING, end + 1);
            return;
        }
    }
    end = lexeme_word(scanner->language, scanner->bytes, scanner->length, body);
    bool is_lifetime = end > body && !at_text(scanner, end, rule->closer);
    emit(scanner, is_lifetime ? TOKEN_WORD : TOKEN_QUOTE, is_lifetime ? end : body);
}

/* No string of this rule ends any more. */
static void give_up_rule(struct scanner *scanner, const struct string_rule *rule) {
    scanner->unclosed_rules |= 1u << (rule - scanner->language->strings);
    if (rule->seldom_multiline) scanner->want_short_strings = true;
}

/* A multi-line quote on a line whose quotes do not pair: a string when it ends on a later line, else a token.
 */
static bool spans_lines(struct scanner *scanner, const struct string_rule *rule, size_t body,
                        size_t *ret_end) {
    if (scanner->at < scanner->paired_until) return false;
    if (!lexeme_string(rule, true, scanner->bytes, scanner->length, body, ret_end)) {
        give_up_rule(scanner, rule);
        return false;
    }
    if (*ret_end > scanner->quotes_until) return true;
    scanner->paired_until = *ret_end;
    return false;
}

/* opener: where the rule's opener stands; scanner->at is before it when a prefix goes with it. */
static void scan_string(struct scanner *scanner, const struct string_rule *rule, size_t opener) {
    size_t body = opener + strlen(rule->opener), end;
    bool multiline = rule->multiline && !(rule->seldom_multiline && scanner->short_strings);
    bool given_up = scanner->unclosed_rules & (1u << (rule - scanner->language->strings));
    bool lone = scanner->at < scanner->quotes_until;

    if (rule->character && (scanner->language->flags & LANGUAGE_LIFETIMES) && scanner->at == opener &&
        !lone) {
        scan_lifetime(scanner, rule);
        return;
    }
    bool closed = false;
    if (!lone && !given_up)
        closed = lexeme_string(rule, multiline, scanner->bytes, scanner->length, body, &end);
    else if (multiline && !given_up)
        closed = spans_lines(scanner, rule, body, &end);
    if (closed) {
        emit(scanner, TOKEN_STRING, end);
        return;
    }

    if (!lone && !multiline) {
        size_t before = scanner->at;
        rewind_to_first_string(scanner, end);
        if (scanner->at < before) return;
    } else if (!lone && !given_up) {
        give_up_rule(scanner, rule);
        scanner->quotes_until = line_end_after(scanner, body);
    }
    if (scanner->at < opener) emit(scanner, TOKEN_WORD, opener);
    emit(scanner, TOKEN_QUOTE, body);
}

/* A quote with the letters that may stand before it. */
static bool try_string(struct scanner *scanner) {
    const struct language *language = scanner->language;
    size_t opener = scanner->at;
    bool lone = scanner->at < scanner->quotes_until;
    for (size_t prefix = 0; prefix <= PREFIX_LENGTH_MAX; prefix++, opener++) {
        for (const struct string_rule *rule = language->strings; rule->opener; rule++) {
            if (!at_text(scanner, opener, rule->opener)) continue;
            if (lone && (prefix > 0 || !is_quote(*rule->opener))) continue;
            scan_string(scanner, rule, opener);
            return true;
        }
        char letter = opener < scanner->length ? scanner->bytes[opener] : 0;
        bool begins_word = prefix > 0 || letter < '0' || letter > '9'; /* the 8 of u8"" does not */
        if (!letter || !begins_word || !strchr(language->string_prefixes, letter)) return false;
    }
    return false;
}

/* On a line with unpaired quotes, what looks like a comment may be the text of a string ("http://..."): there
 * it must stand apart. */
static bool may_begin_comment(const struct scanner *scanner) {
    if (scanner->at >= scanner->quotes_until || scanner->at == scanner->line_start) return true;
    return strchr(" \t;,{})", scanner->bytes[scanner->at - 1]) != NULL;
}

static bool try_comment(struct scanner *scanner) {
    const struct language *language = scanner->language;
    size_t end;
    bool is_script_line = scanner->at == 0 && at_text(scanner, 0, "#!") && !at_text(scanner, 2, "[");
    if (is_script_line && !(language->flags & LANGUAGE_DATA)) {
        emit(scanner, TOKEN_COMMENT, line_end_after(scanner, 0));
        return true;
    }
    if (at_text(scanner, scanner->at, language->line_comment) && may_begin_comment(scanner)) {
        end = lexeme_line_comment(language, scanner->bytes, scanner->length, scanner->at);
        emit(scanner, TOKEN_COMMENT, end);
        return true;
    }
    if (at_text(scanner, scanner->at, language->block_open) && may_begin_comment(scanner)) {
        bool nested = (language->flags & LANGUAGE_NESTED_COMMENTS) && !scanner->comments_flat;
        bool closed = !scanner->comments_unclosed && lexeme_block_comment(language, nested, scanner->bytes,
                                                                          scanner->length, scanner->at, &end);
        if (!closed && nested) scanner->comments_flat = true;
        if (!closed && !nested) scanner->comments_unclosed = true;
        if (!closed) end = scanner->at + strlen(language->block_open);
        emit(scanner, closed ? TOKEN_COMMENT : TOKEN_COMMENT_OPEN, end);
        return true;
    }
    /* A closer without opener, but not the first half of `y * /` + `* comment`. */
    bool stray = at_text(scanner, scanner->at, language->block_close) &&
                 !at_text(scanner, scanner->at + 1, language->block_open);
    if (stray) emit(scanner, TOKEN_OPERATOR, scanner->at + strlen(language->block_close));
    return stray;
}

static bool word_is_one_of(const struct scanner *scanner, const struct token *token,
                           const char *const *words) {
    size_t length = token->end_byte - token->start_byte;
    for (; *words; words++)
        if (strlen(*words) == length && memcmp(*words, scanner->bytes + token->start_byte, length) == 0)
            return true;
    return false;
}

/* Whether a '/' here begins a regex rather than divides what stands before it. */
static bool regex_may_begin(const struct scanner *scanner) {
    const struct token *before = NULL;
    for (size_t i = scanner->tokens->count; i-- > scanner->first_token && !before;)
        if (scanner->tokens->items[i].kind != TOKEN_COMMENT) before = &scanner->tokens->items[i];
    if (!before) return true;
    switch ((enum token_kind)before->kind) {
    case TOKEN_WORD: return word_is_one_of(scanner, before, scanner->language->regex_after);
    case TOKEN_OPEN: return true;
    case TOKEN_CLOSE:
        return scanner->bytes[before->start_byte] == '}' && !scanner->line_begun &&
               !at_text(scanner, scanner->at, "/>");
    case TOKEN_OPERATOR:
        return !at_text(scanner, before->start_byte, "++") && !at_text(scanner, before->start_byte, "--");
    default: return false;
    }
}

static bool try_regex(struct scanner *scanner) {
    if (!(scanner->language->flags & LANGUAGE_REGEX) || scanner->bytes[scanner->at] != '/') return false;
    if (scanner->at < scanner->regex_until || scanner->at < scanner->quotes_until) return false;
    if (!regex_may_begin(scanner)) return false;
    size_t end;
    if (!lexeme_regex(scanner->language, scanner->bytes, scanner->length, scanner->at, &end)) {
        scanner->regex_until = end;
        return false;
    }
    emit(scanner, TOKEN_STRING, end);
    return true;
}

/* "#include", "#  define", or "#" alone. */
static bool try_directive(struct scanner *scanner) {
    if (!(scanner->language->flags & LANGUAGE_PREPROCESSOR) || scanner->bytes[scanner->at] != '#')
        return false;
    if (scanner->last_code != NO_TOKEN || scanner->line_joined) return false;
    size_t name = scanner->at + 1;
    while (name < scanner->length && (scanner->bytes[name] == ' ' || scanner->bytes[name] == '\t'))
        name++;
    size_t end = lexeme_word(scanner->language, scanner->bytes, scanner->length, name);
    size_t token = scanner->tokens->count;
    emit(scanner, TOKEN_DIRECTIVE, end > name ? end : scanner->at + 1);

    /* The literal is written without spaces. */
    char spelt[DIRECTIVE_LENGTH_MAX];
    if (end > name && end - name < sizeof spelt) {
        spelt[0] = '#';
        memcpy(spelt + 1, scanner->bytes + name, end - name);
        const struct literal *literal = language_literal(scanner->language, spelt, end - name + 1);
        if (literal) scanner->tokens->items[token].literal = literal->symbol;
    }
    return true;
}

static bool try_number(struct scanner *scanner) {
    char byte = scanner->bytes[scanner->at];
    bool dot = byte == '.';
    if (!dot && (byte < '0' || byte > '9')) return false;
    const struct token *before = last_token(scanner);
    bool adjacent = before && before->end_byte == scanner->at;
    bool member =
        adjacent && before->end_byte - before->start_byte == 1 && scanner->bytes[before->start_byte] == '.';
    if (dot && adjacent &&
        (before->kind == TOKEN_WORD || before->kind == TOKEN_CLOSE || before->kind == TOKEN_NUMBER))
        return false;
    size_t end = lexeme_number(scanner->language, scanner->bytes, scanner->length, scanner->at, member);
    if (end == scanner->at) return false;
    emit(scanner, TOKEN_NUMBER, end);
    return true;
}

static size_t operator_end(const struct scanner *scanner) {
    unsigned char byte = (unsigned char)scanner->bytes[scanner->at];
    size_t longest = scanner->at + 1;
    for (size_t i = scanner->facts->first[byte]; i < scanner->facts->first[byte + 1]; i++) {
        const struct literal *literal = &scanner->facts->literals[i];
        size_t end = scanner->at + literal->length;
        if (!literal->is_operator || end <= longest || !at_text(scanner, scanner->at, literal->text))
            continue;
        /* "@interface" is not the beginning of "@interfaces". */
        bool cuts_word = lexeme_word(scanner->language, scanner->bytes, scanner->length, end - 1) > end;
        if (!cuts_word) longest = end;
    }
    return longest;
}

static void scan_sign(struct scanner *scanner) {
    char byte = scanner->bytes[scanner->at];
    if (byte == '(' || byte == '[' || byte == '{') {
        emit(scanner, TOKEN_OPEN, scanner->at + 1);
    } else if (byte == ')' || byte == ']' || byte == '}') {
        emit(scanner, TOKEN_CLOSE, scanner->at + 1);
    } else if (is_quote(byte)) {
        emit(scanner, TOKEN_QUOTE, scanner->at + 1); /* of a kind that this language's strings do not have */
    } else if (byte > ' ' && byte < 0x7f) {
        emit(scanner, TOKEN_OPERATOR, operator_end(scanner));
    } else {
        uint32_t code_point;
        size_t end = lexeme_character(scanner->bytes, scanner->length, scanner->at, &code_point);
        bool typographic = code_point >= 0x2018 && code_point <= 0x201f;
        emit(scanner, typographic ? TOKEN_QUOTE : TOKEN_OTHER, end);
    }
}

static void scan_token(struct scanner *scanner) {
    unsigned char byte = (unsigned char)scanner->bytes[scanner->at];
    if (scanner->facts->begins_word[byte]) {
        emit(scanner, TOKEN_WORD,
             lexeme_word(scanner->language, scanner->bytes, scanner->length, scanner->at));
        return;
    }
    if (scanner->at == scanner->line_start) {
        size_t end = lexeme_conflict(scanner->bytes, scanner->length, scanner->at);
        if (end > scanner->at) {
            emit(scanner, TOKEN_CONFLICT, end);
            return;
        }
    }
    if (scanner->facts->begins_sign[byte]) {
        scan_sign(scanner);
        return;
    }
    if (try_comment(scanner) || try_string(scanner) || try_regex(scanner) || try_directive(scanner) ||
        try_number(scanner))
        return;
    size_t end = lexeme_word(scanner->language, scanner->bytes, scanner->length, scanner->at);
    if (end > scanner->at)
        emit(scanner, TOKEN_WORD, end);
    else
        scan_sign(scanner);
}

static void scan_all(struct scanner *scanner) {
    for (;;) {
        skip_gap(scanner);
        if (scanner->at >= scanner->length || (scanner->want_short_strings && !scanner->short_strings)) break;
        scan_token(scanner);
    }
    end_code(scanner);
}

void lexer_scan(const struct language *language, const char *bytes, size_t length,
                struct token_list *tokens) {
    struct scanner scanner = {.language = language,
                              .facts = language_facts(language),
                              .bytes = bytes,
                              .length = length,
                              .tokens = tokens,
                              .first_token = tokens->count,
                              .last_code = NO_TOKEN};
    struct scanner again = scanner;
    scan_all(&scanner);
    if (!scanner.want_short_strings) return;
    tokens->count = again.first_token;
    again.short_strings = true;
    scan_all(&again);
}

const char *token_kind_name(enum token_kind kind) {
    static const char *const names[] = {
        [TOKEN_WORD] = "word",           [TOKEN_NUMBER] = "number",     [TOKEN_STRING] = "string",
        [TOKEN_QUOTE] = "quote",         [TOKEN_COMMENT] = "comment",   [TOKEN_COMMENT_OPEN] = "comment-open",
        [TOKEN_OPEN] = "open",           [TOKEN_CLOSE] = "close",       [TOKEN_OPERATOR] = "operator",
        [TOKEN_DIRECTIVE] = "directive", [TOKEN_CONFLICT] = "conflict", [TOKEN_OTHER] = "other"};
    return (unsigned)kind < TOKEN_KIND_COUNT ? names[kind] : "unknown";
}
