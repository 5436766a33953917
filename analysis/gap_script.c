/* gap_script.c: gaps of the grammars of JavaScript, TypeScript, JSX and TSX (gap_scan.h). */
#include "analysis/gap_script.h"

#include <string.h>

#define TYPE_MAX   200  /* tokens of a type that is looked through */
#define HEADER_MAX 200  /* tokens between `class` and its body */
#define LIST_MAX   1000 /* tokens of a list of type parameters */
#define NESTED_MAX 16   /* brackets around an assignment's target */

static bool is_modifier(const struct gap_scan *scan, size_t at) {
    return GAP_IS_ONE_OF(scan, at, "public", "private", "protected", "static", "declare", "abstract",
                         "override", "readonly", "accessor", "async");
}

/* Words that name nothing in any position of an expression. */
bool script_is_reserved(const struct gap_scan *scan, size_t at) {
    return GAP_IS_ONE_OF(scan, at, "break", "case", "catch", "class", "const", "continue", "debugger",
                         "default", "delete", "do", "else", "enum", "export", "extends", "false", "finally",
                         "for", "function", "if", "import", "in", "instanceof", "new", "null", "return",
                         "super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while",
                         "with");
}

bool script_is_name(const struct gap_scan *scan, size_t at) {
    return gap_is_word(scan, at) && !script_is_reserved(scan, at);
}

/* Where a type that begins at `at` ends: the first token that is no part of it. */
static size_t type_end(const struct gap_scan *scan, size_t at) {
    size_t depth = 0;
    for (size_t i = at; i < scan->count && i < at + TYPE_MAX; i++) {
        if (gap_is_kind(scan, i, TOKEN_OPEN)) {
            i = gap_partner(scan, i);
            if (i == GAP_NONE) return GAP_NONE;
            continue;
        }
        if (gap_is_kind(scan, i, TOKEN_CLOSE)) return i;
        if (gap_is(scan, i, "<")) depth++;
        if (depth && gap_is(scan, i, ">")) depth--;
        if (!depth && GAP_IS_ONE_OF(scan, i, ",", ";", "=", "of", "in")) return i;
    }
    return GAP_NONE;
}

/* The list of type parameters of a class, an interface or a type alias. */
static bool in_type_parameters(const struct gap_scan *scan, size_t at) {
    size_t depth = 1;
    for (size_t i = at; i-- > 0 && i + LIST_MAX > at;) {
        if (gap_is_kind(scan, i, TOKEN_CLOSE)) {
            i = gap_partner(scan, i);
            if (i == GAP_NONE) return false;
            continue;
        }
        if (gap_is_kind(scan, i, TOKEN_OPEN) || gap_is(scan, i, ";")) return false;
        if (gap_is(scan, i, ">")) depth++;
        if (gap_is(scan, i, "<") && --depth == 0)
            return gap_is(scan, i - 1, "class") ||
                   (gap_is_word(scan, i - 1) && GAP_IS_ONE_OF(scan, i - 2, "class", "interface", "type"));
    }
    return false;
}

/* class C<in out T>. */
static void variance(struct gap_scan *scan, size_t at) {
    size_t name = at + 1;
    if (gap_is(scan, at, "in") && gap_is(scan, name, "out") && gap_is_word(scan, name + 1)) name++;
    if (!script_is_name(scan, name) || !GAP_IS_ONE_OF(scan, at - 1, "<", ",", "const")) return;
    if (!GAP_IS_ONE_OF(scan, name + 1, ",", ">", "extends", "=") || !in_type_parameters(scan, at)) return;
    gap_blank(scan, at, name - 1);
}

/* static [key: string]: T. */
static void static_index(struct gap_scan *scan, size_t at) {
    size_t open = gap_is(scan, at + 1, "readonly") ? at + 2 : at + 1;
    if (gap_is(scan, open, "[") && gap_is_word(scan, open + 1) && gap_is(scan, open + 2, ":") &&
        !gap_is(scan, at - 1, "static"))
        gap_blank(scan, at, open - 1);
}

