/* gap_c.c: gaps of the grammar of C (gap_scan.h): ISO C and what gcc and clang add to it. */
#include "analysis/gap_scan.h"

#include <string.h>

#define LOOK_BACK_MAX 40  /* tokens, from a part of a declaration or label to what begins it */
#define TYPE_MAX      200 /* tokens of one type name */

static const char *const basic_types[] = {"void",       "char",      "short",       "int",      "long",
                                          "float",      "double",    "signed",      "unsigned", "_Bool",
                                          "bool",       "_Complex",  "__complex__", "__int128", "__signed",
                                          "__signed__", "_Float128", "__float128",  NULL};
static const char *const qualifiers[] = {"const",      "volatile",     "restrict",      "_Atomic",
                                         "__const",    "__const__",    "__volatile",    "__volatile__",
                                         "__restrict", "__restrict__", "__extension__", NULL};
static const char *const typeofs[] = {"typeof", "__typeof", "__typeof__", "typeof_unqual", NULL};
static const char *const statement_words[] = {"return",  "if",   "else",  "for",     "while",  "do",
                                              "switch",  "case", "goto",  "break",   "sizeof", "continue",
                                              "default", "asm",  "__asm", "__asm__", NULL};

static bool is_blank(const struct gap_scan *scan, size_t at) {
    return scan->bytes[scan->tokens[at].start_byte] == ' ';
}

/* The next token that has not been written over; scan->count: none. */
static size_t after(const struct gap_scan *scan, size_t at) {
    do
        at++;
    while (at < scan->count && is_blank(scan, at));
    return at;
}

static size_t before(const struct gap_scan *scan, size_t at) {
    while (at-- > 0)
        if (!is_blank(scan, at)) return at;
    return GAP_NONE;
}

static bool is_name(const struct gap_scan *scan, size_t at) {
    return gap_is_word(scan, at) && !gap_is_one_of(scan, at, statement_words);
}

/* Behind the brackets that open at `at`; GAP_NONE. */
static size_t behind_brackets(const struct gap_scan *scan, size_t at, const char *open) {
    if (!gap_is(scan, at, open) || gap_partner(scan, at) == GAP_NONE) return GAP_NONE;
    return gap_partner(scan, at) + 1;
}

/* ---- types ---- */

/* An operand cannot be judged where it is written over: it is not empty, and does not end in the middle. */
static bool is_operand(const struct gap_scan *scan, size_t first, size_t end) {
    if (first >= end) return false;
    for (size_t i = first; i < end; i++)
        if (gap_is(scan, i, ";") && gap_inside(scan, i) == gap_inside(scan, first)) return false;
    bool pointer = gap_is(scan, end - 1, "*") && end - first > 1;
    return pointer || !gap_is_kind(scan, end - 1, TOKEN_OPERATOR);
}

/* Behind one specifier: const, int, struct TAG, typeof(x), NAME. *named: it says which type. */
static size_t behind_specifier(const struct gap_scan *scan, size_t at, bool *basic, bool *named) {
    if (gap_is_one_of(scan, at, qualifiers)) return at + 1;
    if (gap_is_one_of(scan, at, basic_types)) {
        if (*named) return GAP_NONE;
        *basic = true;
        return at + 1;
    }
    if (*basic || *named) return GAP_NONE;
    *named = true;
    if (gap_is_one_of(scan, at, typeofs) || gap_is(scan, at, "_Atomic"))
        return behind_brackets(scan, at + 1, "(");
    if (GAP_IS_ONE_OF(scan, at, "struct", "union", "enum")) return is_name(scan, at + 1) ? at + 2 : GAP_NONE;
    return is_name(scan, at) ? at + 1 : GAP_NONE;
}

