#include "analysis/rules_script.h"

#include <ctype.h>
#include <string.h>

#define STRING_BYTES_MAX (64u << 10) /* longer ones are not looked at */
#define CHAIN_MAX        64 /* operators and calls behind each other, from which the first operand is looked for */

static void markup_element(const struct rule_context *context, TSNode node) {
    uint32_t count = ts_node_child_count(node);
    if (count < 2) return;
    TSNode opening = ts_node_child(node, 0), closing = ts_node_child(node, count - 1);
    TSNode name = ts_node_child_by_field_name(opening, "name", 4);
    TSNode closing_name = ts_node_child_by_field_name(closing, "name", 4);
    if (ts_node_is_null(name) && ts_node_is_null(closing_name)) return;
    if (ts_node_is_null(name) || ts_node_is_null(closing_name)) {
        rule_violate(context, ts_node_start_byte(closing), ts_node_end_byte(closing), FINDING_WRONG_TOKEN,
                     "the closing tag does not match its opening tag");
        return;
    }
    if (rule_same_text(context, name, closing_name)) return;
    rule_rename(context,
                rule_violate(context, ts_node_start_byte(closing_name), ts_node_end_byte(closing_name),
                             FINDING_WRONG_TOKEN, "the closing tag does not match its opening tag"),
                name);
}

/* ---- names and literals ---- */

static void script_identifier(const struct rule_context *context, TSNode node) {
    static const char *const words[] = {
        "break", "case",   "catch", "class",      "const",   "continue", "debugger", "default", "delete",
        "do",    "else",   "enum",  "export",     "extends", "false",    "finally",  "for",     "function",
        "if",    "import", "in",    "instanceof", "new",     "null",     "return",   "super",   "switch",
        "this",  "throw",  "true",  "try",        "typeof",  "var",      "void",     "while",   "with"};
    if (!RULE_IS_WORD(context, node, words)) return;
    TSNode above = rule_above(context, 0);
    static const char *const renamed[] = {"import_specifier", "export_specifier", "namespace_export", NULL};
    if (rule_is_one_of(above, renamed)) {
        TSNode alias = rule_field(above, "alias");
        if (!rule_is(above, "import_specifier") || (!ts_node_is_null(alias) && !ts_node_eq(alias, node)))
            return;
    }
    if (!ts_node_is_null(above) && !ts_node_has_error(above)) rule_refuse_word(context, node);
}

/* The grammar calls `this` of `<this.Row/>` a name; the parts of a tuple are called by any word. */
static void typescript_identifier(const struct rule_context *context, TSNode node) {
    if (!rule_text_is(context, node, "this") && !rule_is(rule_above(context, 1), "tuple_type"))
        script_identifier(context, node);
}

/* An escape in a name stands for a part of a name. */
static void check_escapes(const struct rule_context *context, TSNode node) {
    enum { DIGITS = 4, BYTES_MAX = 1000 };
    uint32_t start = ts_node_start_byte(node), end = ts_node_end_byte(node);
    if (end - start > BYTES_MAX) return;
    for (uint32_t byte = start; byte + 2 + DIGITS <= end; byte++) {
        if (rule_byte(context, byte) != '\\' || rule_byte(context, byte + 1) != 'u') continue;
        int value = 0;
        uint32_t digits = 0;
        for (; digits < DIGITS && isxdigit(rule_byte(context, byte + 2 + digits)); digits++) {
            int c = rule_byte(context, byte + 2 + digits);
            value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
        }
        if (digits < DIGITS || value >= 0x80 || isalnum(value) || value == '_' || value == '$') continue;
        rule_refuse(context, node, "the escape in this name stands for no letter");
        return;
    }
}

/* Only plain functions have labels. */
static void javascript_label(const struct rule_context *context, TSNode node) {
    TSNode body = rule_field(node, "body"), label = rule_field(node, "label");
    if (!rule_is(body, "generator_function_declaration") || ts_node_has_error(node) || ts_node_is_null(label))
        return;
    rule_write(context, rule_refuse(context, label, "a generator has no label"), ts_node_start_byte(label),
               ts_node_start_byte(body), "");
}

