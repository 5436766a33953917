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

/* The class before was closed too early: its last brace moves to the end. */
static void end_behind(const struct rule_context *context, struct rule_violation *violation, TSNode type,
                       uint32_t end) {
    TSNode body = rule_field(type, "body");
    uint32_t inside = ts_node_is_null(body) ? 0 : ts_node_child_count(body);
    if (inside < 2 || !rule_is(ts_node_child(body, inside - 1), "}")) return;
    rule_write(context, violation, ts_node_end_byte(ts_node_child(body, inside - 2)), ts_node_end_byte(body),
               "");
    rule_write(context, violation, end, end, "\n}");
    violation->title = "let the class end behind it";
}

/* Methods and variables outside of classes are members of a class without a name, which has a method `main`
 * and stands in no package (JLS 7.3, 8.1.8, from Java 25 on). Statements stand in methods. */
static void java_program(const struct rule_context *context, TSNode node) {
    static const char *const declarations[] = {
        "package_declaration", "import_declaration",          "module_declaration",
        "class_declaration",   "interface_declaration",       "enum_declaration",
        "record_declaration",  "annotation_type_declaration", NULL};
    static const char *const members[] = {"method_declaration", "local_variable_declaration", NULL};
    uint32_t count = rule_named_count(node);
    bool package = false, starts = false;
    TSNode type = {0}, first = {0}, statement = {0}; /* type: the class before the first member */
    for (uint32_t i = 0; i < count; i++) {
        TSNode child = rule_named(node, i);
        if (ts_node_is_error(child)) continue;
        package |= rule_is(child, "package_declaration");
        starts |=
            rule_is(child, "method_declaration") && rule_text_is(context, rule_field(child, "name"), "main");
        if (rule_is_one_of(child, declarations)) {
            if (ts_node_is_null(first)) type = child;
        } else if (!rule_is_one_of(child, members)) {
            if (ts_node_is_null(statement)) statement = child;
        } else if (ts_node_is_null(first)) {
            first = child;
        }
    }
    if (!ts_node_is_null(first) && (package || !starts)) {
        uint32_t start = ts_node_start_byte(first), end = ts_node_end_byte(rule_named(node, count - 1));
        struct rule_violation *violation =
            rule_misplaced(context, first, "methods and variables stand in a class");
        if (!ts_node_is_null(type) && !ts_node_is_null(rule_field(type, "body"))) {
            end_behind(context, violation, type, end);
        } else {
            rule_write(context, violation, start, start, "class Main {\n");
            rule_write(context, violation, end, end, "\n}");
            violation->title = "put it in a class";
        }
    } else if (!ts_node_is_null(statement)) {
        rule_misplaced(context, statement, "a statement outside of a method");
    }
}

/* Of the modifiers a variable of a method has `final` at most (JLS 14.4): another one is a member's, whose
 * method before was not closed. */
static void java_local_variable(const struct rule_context *context, TSNode node) {
    static const char *const allowed[] = {"final", "annotation", "marker_annotation", NULL};
    if (rule_is(rule_above(context, 0), "program")) return;
    TSNode modifiers = rule_child(node, "modifiers");
    uint32_t count = ts_node_is_null(modifiers) ? 0 : ts_node_child_count(modifiers);
    for (uint32_t i = 0; i < count; i++) {
        TSNode modifier = ts_node_child(modifiers, i);
        if (ts_node_is_extra(modifier) || rule_is_one_of(modifier, allowed)) continue;
        TSNode after = i + 1 < count ? ts_node_child(modifiers, i + 1) : ts_node_next_sibling(modifiers);
        rule_write(context,
                   rule_misplaced(context, modifier, "a variable of a method has no modifier but `final`"),
                   ts_node_start_byte(modifier), ts_node_start_byte(after), "");
        return;
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

const struct rule rules_java[] = {{"program", java_program},
                                  {"local_variable_declaration", java_local_variable},
                                  {"identifier", java_identifier},
                                  {"type_identifier", java_identifier},
                                  {"expression_statement", java_expression_statement},
                                  {"constructor_declaration", java_constructor},
                                  {"character_literal", java_character},
                                  {"type_arguments", java_type_arguments},
                                  {NULL, NULL}};