/* Behind `*`, `[3]`, `(*)(int)`: what follows the specifiers of a type name. */
static size_t behind_abstract(const struct gap_scan *scan, size_t at, size_t end) {
    while (at < end && (gap_is(scan, at, "*") || gap_is_one_of(scan, at, qualifiers)))
        at++;
    if (gap_is(scan, at, "(") && GAP_IS_ONE_OF(scan, at + 1, "*", "^") && gap_partner(scan, at) != GAP_NONE) {
        size_t inner = at + 2;
        while (gap_is(scan, inner, "*") || gap_is_one_of(scan, inner, qualifiers))
            inner++;
        size_t array = behind_brackets(scan, inner, "[");
        if (array != GAP_NONE) inner = array;
        if (inner != gap_partner(scan, at)) return GAP_NONE;
        at = inner + 1;
        size_t parameters = behind_brackets(scan, at, "(");
        if (parameters != GAP_NONE) return parameters;
        if (!gap_is(scan, at, "[")) return GAP_NONE;
    }
    while (at < end && gap_is(scan, at, "[")) {
        at = behind_brackets(scan, at, "[");
        if (at == GAP_NONE) return at;
    }
    return at;
}

/* Whether all of the tokens are one type name. */
static bool is_type(const struct gap_scan *scan, size_t first, size_t end) {
    bool basic = false, named = false;
    size_t at = first;
    if (end > scan->count || end - first > TYPE_MAX) return false;
    while (at < end && gap_is_word(scan, at)) {
        at = behind_specifier(scan, at, &basic, &named);
        if (at == GAP_NONE || at > end) return false;
    }
    return (basic || named) && behind_abstract(scan, at, end) == end;
}

/* Behind the argument that begins at `at`, of the call that ends at `close`. */
static size_t behind_argument(const struct gap_scan *scan, size_t at, size_t close) {
    while (at < close && !gap_is(scan, at, ",")) {
        if (gap_is_kind(scan, at, TOKEN_OPEN)) at = gap_partner(scan, at);
        if (at == GAP_NONE) return close;
        at++;
    }
    return at < close ? at : close;
}

/* va_arg(ap, char *), __builtin_types_compatible_p(int, long): as if the types were names. */
static void type_arguments(struct gap_scan *scan, size_t at) {
    size_t open = at + 1, close = gap_partner(scan, open);
    if (!gap_is(scan, open, "(") || close == GAP_NONE) return;
    bool both = gap_is(scan, at, "__builtin_types_compatible_p");
    size_t first = open + 1, first_end = behind_argument(scan, first, close);
    size_t second = first_end + 1;
    if (first_end >= close || behind_argument(scan, second, close) != close) return;
    if (!is_type(scan, second, close) || (both && !is_type(scan, first, first_end))) return;
    gap_name(scan, second, close - 1);
    if (both) gap_name(scan, first, first_end - 1);
}

/* offsetof(struct s, a.b[1]): the grammar knows one spelling, and a plain member. */
static void member_offset(struct gap_scan *scan, size_t at) {
    size_t open = at + 1, close = gap_partner(scan, open);
    if (!gap_is(scan, open, "(") || close == GAP_NONE) return;
    size_t type_end = behind_argument(scan, open + 1, close), member = type_end + 1;
    if (type_end >= close || !is_name(scan, member)) return;
    if (member + 1 == close) {
        if (!gap_is(scan, at, "offsetof")) gap_put(scan, at, at, "offsetof");
        return;
    }
    if (!GAP_IS_ONE_OF(scan, member + 1, ".", "[", "->") || !is_type(scan, open + 1, type_end)) return;
    gap_name(scan, at, at);
    gap_name(scan, open + 1, type_end - 1);
}

/* typeof(x), _Atomic(int). */
static void type_of(struct gap_scan *scan, size_t at) {
    size_t end = behind_brackets(scan, at + 1, "(");
    if (end == GAP_NONE) return;
    bool atomic = gap_is(scan, at, "_Atomic");
    if (atomic ? is_type(scan, at + 2, end - 1) : is_operand(scan, at + 2, end - 1))
        gap_name(scan, at, end - 1);
}

/* double _Complex; alone it is as good as a type. */
static void complex_type(struct gap_scan *scan, size_t at) {
    size_t last = before(scan, at), next = after(scan, at);
    if (gap_is_one_of(scan, last, basic_types) || gap_is_one_of(scan, next, basic_types))
        gap_blank(scan, at, at);
    else
        gap_put(scan, at, at, "double");
}

