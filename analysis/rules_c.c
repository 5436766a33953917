#include "analysis/directive_check.h"
#include "analysis/rule_node.h"

#include <ctype.h>
#include <string.h>

#define BLOCK_MAX      2000 /* statements of a block that are searched for a name */
#define DECLARATOR_MAX 8    /* pointers and arrays around a name */

/* An `else` of a branch belongs to an `if` before it. */
static bool is_beside_directive(const struct rule_context *context) {
    enum { LEVELS = 4 };
    for (size_t level = 0; level < LEVELS; level++) {
        TSNode above = rule_above(context, level);
        if (!ts_node_is_null(above) && !strncmp(ts_node_type(above), "preproc_", strlen("preproc_")))
            return true;
    }
    return false;
}

/* Whether a parameter has a name behind its type: `(f)` is a name in parentheses. */
static bool names_parameters(TSNode parameters) {
    bool found = false;
    if (ts_node_is_null(parameters)) return false;
    TSTreeCursor cursor = ts_tree_cursor_new(parameters);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more && !found; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        found = rule_is(child, "parameter_declaration") && !ts_node_is_null(rule_field(child, "declarator"));
    }
    ts_tree_cursor_delete(&cursor);
    return found;
}

/* Macros take keywords as arguments, so an argument may be one. */
static void c_identifier(const struct rule_context *context, TSNode node) {
    static const char *const words[] = {"else", "if",      "for",    "while", "do",       "switch",
                                        "case", "default", "return", "break", "continue", "goto"};
    static const char *const types[] = {"int",  "char",  "float",    "double", "void",
                                        "long", "short", "unsigned", "signed"};
    TSNode above = rule_above(context, 0);
    if (RULE_IS_WORD(context, node, words)) {
        if (!rule_is(above, "argument_list") && !is_beside_directive(context))
            rule_refuse_word(context, node);
        return;
    }
    if (!rule_is(node, "identifier") || !RULE_IS_WORD(context, node, types)) return;
    static const char *const values[] = {"return_statement", "binary_expression", "assignment_expression",
                                         "init_declarator", NULL};
    if (rule_is(above, "pointer_declarator") && !ts_node_has_error(above) &&
        rule_is(rule_above(context, 1), "parameter_declaration")) {
        /* f(const char *int); */
        uint32_t start = ts_node_start_byte(node);
        rule_write(context,
                   rule_violate(context, start, start, FINDING_MISSING_TOKEN, "missing `,` before a type"),
                   start, start, ", ");
    } else if (rule_is(above, "function_declarator") && !ts_node_has_error(above)) {
        /* static int (int a, int b); */
        uint32_t end = ts_node_end_byte(node);
        if (names_parameters(rule_field(above, "parameters")))
            rule_write(context,
                       rule_violate(context, end, end, FINDING_MISSING_TOKEN, "missing name of the function"),
                       end, end, " unnamed");
    } else if (rule_is(above, "call_expression") && !ts_node_has_error(above)) {
        struct rule_violation *violation =
            rule_refuse(context, node, "a type is not called; a cast is `(type)value`");
        rule_write(context, violation, ts_node_start_byte(node), ts_node_start_byte(node), "(");
        rule_write(context, violation, ts_node_end_byte(node), ts_node_end_byte(node), ")");
    } else if (rule_is_one_of(above, values) && !ts_node_has_error(above)) {
        struct rule_violation *violation = rule_refuse(context, node, "a type is no value");
        if (rule_is(above, "return_statement"))
            rule_write(context, violation, ts_node_end_byte(ts_node_child(above, 0)), ts_node_end_byte(node),
                       "");
    }
}

/* size_t (struct x *a, int b): a type is not called, and this declares no name in parentheses. */
static bool calls_type(const struct rule_context *context, TSNode call) {
    TSNode name = rule_field(call, "function"), arguments = rule_field(call, "arguments");
    if (!rule_is(name, "identifier") || ts_node_is_null(arguments)) return false;
    uint32_t start = ts_node_start_byte(name), end = ts_node_end_byte(name);
    if (end - start < 3 || rule_byte(context, end - 1) != 't' || rule_byte(context, end - 2) != '_')
        return false;
    for (uint32_t byte = start; byte < end; byte++)
        if (isupper(rule_byte(context, byte))) return false;
    return rule_is(rule_named(arguments, 0), "binary_expression");
}

