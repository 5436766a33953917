/* gap_rust.c: gaps of the grammar of Rust (gap_scan.h): newer editions, unstable syntax that rustc parses
 * everywhere, and the old `try!`. */
#include "analysis/gap_scan.h"

#include "analysis/lexeme.h"

#define BOUNDS_MAX 200 /* tokens of a list of bounds */

/* unsafe extern "C" { safe fn f(); unsafe static X: T; }, and auto trait. */
static void safety(struct gap_scan *scan, size_t at) {
    bool block =
        gap_is(scan, at + 1, "extern") &&
        (gap_is(scan, at + 2, "{") || (gap_is_kind(scan, at + 2, TOKEN_STRING) && gap_is(scan, at + 3, "{")));
    bool item = gap_is(scan, at, "safe") && gap_is(scan, at + 1, "fn");
    if (block || item || gap_is(scan, at + 1, "static") ||
        (gap_is(scan, at, "auto") && gap_is(scan, at + 1, "trait")))
        gap_blank(scan, at, at);
}

/* A + at the end of bounds. */
static void trailing_plus(struct gap_scan *scan, size_t at) {
    bool after = gap_is_word(scan, at - 1) || GAP_IS_ONE_OF(scan, at - 1, ">", ">>", ")");
    if (after && GAP_IS_ONE_OF(scan, at + 1, ">", ">>", ",", "=", "{")) gap_blank(scan, at, at);
}

/* <T: A += ()>: the lexer has joined the end of the bounds and the default. */
static void plus_assign(struct gap_scan *scan, size_t at) {
    if (gap_is_word(scan, at - 1) && gap_is(scan, at - 2, ":") && gap_is_word(scan, at - 3) &&
        GAP_IS_ONE_OF(scan, at - 4, "<", ","))
        gap_put(scan, at, at, "=");
}

/* f::<>(): no arguments. */
static void empty_arguments(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at - 1, "::") && gap_is(scan, at + 1, ">")) gap_blank(scan, at - 1, at + 1);
}

/* dyn 'a + T: the lifetime stands first. */
static void lifetime_first(struct gap_scan *scan, size_t at) {
    if (gap_is_word(scan, at + 1) && scan->bytes[scan->tokens[at + 1].start_byte] == '\'' &&
        gap_is(scan, at + 2, "+"))
        gap_blank(scan, at + 1, at + 2);
}

/* <T:, 'a:>: bounds that are empty. */
static void empty_bounds(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at - 2, "where") && gap_is(scan, at + 1, ",")) gap_blank(scan, at - 1, at + 1);
    if (gap_is_word(scan, at - 1) && GAP_IS_ONE_OF(scan, at - 2, "<", ",", "where") &&
        GAP_IS_ONE_OF(scan, at + 1, ",", ">", "=", "{"))
        gap_blank(scan, at, at);
}

/* struct S<>; */
static void empty_parameters(struct gap_scan *scan, size_t at) {
    if (!gap_is(scan, at + 1, ">")) return;
    if (GAP_IS_ONE_OF(scan, at - 1, "impl", "for") ||
        (gap_is_word(scan, at - 1) &&
         GAP_IS_ONE_OF(scan, at - 2, "struct", "enum", "union", "fn", "trait", "type")))
        gap_blank(scan, at, at + 1);
}

/* S { 0: x }. */
static void numbered_field(struct gap_scan *scan, size_t at) {
    if (gap_is_kind(scan, at, TOKEN_NUMBER) && gap_is(scan, at + 1, ":") &&
        GAP_IS_ONE_OF(scan, at - 1, "{", ",") && gap_is(scan, gap_inside(scan, at), "{"))
        gap_name(scan, at, at);
}

/* fn(&_). */
static void inferred_target(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at - 1, "&") && GAP_IS_ONE_OF(scan, at + 1, ",", ")")) gap_name(scan, at, at);
}

/* Words that are keywords only where something follows them. */
static void weak_keyword(struct gap_scan *scan, size_t at) {
    if (!gap_is_word(scan, at + 1) ||
        (gap_is(scan, at - 1, "&") && GAP_IS_ONE_OF(scan, at + 1, "as", "else", "if")))
        gap_name(scan, at, at);
}

/* extern r#"C"#. */
static void raw_abi(struct gap_scan *scan, size_t at) {
    if (gap_is_kind(scan, at + 1, TOKEN_STRING) && scan->bytes[scan->tokens[at + 1].start_byte] == 'r')
        gap_put(scan, at + 1, at + 1, "\"C\"");
}