static void thread_local_storage(struct gap_scan *scan, size_t at) {
    if (gap_is_word(scan, after(scan, at))) gap_blank(scan, at, at);
}

/* auto x = 1, auto *p = q: the type is that of the value. */
static void auto_type(struct gap_scan *scan, size_t at) {
    size_t name = at + 1;
    while (gap_is(scan, name, "*"))
        name++;
    if (is_name(scan, name) && gap_is(scan, name + 1, "=")) gap_put(scan, at, at, "int");
}

/* GNU spellings. */
static void respell(struct gap_scan *scan, size_t at) {
    static const struct {
        const char *gnu, *iso;
    } words[] = {{"__signed__", "signed"},  {"__signed", "signed"},       {"__const", "const"},
                 {"__const__", "const"},    {"__volatile__", "volatile"}, {"__volatile", "volatile"},
                 {"__alignof__", "sizeof"}, {"__alignof", "sizeof"},      {"__alignas", "alignas"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (gap_is(scan, at, words[i].gnu)) {
            gap_put(scan, at, at, words[i].iso);
            return;
        }
}

/* __extension__, __real__, __imag__ in front of an operand or a declaration. */
static void prefix(struct gap_scan *scan, size_t at) {
    size_t next = after(scan, at);
    if (gap_is_word(scan, next) || gap_is_kind(scan, next, TOKEN_NUMBER) ||
        GAP_IS_ONE_OF(scan, next, "(", "*", "&", "-", "!", "~", "&&"))
        gap_blank(scan, at, at);
}

/* ---- declarations ---- */

/* a, b(1, 2), , const: what an attribute's brackets hold. */
static bool are_attributes(const struct gap_scan *scan, size_t at, size_t end) {
    while (at < end) {
        if (gap_is_word(scan, at)) at++;
        while (gap_is(scan, at, ":") && gap_touches_next(scan, at) && gap_is(scan, at + 1, ":"))
            at += gap_is_word(scan, at + 2) ? 3 : 2;
        while (gap_is(scan, at, "::"))
            at += gap_is_word(scan, at + 1) ? 2 : 1;
        if (gap_is(scan, at, "(")) at = behind_brackets(scan, at, "(");
        if (at == GAP_NONE || at > end || (at < end && !gap_is(scan, at, ","))) return false;
        at++;
    }
    return true;
}

static void blank_attribute(struct gap_scan *scan, size_t first, size_t last) {
    bool labelled = gap_is(scan, before(scan, first), ":") && gap_is(scan, last + 1, "}");
    if (labelled)
        gap_put(scan, first, last, ";");
    else
        gap_blank(scan, first, last);
}

/* __attribute__((x)), wherever it is. */
static void gnu_attribute(struct gap_scan *scan, size_t at) {
    size_t end = behind_brackets(scan, at + 1, "(");
    if (end == GAP_NONE || behind_brackets(scan, at + 2, "(") != end - 1) return;
    if (are_attributes(scan, at + 3, end - 2)) blank_attribute(scan, at, end - 1);
}

/* [[x]]. */
static void standard_attribute(struct gap_scan *scan, size_t at) {
    size_t end = behind_brackets(scan, at, "[");
    if (end == GAP_NONE || !gap_is(scan, at + 1, "[") || gap_partner(scan, at + 1) != end - 2) return;
    if (are_attributes(scan, at + 2, end - 2)) blank_attribute(scan, at, end - 1);
}

/* _Pragma("x"). */
static void pragma(struct gap_scan *scan, size_t at) {
    size_t end = behind_brackets(scan, at + 1, "(");
    if (end == GAP_NONE || end < at + 4) return;
    for (size_t i = at + 2; i + 1 < end; i++)
        if (!gap_is_kind(scan, i, TOKEN_STRING)) return;
    gap_blank(scan, at, end - 1);
}

/* Where the statement or declaration around the token begins; GAP_NONE when that is far. */
static size_t beginning(const struct gap_scan *scan, size_t at) {
    size_t first = at;
    for (size_t i = at, steps = 0; i-- > 0 && steps < LOOK_BACK_MAX; steps++) {
        if (is_blank(scan, i)) continue;
        if (GAP_IS_ONE_OF(scan, i, ";", "{", "}")) return first;
        if (gap_is_kind(scan, i, TOKEN_CLOSE) && gap_partner(scan, i) != GAP_NONE) i = gap_partner(scan, i);
        first = i;
        if (i == 0) return first;
    }
    return GAP_NONE;
}

/* register long x asm("r1") = 1: the name of a variable, not a statement. */
static void asm_name(struct gap_scan *scan, size_t at) {
    size_t end = behind_brackets(scan, at + 1, "("), last = before(scan, at);
    if (end == GAP_NONE || end < at + 4) return;
    for (size_t i = at + 2; i + 1 < end; i++)
        if (!gap_is_kind(scan, i, TOKEN_STRING) && !is_name(scan, i)) return;
    size_t first = beginning(scan, at);
    bool declares = first != GAP_NONE && first < last && is_name(scan, first) &&
                    (is_name(scan, first + 1) || gap_is(scan, first + 1, "*"));
    bool called = GAP_IS_ONE_OF(scan, last, ")", "]") && gap_inside(scan, at) == GAP_NONE;
    if (declares && (is_name(scan, last) || called)) gap_blank(scan, at, end - 1);
}

/* asm __inline volatile ("x"). */
static void asm_inline(struct gap_scan *scan, size_t at) {
    static const char *const words[] = {"volatile", "__volatile__", "__volatile", "inline",
                                        "__inline", "__inline__",   "goto",       NULL};
    for (size_t i = at + 1; gap_is_one_of(scan, i, words); i++)
        if (GAP_IS_ONE_OF(scan, i, "inline", "__inline", "__inline__")) gap_blank(scan, i, i);
}

/* __asm { mov eax, 1 } of compilers for Windows. */
static void asm_block(struct gap_scan *scan, size_t at) {
    size_t close = gap_is(scan, at + 1, "{") ? gap_partner(scan, at + 1) : GAP_NONE;
    if (close != GAP_NONE && gap_inside(scan, at) != GAP_NONE) gap_blank(scan, at, close);
}

/* __declspec(align(8)): the grammar knows those without arguments. */
static void declspec(struct gap_scan *scan, size_t at) {
    size_t close = gap_is(scan, at + 1, "(") ? gap_partner(scan, at + 1) : GAP_NONE;
    if (close != GAP_NONE && GAP_IS_ONE_OF(scan, at + 2, "align", "allocate") && gap_is(scan, at + 3, "(") &&
        gap_partner(scan, at + 3) + 1 == close)
        gap_blank(scan, at, close);
}

static void asm_of(struct gap_scan *scan, size_t at) {
    asm_block(scan, at);
    if (is_blank(scan, at)) return;
    asm_name(scan, at);
    if (!is_blank(scan, at)) asm_inline(scan, at);
}

/* Whether the brace opens the members of a struct or union. */
static bool holds_members(const struct gap_scan *scan, size_t brace) {
    if (!gap_is(scan, brace, "{")) return false;
    size_t at = before(scan, brace);
    if (gap_is_word(scan, at) && !GAP_IS_ONE_OF(scan, at, "struct", "union")) at = before(scan, at);
    return GAP_IS_ONE_OF(scan, at, "struct", "union");
}

/* _Static_assert among members: read as a member that has the expression as its width. */
static void member_assert(struct gap_scan *scan, size_t at) {
    size_t end = behind_brackets(scan, at + 1, "(");
    if (end != GAP_NONE && GAP_IS_ONE_OF(scan, before(scan, at), ";", "{", "}") &&
        holds_members(scan, gap_inside(scan, at)))
        gap_put(scan, at, at, "int x:");
}

/* struct { int x;; }, but at the margin it ended a declaration that lost its brace. */
static void empty_member(struct gap_scan *scan, size_t at) {
    uint32_t start = scan->tokens[at].start_byte;
    if (start > 0 && scan->bytes[start - 1] == '\n') return;
    if (GAP_IS_ONE_OF(scan, before(scan, at), ";", "{") && holds_members(scan, gap_inside(scan, at)))
        gap_blank(scan, at, at);
}

/* int :3, x, :2: members without a name. */
static void unnamed_width(struct gap_scan *scan, size_t at) {
    if (!holds_members(scan, gap_inside(scan, at))) return;
    size_t last = before(scan, at);
    if (gap_is(scan, last, ",")) {
        if (!gap_insert(scan, at, 'x') && gap_is_kind(scan, at + 1, TOKEN_NUMBER) &&
            GAP_IS_ONE_OF(scan, at + 2, ",", ";"))
            gap_blank(scan, last, at + 1);
        return;
    }
    size_t first = before(scan, last);
    if (!is_name(scan, last)) return;
    uint32_t start = scan->tokens[last].start_byte, colon = scan->tokens[at].start_byte;
    bool one_line = colon - start >= 3 && scan->tokens[last].line == scan->tokens[at].line;
    if (GAP_IS_ONE_OF(scan, first, ";", "{", "}")) {
        if (one_line) gap_put_bytes(scan, start, colon, "i x");
    } else if (gap_is_one_of(scan, last, basic_types))
        gap_name(scan, last, last);
}

/* enum e : unsigned char {. */
static void enum_type(struct gap_scan *scan, size_t at) {
    size_t last = before(scan, at);
    if (!gap_is(scan, last, "enum") && !(is_name(scan, last) && gap_is(scan, before(scan, last), "enum")))
        return;
    size_t end = at + 1;
    while (end < scan->count && gap_is_word(scan, end))
        end++;
    if (GAP_IS_ONE_OF(scan, end, "{", ";") && is_type(scan, at + 1, end)) gap_blank(scan, at, end - 1);
}

/* void (^block)(int) is read as a pointer. */
static void block_declarator(struct gap_scan *scan, size_t at) {
    size_t name = at + 1;
    while (gap_is_one_of(scan, name, qualifiers) || GAP_IS_ONE_OF(scan, name, "_Nullable", "_Nonnull"))
        name++;
    if (is_name(scan, name)) name++;
    size_t array = behind_brackets(scan, name, "[");
    if (array != GAP_NONE) name = array;
    if (gap_is(scan, at - 1, "(") && gap_partner(scan, at - 1) == name && gap_is(scan, name + 1, "("))
        gap_put(scan, at, at, "*");
}

/* f(^(int x) { ... }): a block among arguments is read as a statement there. */
static void block_literal(struct gap_scan *scan, size_t at) {
    if (!GAP_IS_ONE_OF(scan, before(scan, at), "(", ",")) return;
    size_t body = at + 1;
    if (gap_is(scan, body, "(")) body = behind_brackets(scan, body, "(");
    if (body != GAP_NONE && gap_is(scan, body, "{") && gap_partner(scan, body) != GAP_NONE &&
        GAP_IS_ONE_OF(scan, gap_partner(scan, body) + 1, ")", ","))
        gap_blank(scan, at, body - 1);
}

static void caret(struct gap_scan *scan, size_t at) {
    block_declarator(scan, at);
    if (!is_blank(scan, at)) block_literal(scan, at);
}

/* f(a[restrict static 3]): qualifiers of a parameter's array, in front of its length. */
static void array_qualifiers(struct gap_scan *scan, size_t at) {
    size_t inside = gap_inside(scan, at);
    size_t next = after(scan, at);
    if (!gap_is(scan, inside, "[") || !gap_is(scan, before(scan, at), "[") ||
        !is_name(scan, before(scan, inside)))
        return;
    if (gap_is_one_of(scan, next, qualifiers) || gap_is(scan, next, "static") || gap_is(scan, next, "]") ||
        gap_is_kind(scan, next, TOKEN_NUMBER) || is_name(scan, next))
        gap_blank(scan, at, at);
}

/* main() { and f(a) int a; {: the type is int. */
static void implicit_int(struct gap_scan *scan, size_t at) {
    if (gap_inside(scan, at) != GAP_NONE || !is_name(scan, at) || gap_is_one_of(scan, at, basic_types))
        return;
    size_t end = behind_brackets(scan, at + 1, "("), last = before(scan, at);
    if (end == GAP_NONE || (last != GAP_NONE && !GAP_IS_ONE_OF(scan, last, ";", "}"))) return;
    while (end < scan->count && gap_is_word(scan, end) && !gap_is_one_of(scan, end, statement_words)) {
        size_t limit = end + LOOK_BACK_MAX;
        while (end < limit && end < scan->count && !GAP_IS_ONE_OF(scan, end, ";", "{", "}"))
            end++;
        if (!gap_is(scan, end, ";")) return;
        end++;
    }
    if (!gap_is(scan, end, "{")) return;
    uint32_t start = scan->tokens[at].start_byte;
    if (scan->tokens[at].end_byte - start >= 3) gap_put_bytes(scan, start, start + 2, "x ");
}

/* ---- statements ---- */

/* Whether `case` begins what the token is in. */
static bool is_in_case(const struct gap_scan *scan, size_t at) {
    for (size_t steps = 0; at-- > 0 && steps < LOOK_BACK_MAX; steps++) {
        if (gap_is(scan, at, "case")) return true;
        if (GAP_IS_ONE_OF(scan, at, ";", "{", "}", ":")) return false;
    }
    return false;
}

/* case 1 ... 5: read as one operator. */
static void case_range(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, gap_inside(scan, at), "{") && !gap_is(scan, at - 1, "case") && is_in_case(scan, at))
        gap_put(scan, at, at, "+");
}