/* asserts x, asserts x is T, and the type or variable of that name. */
static void asserts(struct gap_scan *scan, size_t at) {
    bool follows_line = gap_begins_line(scan, at + 1);
    if (gap_is_word(scan, at + 1) && !follows_line && !GAP_IS_ONE_OF(scan, at + 1, "as", "is", "in", "of")) {
        if (GAP_IS_ONE_OF(scan, at - 1, ":", "=>") && gap_is(scan, at - 2, ")")) gap_blank(scan, at, at);
    } else if (GAP_IS_ONE_OF(scan, at + 1, ";", "{", ",", ")", "=>", "=", "|", "}") || follows_line) {
        gap_name(scan, at, at);
    }
}

/* [function: T, new?: U]: any word may label an element of a tuple. */
static void tuple_label(struct gap_scan *scan, size_t at) {
    if (!gap_is_word(scan, at) || !(scan->tokens[at].flags & TOKEN_KEYWORD)) return;
    if (!GAP_IS_ONE_OF(scan, at - 1, "[", ",", "...") || !gap_is(scan, gap_inside(scan, at), "[")) return;
    if (GAP_IS_ONE_OF(scan, at + 1, ":", "?:") || (gap_is(scan, at + 1, "?") && gap_is(scan, at + 2, ":")))
        gap_name(scan, at, at);
}

/* `using` is a declaration only before a name on the same line; `await` may stand before it. */
static void using_name(struct gap_scan *scan, size_t at) {
    size_t first = gap_is(scan, at - 1, "await") && !gap_begins_line(scan, at) ? at - 1 : at;
    bool names = script_is_name(scan, at + 1) && !gap_begins_line(scan, at + 1);
    if (gap_is(scan, first - 1, "(") && gap_is(scan, first - 2, "for") && names && gap_is(scan, at + 2, "of"))
        gap_put(scan, first, at, "let");
    else if (!gap_is_word(scan, at + 1) || gap_begins_line(scan, at + 1))
        gap_name(scan, at, at);
}

/* (any) => void: a type's name as that of a parameter. */
static void type_as_name(struct gap_scan *scan, size_t at) {
    size_t open = gap_inside(scan, at), close = gap_partner(scan, open);
    if (!GAP_IS_ONE_OF(scan, at - 1, "(", ",") || !GAP_IS_ONE_OF(scan, at + 1, ")", ",")) return;
    if (gap_is(scan, open, "(") && close != GAP_NONE && gap_is(scan, close + 1, "=>")) gap_name(scan, at, at);
}

/* Whether the brackets around the token are the target of an assignment. */
static bool is_target(const struct gap_scan *scan, size_t at) {
    size_t open = gap_inside(scan, at);
    for (unsigned i = 0; i < NESTED_MAX && open != GAP_NONE; i++, open = gap_inside(scan, open)) {
        size_t close = gap_partner(scan, open);
        if (close == GAP_NONE) return false;
        if (GAP_IS_ONE_OF(scan, close + 1, "=", "of", "in")) return true;
        if (!gap_is_kind(scan, close + 1, TOKEN_CLOSE) && !gap_is(scan, close + 1, ",")) return false;
    }
    return false;
}

/* (a as T) = 1, [a satisfies T] = x, for (a as T of x); and what is called so. */
static void target_as(struct gap_scan *scan, size_t at) {
    bool operand =
        GAP_IS_ONE_OF(scan, at - 1, "let", "const", "var", "return", "(", "[", "{", ",", "=", "=>", "...");
    if (operand && GAP_IS_ONE_OF(scan, at + 1, "=", ".", ",", ")", "]", "}", ";", "(", "[")) {
        gap_name(scan, at, at);
        return;
    }
    size_t end = type_end(scan, at + 1);
    if (end == GAP_NONE || end == at + 1 ||
        !(gap_is_word(scan, at - 1) || gap_is_kind(scan, at - 1, TOKEN_CLOSE)))
        return;
    bool head = GAP_IS_ONE_OF(scan, end, "of", "in") && gap_is(scan, gap_inside(scan, at) - 1, "for");
    if (head || is_target(scan, at)) gap_blank(scan, at, end - 1);
}