/* A call or a name may be a macro that declares something; other expressions declare nothing. */
static bool is_stray_expression(TSNode node) {
    if (!rule_is(node, "expression_statement")) return false;
    TSNode expression = rule_named(node, 0);
    /* A pointer to a function that has a value is read as an assignment to a call. */
    if (rule_is(expression, "assignment_expression") &&
        rule_is(rule_field(expression, "left"), "call_expression"))
        return false;
    if (rule_is(expression, "call_expression"))
        return rule_is(rule_field(expression, "function"), "concatenated_string");
    return !ts_node_is_null(expression) && !rule_is(expression, "identifier") &&
           !rule_is(expression, "gnu_asm_expression") && !ts_node_is_extra(expression);
}

/* A function's head that a semicolon parts from its block. */
static bool refuse_head(const struct rule_context *context, TSNode head) {
    if (!rule_is(head, "declaration") || !rule_is(rule_field(head, "declarator"), "function_declarator"))
        return false;
    TSNode semicolon = ts_node_child(head, ts_node_child_count(head) - 1);
    if (!rule_is(semicolon, ";")) return false;
    struct rule_violation *violation =
        rule_violate(context, ts_node_start_byte(semicolon), ts_node_end_byte(semicolon),
                     FINDING_UNEXPECTED_TOKEN, "a semicolon between the head of a function and its block");
    violation->remedy = REMEDY_REMOVE;
    violation->plain = true;
    return true;
}