/* goto *address; */
static void computed_goto(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at + 1, "*")) gap_blank(scan, at, at);
}

/* label: } */
static void last_label(struct gap_scan *scan, size_t at) {
    size_t name = before(scan, at);
    if (gap_is(scan, after(scan, at), "}") && is_name(scan, name) &&
        GAP_IS_ONE_OF(scan, before(scan, name), ";", "{", "}", ":"))
        gap_blank(scan, name, at);
}

/* switch (x) case 1: f(); */
static void bare_switch(struct gap_scan *scan, size_t at) {
    size_t end = behind_brackets(scan, at + 1, "(");
    if (end != GAP_NONE && GAP_IS_ONE_OF(scan, end, "case", "default")) gap_put(scan, at, at, "while");
}

/* __builtin_available(macOS 10.12, *). */
static void availability(struct gap_scan *scan, size_t at) {
    size_t end = behind_brackets(scan, at + 1, "(");
    if (end == GAP_NONE) return;
    size_t i = at + 2;
    while (is_name(scan, i) && gap_is_kind(scan, i + 1, TOKEN_NUMBER)) {
        i += 2;
        while (gap_is_kind(scan, i, TOKEN_NUMBER) &&
               scan->tokens[i - 1].end_byte == scan->tokens[i].start_byte)
            i++;
        if (!gap_is(scan, i, ",")) return;
        i++;
    }
    if (gap_is(scan, i, "*") && i + 2 == end) gap_name(scan, at, end - 1);
}