/* Whether what follows can begin a value: `await (x)` is awaited, though the grammar takes it for a call. */
static bool may_await(const struct rule_context *context, uint32_t byte) {
    int c = rule_byte(context, byte);
    while (c == ' ' || c == '\t' || c == '\n' || c == '\r')
        c = rule_byte(context, ++byte);
    return c > 0 && !strchr(",;)]}.?:=*%&|^>", c);
}

/* Inside of a generator `yield` is no name, and `await` is none in an `async` function. */
static void javascript_identifier(const struct rule_context *context, TSNode node) {
    script_identifier(context, node);
    check_escapes(context, node);
    bool awaits = rule_text_is(context, node, "await");
    if (!awaits && !rule_text_is(context, node, "yield")) return;
    size_t level = script_function_level(context, 0, false);
    if (level == 0 && rule_is(rule_above(context, 0), "function_declaration"))
        level = script_function_level(context, 1, false); /* a function's name belongs to the code around */
    if (level == 0 && rule_is(rule_above(context, 0), "generator_function_declaration"))
        level = script_function_level(context, 1, false);
    if (level == SIZE_MAX) return;
    TSNode function = rule_above(context, level);
    if (ts_node_has_error(function)) return;
    if (awaits) {
        if (!may_await(context, ts_node_end_byte(node)) && !ts_node_is_null(rule_child(function, "async")))
            rule_misplaced(context, node, "`await` is no name in an `async` function");
        return;
    }
    if (rule_is(function, "generator_function") || rule_is(function, "generator_function_declaration"))
        rule_misplaced(context, node, "`yield` is no name in a generator");
}

static void script_number(const struct rule_context *context, TSNode node) {
    int next = rule_byte(context, ts_node_end_byte(node));
    if (!isalnum(next) && next != '_' && next != '$') return;
    uint32_t end = ts_node_end_byte(node);
    rule_write(context,
               rule_violate(context, end, end, FINDING_MISSING_TOKEN, "missing space behind a number"), end,
               end, " ");
}

static void refuse_octal(const struct rule_context *context, uint32_t start, uint32_t end,
                         const char *message) {
    TSNode directive;
    if (!script_is_strict(context, &directive)) return;
    struct rule_violation *violation = rule_violate(context, start, end, FINDING_NOT_ALLOWED, message);
    violation->misplaced = true;
    if (ts_node_is_null(directive)) return;
    violation->from_start = ts_node_start_byte(directive) + context->offset;
    violation->from_end = ts_node_end_byte(directive) + context->offset;
}

static void javascript_number(const struct rule_context *context, TSNode node) {
    script_number(context, node);
    uint32_t start = ts_node_start_byte(node);
    if (rule_byte(context, start) == '0' && isdigit(rule_byte(context, start + 1)))
        refuse_octal(context, start, ts_node_end_byte(node),
                     "strict code has no numbers that begin with `0`; octal ones begin with `0o`");
}

static bool is_octal_escape(const struct rule_context *context, TSNode escape) {
    uint32_t start = ts_node_start_byte(escape);
    int c = rule_byte(context, start + 1);
    return isdigit(c) && (c != '0' || isdigit(rule_byte(context, start + 2)));
}

static void javascript_escape(const struct rule_context *context, TSNode node) {
    if (!is_octal_escape(context, node)) return;
    TSNode above = rule_above(context, 0);
    uint32_t start = ts_node_start_byte(node), end = ts_node_end_byte(node);
    if (rule_is(above, "string"))
        refuse_octal(context, start, end, "strict code has no octal escapes");
    else if (rule_is(above, "template_string") && !rule_is(rule_above(context, 1), "call_expression"))
        rule_violate(context, start, end, FINDING_NOT_ALLOWED, "templates have no octal escapes");
}