static void c_translation_unit(const struct rule_context *context, TSNode node) {
    static const char *const statements[] = {
        "return_statement", "for_statement",  "while_statement", "do_statement",       "switch_statement",
        "if_statement",     "goto_statement", "break_statement", "continue_statement", NULL};
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    TSNode before = {0};
    if (ts_tree_cursor_goto_first_child(&cursor)) {
        do {
            TSNode child = ts_tree_cursor_current_node(&cursor);
            if (ts_node_is_error(child)) break; /* an unbalanced brace: what is outside is guesswork */
            if (rule_is(child, "compound_statement") && refuse_head(context, before)) break;
            if (!ts_node_is_extra(child)) before = child;
            if (!rule_is_one_of(child, statements) && !is_stray_expression(child)) continue;
            uint32_t start = ts_node_start_byte(child);
            if (rule_byte(context, start) == '"') { /* what is left of a directive */
                struct rule_violation *violation =
                    rule_violate(context, start, start, FINDING_MISSING_TOKEN, "missing `#include`");
                rule_write(context, violation, start, start, "#include ");
                violation->title = "insert `#include`";
            } else {
                rule_violate(context, start, start, FINDING_NOT_ALLOWED, "a statement outside of a function");
            }
            break;
        } while (ts_tree_cursor_goto_next_sibling(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
}

/* ---- strings beside names ---- */

/* Macros of the standard headers that are no strings. */
static bool is_number_macro(const struct rule_context *context, TSNode node) {
    static const char *const names[] = {
        "CHAR_MAX",    "CHAR_MIN",    "CHAR_BIT",  "SCHAR_MAX", "SCHAR_MIN", "UCHAR_MAX", "SHRT_MAX",
        "SHRT_MIN",    "USHRT_MAX",   "INT_MAX",   "INT_MIN",   "UINT_MAX",  "LONG_MAX",  "LONG_MIN",
        "ULONG_MAX",   "LLONG_MAX",   "LLONG_MIN", "FLT_MAX",   "FLT_MIN",   "DBL_MAX",   "DBL_MIN",
        "FLT_EPSILON", "DBL_EPSILON", "FLT_DIG",   "DBL_DIG",   "SIZE_MAX",  "RAND_MAX",  "EOF",
        "NULL",        "BUFSIZ",      "M_PI"};
    return RULE_IS_WORD(context, node, names);
}

static bool declares(const struct rule_context *context, TSNode declarator, TSNode name) {
    for (int i = 0; i < DECLARATOR_MAX && !ts_node_is_null(declarator); i++) {
        if (rule_is(declarator, "identifier")) return rule_same_text(context, declarator, name);
        declarator = rule_field(declarator, "declarator");
    }
    return false;
}

/* Is one of the names of a declaration, a parameter list or a block's declarations that begin before `end`
 * this one? */
static bool holds_declaration(const struct rule_context *context, TSNode list, TSNode name, uint32_t end) {
    static const char *const declarations[] = {"declaration", "parameter_declaration", NULL};
    bool found = false;
    TSTreeCursor cursor = ts_tree_cursor_new(list);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (int seen = 0; more && !found && seen < BLOCK_MAX; seen++) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_start_byte(child) >= end) break;
        if (rule_is_one_of(child, declarations)) {
            uint32_t count = rule_named_count(child);
            for (uint32_t i = 1; i < count && !found; i++)
                found = declares(context, rule_named(child, i), name);
        }
        more = ts_tree_cursor_goto_next_sibling(&cursor);
    }
    ts_tree_cursor_delete(&cursor);
    return found;
}

/* The declarator of a function without the stars of what it returns. */
static TSNode function_of(TSNode definition) {
    TSNode declarator = rule_field(definition, "declarator");
    for (int i = 0; i < DECLARATOR_MAX && rule_is(declarator, "pointer_declarator"); i++)
        declarator = rule_field(declarator, "declarator");
    return declarator;
}

/* A variable of the function around, declared before `end`; macros have other names. */
static bool is_variable(const struct rule_context *context, TSNode name, uint32_t end) {
    for (size_t level = 0; level < context->path.count; level++) {
        TSNode above = rule_above(context, level);
        if (rule_is(above, "compound_statement") && holds_declaration(context, above, name, end)) return true;
        if (!rule_is(above, "function_definition")) continue;
        TSNode declarator = function_of(above);
        TSNode parameters =
            rule_is(declarator, "function_declarator") ? rule_field(declarator, "parameters") : (TSNode){0};
        return !ts_node_is_null(parameters) && holds_declaration(context, parameters, name, end);
    }
    return false;
}

/* Small letters and digits; of a name that is called, underscores between them too. */
static bool is_lower(const struct rule_context *context, TSNode name) {
    uint32_t start = ts_node_start_byte(name), end = ts_node_end_byte(name), next = end;
    while (rule_byte(context, next) == ' ')
        next++;
    bool called = rule_byte(context, next) == '(';
    for (uint32_t byte = start; byte < end; byte++) {
        int c = rule_byte(context, byte);
        bool inner = byte > start && (isdigit(c) || (c == '_' && called && byte + 1 < end));
        if (!islower(c) && !inner) return false;
    }
    return true;
}

/* A macro's name is upper case or has an underscore before or after; a variable or a number beside a string
 * is a lost comma. */
static void c_concatenated_string(const struct rule_context *context, TSNode node) {
    uint32_t count = rule_named_count(node);
    for (uint32_t i = 0; i < count; i++) {
        TSNode child = rule_named(node, i);
        if (!rule_is(child, "identifier")) continue;
        if (!is_lower(context, child) && !is_number_macro(context, child) &&
            !is_variable(context, child, UINT32_MAX))
            continue;
        struct rule_violation *violation =
            rule_refuse(context, child, "missing `,` or operator between a string and a name");
        violation->code = FINDING_MISSING_TOKEN;
        TSNode above = rule_above(context, 0), list = rule_above(context, 1);
        if (i && rule_is(above, "call_expression") && rule_is(list, "argument_list")) {
            uint32_t end = ts_node_end_byte(rule_named(node, i - 1));
            violation->message = "missing `,` behind a string";
            rule_write(context, violation, end, end, ",");
        }
        return;
    }
}

/* ---- declarations ---- */

/* Whether the node looked at stands among the statements of a function. */
static bool is_in_block(const struct rule_context *context) {
    static const char *const blocks[] = {"compound_statement", "case_statement", "labeled_statement", NULL};
    size_t level = 0;
    while (!ts_node_is_null(rule_above(context, level)) &&
           !strncmp(ts_node_type(rule_above(context, level)), "preproc_", strlen("preproc_")))
        level++;
    return rule_is_one_of(rule_above(context, level), blocks);
}

/* Letters and digits of a name that is hardly a macro's or a type's: small ones, and no `_t` at its end. */
static bool is_plain_name(const struct rule_context *context, TSNode name) {
    uint32_t start = ts_node_start_byte(name), end = ts_node_end_byte(name);
    for (uint32_t byte = start; byte < end; byte++) {
        int c = rule_byte(context, byte);
        bool inner = byte > start && (isdigit(c) || c == '_');
        if (!islower(c) && !inner) return false;
    }
    return end - start < 3 || rule_byte(context, end - 1) != 't' || rule_byte(context, end - 2) != '_';
}

/* `free(p)` and behind the line's end `p = 0;` are read as the declaration of p. */
static void check_call(const struct rule_context *context, TSNode type, TSNode declarator) {
    static const char *const words[] = {"typeof", "typeof_unqual"};
    TSNode name = rule_field(type, "name");
    if (ts_node_start_point(declarator).row == ts_node_end_point(type).row || ts_node_is_null(name) ||
        !is_plain_name(context, name) || RULE_IS_WORD(context, name, words))
        return;
    uint32_t end = ts_node_end_byte(type);
    rule_write(context, rule_violate(context, end, end, FINDING_MISSING_TOKEN, "missing `;`"), end, end, ";");
}

/* `long size length;`: the type has no name of its own. */
static void check_sized(const struct rule_context *context, TSNode type) {
    TSNode name = rule_field(type, "type");
    if (!rule_is(name, "type_identifier") || !is_plain_name(context, name)) return;
    for (uint32_t byte = ts_node_start_byte(name); byte < ts_node_end_byte(name); byte++)
        if (isdigit(rule_byte(context, byte))) return; /* int64 */
    uint32_t start = ts_node_start_byte(name), end = ts_node_end_byte(name);
    struct rule_violation *violation =
        rule_violate(context, start, end, FINDING_MISSING_TOKEN, "missing `=` or `,` behind this name");
    rule_write(context, violation, end, end, " =");
}

/* `size copy(x);` where size is a variable: something is missing between the two. */
static void c_declaration(const struct rule_context *context, TSNode node) {
    static const char *const declarators[] = {"identifier", "function_declarator", "array_declarator", NULL};
    TSNode type = rule_field(node, "type"), declarator = rule_field(node, "declarator");
    if (ts_node_has_error(node) || ts_node_is_null(type) || ts_node_is_null(declarator)) return;
    if (!is_in_block(context)) return;
    if (rule_is(type, "macro_type_specifier")) check_call(context, type, declarator);
    if (rule_is(type, "sized_type_specifier")) check_sized(context, type);
    if (!rule_is(type, "type_identifier") || !ts_node_eq(type, rule_named(node, 0))) return;
    bool value = rule_is(declarator, "init_declarator");
    TSNode declared = value ? rule_field(declarator, "declarator") : declarator;
    if (!rule_is_one_of(declared, declarators)) return;
    if (!is_variable(context, type, ts_node_start_byte(node))) return;
    uint32_t end = ts_node_end_byte(type);
    struct rule_violation *violation =
        rule_violate(context, end, end, FINDING_MISSING_TOKEN, "missing operator behind a variable");
    if (!value) rule_write(context, violation, end, end, " =");
}

/* `T *p (T *)x;` where x is a variable: the grammar takes what follows parameters for a macro. */
static void c_function_declarator(const struct rule_context *context, TSNode node) {
    TSNode parameters = rule_field(node, "parameters");
    uint32_t count = rule_named_count(node);
    if (count < 3 || ts_node_has_error(node)) return;
    TSNode last = rule_named(node, count - 1);
    if (!rule_is(last, "identifier") || !is_variable(context, last, ts_node_start_byte(node))) return;
    uint32_t at = ts_node_start_byte(parameters);
    struct rule_violation *violation =
        rule_violate(context, at, at, FINDING_MISSING_TOKEN, "missing `=` before a value");
    rule_write(context, violation, at, at, "= ");
}

/* size_t (struct x *a, int b); at the level of the file. */
static void c_statement(const struct rule_context *context, TSNode node) {
    TSNode call = rule_named(node, 0);
    if (!rule_is(call, "call_expression") || ts_node_has_error(node)) return;
    size_t level = 0;
    while (!ts_node_is_null(rule_above(context, level)) &&
           !strncmp(ts_node_type(rule_above(context, level)), "preproc_", strlen("preproc_")))
        level++;
    if (!rule_is(rule_above(context, level), "translation_unit") || !calls_type(context, call)) return;
    uint32_t end = ts_node_end_byte(rule_field(call, "function"));
    rule_write(context,
               rule_violate(context, end, end, FINDING_MISSING_TOKEN, "missing name of the function"), end,
               end, " unnamed");
}

/* Whether a name has small letters, to its end, and is no type by its `_t`. */
static bool is_mixed_name(const struct rule_context *context, TSNode name) {
    uint32_t start = ts_node_start_byte(name), end = ts_node_end_byte(name);
    int last = rule_byte(context, end - 1);
    bool small = false;
    for (uint32_t byte = start; byte < end; byte++)
        small |= islower(rule_byte(context, byte)) != 0;
    bool type = end - start > 2 && last == 't' && rule_byte(context, end - 2) == '_';
    return small && !type && rule_byte(context, start) != '_' && (islower(last) || isdigit(last));
}

/* `text;` among members: its type is missing. */
static void c_member(const struct rule_context *context, TSNode node) {
    TSNode type = rule_named(node, 0);
    if (ts_node_has_error(node) || ts_node_child_count(node) != 2 || !rule_is(type, "type_identifier") ||
        !is_mixed_name(context, type))
        return;
    uint32_t start = ts_node_start_byte(type);
    rule_write(context,
               rule_violate(context, start, start, FINDING_MISSING_TOKEN, "missing type of a member"), start,
               start, "int ");
}

/* ---- values ---- */

/* `(a[i])` is no type of a cast, nor is `(a)` where a is a variable: an operator or a semicolon is missing
 * behind it, or the word before it. */
static void c_cast(const struct rule_context *context, TSNode node) {
    TSNode type = rule_field(node, "type"), value = rule_field(node, "value");
    if (ts_node_has_error(node) || ts_node_is_null(type) || ts_node_is_null(value)) return;
    TSNode array = rule_field(type, "declarator"), name = rule_field(type, "type");
    bool element =
        rule_is(array, "abstract_array_declarator") && ts_node_is_null(rule_field(array, "declarator"));
    bool variable = ts_node_is_null(array) && rule_named_count(type) == 1 &&
                    rule_is(name, "type_identifier") && is_variable(context, name, ts_node_start_byte(node));
    if (!element && !variable) return;
    int c = rule_byte(context, ts_node_start_byte(value));
    if (!isalnum(c) && c != '_' && c != '"') return;
    TSNode close = rule_child(node, ")");
    uint32_t at = ts_node_end_byte(close), start = ts_node_start_byte(node);
    bool statement = variable && rule_is(rule_above(context, 0), "expression_statement");
    struct rule_violation *violation =
        statement
            ? rule_violate(context, start, start, FINDING_MISSING_TOKEN, "missing `if` before a condition")
            : rule_violate(context, at, at, FINDING_MISSING_TOKEN, "missing `;` or operator behind `)`");
    if (statement)
        rule_write(context, violation, start, start, "if ");
    else if (ts_node_start_point(value).row != ts_node_end_point(close).row)
        rule_write(context, violation, at, at, ";");
}

static void c_number(const struct rule_context *context, TSNode node) {
    enum { LENGTH_MAX = 40 };
    char text[LENGTH_MAX + 1];
    uint32_t start = ts_node_start_byte(node), length = ts_node_end_byte(node) - start, digits = 0;
    if (length < 2 || length > LENGTH_MAX) return;
    text_copy(context->text, start + context->offset, start + length + context->offset, text);
    bool octal = text[0] == '0', large = false;
    while (digits < length && isdigit((unsigned char)text[digits])) {
        large |= text[digits] >= '8';
        digits++;
    }
    if (digits + 1 == length && (text[digits] == 'f' || text[digits] == 'F')) {
        rule_write(context, rule_refuse(context, node, "`f` ends a number with a point or an exponent only"),
                   start + digits, start + digits, ".0");
    } else if (octal && large && digits == length) {
        rule_refuse(context, node, "a number that begins with `0` is octal and has no digits `8` and `9`");
    }
}

/* ---- statements ---- */

/* A macro that looks like a function inside of a function may be a loop or a `switch`. */
static void c_case(const struct rule_context *context, TSNode node) {
    static const char *const statements[] = {"compound_statement", "if_statement",      "else_clause",
                                             "for_statement",      "while_statement",   "do_statement",
                                             "case_statement",     "labeled_statement", NULL};
    if (rule_is(ts_node_prev_named_sibling(node), "case_statement")) return; /* said of the first */
    for (size_t level = 0; level < context->path.count; level++) {
        TSNode above = rule_above(context, level);
        if (rule_is_one_of(above, statements)) continue;
        if (rule_is(above, "function_definition") && rule_is(function_of(above), "function_declarator") &&
            rule_is(rule_above(context, level + 1), "translation_unit"))
            rule_misplaced(context, ts_node_child(node, 0), "`case` and `default` outside of a `switch`");
        return;
    }
}

/* ---- directives ---- */

/* Whether nothing says that the branches around are never C: `#if 0`, and what is for the assembler. */
static bool may_be_compiled(const struct rule_context *context) {
    enum { NAME_BYTES = 80 };
    for (size_t level = 0; level < context->path.count; level++) {
        TSNode above = rule_above(context, level), condition = rule_field(above, "condition");
        if (rule_is(above, "preproc_if") && rule_text_is(context, condition, "0")) return false;
        TSNode tested = rule_is(above, "preproc_ifdef") ? rule_field(above, "name") : condition;
        if (strncmp(ts_node_type(above), "preproc_", strlen("preproc_")) || ts_node_is_null(tested)) continue;
        uint32_t start = ts_node_start_byte(tested), end = ts_node_end_byte(tested);
        if (end - start > NAME_BYTES) return false;
        char text[NAME_BYTES + 1];
        text_copy(context->text, start + context->offset, end + context->offset, text);
        text[end - start] = 0;
        if (strstr(text, "ASM") || strstr(text, "ASSEMBL")) return false;
    }
    return true;
}

/* What stands in a branch that is not compiled is not looked at by compilers; an include guard's branch is.
 */
static bool is_compiled(const struct rule_context *context) {
    for (size_t level = 0; level < context->path.count; level++) {
        TSNode above = rule_above(context, level);
        if (rule_is(above, "translation_unit")) continue;
        TSNode name = rule_is(above, "preproc_ifdef") ? rule_field(above, "name") : (TSNode){0};
        TSNode define = ts_node_is_null(name) ? name : ts_node_next_named_sibling(name);
        if (!rule_is(define, "preproc_def") || !rule_is(rule_above(context, level + 1), "translation_unit"))
            return false;
        TSNode defined = rule_field(define, "name");
        if (ts_node_is_null(defined) || !rule_same_text(context, name, defined)) return false;
    }
    return true;
}

enum { DIRECTIVE_MAX = 12 };

/* One letter wrong, missing, too many, or two in each other's place. */
static bool is_misspelt(const char *word, const char *meant) {
    size_t a = strlen(word), b = strlen(meant), head = 0, tail = 0;
    while (head < a && head < b && word[head] == meant[head])
        head++;
    while (tail < a - head && tail < b - head && word[a - 1 - tail] == meant[b - 1 - tail])
        tail++;
    size_t left = a - head - tail, right = b - head - tail;
    if (left <= 1 && right <= 1) return true;
    return left == 2 && right == 2 && word[head] == meant[head + 1] && word[head + 1] == meant[head];
}

static struct rule_violation *refuse_directive(const struct rule_context *context, TSNode directive,
                                               const char *message) {
    struct rule_violation *violation = rule_misplaced(context, directive, message);
    violation->plain = true;
    return violation;
}

static void c_directive(const struct rule_context *context, TSNode node) {
    static const char *const known[] = {"include",      "define", "undef",    "ifdef",   "ifndef",   "if",
                                        "endif",        "else",   "elif",     "elifdef", "elifndef", "error",
                                        "warning",      "pragma", "line",     "ident",   "sccs",     "import",
                                        "include_next", "assert", "unassert", "embed"};
    static const char *const branch[] = {"else", "elif", "endif", "elifdef", "elifndef", NULL};
    TSNode directive = rule_field(node, "directive");
    if (ts_node_is_null(directive)) return;
    uint32_t start = ts_node_start_byte(directive) + 1, end = ts_node_end_byte(directive);
    while (start < end && (rule_byte(context, start) == ' ' || rule_byte(context, start) == '\t'))
        start++;
    char word[DIRECTIVE_MAX + 1];
    if (start >= end || end - start > DIRECTIVE_MAX || !isalpha(rule_byte(context, start))) return;
    text_copy(context->text, start + context->offset, end + context->offset, word);
    word[end - start] = 0;
    for (size_t i = 0; branch[i]; i++)
        if (!strcmp(word, branch[i])) {
            rule_misplaced(context, directive, "no `#if` before this directive");
            return;
        }
    if (!is_compiled(context)) return;
    if (!strcmp(word, "undef") && ts_node_is_null(rule_field(node, "argument"))) {
        refuse_directive(context, directive, "`#undef` needs a name");
        return;
    }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(word, known[i])) return;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (end - start < 4 || !is_misspelt(word, known[i])) continue;
        struct rule_violation *violation = refuse_directive(context, directive, "a misspelt directive");
        violation->code = FINDING_MISSPELT_KEYWORD;
        rule_write(context, violation, start, end, known[i]);
        return;
    }
    refuse_directive(context, directive, "there is no such directive");
}