/* The visibility of a trait's items: parsed, and refused only later. */
static void visibility(struct gap_scan *scan, size_t at) {
    size_t next = at + 1;
    if (gap_is_word(scan, at - 1) || gap_is(scan, at - 1, ")") || gap_is_kind(scan, at - 1, TOKEN_STRING))
        return; /* behind `const` or another visibility */
    if (gap_is(scan, next, "(")) next = gap_partner(scan, next) + 1;
    if (next && gap_is(scan, gap_inside(scan, at), "{") && GAP_IS_ONE_OF(scan, next, "type", "const", "fn"))
        gap_blank(scan, at, next - 1);
}

/* Foo<N = 3, M = {X}>: a constant. */
static void constant_argument(struct gap_scan *scan, size_t at) {
    if (!gap_is_word(scan, at - 1) || !GAP_IS_ONE_OF(scan, at - 2, "<", ",")) return;
    size_t end = at + 1;
    if (gap_is(scan, end, "-")) end++;
    if (gap_is(scan, end, "{"))
        end = gap_partner(scan, end);
    else if (!gap_is_kind(scan, end, TOKEN_NUMBER) && !gap_is_kind(scan, end, TOKEN_STRING))
        return;
    if (end != GAP_NONE && GAP_IS_ONE_OF(scan, end + 1, ",", ">", ">>")) gap_name(scan, at + 1, end);
}

/* macro_rules!{} and try!(x) are calls. */
static void macro_name(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at + 1, "::") && gap_is_word(scan, at + 2)) gap_name(scan, at, at);
    if (gap_is(scan, at + 1, "!") && GAP_IS_ONE_OF(scan, at + 2, "(", "[", "{")) gap_name(scan, at, at);
}

/* impl const T for U, ~const T, const || x. */
static void constness(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at - 1, "~"))
        gap_blank(scan, at - 1, at);
    else if (GAP_IS_ONE_OF(scan, at + 1, "|", "||", "move") ||
             (GAP_IS_ONE_OF(scan, at - 1, "impl", ">", ">>") && gap_is_word(scan, at + 1) &&
              !gap_is(scan, at + 1, "fn") && !gap_is(scan, at + 2, ":")))
        gap_blank(scan, at, at);
}

/* for<'a> |x| x. */
static void closure_binder(struct gap_scan *scan, size_t at) {
    size_t close = gap_is(scan, at + 1, "<") ? gap_angle_close(scan, at + 1) : GAP_NONE;
    if (close != GAP_NONE && GAP_IS_ONE_OF(scan, close + 1, "|", "||", "move", "async"))
        gap_blank(scan, at, close);
}

static void defaultness(struct gap_scan *scan, size_t at) {
    if (!GAP_IS_ONE_OF(scan, at - 1, ".", "const", "async", "unsafe", "extern") &&
        !gap_is_kind(scan, at - 1, TOKEN_STRING) &&
        GAP_IS_ONE_OF(scan, at + 1, "impl", "unsafe", "type", "const", "fn", "async", "extern"))
        gap_blank(scan, at, at);
}

/* box x: a pattern, and once an expression. */
static void box(struct gap_scan *scan, size_t at) {
    bool operand = gap_is_word(scan, at + 1) || gap_is_kind(scan, at + 1, TOKEN_STRING) ||
                   gap_is_kind(scan, at + 1, TOKEN_NUMBER) || GAP_IS_ONE_OF(scan, at + 1, "[", "(");
    if (operand && GAP_IS_ONE_OF(scan, at - 1, "(", ",", ":", "=", "|", "=>", "{", ";", "return", "let", "&",
                                 "[", "box"))
        gap_blank(scan, at, at);
}

/* macro m($x:expr) { } and macro m { } of declarative macros 2.0. */
static void declared_macro(struct gap_scan *scan, size_t at) {
    size_t open = at + 2, close = gap_partner(scan, open);
    if (!gap_is_word(scan, at + 1) || close == GAP_NONE) return;
    if (gap_is(scan, open, "{")) {
        if (close > open + 1) gap_blank(scan, open + 1, close - 1);
        gap_put(scan, at, at, "mod");
    } else if (gap_is(scan, open, "(") && gap_is(scan, close + 1, "{") &&
               gap_partner(scan, close + 1) != GAP_NONE) {
        size_t body = close + 1, end = gap_partner(scan, body);
        if (close > open + 1) gap_blank(scan, open + 1, close - 1);
        if (end > body + 1) gap_blank(scan, body + 1, end - 1);
        gap_put(scan, at, at, "fn");
    }
}