/* [<T>a] = x, for (<T> a of x). */
static void target_cast(struct gap_scan *scan, size_t at) {
    size_t close = gap_angle_close(scan, at);
    if (close == GAP_NONE || close == at + 1 || !gap_is(scan, close, ">") || !script_is_name(scan, close + 1))
        return;
    if (!GAP_IS_ONE_OF(scan, at - 1, "[", "(", ",", ":")) return;
    bool head = gap_is(scan, close + 2, "of") && gap_is(scan, gap_inside(scan, at) - 1, "for");
    if (head || is_target(scan, at)) gap_blank(scan, at, close);
}

/* f<<T>(x: T) => U>(y): the first argument is the type of a generic function, and the lexer has joined both
 * openers. */
static void generic_argument(struct gap_scan *scan, size_t at) {
    if (!script_is_name(scan, at - 1) || !gap_touches_next(scan, at - 1) || !script_is_name(scan, at + 1))
        return;
    size_t close = at + 2;
    while (close < at + TYPE_MAX && (gap_is(scan, close, ",") || gap_is_word(scan, close)))
        close++;
    size_t end = gap_is(scan, close, ">") ? gap_partner(scan, close + 1) : GAP_NONE;
    if (end != GAP_NONE && gap_is(scan, close + 1, "(") && gap_is(scan, end + 1, "=>"))
        gap_put_bytes(scan, scan->tokens[at].start_byte + 1, scan->tokens[close].end_byte, "");
}

/* f<T>?.(x): the arguments of a call that may not happen. */
static void optional_call(struct gap_scan *scan, size_t at) {
    if (!gap_is(scan, at - 1, ">")) return;
    size_t open = at - 1;
    while (open > 0 && open + TYPE_MAX > at && !gap_is(scan, open, "<"))
        if (!gap_is_word(scan, --open) && !GAP_IS_ONE_OF(scan, open, ",", ".", "[", "]", "|", "&", "<"))
            return;
    if (gap_is(scan, open, "<") && gap_touches_next(scan, open - 1) && gap_angle_close(scan, open) == at - 1)
        gap_blank(scan, open, at - 1);
}

/* @a.b(c).d(e) and @(expression). */
static void decorator(struct gap_scan *scan, size_t at) {
    size_t end = at + 1;
    if (gap_is(scan, end, "(")) {
        size_t close = gap_partner(scan, end);
        if (close != GAP_NONE && close > end + 1) gap_name(scan, end, close);
        return;
    }
    if (!script_is_name(scan, end)) return;
    while (gap_is(scan, end + 1, ".") && gap_is_word(scan, end + 2))
        end += 2;
    size_t call = gap_is(scan, end + 1, "(") ? gap_partner(scan, end + 1) : GAP_NONE;
    if (call == GAP_NONE) return;
    size_t last = call;
    for (;;) {
        if (gap_is(scan, last + 1, ".") && gap_is_word(scan, last + 2))
            last += 2;
        else if (gap_is(scan, last + 1, "(") && gap_partner(scan, last + 1) != GAP_NONE)
            last = gap_partner(scan, last + 1);
        else
            break;
    }
    if (last > call) gap_blank(scan, call + 1, last);
}

static bool in_class(const struct gap_scan *scan, size_t at) {
    size_t open = gap_inside(scan, at);
    if (!gap_is(scan, open, "{")) return false;
    for (size_t i = open; i-- > 0 && i + HEADER_MAX > open;) {
        if (gap_is(scan, i, "class")) return true;
        if (gap_is_kind(scan, i, TOKEN_OPEN) || GAP_IS_ONE_OF(scan, i, ";", "=")) return false;
        if (gap_is_kind(scan, i, TOKEN_CLOSE)) i = gap_partner(scan, i);
        if (i == GAP_NONE) return false;
    }
    return false;
}

/* Whether the modifier word is itself the name of a member. */
static bool is_member_name(const struct gap_scan *scan, size_t at) {
    return GAP_IS_ONE_OF(scan, at + 1, "(", "=", ";", ":", "?", "!", "<", "}", "?:") || at + 1 >= scan->count;
}