/* The grammar lets a string go on in the next line. */
static void script_string(const struct rule_context *context, TSNode node) {
    uint32_t start = ts_node_start_byte(node), end = ts_node_end_byte(node);
    if (ts_node_start_point(node).row == ts_node_end_point(node).row || end - start > STRING_BYTES_MAX)
        return;
    if (rule_is(rule_above(context, 0), "jsx_attribute") || ts_node_has_error(node)) return;
    for (uint32_t byte = start; byte < end; byte++) {
        int c = rule_byte(context, byte);
        if (c == '\\') {
            byte++;
            if (rule_byte(context, byte) == '\r' && rule_byte(context, byte + 1) == '\n') byte++;
        } else if (c == '\n') {
            rule_violate(context, start, byte, FINDING_UNCLOSED_STRING, "a string ends in its line")
                ->misplaced = true;
            return;
        }
    }
}

static void javascript_flags(const struct rule_context *context, TSNode node) {
    static const char flags[] = "dgimsuvy";
    uint32_t seen = 0;
    for (uint32_t byte = ts_node_start_byte(node); byte < ts_node_end_byte(node); byte++) {
        int c = rule_byte(context, byte);
        const char *flag = c > 0 ? strchr(flags, c) : NULL;
        uint32_t bit = flag ? 1u << (flag - flags) : 0;
        if (!flag || seen & bit) {
            rule_violate(context, byte, byte + 1, FINDING_NOT_ALLOWED,
                         flag ? "a flag stands once" : "there is no such flag of a regular expression")
                ->remedy = REMEDY_REMOVE;
            return;
        }
        seen |= bit;
    }
}

/* ---- statements ---- */

static void script_try(const struct rule_context *context, TSNode node) {
    if (ts_node_has_error(node) || !ts_node_is_null(rule_field(node, "handler")) ||
        !ts_node_is_null(rule_field(node, "finalizer")))
        return;
    uint32_t end = ts_node_end_byte(node);
    rule_write(context,
               rule_violate(context, end, end, FINDING_MISSING_TOKEN, "`try` needs a `catch` or a `finally`"),
               end, end, " catch {}");
}

static void refuse_nameless(const struct rule_context *context, TSNode function, const char *before) {
    TSNode after = rule_field(function, before);
    if (ts_node_is_null(after) || !ts_node_is_null(rule_field(function, "name"))) return;
    uint32_t at = ts_node_start_byte(after);
    rule_write(context,
               rule_violate(context, at, at, FINDING_MISSING_TOKEN, "missing name of the declaration"), at,
               at, "unnamed");
}

/* A declaration ends with its block, and so does a block: no operator and no call goes on behind it. */
static void refuse_behind_block(const struct rule_context *context, TSNode statement) {
    static const char *const blocks[] = {
        "function_expression", "generator_function", "class", "object", "object_pattern", NULL};
    TSNode above = statement, first = ts_node_child(statement, 0);
    for (int i = 0; i < CHAIN_MAX && !ts_node_is_null(first); i++) {
        if (rule_is_one_of(first, blocks)) {
            TSNode next = ts_node_child(above, 1);
            if (ts_node_eq(above, statement) || ts_node_is_null(next)) return;
            TSNode token = ts_node_child_count(next) ? ts_node_child(next, 0) : next;
            rule_misplaced(context, token, "a statement ends with its block: nothing goes on behind it");
            return;
        }
        above = first;
        first = ts_node_child(first, 0);
    }
}

static void refuse_let(const struct rule_context *context, uint32_t at) {
    struct rule_violation *violation =
        rule_violate(context, at, at, FINDING_MISSING_TOKEN, "missing name of the declaration");
    violation->misplaced = true;
    rule_write(context, violation, at, at, " unnamed");
}

/* A statement that begins with `function` or `class` is a declaration, and those have names. */
static void script_expression_statement(const struct rule_context *context, TSNode node) {
    TSNode first = ts_node_child(node, 0), directive;
    if (ts_node_has_error(node)) return;
    if (rule_is(first, "function_expression") || rule_is(first, "generator_function"))
        refuse_nameless(context, first, "parameters");
    else if (rule_is(first, "identifier") && rule_text_is(context, first, "let") &&
             script_is_strict(context, &directive))
        refuse_let(context, ts_node_end_byte(first));
    else
        refuse_behind_block(context, node);
}