/* Behind the name and the parameters of an item. */
static size_t after_parameters(const struct gap_scan *scan, size_t at) {
    if (!gap_is(scan, at, "<")) return at;
    size_t close = gap_angle_close(scan, at);
    return close == GAP_NONE ? close : close + 1;
}

/* trait A = B + C; */
static void trait_alias(struct gap_scan *scan, size_t at) {
    if (gap_is_word(scan, at + 1) && gap_is(scan, after_parameters(scan, at + 2), "="))
        gap_put(scan, at, at, "type");
}

/* type A: Bound = T; and, outside of traits, without a value. */
static void bounded_type(struct gap_scan *scan, size_t at) {
    size_t colon = after_parameters(scan, at + 2);
    if (!gap_is_word(scan, at + 1) || !gap_is(scan, colon, ":")) return;
    size_t end = colon + 1, depth = 0;
    for (; end < scan->count && end < colon + BOUNDS_MAX; end++) {
        if (gap_is(scan, end, "<")) depth++;
        if (depth && gap_is(scan, end, ">")) depth--;
        if (depth >= 2 && gap_is(scan, end, ">>")) depth -= 2;
        if (gap_is(scan, end, "{") || gap_is_kind(scan, end, TOKEN_CLOSE)) return;
        if (!depth && GAP_IS_ONE_OF(scan, end, "=", ";")) break;
        if (gap_is_kind(scan, end, TOKEN_OPEN)) end = gap_partner(scan, end);
        if (end == GAP_NONE) return;
    }
    if (gap_is(scan, end, "=") && end > colon + 1)
        gap_blank(scan, colon, end - 1);
    else if (gap_is(scan, end, ";") && end > colon + 1)
        gap_put(scan, colon, colon, "=");
}

/* impl async Fn(). */
static void async_bound(struct gap_scan *scan, size_t at) {
    if (GAP_IS_ONE_OF(scan, at + 1, "Fn", "FnMut", "FnOnce")) gap_blank(scan, at, at);
}

static void yeet(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at + 1, "yeet")) gap_put(scan, at, at + 1, "return");
}

static void become(struct gap_scan *scan, size_t at) {
    if (gap_is_word(scan, at + 1) && GAP_IS_ONE_OF(scan, at - 1, "{", "}", ";", "=>"))
        gap_put(scan, at, at, "return");
}

/* try { }, try bikeshed T { }. */
static void try_block(struct gap_scan *scan, size_t at) {
    size_t open = at + 1;
    if (gap_is(scan, open, "bikeshed"))
        while (open < at + BOUNDS_MAX && open < scan->count && !GAP_IS_ONE_OF(scan, open, "{", ";", "}"))
            open++;
    if (gap_is(scan, open, "{") && !gap_is(scan, at - 1, ".")) gap_blank(scan, at, open - 1);
}

static void builtin_syntax(struct gap_scan *scan, size_t at) {
    size_t close = gap_partner(scan, at + 3);
    if (gap_is(scan, at + 1, "#") && gap_is_word(scan, at + 2) && gap_is(scan, at + 3, "(") &&
        close != GAP_NONE)
        gap_name(scan, at, close);
}

/* T::method(..): Send. */
static void return_type_notation(struct gap_scan *scan, size_t at) {
    size_t open = at - 1;
    if (!gap_is(scan, open, "(") || !gap_is(scan, at + 1, ")") ||
        !GAP_IS_ONE_OF(scan, at + 2, ":", ",", ">", "="))
        return;
    if (gap_is(scan, open - 1, "::")) open--;
    if (gap_is_word(scan, open - 1)) gap_blank(scan, open, at + 1);
}

/* Whether one value stands between the bracket at `open` and its partner: no comma, and no bracket alone. */
static bool holds_value(const struct gap_scan *scan, size_t first, size_t open) {
    for (size_t i = first; i < gap_partner(scan, open); i++) {
        bool bracket = gap_is_kind(scan, i, TOKEN_OPEN) || gap_is_kind(scan, i, TOKEN_CLOSE);
        if (bracket && gap_partner(scan, i) == GAP_NONE) return false;
        if (gap_is(scan, i, ",") && gap_inside(scan, i) == open) return false;
    }
    return true;
}

