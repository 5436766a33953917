/* gap_other.c: gaps of the grammars of JSON, Python and Go (gap_scan.h): there are few. */
#include "analysis/gap_scan.h"

#define TARGETS_MAX 64 /* tokens of an assignment's targets */

static uint32_t digits(const char *bytes, uint32_t at, uint32_t end) {
    while (at < end && bytes[at] >= '0' && bytes[at] <= '9')
        at++;
    return at;
}

/* 2E10, 1e+2: exponents as JSON has them; the grammar knows a small `e` and a minus. */
static void json_exponent(struct gap_scan *scan, size_t at) {
    if (!gap_is_kind(scan, at, TOKEN_NUMBER)) return;
    const char *bytes = scan->bytes;
    uint32_t start = scan->tokens[at].start_byte, end = scan->tokens[at].end_byte,
             byte = digits(bytes, start, end);
    if (byte == start || (bytes[start] == '0' && byte > start + 1)) return;
    if (byte < end && bytes[byte] == '.') {
        if (digits(bytes, byte + 1, end) == byte + 1) return;
        byte = digits(bytes, byte + 1, end);
    }
    if (byte == end || (bytes[byte] != 'e' && bytes[byte] != 'E')) return;
    uint32_t power = byte + 1;
    char sign = power < end ? bytes[power] : 0;
    if (sign == '+' || sign == '-') power++;
    if (power == end || digits(bytes, power, end) != end) return;
    scan->bytes[byte] = 'e';
    if (sign == '+') scan->bytes[byte + 1] = '0';
    vec_push(scan->list, (struct gap){start, end});
}

/* Whether an expression of several parts stands here: a comma on its level before it ends. */
static bool in_tuple(const struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at - 1, ",")) return true;
    for (size_t i = at + 1; i < scan->count; i++) {
        if (gap_is(scan, i, ",")) return true;
        if (gap_is_kind(scan, i, TOKEN_CLOSE) ||
            (gap_begins_line(scan, i) && gap_inside(scan, at) == GAP_NONE))
            return false;
        if (gap_is_kind(scan, i, TOKEN_OPEN)) i = gap_partner(scan, i);
        if (i == GAP_NONE) return false;
    }
    return false;
}

/* Whether the token stands among parameters or arguments. */
static bool in_parameters(const struct gap_scan *scan, size_t at) {
    size_t open = gap_inside(scan, at), before = open - 1;
    if (open == GAP_NONE || !gap_is(scan, open, "(")) return false;
    bool name = gap_is_word(scan, before) && !(scan->tokens[before].flags & TOKEN_KEYWORD);
    return name || GAP_IS_ONE_OF(scan, before, ")", "]");
}

/* a, *b = ...: what the star takes is assigned to. */
static bool is_target(const struct gap_scan *scan, size_t at) {
    for (size_t i = at + 1; i < scan->count && i < at + TARGETS_MAX && !gap_begins_line(scan, i); i++)
        if (gap_is(scan, i, "=") && gap_inside(scan, i) == gap_inside(scan, at)) return true;
    return false;
}

/* a = x, *[] and a[*[]]: the grammar wants a name behind the star in some places. */
static void python_star(struct gap_scan *scan, size_t at) {
    if (in_parameters(scan, at) || is_target(scan, at)) return;
    bool indexes = gap_is(scan, at - 1, "[") && (gap_is_word(scan, at - 2) || gap_is(scan, at - 2, "]")) &&
                   !(scan->tokens[at - 2].flags & TOKEN_KEYWORD);
    bool value = gap_is_word(scan, at + 1) || gap_is_kind(scan, at + 1, TOKEN_STRING) ||
                 GAP_IS_ONE_OF(scan, at + 1, "[", "(", "{");
    bool begins = gap_begins_line(scan, at) ||
                  GAP_IS_ONE_OF(scan, at - 1, "=", ",", "(", "return", "yield", ":=", "in");
    if (!value || gap_begins_line(scan, at + 1)) return;
    /* Not a space: that would indent the line. */
    if (indexes || (begins && in_tuple(scan, at))) gap_put(scan, at, at, "+");
}

