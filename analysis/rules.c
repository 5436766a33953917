#include "analysis/rules.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define TYPES_MAX 512 /* symbols of a grammar that a table covers */

struct rule_checker {
    const struct rule *of_symbol[TYPES_MAX];
};

static void violate(const struct rule_context *context, uint32_t start, uint32_t end, enum finding_code code,
                    const char *message) {
    vec_push(context->violations, (struct rule_violation){.start_byte = start + context->offset,
                                                          .end_byte = end + context->offset,
                                                          .code = code,
                                                          .message = message});
}

/* For the violation added last. */
static struct rule_violation *last_violation(const struct rule_context *context) {
    return &context->violations->items[context->violations->count - 1];
}

static bool is_type(TSNode node, const char *type) {
    return !strcmp(ts_node_type(node), type);
}

static bool is_one_of(TSNode node, const char *const *types) {
    const char *type = ts_node_type(node);
    for (; *types; types++)
        if (!strcmp(type, *types)) return true;
    return false;
}

static int byte_at(const struct rule_context *context, uint32_t byte) {
    return text_byte_at(context->text, byte + context->offset);
}

static bool same_text(const struct rule_context *context, TSNode a, TSNode b) {
    uint32_t length = ts_node_end_byte(a) - ts_node_start_byte(a);
    if (length != ts_node_end_byte(b) - ts_node_start_byte(b)) return false;
    for (uint32_t i = 0; i < length; i++)
        if (byte_at(context, ts_node_start_byte(a) + i) != byte_at(context, ts_node_start_byte(b) + i))
            return false;
    return true;
}

/* Grammars fall back to the identifier where a keyword does not fit, so that `else;` is an expression to
 * them. */
static bool is_reserved(const struct rule_context *context, TSNode node, const char *const *words,
                        size_t count) {
    enum { LENGTH_MAX = 12 };
    char text[LENGTH_MAX + 1];
    uint32_t length = ts_node_end_byte(node) - ts_node_start_byte(node);
    if (length < 2 || length > LENGTH_MAX) return false;
    text_copy(context->text, ts_node_start_byte(node) + context->offset,
              ts_node_end_byte(node) + context->offset, text);
    text[length] = 0;
    for (size_t i = 0; i < count; i++)
        if (words[i][0] == text[0] && !strcmp(words[i], text)) return true;
    return false;
}

static void refuse_reserved(const struct rule_context *context, TSNode node) {
    violate(context, ts_node_start_byte(node), ts_node_end_byte(node), FINDING_NOT_ALLOWED,
            "a keyword cannot be a name");
}

#define IS_RESERVED(context, node, words) is_reserved(context, node, words, sizeof(words) / sizeof *(words))

/* ---- C ---- */

/* Macros take keywords as arguments, so an argument may be one. */
static void c_identifier(const struct rule_context *context, TSNode node) {
    static const char *const words[] = {"else",     "if",   "for",     "while",  "do",
                                        "switch",   "case", "default", "return", "break",
                                        "continue", "goto", "typedef", "sizeof"};
    if (!IS_RESERVED(context, node, words)) return;
    TSNode parent = ts_node_parent(node);
    if (ts_node_is_null(parent) || !is_type(parent, "argument_list")) refuse_reserved(context, node);
}

/* A call or a name may be a macro that declares something; other expressions declare nothing. */
static bool is_stray_expression(TSNode node) {
    if (!is_type(node, "expression_statement")) return false;
    TSNode expression = ts_node_named_child(node, 0);
    return !ts_node_is_null(expression) && !is_type(expression, "call_expression") &&
           !is_type(expression, "identifier") && !ts_node_is_extra(expression);
}