/* An attribute of an expression or of a field in a pattern. */
static void attribute(struct gap_scan *scan, size_t at) {
    size_t close = gap_partner(scan, at + 1), end = at + 2;
    if (!gap_is(scan, at + 1, "[") || close == GAP_NONE || close + 1 >= scan->count) return;
    if (gap_is(scan, end, "::")) end++;
    while (gap_is_word(scan, end) && gap_is(scan, end + 1, "::"))
        end += 2;
    if (!gap_is_word(scan, end++)) return;
    if (gap_is_kind(scan, end, TOKEN_OPEN) ? gap_partner(scan, end) + 1 != close
                                           : end != close && !gap_is(scan, end, "="))
        return;
    if (!holds_value(scan, end, at + 1)) return;
    if (!gap_is_kind(scan, close + 1, TOKEN_CLOSE) && !gap_is(scan, close + 1, ","))
        gap_blank(scan, at, close);
}

/* struct S { f: f32 = 0.0 }: the default of a field. */
static void field_default(struct gap_scan *scan, size_t at) {
    size_t open = gap_inside(scan, at), name = open - 1;
    if (!gap_is(scan, open, "{")) return;
    while (name > 0 && open - name < BOUNDS_MAX && !GAP_IS_ONE_OF(scan, name, "struct", ";", "}", "{"))
        name--;
    if (!gap_is(scan, name, "struct")) return;
    size_t end = at + 1;
    while (end < scan->count && !gap_is(scan, end, ",") && !gap_is_kind(scan, end, TOKEN_CLOSE)) {
        if (gap_is_kind(scan, end, TOKEN_OPEN)) end = gap_partner(scan, end);
        if (end == GAP_NONE) return;
        end++;
    }
    if (end > at + 1 && end < scan->count) gap_blank(scan, at, end - 1);
}

/* where (): T. */
static void unit_bound(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at + 1, ")") && gap_is(scan, at + 2, ":") && GAP_IS_ONE_OF(scan, at - 1, "where", ","))
        gap_put(scan, at, at + 1, "x");
}

/* struct S where T: U; */
static void unit_struct(struct gap_scan *scan, size_t at) {
    if (!gap_is_word(scan, at + 1) || !gap_is(scan, after_parameters(scan, at + 2), "where")) return;
    size_t where = after_parameters(scan, at + 2), end = where + 1;
    while (end < scan->count && end < where + BOUNDS_MAX && !GAP_IS_ONE_OF(scan, end, ";", "{", "}"))
        end++;
    if (gap_is(scan, end, ";") && end > where + 1) gap_blank(scan, where, end - 1);
}

/* Inside the token tree of a macro's call or definition. */
static bool in_macro(const struct gap_scan *scan, size_t at) {
    for (size_t open = gap_inside(scan, at); open != GAP_NONE; open = gap_inside(scan, open))
        if (gap_is(scan, open - 1, "!") ||
            (gap_is(scan, open - 2, "!") && gap_is(scan, open - 3, "macro_rules")))
            return true;
    return false;
}

/* Tokens of a macro that the grammar has no use for. */
static void macro_token(struct gap_scan *scan, size_t at) {
    bool plain = gap_is(scan, at, "~") ||
                 (gap_is(scan, at, "$") && !gap_is_word(scan, at + 1) && !gap_is(scan, at + 1, "("));
    if (plain && in_macro(scan, at)) gap_put(scan, at, at, gap_is(scan, at + 1, "{") ? "" : "+");
}

/* The marks of writing direction and some line ends are white space. */
static void white_space(struct gap_scan *scan, size_t at) {
    if (!gap_is_kind(scan, at, TOKEN_OTHER) && !gap_is_word(scan, at)) return;
    if (GAP_IS_ONE_OF(scan, at, "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9", "\xc2\x85"))
        gap_blank(scan, at, at);
}

/* A `#!` line with nothing behind it; and `#!` is no such line when what follows makes it an attribute. */
static void script_line(struct gap_scan *scan, size_t at) {
    if (at > 0 || !gap_is_kind(scan, at, TOKEN_COMMENT)) return;
    size_t close = gap_partner(scan, 1);
    if (scan->count == 1)
        gap_blank(scan, at, at);
    else if (gap_is(scan, 1, "[") && close != GAP_NONE)
        gap_blank(scan, at, close);
}

static uint32_t hyphens(const struct gap_scan *scan, uint32_t byte) {
    uint32_t end = scan->tokens[scan->count - 1].end_byte, at = byte;
    while (at < end && scan->bytes[at] == '-')
        at++;
    return at - byte;
}