/* ---- values ---- */

/* { [0] 1 }, as gcc once wrote it. */
static void old_designator(struct gap_scan *scan, size_t at) {
    size_t end = behind_brackets(scan, at, "[");
    if (end == GAP_NONE || !GAP_IS_ONE_OF(scan, before(scan, at), "{", ",") ||
        !gap_is(scan, gap_inside(scan, at), "{") || GAP_IS_ONE_OF(scan, end, "=", "[", "."))
        return;
    if (gap_is_word(scan, end) || gap_is_kind(scan, end, TOKEN_NUMBER) || gap_is(scan, end, "{"))
        gap_insert(scan, end, '=');
}

static void open_square(struct gap_scan *scan, size_t at) {
    standard_attribute(scan, at);
    if (!is_blank(scan, at)) old_designator(scan, at);
}

/* 1.0i, 1UI64, 1uz, 1.0Q. */
static void number_suffix(struct gap_scan *scan, size_t at) {
    static const char *const suffixes[] = {"i",    "j",    "il",  "li",  "fi",  "if",  "ui8", "ui16", "ui32",
                                           "ui64", "i8",   "i16", "i32", "i64", "uz",  "zu",  "z",    "q",
                                           "w",    "wb",   "uwb", "wbu", "f16", "f32", "f64", "f128", "f32x",
                                           "f64x", "bf16", "df",  "dd",  "dl",  NULL};
    if (!gap_is_kind(scan, at, TOKEN_NUMBER)) return;
    uint32_t start = scan->tokens[at].start_byte, end = scan->tokens[at].end_byte;
    const char *bytes = scan->bytes;
    if (bytes[end - 1] >= '0' && bytes[end - 1] <= '9' && end - start < 4) return;
    bool hexadecimal = end - start > 2 && (bytes[start + 1] | 32) == 'x';
    for (const char *const *suffix = suffixes; *suffix; suffix++) {
        uint32_t length = (uint32_t)strlen(*suffix);
        if (length >= end - start || (hexadecimal && strspn(*suffix, "abcdef"))) continue;
        bool same = true;
        for (uint32_t i = 0; i < length; i++)
            same &= (bytes[end - length + i] | 32) == (*suffix)[i];
        char last = bytes[end - length - 1];
        bool digit = (last >= '0' && last <= '9') || last == '.' ||
                     (hexadecimal && (last | 32) >= 'a' && (last | 32) <= 'f');
        if (!same || !digit) continue;
        gap_put_bytes(scan, end - length, end, "");
        return;
    }
}