/* The grammar looks for what a directive names in the lines behind it, too. */
static void c_named_directive(const struct rule_context *context, TSNode node) {
    bool include = rule_is(node, "preproc_include");
    TSNode name = rule_field(node, include ? "path" : "name"), word = ts_node_child(node, 0);
    if (ts_node_is_null(name) || ts_node_is_missing(name) ||
        ts_node_start_point(name).row == ts_node_start_point(word).row)
        return;
    /* Lines that are joined are one. */
    for (uint32_t byte = ts_node_end_byte(word), start = ts_node_start_byte(name); byte < start; byte++)
        if (rule_byte(context, byte) == '\\' || rule_byte(context, byte) == '/') return;
    uint32_t end = ts_node_end_byte(word);
    rule_violate(context, end, end, FINDING_MISSING_TOKEN,
                 include ? "the name of a file is missing" : "a name is missing")
        ->plain = true;
}

/* The grammar takes any text for what a macro stands for. */
static void c_macro(const struct rule_context *context, TSNode node) {
    enum { BYTES_MAX = 16 << 10 };
    TSNode value = rule_field(node, "value");
    if (ts_node_is_null(value) || ts_node_has_error(node)) return;
    uint32_t start = ts_node_start_byte(node), end = ts_node_end_byte(node);
    uint32_t mark = ts_node_start_byte(value), last = ts_node_end_byte(value);
    if (end - start > BYTES_MAX) return;
    while (mark < last && rule_byte(context, mark) != '#')
        mark++;
    if (mark == last || !may_be_compiled(context)) return;
    char *bytes = text_dup(context->text, start + context->offset, end + context->offset);
    struct c_tokens tokens = {0};
    c_token_scan(bytes, end - start, &tokens);
    uint32_t byte = 0;
    const char *message = tokens.count && tokens.items[0].kind == C_DIRECTIVE
                              ? directive_check(bytes, &tokens.items[0], &byte)
                              : NULL;
    if (message) {
        struct rule_violation *violation =
            rule_violate(context, start + byte, start + byte + 1, FINDING_NOT_ALLOWED, message);
        violation->misplaced = violation->plain = true;
        /* One of two is gone. */
        int before = rule_byte(context, start + byte - 1);
        if (isalnum(before) || before == '_') rule_write(context, violation, start + byte, start + byte, "#");
    }
    vec_finish(&tokens);
    mem_free(bytes);
}

const struct rule rules_c[] = {{"concatenated_string", c_concatenated_string},
                               {"identifier", c_identifier},
                               {"type_identifier", c_identifier},
                               {"translation_unit", c_translation_unit},
                               {"declaration", c_declaration},
                               {"function_declarator", c_function_declarator},
                               {"field_declaration", c_member},
                               {"expression_statement", c_statement},
                               {"cast_expression", c_cast},
                               {"number_literal", c_number},
                               {"case_statement", c_case},
                               {"preproc_call", c_directive},
                               {"preproc_include", c_named_directive},
                               {"preproc_def", c_named_directive},
                               {"preproc_ifdef", c_named_directive},
                               {"preproc_function_def", c_macro},
                               {NULL, NULL}};