/* A script's own manifest, at the head of the file between lines of three hyphens or more. */
static void front_matter(struct gap_scan *scan, size_t at) {
    bool head = at == 0 || (at == 1 && gap_is_kind(scan, 0, TOKEN_COMMENT));
    uint32_t start = scan->tokens[at].start_byte, count = hyphens(scan, start);
    if (!head || !gap_begins_line(scan, at) || count < 3) return;
    for (size_t i = at + 1; i < scan->count; i++) {
        uint32_t byte = scan->tokens[i].start_byte;
        if (!gap_begins_line(scan, i) || hyphens(scan, byte) != count) continue;
        if (byte > 0 && scan->bytes[byte - 1] != '\n' && scan->bytes[byte - 1] != '\r') continue;
        gap_put_bytes(scan, start, byte + count, "");
        return;
    }
}

/* F(A)::B, F::(A), -> (A)::B and Foo<F(A): B>: what stands in parentheses behind a path's name are its
 * arguments. */
static void path_arguments(struct gap_scan *scan, size_t at) {
    size_t close = gap_partner(scan, at);
    bool name =
        gap_is_word(scan, at - 1) && !GAP_IS_ONE_OF(scan, at - 1, "fn", "in", "return", "match", "if");
    if (close == GAP_NONE) return;
    if (gap_is(scan, close + 1, "::") && gap_is(scan, at - 1, "->")) {
        gap_put(scan, at, at, "<");
        gap_put(scan, close, close, ">");
    } else if (name && gap_is(scan, close + 1, "::")) {
        gap_blank(scan, at, close);
    } else if (name && GAP_IS_ONE_OF(scan, close + 1, ":", "=") && GAP_IS_ONE_OF(scan, at - 2, "<", ",")) {
        gap_blank(scan, at, close);
    }
}

/* Among the arguments of a type. */
static bool in_angles(const struct gap_scan *scan, size_t at) {
    enum { TOKENS_MAX = 80 };
    for (size_t i = at; i-- > 0 && at - i < TOKENS_MAX;) {
        if (gap_is_kind(scan, i, TOKEN_CLOSE)) {
            i = gap_partner(scan, i);
            if (i == GAP_NONE) return false;
            continue;
        }
        if (gap_is_kind(scan, i, TOKEN_OPEN) || gap_is(scan, i, ";")) return false;
        size_t close = gap_is(scan, i, "<") ? gap_angle_close(scan, i) : GAP_NONE;
        if (close != GAP_NONE && close > at) return true;
    }
    return false;
}

/* A::(B) -> C, and in Foo<A::(B), A::<B>>. Elsewhere the name of a function is missing there. */
static void path_separator(struct gap_scan *scan, size_t at) {
    bool called = gap_is(scan, at + 1, "(");
    size_t close = called                      ? gap_partner(scan, at + 1)
                   : gap_is(scan, at + 1, "<") ? gap_angle_close(scan, at + 1)
                                               : GAP_NONE;
    if (close == GAP_NONE || !gap_is_word(scan, at - 1)) return;
    if (!(called && gap_is(scan, close + 1, "->")) && !in_angles(scan, at)) return;
    gap_blank(scan, at, called && GAP_IS_ONE_OF(scan, close + 1, ":", "=") ? close : at);
}

/* impl !Trait {}: rustc reads it and asks for a type only later. */
static void negative_impl(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at - 1, "impl") && (gap_is_word(scan, at + 1) || gap_is(scan, at + 1, "!")))
        gap_blank(scan, at, at);
}

const struct gap_rule gaps_rust[] = {
    {"", script_line},
    {"-", front_matter},
    {"", white_space},
    {"unsafe", safety},
    {"safe", safety},
    {"auto", safety},
    {"+", trailing_plus},
    {"+=", plus_assign},
    {":", empty_bounds},
    {"<", empty_parameters},
    {"<", empty_arguments},
    {"dyn", lifetime_first},
    {"", numbered_field},
    {"_", inferred_target},
    {"union", weak_keyword},
    {"raw", weak_keyword},
    {"extern", raw_abi},
    {"pub", visibility},
    {"=", constant_argument},
    {"macro_rules", macro_name},
    {"try", macro_name},
    {"try", try_block},
    {"const", constness},
    {"for", closure_binder},
    {"default", defaultness},
    {"box", box},
    {"macro", declared_macro},
    {"trait", trait_alias},
    {"type", bounded_type},
    {"async", async_bound},
    {"do", yeet},
    {"become", become},
    {"builtin", builtin_syntax},
    {"..", return_type_notation},
    {"#", attribute},
    {"=", field_default},
    {"(", unit_bound},
    {"struct", unit_struct},
    {"::", path_separator},
    {"(", path_arguments},
    {"!", negative_impl},
    {"~", macro_token},
    {"$", macro_token},
    {0},
};