/* <: :> <% %>. */
static void digraph(struct gap_scan *scan, size_t at) {
    static const struct {
        const char *first, *second, *bracket;
    } digraphs[] = {{"<", ":", "["}, {":", ">", "]"}, {"<", "%", "{"}, {"%", ">", "}"}};
    if (!gap_touches_next(scan, at)) return;
    for (size_t i = 0; i < sizeof digraphs / sizeof *digraphs; i++)
        if (gap_is(scan, at, digraphs[i].first) && gap_is(scan, at + 1, digraphs[i].second)) {
            gap_put(scan, at, at + 1, digraphs[i].bracket);
            return;
        }
}

/* ---- definitions in the old style ---- */

static bool same_word(const struct gap_scan *scan, size_t left, size_t right) {
    uint32_t length = scan->tokens[left].end_byte - scan->tokens[left].start_byte;
    return gap_is_word(scan, left) && gap_is_word(scan, right) &&
           scan->tokens[right].end_byte - scan->tokens[right].start_byte == length &&
           memcmp(scan->bytes + scan->tokens[left].start_byte, scan->bytes + scan->tokens[right].start_byte,
                  length) == 0;
}

/* (a, b): nothing but names. */
static bool is_name_list(const struct gap_scan *scan, size_t open, size_t close) {
    if (close - open < 2 || (close - open) % 2 != 0) return false;
    for (size_t i = open + 1; i < close; i++)
        if ((i - open) % 2 ? !is_name(scan, i) : !gap_is(scan, i, ",")) return false;
    return true;
}