static void c_translation_unit(const struct rule_context *context, TSNode node) {
    static const char *const statements[] = {
        "return_statement", "for_statement",  "while_statement", "do_statement",       "switch_statement",
        "if_statement",     "goto_statement", "break_statement", "continue_statement", NULL};
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    if (ts_tree_cursor_goto_first_child(&cursor)) {
        do {
            TSNode child = ts_tree_cursor_current_node(&cursor);
            if (ts_node_is_error(child)) break; /* an unbalanced brace: what is outside is guesswork */
            if (!is_one_of(child, statements) && !is_stray_expression(child)) continue;
            violate(context, ts_node_start_byte(child), ts_node_start_byte(child), FINDING_NOT_ALLOWED,
                    "a statement outside of a function");
            break;
        } while (ts_tree_cursor_goto_next_sibling(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
}

/* A macro's name is upper case or has an underscore before or after; a variable beside a string is a lost
 * comma. */
static void c_concatenated_string(const struct rule_context *context, TSNode node) {
    uint32_t count = ts_node_named_child_count(node);
    for (uint32_t i = 0; i < count; i++) {
        TSNode child = ts_node_named_child(node, i);
        if (!is_type(child, "identifier")) continue;
        bool lower = true;
        for (uint32_t byte = ts_node_start_byte(child); byte < ts_node_end_byte(child); byte++) {
            int c = byte_at(context, byte);
            lower &= islower(c) || (isdigit(c) && byte > ts_node_start_byte(child));
        }
        if (lower)
            violate(context, ts_node_start_byte(child), ts_node_end_byte(child), FINDING_MISSING_TOKEN,
                    "missing `,` or operator between a string and a name");
    }
}

const struct rule rules_c[] = {{"concatenated_string", c_concatenated_string},
                               {"identifier", c_identifier},
                               {"type_identifier", c_identifier},
                               {"translation_unit", c_translation_unit},
                               {NULL, NULL}};

/* ---- Python ---- */

static void python_print(const struct rule_context *context, TSNode node) {
    violate(context, ts_node_start_byte(node), ts_node_end_byte(node), FINDING_NOT_ALLOWED,
            "missing parentheses: `print` and `exec` are functions");
    last_violation(context)->remedy = REMEDY_PARENTHESES;
}

struct indentation {
    uint32_t columns, columns_narrow; /* with tabs of 8 and of 1, as CPython compares */
    bool begins_line;
};

static struct indentation indentation_of(const struct rule_context *context, uint32_t byte) {
    struct indentation indent = {.begins_line = true};
    uint32_t start = byte;
    int c;
    while (start > 0 && ((c = byte_at(context, start - 1)) == ' ' || c == '\t' || c == '\f'))
        start--;
    if (start > 0 && (c = byte_at(context, start - 1)) != '\n' && c != '\r') indent.begins_line = false;
    for (uint32_t i = start; i < byte; i++) {
        c = byte_at(context, i);
        if (c == '\f') {
            indent.columns = indent.columns_narrow = 0;
        } else {
            indent.columns = c == '\t' ? (indent.columns / 8 + 1) * 8 : indent.columns + 1;
            indent.columns_narrow++;
        }
    }
    return indent;
}

static bool continues_line(const struct rule_context *context, uint32_t byte) {
    int c;
    while (byte > 0 && ((c = byte_at(context, byte - 1)) == ' ' || c == '\t'))
        byte--;
    if (byte > 0 && byte_at(context, byte - 1) == '\n') byte--;
    if (byte > 0 && byte_at(context, byte - 1) == '\r') byte--;
    return byte > 0 && byte_at(context, byte - 1) == '\\';
}

/* All statements of a block begin in one column; those of the file in the first. */
static void check_columns(const struct rule_context *context, TSNode block, bool is_module) {
    TSTreeCursor cursor = ts_tree_cursor_new(block);
    bool have_first = is_module;
    struct indentation first = {0};
    TSNode first_node = block;
    if (ts_tree_cursor_goto_first_child(&cursor)) {
        do {
            TSNode child = ts_tree_cursor_current_node(&cursor);
            if (!ts_node_is_named(child) || ts_node_is_extra(child) || ts_node_is_missing(child)) continue;
            if (ts_node_is_error(child)) break; /* what follows an error is guesswork */
            struct indentation here = indentation_of(context, ts_node_start_byte(child));
            if (!here.begins_line || continues_line(context, ts_node_start_byte(child))) {
                if (!have_first) break; /* the block stands on its header's line */
                continue;
            }
            if (!have_first) {
                first = here;
                first_node = child;
                have_first = true;
            } else if (here.columns != first.columns && here.columns_narrow != first.columns_narrow) {
                violate(context, ts_node_start_byte(child), ts_node_start_byte(child), FINDING_INDENTATION,
                        here.columns > first.columns ? "unexpected indentation"
                                                     : "indentation does not match the block around");
                last_violation(context)->from_start = ts_node_start_byte(first_node) + context->offset;
                last_violation(context)->from_end = last_violation(context)->from_start + !is_module;
                break; /* the rest of the block is indented alike */
            }
        } while (ts_tree_cursor_goto_next_sibling(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
}

static void python_module(const struct rule_context *context, TSNode node) {
    check_columns(context, node, true);
}

static void python_block(const struct rule_context *context, TSNode node) {
    TSNode owner = ts_node_parent(node);
    if (!ts_node_is_null(owner) && ts_node_has_error(owner))
        return; /* where a block ends is then guesswork */
    uint32_t named = ts_node_named_child_count(node);
    bool empty = true;
    for (uint32_t i = 0; i < named && empty; i++)
        empty = ts_node_is_extra(ts_node_named_child(node, i));
    if (empty) {
        TSNode before = ts_node_prev_sibling(node);
        while (!ts_node_is_null(before) && ts_node_is_extra(before))
            before = ts_node_prev_sibling(before);
        uint32_t at = ts_node_is_null(before) ? ts_node_start_byte(node) : ts_node_end_byte(before);
        violate(context, at, at, FINDING_INDENTATION, "expected an indented block");
        last_violation(context)->remedy = REMEDY_PASS;
        return;
    }
    check_columns(context, node, false);
}

static void python_arguments(const struct rule_context *context, TSNode node) {
    uint32_t count = ts_node_named_child_count(node);
    bool keyword = false, unpacked = false;
    for (uint32_t i = 0; i < count; i++) {
        TSNode child = ts_node_named_child(node, i);
        if (ts_node_is_extra(child)) continue;
        if (is_type(child, "keyword_argument")) {
            keyword = true;
        } else if (is_type(child, "dictionary_splat")) {
            unpacked = true;
        } else if (is_type(child, "list_splat")) {
            if (!unpacked) continue;
            violate(context, ts_node_start_byte(child), ts_node_end_byte(child), FINDING_NOT_ALLOWED,
                    "`*` argument after `**` argument");
            return;
        } else if (keyword || unpacked) {
            violate(context, ts_node_start_byte(child), ts_node_end_byte(child), FINDING_NOT_ALLOWED,
                    "positional argument after keyword argument");
            return;
        }
    }
}

static void python_identifier(const struct rule_context *context, TSNode node) {
    static const char *const words[] = {
        "and",      "as",      "assert", "break", "class",  "continue", "def",    "del",   "elif", "else",
        "except",   "finally", "for",    "from",  "global", "if",       "import", "in",    "is",   "lambda",
        "nonlocal", "not",     "or",     "pass",  "raise",  "return",   "try",    "while", "with", "yield"};
    if (IS_RESERVED(context, node, words)) refuse_reserved(context, node);
}

const struct rule rules_python[] = {{"identifier", python_identifier},
                                    {"print_statement", python_print},
                                    {"exec_statement", python_print},
                                    {"module", python_module},
                                    {"block", python_block},
                                    {"argument_list", python_arguments},
                                    {NULL, NULL}};

/* ---- JSON ---- */

static void json_document(const struct rule_context *context, TSNode node) {
    uint32_t count = ts_node_named_child_count(node);
    bool value = false;
    for (uint32_t i = 0; i < count; i++) {
        TSNode child = ts_node_named_child(node, i);
        if (ts_node_is_extra(child) || ts_node_is_error(child)) continue;
        if (value) {
            violate(context, ts_node_start_byte(child), ts_node_start_byte(child), FINDING_NOT_ALLOWED,
                    "a file holds one value");
            return;
        }
        value = true;
    }
}

static void json_comment(const struct rule_context *context, TSNode node) {
    violate(context, ts_node_start_byte(node), ts_node_end_byte(node), FINDING_NOT_ALLOWED,
            "comments are not allowed in JSON");
    last_violation(context)->remedy = REMEDY_REMOVE;
}

const struct rule rules_json[] = {{"document", json_document}, {"comment", json_comment}, {NULL, NULL}};
const struct rule rules_jsonc[] = {{"document", json_document}, {NULL, NULL}};

/* ---- Java ---- */

static void java_expression_statement(const struct rule_context *context, TSNode node) {
    static const char *const allowed[] = {"assignment_expression", "update_expression",
                                          "method_invocation",     "object_creation_expression",
                                          "switch_expression",     NULL};
    TSNode expression = ts_node_named_child(node, 0);
    if (ts_node_is_null(expression) || ts_node_has_error(node) || is_one_of(expression, allowed)) return;
    violate(context, ts_node_start_byte(node), ts_node_end_byte(node), FINDING_NOT_ALLOWED,
            "not a statement");
}

static void java_constructor(const struct rule_context *context, TSNode node) {
    TSNode owner = ts_node_parent(node);
    for (int depth = 0; depth < 3 && !ts_node_is_null(owner); depth++) {
        TSNode name = ts_node_child_by_field_name(owner, "name", 4);
        if (!ts_node_is_null(name)) {
            TSNode own = ts_node_child_by_field_name(node, "name", 4);
            if (ts_node_is_null(own) || same_text(context, own, name)) return;
            violate(context, ts_node_start_byte(own), ts_node_end_byte(own), FINDING_NOT_ALLOWED,
                    "a method needs a return type; a constructor has the name of its class");
            last_violation(context)->remedy = REMEDY_RENAME;
            last_violation(context)->from_start = ts_node_start_byte(name) + context->offset;
            last_violation(context)->from_end = ts_node_end_byte(name) + context->offset;
            return;
        }
        owner = ts_node_parent(owner);
    }
}

static void java_character(const struct rule_context *context, TSNode node) {
    uint32_t start = ts_node_start_byte(node) + 1, end = ts_node_end_byte(node);
    if (end <= start + 1 || byte_at(context, start) == '\\') return;
    uint32_t characters = 0;
    for (uint32_t byte = start; byte < end - 1; byte++)
        characters += (byte_at(context, byte) & 0xC0) != 0x80;
    if (characters <= 1) return;
    violate(context, start - 1, end, FINDING_NOT_ALLOWED,
            "a character literal holds one character; use \"...\" for a string");
    last_violation(context)->remedy = REMEDY_DOUBLE_QUOTES;
}

static void java_identifier(const struct rule_context *context, TSNode node) {
    static const char *const words[] = {
        "abstract", "assert",     "boolean",   "break",     "byte",  "case",     "catch",  "char",
        "class",    "const",      "continue",  "default",   "do",    "double",   "else",   "enum",
        "extends",  "final",      "finally",   "float",     "for",   "goto",     "if",     "implements",
        "import",   "instanceof", "int",       "interface", "long",  "native",   "new",    "package",
        "private",  "protected",  "public",    "return",    "short", "static",   "switch", "synchronized",
        "throw",    "throws",     "transient", "try",       "void",  "volatile", "while"};
    if (IS_RESERVED(context, node, words)) refuse_reserved(context, node);
}

const struct rule rules_java[] = {{"identifier", java_identifier},
                                  {"type_identifier", java_identifier},
                                  {"expression_statement", java_expression_statement},
                                  {"constructor_declaration", java_constructor},
                                  {"character_literal", java_character},
                                  {NULL, NULL}};

/* ---- markup in JavaScript and TypeScript ---- */

static void markup_element(const struct rule_context *context, TSNode node) {
    uint32_t count = ts_node_child_count(node);
    if (count < 2) return;
    TSNode opening = ts_node_child(node, 0), closing = ts_node_child(node, count - 1);
    TSNode name = ts_node_child_by_field_name(opening, "name", 4);
    TSNode closing_name = ts_node_child_by_field_name(closing, "name", 4);
    if (ts_node_is_null(name) && ts_node_is_null(closing_name)) return;
    if (ts_node_is_null(name) || ts_node_is_null(closing_name)) {
        violate(context, ts_node_start_byte(closing), ts_node_end_byte(closing), FINDING_WRONG_TOKEN,
                "the closing tag does not match its opening tag");
        return;
    }
    if (same_text(context, name, closing_name)) return;
    violate(context, ts_node_start_byte(closing_name), ts_node_end_byte(closing_name), FINDING_WRONG_TOKEN,
            "the closing tag does not match its opening tag");
    last_violation(context)->remedy = REMEDY_RENAME;
    last_violation(context)->from_start = ts_node_start_byte(name) + context->offset;
    last_violation(context)->from_end = ts_node_end_byte(name) + context->offset;
}

const struct rule rules_markup[] = {{"jsx_element", markup_element}, {NULL, NULL}};

/* ---- the walk ---- */

struct rule_checker *rule_checker_create(const struct language *language) {
    if (!language->rules) return NULL;
    struct rule_checker *checker = mem_zalloc(sizeof *checker);
    const TSLanguage *grammar = language->grammar();
    for (const struct rule *rule = language->rules; rule->node_type; rule++) {
        uint32_t count = ts_language_symbol_count(grammar);
        for (uint32_t symbol = 1; symbol < count && symbol < TYPES_MAX; symbol++)
            if (ts_language_symbol_type(grammar, (TSSymbol)symbol) == TSSymbolTypeRegular &&
                !strcmp(ts_language_symbol_name(grammar, (TSSymbol)symbol), rule->node_type))
                checker->of_symbol[symbol] = rule;
    }
    return checker;
}

void rule_checker_destroy(struct rule_checker *checker) {
    mem_free(checker);
}

static int by_start(const void *a, const void *b) {
    const struct rule_violation *x = a, *y = b;
    return x->start_byte < y->start_byte ? -1 : x->start_byte > y->start_byte;
}

void rules_sort(struct rule_violations *violations) {
    if (violations->count > 1)
        qsort(violations->items, violations->count, sizeof *violations->items, by_start);
}

void rules_check(const struct rule_checker *checker, const TSTree *tree, const struct text *text,
                 uint32_t offset, uint32_t start_byte, uint32_t end_byte, size_t max,
                 struct rule_violations *violations) {
    if (!checker) return;
    struct rule_context context = {.text = text, .offset = offset, .violations = violations};
    uint32_t from = start_byte > offset ? start_byte - offset : 0;
    uint32_t to = end_byte > offset ? end_byte - offset : 0;
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    for (bool more = true; more && violations->count < max;) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        bool behind = ts_node_start_byte(node) > to, error = ts_node_is_error(node);
        TSSymbol symbol = ts_node_symbol(node);
        if (!behind && !error && symbol < TYPES_MAX && checker->of_symbol[symbol])
            checker->of_symbol[symbol]->check(&context, node);
        /* Inside an ERROR the tree says little: its nodes are leftovers. */
        if (!behind && !error &&
            (from ? ts_tree_cursor_goto_first_child_for_byte(&cursor, from) >= 0
                  : ts_tree_cursor_goto_first_child(&cursor)))
            continue;
        while (behind || !ts_tree_cursor_goto_next_sibling(&cursor)) {
            behind = false;
            if (!ts_tree_cursor_goto_parent(&cursor)) {
                more = false;
                break;
            }
        }
    }
    ts_tree_cursor_delete(&cursor);
}