/* Modifiers of a member in an order that the grammar does not have; each at most once, and one of access. */
static void modifiers(struct gap_scan *scan, size_t at) {
    if (is_modifier(scan, at - 1) || !in_class(scan, at)) return;
    if (is_member_name(scan, at)) {
        if (gap_is(scan, at, "abstract")) gap_name(scan, at, at);
        return;
    }
    size_t end = at;
    unsigned access = 0;
    for (; is_modifier(scan, end) && !is_member_name(scan, end); end++) {
        access += GAP_IS_ONE_OF(scan, end, "public", "private", "protected");
        if (end > at && gap_begins_line(scan, end)) return;
        for (size_t i = at; i < end; i++) {
            uint32_t length = scan->tokens[i].end_byte - scan->tokens[i].start_byte;
            if (length == scan->tokens[end].end_byte - scan->tokens[end].start_byte &&
                scan->tokens[i].literal == scan->tokens[end].literal)
                return;
        }
    }
    bool name =
        gap_is_word(scan, end) || gap_is_kind(scan, end, TOKEN_STRING) || GAP_IS_ONE_OF(scan, end, "[", "*");
    if (end < at + 2 || access > 1 || !name) return;
    bool abstract = false;
    for (size_t i = at; i < end; i++)
        abstract |= gap_is(scan, i, "abstract");
    for (size_t i = at; i < end; i++) {
        bool kept = gap_is(scan, i, "abstract") || (gap_is(scan, i, "async") && !abstract);
        if (!kept) gap_blank(scan, i, i);
    }
}

/* [infer U extends T ? A : B] is a conditional type, not a constrained `infer`; T extends infer U extends V ?
 * A : B has both. */
static void infer(struct gap_scan *scan, size_t at) {
    if (!script_is_name(scan, at + 1) || !gap_is(scan, at + 2, "extends")) return;
    for (size_t i = at + 3; i < scan->count && i < at + TYPE_MAX; i++) {
        if (gap_is(scan, i, "?") && gap_is(scan, at - 1, "extends"))
            gap_blank(scan, at + 2, i - 1);
        else if (gap_is(scan, i, "?"))
            gap_blank(scan, at, at);
        if (gap_is(scan, i, "?") || gap_is_kind(scan, i, TOKEN_CLOSE)) return;
        if (gap_is_kind(scan, i, TOKEN_OPEN)) i = gap_partner(scan, i);
        if (i == GAP_NONE) return;
    }
}

/* { [K in T] }: a mapped type that says nothing of its values. */
static void mapped_type(struct gap_scan *scan, size_t at) {
    size_t close = gap_partner(scan, at + 1);
    if (gap_is(scan, at + 1, "[") && script_is_name(scan, at + 2) && gap_is(scan, at + 3, "in") &&
        close != GAP_NONE && close > at + 4 && close + 1 == gap_partner(scan, at))
        gap_blank(scan, at + 1, close);
}

/* Among the parameters of a generator: function* f(x), { *f(x) }. */
static bool is_generator_parameter(const struct gap_scan *scan, size_t at) {
    size_t open = gap_inside(scan, at);
    for (unsigned i = 0; i < NESTED_MAX && open != GAP_NONE; i++, open = gap_inside(scan, open)) {
        size_t star = open - 1;
        if (!gap_is(scan, open, "(")) continue;
        if (!gap_is(scan, star, "*")) star--;
        if (gap_is(scan, star, "*") &&
            GAP_IS_ONE_OF(scan, star - 1, "function", "{", "}", ",", ";", "static", "async"))
            return true;
    }
    return false;
}

/* Sloppy code may call things `yield`; {yield x} within an element is an expression. */
static void yield_name(struct gap_scan *scan, size_t at) {
    if (is_generator_parameter(scan, at)) return;
    if ((scan->language->flags & LANGUAGE_MARKUP) && gap_is(scan, at - 1, "{") &&
        GAP_IS_ONE_OF(scan, at - 2, ">", "}") && script_is_name(scan, at + 1) && gap_is(scan, at + 2, "}"))
        gap_blank(scan, at, at);
    else if (GAP_IS_ONE_OF(scan, at + 1, ")", ",", "}", "]", ";", "="))
        gap_name(scan, at, at);
}