/* Behind one declaration whose every declarator names a parameter; GAP_NONE. */
static size_t behind_parameter(const struct gap_scan *scan, size_t at, size_t open, size_t close) {
    if (!is_name(scan, at)) return GAP_NONE;
    bool named = false;
    for (size_t i = at + 1; i < scan->count; i++) {
        bool ends = gap_is(scan, i, ";");
        if (ends || gap_is(scan, i, ",")) {
            if (!named) return GAP_NONE;
            if (ends) return i + 1;
            named = false;
            continue;
        }
        bool bracket = GAP_IS_ONE_OF(scan, i, "(", "[");
        if (named && !bracket) return GAP_NONE;
        for (size_t k = open + 1; k < close && !named; k += 2)
            named = same_word(scan, i, k);
        if (bracket) {
            size_t partner = gap_partner(scan, i);
            if (partner == GAP_NONE) return GAP_NONE;
            for (; i < partner && !named; i++)
                for (size_t k = open + 1; k < close && !named; k += 2)
                    named = same_word(scan, i, k);
            i = partner;
        } else if (!is_name(scan, i) && !gap_is(scan, i, "*")) {
            return GAP_NONE;
        }
    }
    return GAP_NONE;
}

/* void *f(a, b) char *a, **b; { }: the grammar knows neither such a pointer nor such parameters. */
static void old_style_parameters(struct gap_scan *scan, size_t brace) {
    if (gap_inside(scan, brace) != GAP_NONE || !gap_is(scan, brace - 1, ";")) return;
    size_t close = GAP_NONE;
    for (size_t i = brace - 1; i > 0 && brace - i < TYPE_MAX && close == GAP_NONE; i--)
        if (gap_is(scan, i, ")") && is_name(scan, i + 1)) close = i;
    if (close == GAP_NONE) return;
    size_t open = gap_partner(scan, close);
    if (open == GAP_NONE || open == 0 || !is_name(scan, open - 1) || !is_name_list(scan, open, close)) return;
    size_t at = close + 1;
    while (at != GAP_NONE && at < brace)
        at = behind_parameter(scan, at, open, close);
    if (at == brace) gap_blank(scan, close + 1, brace - 1);
}