/* else:\ with the block on the next line. */
static void python_joined_block(struct gap_scan *scan, size_t at) {
    if (at + 1 >= scan->count) return;
    uint32_t byte = scan->tokens[at].end_byte, next = scan->tokens[at + 1].start_byte;
    while (byte < next && scan->bytes[byte] == ' ')
        byte++;
    if (byte + 1 < next && scan->bytes[byte] == '\\') gap_put_bytes(scan, byte, byte + 1, "");
}

/* (x, y := 2). */
static void python_walrus(struct gap_scan *scan, size_t at) {
    if (gap_is_word(scan, at - 1) && !(scan->tokens[at - 1].flags & TOKEN_KEYWORD) &&
        GAP_IS_ONE_OF(scan, at - 2, "(", ",", "[") && gap_inside(scan, at) != GAP_NONE)
        gap_blank(scan, at - 1, at);
}

/* f"{x:=8}": the grammar takes a format that begins with `=` for an assignment in the expression. */
static void python_format(struct gap_scan *scan, size_t at) {
    const char *bytes = scan->bytes;
    uint32_t byte = scan->tokens[at].start_byte, end = scan->tokens[at].end_byte;
    if (!gap_is_kind(scan, at, TOKEN_STRING)) return;
    bool formats = false;
    for (; byte < end && bytes[byte] != '"' && bytes[byte] != '\''; byte++)
        formats |= bytes[byte] == 'f' || bytes[byte] == 'F';
    unsigned braces = 0, depth = 0; /* of fields in each other; of brackets in the expression of one */
    bool format = false;            /* behind the colon of a field */
    for (; formats && byte + 1 < end; byte++) {
        char c = bytes[byte];
        if (c == '{' && bytes[byte + 1] == '{' && !braces) {
            byte++;
        } else if (c == '{') {
            braces++;
            depth = 0;
            format = false;
        } else if (c == '}' && braces) {
            braces--;
            format = true; /* one field in the format of another */
        } else if (!braces || format) {
            continue;
        } else if (c == '(' || c == '[') {
            depth++;
        } else if ((c == ')' || c == ']') && depth) {
            depth--;
        } else if (c == ':' && !depth) {
            if (bytes[byte + 1] == '=') gap_put_bytes(scan, byte + 1, byte + 2, "<");
            format = true;
        }
    }
}

/* [...]T(x): parsed as any other array type. */
static void go_array(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at - 1, "[") && gap_is(scan, at + 1, "]") && gap_is_word(scan, at + 2))
        gap_put(scan, at, at, "1");
}

/* new("x"), new(f(x), y): where a function hides the built-in one, the first argument is no type. */
static void go_new(struct gap_scan *scan, size_t at) {
    size_t first = at + 2;
    while (gap_is_word(scan, first) && gap_is(scan, first + 1, "."))
        first += 2;
    bool call = gap_is_word(scan, first) && gap_is(scan, first + 1, "(") && !gap_is(scan, first, "func");
    bool value = call || gap_is_kind(scan, first, TOKEN_STRING) || gap_is_kind(scan, first, TOKEN_NUMBER) ||
                 GAP_IS_ONE_OF(scan, first, "&", "!", "-");
    if (value && gap_is(scan, at + 1, "(") && !gap_is(scan, at - 1, ".")) gap_name(scan, at, at);
}

/* var (a int), const (A = 1; B): the grammar wants the line to end behind the last of a group. */
static void go_group(struct gap_scan *scan, size_t at) {
    size_t open = gap_partner(scan, at);
    if (open != GAP_NONE && GAP_IS_ONE_OF(scan, open - 1, "var", "const") && !gap_begins_line(scan, at) &&
        !GAP_IS_ONE_OF(scan, at - 1, ";", "("))
        gap_insert(scan, at, ';');
}

const struct gap_rule gaps_json[] = {{"", json_exponent}, {0}};
const struct gap_rule gaps_python[] = {
    {"*", python_star}, {":=", python_walrus}, {":", python_joined_block}, {"", python_format}, {0}};
const struct gap_rule gaps_go[] = {{"...", go_array}, {"new", go_new}, {")", go_group}, {0}};