/* A name or a member of something: a.b[c]. */
static size_t member_end(const struct gap_scan *scan, size_t at) {
    if (!script_is_name(scan, at) && !gap_is(scan, at, "this")) return GAP_NONE;
    size_t end = at + 1;
    for (;;) {
        if (gap_is(scan, end, ".") && gap_is_word(scan, end + 1))
            end += 2;
        else if (GAP_IS_ONE_OF(scan, end, "[", "(") && gap_partner(scan, end) != GAP_NONE)
            end = gap_partner(scan, end) + 1;
        else
            return end;
    }
}

/* Within a pattern that declares names: var {a: b} = x, ({a: b}) => x. */
static bool is_declared(const struct gap_scan *scan, size_t at) {
    size_t open = gap_inside(scan, at);
    for (unsigned i = 0; i < NESTED_MAX && open != GAP_NONE; i++, open = gap_inside(scan, open)) {
        if (GAP_IS_ONE_OF(scan, open - 1, "let", "const", "var")) return true;
        if (gap_is(scan, open, "(") && gap_is(scan, gap_partner(scan, open) + 1, "=>")) return true;
    }
    return false;
}

/* [(a)] = x, {...(a.b)} = x, {a: (b as T) = 1} = x: parentheses around a target. */
static void target_parentheses(struct gap_scan *scan, size_t at) {
    size_t close = gap_partner(scan, at);
    if (close == GAP_NONE || close == at + 1 || is_declared(scan, at)) return;
    if (!GAP_IS_ONE_OF(scan, at - 1, "...", "[", ",", ":", "(") || !is_target(scan, at)) return;
    if (!gap_is_kind(scan, close + 1, TOKEN_CLOSE) && !GAP_IS_ONE_OF(scan, close + 1, ",", "=")) return;
    size_t inner = at + 1;
    while (gap_is(scan, inner, "("))
        inner++;
    size_t end = member_end(scan, inner);
    if (GAP_IS_ONE_OF(scan, end, "as", "satisfies") && type_end(scan, end + 1) != GAP_NONE) {
        size_t last = type_end(scan, end + 1);
        if (last == end + 1 || last + (inner - at - 1) != close) return;
    } else if (end == GAP_NONE || end + (inner - at - 1) != close) {
        return;
    }
    gap_blank(scan, at, inner - 1);
    gap_blank(scan, end, close);
}

/* {...a.b} = x: the rest goes into a member. */
static void rest_target(struct gap_scan *scan, size_t at) {
    size_t first = at + 1;
    while (gap_is(scan, first, "("))
        first++;
    size_t end = member_end(scan, first), last = end + (first - at - 1);
    bool bare = gap_is(scan, first, "[") && first == at + 1;
    if (bare) last = end = gap_partner(scan, first) + 1;
    if (end == GAP_NONE || last == 0 || !is_target(scan, at)) return;
    for (size_t i = end; i < last; i++)
        if (!gap_is(scan, i, ")")) return;
    if (last > at + 2 && last == gap_partner(scan, gap_inside(scan, at))) gap_name(scan, at + 1, last - 1);
}

/* new A < b, new A < b > c: comparisons. */
static void new_compared(struct gap_scan *scan, size_t at) {
    size_t end = at + 6;
    if (script_is_name(scan, at + 1) && gap_is(scan, at + 2, "<") && script_is_name(scan, at + 3) &&
        gap_is(scan, at + 4, ">") && script_is_name(scan, at + 5) && !gap_begins_line(scan, at + 5) &&
        (end >= scan->count || gap_begins_line(scan, end) || gap_is(scan, end, ";"))) {
        gap_put(scan, at + 2, at + 2, "+");
        gap_put(scan, at + 4, at + 4, "+");
        return;
    }
    if (script_is_name(scan, at + 1) && gap_is(scan, at + 2, "<") && script_is_name(scan, at + 3) &&
        gap_is(scan, at + 4, ";"))
        gap_put(scan, at + 2, at + 2, "+");
}