static void javascript_expression_statement(const struct rule_context *context, TSNode node) {
    script_expression_statement(context, node);
    TSNode first = ts_node_child(node, 0);
    if (rule_is(first, "class") && !ts_node_has_error(node)) refuse_nameless(context, first, "body");
}

/* Strict code deletes members only. */
static void javascript_delete(const struct rule_context *context, TSNode node) {
    TSNode name = rule_field(node, "argument"), directive;
    if (!rule_is(ts_node_child(node, 0), "delete") || !rule_is(name, "identifier") ||
        ts_node_has_error(node) || !script_is_strict(context, &directive))
        return;
    struct rule_violation *violation =
        rule_misplaced(context, name, "strict code deletes members, not names");
    rule_write(context, violation, ts_node_start_byte(node), ts_node_start_byte(name), "");
}

static void javascript_heritage(const struct rule_context *context, TSNode node) {
    static const char *const operators[] = {"binary_expression",     "unary_expression", "ternary_expression",
                                            "assignment_expression", "arrow_function",   NULL};
    TSNode base = rule_named(node, 0);
    if (!rule_is_one_of(base, operators) || ts_node_has_error(node)) return;
    struct rule_violation *violation =
        rule_refuse(context, base, "an expression behind `extends` needs parentheses");
    rule_write(context, violation, ts_node_start_byte(base), ts_node_start_byte(base), "(");
    rule_write(context, violation, ts_node_end_byte(base), ts_node_end_byte(base), ")");
}

const struct rule rules_javascript[] = {{"jsx_element", markup_element},
                                        {"identifier", javascript_identifier},
                                        {"shorthand_property_identifier", javascript_identifier},
                                        {"shorthand_property_identifier_pattern", javascript_identifier},
                                        {"number", javascript_number},
                                        {"escape_sequence", javascript_escape},
                                        {"string", script_string},
                                        {"regex_flags", javascript_flags},
                                        {"arguments", script_holes},
                                        {"object", script_holes},
                                        {"try_statement", script_try},
                                        {"expression_statement", javascript_expression_statement},
                                        {"class_heritage", javascript_heritage},
                                        {"unary_expression", javascript_delete},
                                        {"break_statement", script_break},
                                        {"continue_statement", script_break},
                                        {"yield_expression", script_yield},
                                        {"await_expression", script_await},
                                        {"super", script_super},
                                        {"import_statement", script_module_item},
                                        {"export_statement", script_module_item},
                                        {"lexical_declaration", script_lexical},
                                        {"function_declaration", script_declaration},
                                        {"generator_function_declaration", script_declaration},
                                        {"class_declaration", script_declaration},
                                        {"program", script_scope},
                                        {"statement_block", script_scope},
                                        {"switch_body", script_switch},
                                        {"class_body", script_class_body},
                                        {"assignment_expression", javascript_assignment},
                                        {"augmented_assignment_expression", javascript_assignment},
                                        {"variable_declarator", script_declarator},
                                        {"for_in_statement", script_for_in},
                                        {"formal_parameters", script_parameters},
                                        {"array_pattern", script_pattern},
                                        {"object_pattern", script_pattern},
                                        {"method_definition", script_accessor},
                                        {"arrow_function", javascript_arrow},
                                        {"binary_expression", script_coalesce},
                                        {"labeled_statement", javascript_label},
                                        {NULL, NULL}};

/* What TypeScript's compiler refuses when it parses; the rest it says later, and better. */
const struct rule rules_typescript[] = {{"jsx_element", markup_element},
                                        {"identifier", typescript_identifier},
                                        {"shorthand_property_identifier", script_identifier},
                                        {"shorthand_property_identifier_pattern", script_identifier},
                                        {"number", script_number},
                                        {"string", script_string},
                                        {"arguments", script_holes},
                                        {"object", script_holes},
                                        {"try_statement", script_try},
                                        {"arrow_function", script_arrow},
                                        {"class_heritage", javascript_heritage},
                                        {"extends_clause", javascript_heritage},
                                        {"expression_statement", script_expression_statement},
                                        {"assignment_expression", script_assignment},
                                        {"augmented_assignment_expression", script_assignment},
                                        {NULL, NULL}};