/* _Generic(x, int: 1, default: 2). */
static void generic_default(struct gap_scan *scan, size_t at) {
    size_t open = gap_inside(scan, at);
    if (open != GAP_NONE && open > 0 && gap_is(scan, open - 1, "_Generic") && gap_is(scan, at + 1, ":"))
        gap_put(scan, at, at, "int");
}

/* @NAME@, which configure fills in: a name. */
static void substitution(struct gap_scan *scan, size_t at) {
    if (!gap_is_word(scan, at + 1) || !gap_is(scan, at + 2, "@") || !gap_touches_next(scan, at) ||
        !gap_touches_next(scan, at + 1))
        return;
    gap_put_bytes(scan, scan->tokens[at].start_byte, scan->tokens[at].end_byte, "_");
    gap_put_bytes(scan, scan->tokens[at + 2].start_byte, scan->tokens[at + 2].end_byte, "_");
}

const struct gap_rule gaps_c[] = {
    {"default", generic_default},
    {"{", old_style_parameters},
    {"va_arg", type_arguments},
    {"__builtin_va_arg", type_arguments},
    {"__builtin_types_compatible_p", type_arguments},
    {"__builtin_convertvector", type_arguments},
    {"__builtin_bit_cast", type_arguments},
    {"offsetof", member_offset},
    {"__builtin_offsetof", member_offset},
    {"typeof", type_of},
    {"__typeof", type_of},
    {"__typeof__", type_of},
    {"typeof_unqual", type_of},
    {"_Atomic", type_of},
    {"__attribute__", gnu_attribute},
    {"__attribute", gnu_attribute},
    {"_Pragma", pragma},
    {"__extension__", prefix},
    {"__real__", prefix},
    {"__real", prefix},
    {"__imag__", prefix},
    {"__imag", prefix},
    {"_Complex", complex_type},
    {"__complex__", complex_type},
    {"__complex", complex_type},
    {"_Thread_local", thread_local_storage},
    {"auto", auto_type},
    {"__signed__", respell},
    {"__signed", respell},
    {"__const", respell},
    {"__const__", respell},
    {"__volatile__", respell},
    {"__volatile", respell},
    {"__alignof__", respell},
    {"__alignof", respell},
    {"asm", asm_of},
    {"__asm", asm_of},
    {"__asm__", asm_of},
    {"_asm", asm_block},
    {"__declspec", declspec},
    {"_Static_assert", member_assert},
    {"static_assert", member_assert},
    {";", empty_member},
    {":", unnamed_width},
    {":", enum_type},
    {":", last_label},
    {"^", caret},
    {"@", substitution},
    {"restrict", array_qualifiers},
    {"__restrict", array_qualifiers},
    {"__restrict__", array_qualifiers},
    {"const", array_qualifiers},
    {"volatile", array_qualifiers},
    {"...", case_range},
    {"goto", computed_goto},
    {"switch", bare_switch},
    {"__builtin_available", availability},
    {"[", open_square},
    {"<", digraph},
    {"%", digraph},
    {":", digraph},
    {"", number_suffix},
    {"", implicit_int},
    {NULL, NULL},
};