/* <if />: any word names an element. */
static void element_name(struct gap_scan *scan, size_t at) {
    size_t name = gap_is(scan, at + 1, "/") ? at + 2 : at + 1;
    if (script_is_reserved(scan, name) && gap_touches_next(scan, name - 1) &&
        GAP_IS_ONE_OF(scan, name + 1, "/", "/>", ">"))
        gap_name(scan, name, name);
}

/* A member that begins on a new line with `<` or, in classes, with a string or number: the line before it has
 * ended.
 */
static void line_end(struct gap_scan *scan, size_t at) {
    if (!gap_begins_line(scan, at) || !gap_is(scan, gap_inside(scan, at), "{")) return;
    if (gap_is_kind(scan, at - 1, TOKEN_OPERATOR) && !GAP_IS_ONE_OF(scan, at - 1, ">", ">>", ">>>")) return;
    if (gap_is_kind(scan, at - 1, TOKEN_OPEN)) return;
    if (GAP_IS_ONE_OF(scan, at, "in", "instanceof", "as", "satisfies")) {
        if (GAP_IS_ONE_OF(scan, at + 1, ":", "?:") && gap_insert(scan, at, ';')) gap_name(scan, at, at);
    } else if (gap_is(scan, at, "<")) {
        size_t close = gap_angle_close(scan, at),
               end = close == GAP_NONE ? close : gap_partner(scan, close + 1);
        if (end != GAP_NONE && gap_is(scan, close + 1, "(") && gap_is(scan, end + 1, ":"))
            gap_insert(scan, at, ';');
    } else if ((gap_is_kind(scan, at, TOKEN_STRING) || gap_is_kind(scan, at, TOKEN_NUMBER)) &&
               in_class(scan, at)) {
        if (GAP_IS_ONE_OF(scan, at + 1, ";", "=", "(") || gap_begins_line(scan, at + 1))
            gap_insert(scan, at, ';');
    } else if (gap_is(scan, at, "[") && gap_begins_line(scan, at - 1) && in_class(scan, at)) {
        gap_insert(scan, at, ';');
    }
}

static bool begins_line_behind_arrow(const struct gap_scan *scan, size_t at) {
    return gap_begins_line(scan, at) && gap_is(scan, at - 1, "}") &&
           gap_is(scan, gap_partner(scan, at - 1) - 1, "=>");
}

/* () => {}\n[...]: an arrow function cannot be indexed or called, so the line before has ended. */
static void behind_arrow(struct gap_scan *scan, size_t at) {
    if (begins_line_behind_arrow(scan, at)) gap_insert(scan, at, ';');
}

/* Nor can it be divided: () => {}\n/a/.test(x). */
static void regex_behind_arrow(struct gap_scan *scan, size_t at) {
    if (gap_is_kind(scan, at, TOKEN_STRING) && scan->bytes[scan->tokens[at].start_byte] == '/' &&
        begins_line_behind_arrow(scan, at))
        gap_name(scan, at, at);
}

/* typeof x\n<T>: type arguments begin on the line of their name, so this is another statement. */
static void typeof_line(struct gap_scan *scan, size_t at) {
    size_t end = at + 2;
    while (gap_is(scan, end, ".") && gap_is_word(scan, end + 1))
        end += 2;
    if (script_is_name(scan, at + 1) && gap_is(scan, end, "<") && gap_begins_line(scan, end) &&
        scan->tokens[at].end_byte < scan->tokens[end - 1].start_byte) {
        gap_name(scan, at, end - 1);
        gap_put(scan, end - 1, end - 1, ";");
    }
}

/* ({\n a\n}: T) => U: the line ends in a pattern of a type's parameter. */
static void parameter_pattern(struct gap_scan *scan, size_t at) {
    size_t close = gap_partner(scan, at);
    if (close == GAP_NONE || close == at + 1 || !gap_is(scan, close + 1, ":")) return;
    if (!GAP_IS_ONE_OF(scan, at - 1, "(", ",") || !gap_is(scan, gap_inside(scan, at), "(")) return;
    for (size_t i = at + 1; i < close; i += 2)
        if (!script_is_name(scan, i) || (i + 1 < close && !gap_is(scan, i + 1, ","))) return;
    gap_name(scan, at, close);
}

