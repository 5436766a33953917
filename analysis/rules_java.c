#include "analysis/rule_node.h"

static void java_expression_statement(const struct rule_context *context, TSNode node) {
    static const char *const allowed[] = {"assignment_expression", "update_expression",
                                          "method_invocation",     "object_creation_expression",
                                          "switch_expression",     NULL};
    TSNode expression = rule_named(node, 0);
    if (rule_is(rule_above(context, 0), "switch_rule")) return; /* the value of its case */
    if (ts_node_is_null(expression) || ts_node_has_error(node) || rule_is_one_of(expression, allowed)) return;
    rule_refuse(context, node, "not a statement");
}

static void java_constructor(const struct rule_context *context, TSNode node) {
    TSNode owner = ts_node_parent(node);
    for (int depth = 0; depth < 3 && !ts_node_is_null(owner); depth++) {
        TSNode name = ts_node_child_by_field_name(owner, "name", 4);
        if (!ts_node_is_null(name)) {
            TSNode own = ts_node_child_by_field_name(node, "name", 4);
            if (ts_node_is_null(own) || rule_same_text(context, own, name)) return;
            rule_rename(context,
                        rule_refuse(context, own,
                                    "a method needs a return type; a constructor has the name of its class"),
                        name);
            return;
        }
        owner = ts_node_parent(owner);
    }
}

static void java_character(const struct rule_context *context, TSNode node) {
    uint32_t start = ts_node_start_byte(node) + 1, end = ts_node_end_byte(node);
    if (end <= start + 1 || rule_byte(context, start) == '\\') return;
    uint32_t characters = 0;
    for (uint32_t byte = start; byte < end - 1; byte++)
        characters += (rule_byte(context, byte) & 0xC0) != 0x80;
    if (characters <= 1) return;
    rule_violate(context, start - 1, end, FINDING_NOT_ALLOWED,
                 "a character literal holds one character; use \"...\" for a string")
        ->remedy = REMEDY_DOUBLE_QUOTES;
}

static void java_identifier(const struct rule_context *context, TSNode node) {
    static const char *const words[] = {
        "abstract", "assert",     "boolean",   "break",     "byte",  "case",     "catch",  "char",
        "class",    "const",      "continue",  "default",   "do",    "double",   "else",   "enum",
        "extends",  "final",      "finally",   "float",     "for",   "goto",     "if",     "implements",
        "import",   "instanceof", "int",       "interface", "long",  "native",   "new",    "package",
        "private",  "protected",  "public",    "return",    "short", "static",   "switch", "synchronized",
        "throw",    "throws",     "transient", "try",       "void",  "volatile", "while"};
    if (RULE_IS_WORD(context, node, words)) rule_refuse_word(context, node);
}

/* `<>` leaves it to the compiler what is made, behind `new` and nowhere else. */
static void java_type_arguments(const struct rule_context *context, TSNode node) {
    if (ts_node_has_error(node) || rule_named_count(node)) return;
    TSNode type = rule_above(context, 0), whole = rule_above(context, 1);
    if (rule_is(type, "generic_type") && rule_is(whole, "object_creation_expression")) return;
    uint32_t inside = ts_node_end_byte(node) - 1;
    struct rule_violation *violation =
        rule_violate(context, inside, inside, FINDING_MISSING_TOKEN, "missing type between `<` and `>`");
    rule_write(context, violation, inside, inside, "?");
}

const struct rule rules_java[] = {{"identifier", java_identifier},
                                  {"type_identifier", java_identifier},
                                  {"expression_statement", java_expression_statement},
                                  {"constructor_declaration", java_constructor},
                                  {"character_literal", java_character},
                                  {"type_arguments", java_type_arguments},
                                  {NULL, NULL}};