/* tag`\unicode`: what a backslash means is the tag's affair, so no escape is wrong there. What ${} holds is
 * code. */
static void allow_escapes(struct gap_scan *scan, const struct token *text) {
    uint32_t depth = 0; /* of the braces of ${} */
    for (uint32_t byte = text->start_byte + 1; byte + 1 < text->end_byte; byte++) {
        char here = scan->bytes[byte], next = scan->bytes[byte + 1];
        if (here == '\\') {
            if (!depth && (next == 'u' || next == 'x')) gap_put_bytes(scan, byte, byte + 1, "_");
            byte++;
        } else if (!depth && here == '$' && next == '{') {
            depth = 1;
            byte++;
        } else if (depth) {
            depth += here == '{';
            depth -= here == '}';
        }
    }
}

static bool is_template(const struct gap_scan *scan, size_t at) {
    return gap_is_kind(scan, at, TOKEN_STRING) && scan->bytes[scan->tokens[at].start_byte] == '`';
}

static void tagged_escapes(struct gap_scan *scan, size_t at) {
    if (at == 0 || !is_template(scan, at)) return;
    size_t tag = at - 1;
    bool tagged = is_template(scan, tag) || gap_is(scan, tag, "]") ||
                  (script_is_name(scan, tag) && !GAP_IS_ONE_OF(scan, tag, "await", "of", "yield"));
    if (gap_is(scan, tag, ")")) {
        size_t open = gap_partner(scan, tag);
        tagged = open != GAP_NONE && open > 0 && !GAP_IS_ONE_OF(scan, open - 1, "if", "for", "while", "with");
    }
    if (tagged) allow_escapes(scan, &scan->tokens[at]);
}

/* f<T>`text`. */
static void tagged_template(struct gap_scan *scan, size_t at) {
    size_t close = gap_angle_close(scan, at), text = close + 1;
    if (close == GAP_NONE || !gap_is(scan, close, ">") || !gap_touches_next(scan, at - 1)) return;
    if (!script_is_name(scan, at - 1) || !is_template(scan, text)) return;
    gap_blank(scan, at, close);
    allow_escapes(scan, &scan->tokens[text]);
}

/* declare module "x" { global { } }. */
static void global(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at + 1, "{") && GAP_IS_ONE_OF(scan, at - 1, "{", "}", ";")) gap_blank(scan, at, at);
}

/* An escaped quote in the type of a text, and what ends no string: the line ends of Unicode, and the byte 0.
 */
static void string_bytes(struct gap_scan *scan, size_t at) {
    if (!gap_is_kind(scan, at, TOKEN_STRING)) return;
    const struct token *token = &scan->tokens[at];
    bool template = is_template(scan, at);
    for (uint32_t byte = token->start_byte + 1; byte + 1 < token->end_byte; byte++) {
        const char *here = scan->bytes + byte;
        if (!here[0]) {
            gap_put_bytes(scan, byte, byte + 1, "_");
        } else if (byte + 2 >= token->end_byte) {
            break;
        } else if (here[0] == '\\') {
            if (template && here[1] == '`') gap_put_bytes(scan, byte, byte + 2, "__");
            byte++;
        } else if (!memcmp(here, "\xe2\x80\xa8", 3) || !memcmp(here, "\xe2\x80\xa9", 3)) {
            gap_put_bytes(scan, byte, byte + 3, "___");
        }
    }
}

/* const less = a < b: what follows on later lines makes the grammar take it for type arguments. */
static void compared(struct gap_scan *scan, size_t at) {
    if (!(scan->language->flags & LANGUAGE_MARKUP) || gap_touches_next(scan, at) ||
        gap_touches_next(scan, at - 1))
        return;
    bool operands = (script_is_name(scan, at - 1) || gap_is_kind(scan, at - 1, TOKEN_NUMBER)) &&
                    (script_is_name(scan, at + 1) || gap_is_kind(scan, at + 1, TOKEN_NUMBER)) &&
                    !gap_begins_line(scan, at + 1);
    size_t first = at;
    while (first > 0 && at - first < HEADER_MAX && !gap_begins_line(scan, first))
        if (GAP_IS_ONE_OF(scan, --first, "<", ">")) return;
    if (operands && GAP_IS_ONE_OF(scan, first, "const", "let", "var", "if", "while", "return"))
        gap_put(scan, at, at, "-");
}

/* Comments within a tag, and names that end in dashes. */
static void tag(struct gap_scan *scan, size_t at) {
    size_t name = at + 1;
    if (!(scan->language->flags & LANGUAGE_MARKUP) || !gap_touches_next(scan, at) || !gap_is_word(scan, name))
        return;
    size_t end = name;
    while (gap_touches_next(scan, end) && GAP_IS_ONE_OF(scan, end + 1, "-", "--"))
        end++;
    if (!GAP_IS_ONE_OF(scan, end + 1, "/", "/>", ">") && !gap_is_word(scan, end + 1)) return;
    if (end > name && gap_touches_next(scan, end)) return;
    if (end > name) gap_name(scan, name, end);
    uint32_t from = scan->tokens[end].end_byte, to = scan->tokens[end + 1].start_byte;
    for (uint32_t byte = from; byte + 1 < to; byte++)
        if (scan->bytes[byte] == '/') {
            gap_put_bytes(scan, byte, to, "");
            return;
        }
}

/* {(): T => x} as a child of an element. */
static void arrow_type(struct gap_scan *scan, size_t at) {
    size_t open = gap_is(scan, at - 1, ")") ? gap_partner(scan, at - 1) : GAP_NONE;
    if ((scan->language->flags & LANGUAGE_MARKUP) && open != GAP_NONE && gap_is(scan, open - 1, "{") &&
        gap_is_word(scan, at + 1) && gap_is(scan, at + 2, "=>"))
        gap_blank(scan, at, at + 1);
}

static void abstract_name(struct gap_scan *scan, size_t at) {
    bool type = gap_is(scan, at - 1, ":") && !GAP_IS_ONE_OF(scan, at + 1, "new", "class");
    bool property = GAP_IS_ONE_OF(scan, at - 1, "{", ";", ",", "readonly") || gap_begins_line(scan, at);
    if (type || (property && GAP_IS_ONE_OF(scan, at + 1, ":", "?", "?:", "!", "=")) ||
        GAP_IS_ONE_OF(scan, at + 1, "as", "satisfies", ";", ")", ",", "."))
        gap_name(scan, at, at);
}

const struct gap_rule gaps_script[] = {
    {"import", script_import_type},
    {"with", script_import_attributes},
    {"assert", script_import_attributes},
    {"{", script_specifiers},
    {"type", script_type_word},
    {"in", variance},
    {"out", variance},
    {"export", script_export_word},
    {"static", static_index},
    {"declare", static_index},
    {"asserts", asserts},
    {"", tuple_label},
    {"using", using_name},
    {"any", type_as_name},
    {"string", type_as_name},
    {"number", type_as_name},
    {"boolean", type_as_name},
    {"object", type_as_name},
    {"symbol", type_as_name},
    {"unknown", type_as_name},
    {"never", type_as_name},
    {"from", script_from_below},
    {"as", target_as},
    {"satisfies", target_as},
    {"<", target_cast},
    {"<<", generic_argument},
    {"?.", optional_call},
    {"@", decorator},
    {"abstract", abstract_name},
    {"public", modifiers},
    {"private", modifiers},
    {"protected", modifiers},
    {"static", modifiers},
    {"declare", modifiers},
    {"abstract", modifiers},
    {"override", modifiers},
    {"readonly", modifiers},
    {"accessor", modifiers},
    {"async", modifiers},
    {"infer", infer},
    {"{", mapped_type},
    {"yield", yield_name},
    {"(", target_parentheses},
    {"...", rest_target},
    {"", line_end},
    {"[", behind_arrow},
    {"(", behind_arrow},
    {"", regex_behind_arrow},
    {"typeof", typeof_line},
    {"{", parameter_pattern},
    {"<", tagged_template},
    {"", tagged_escapes},
    {"", string_bytes},
    {"global", global},
    {"<", compared},
    {"<", tag},
    {":", arrow_type},
    {"new", new_compared},
    {"<", element_name},
    {0},
};
