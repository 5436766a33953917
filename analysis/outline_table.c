/* Declarations: outline_table.h. Adding a language: rows in the order declarations, holders of declarations,
 * folds. */
#include "analysis/outline_table.h"

#include <string.h>

#define IN   OUTLINE_DESCEND
#define OVER (OUTLINE_DESCEND | OUTLINE_CONTAINER)

static const struct outline_row c_rows[] = {
    {"function_definition", OUTLINE_FUNCTION, "declarator", NULL, NULL, 0},
    {"declaration", OUTLINE_VARIABLE, "declarator", NULL, "declarator", IN},
    {"field_declaration", OUTLINE_FIELD, "declarator", NULL, NULL, IN},
    {"type_definition", OUTLINE_CLASS, "declarator", NULL, "type", OVER},
    {"struct_specifier", OUTLINE_STRUCT, "name", NULL, NULL, OVER | OUTLINE_NEEDS_BODY},
    {"union_specifier", OUTLINE_STRUCT, "name", NULL, NULL, OVER | OUTLINE_NEEDS_BODY},
    {"enum_specifier", OUTLINE_ENUM, "name", NULL, NULL, OVER | OUTLINE_NEEDS_BODY},
    {"enumerator", OUTLINE_ENUM_MEMBER, "name", NULL, NULL, 0},
    {"preproc_def", OUTLINE_CONSTANT, "name", NULL, NULL, 0},
    {"preproc_function_def", OUTLINE_FUNCTION, "name", NULL, NULL, 0},
    {"field_declaration_list", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"enumerator_list", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"linkage_specification", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"declaration_list", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"preproc_if", OUTLINE_NONE, NULL, NULL, NULL, IN | OUTLINE_FOLD_WHOLE},
    {"preproc_ifdef", OUTLINE_NONE, NULL, NULL, NULL, IN | OUTLINE_FOLD_WHOLE},
    {"preproc_elif", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"preproc_else", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"preproc_include", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_IMPORT},
    {"comment", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_COMMENT},
    {NULL, OUTLINE_NONE, NULL, NULL, NULL, 0},
};
static const struct outline_hint c_hints[] = {
    {"function_declarator", OUTLINE_FUNCTION},
    {"struct_specifier", OUTLINE_STRUCT},
    {"union_specifier", OUTLINE_STRUCT},
    {"enum_specifier", OUTLINE_ENUM},
    {NULL, OUTLINE_NONE},
};

static const struct outline_row python_rows[] = {
    {"class_definition", OUTLINE_CLASS, "name", NULL, NULL, OVER},
    {"function_definition", OUTLINE_FUNCTION, "name", NULL, NULL, OVER},
    {"assignment", OUTLINE_VARIABLE, "left", NULL, NULL, 0},
    {"expression_statement", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"decorated_definition", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"block", OUTLINE_NONE, NULL, NULL, NULL, IN | OUTLINE_FOLD_BODY},
    {"if_statement", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"elif_clause", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"else_clause", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"try_statement", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"except_clause", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"finally_clause", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"with_statement", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"import_statement", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_IMPORT},
    {"import_from_statement", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_IMPORT},
    {"future_import_statement", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_IMPORT},
    {"comment", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_COMMENT},
    {NULL, OUTLINE_NONE, NULL, NULL, NULL, 0},
};

/* JavaScript, TypeScript and their dialects share a table: types that a grammar lacks match nothing. */
static const struct outline_row javascript_rows[] = {
    {"class_declaration", OUTLINE_CLASS, "name", NULL, NULL, OVER},
    {"abstract_class_declaration", OUTLINE_CLASS, "name", NULL, NULL, OVER},
    {"interface_declaration", OUTLINE_INTERFACE, "name", NULL, NULL, OVER},
    {"enum_declaration", OUTLINE_ENUM, "name", NULL, NULL, OVER},
    {"type_alias_declaration", OUTLINE_CLASS, "name", NULL, NULL, 0},
    {"internal_module", OUTLINE_NAMESPACE, "name", NULL, NULL, OVER},
    {"module", OUTLINE_MODULE, "name", NULL, NULL, OVER},
    {"function_declaration", OUTLINE_FUNCTION, "name", NULL, NULL, OVER},
    {"generator_function_declaration", OUTLINE_FUNCTION, "name", NULL, NULL, OVER},
    {"function_signature", OUTLINE_FUNCTION, "name", NULL, NULL, 0},
    {"method_definition", OUTLINE_METHOD, "name", NULL, NULL, OVER},
    {"method_signature", OUTLINE_METHOD, "name", NULL, NULL, 0},
    {"abstract_method_signature", OUTLINE_METHOD, "name", NULL, NULL, 0},
    {"property_signature", OUTLINE_PROPERTY, "name", NULL, NULL, 0},
    {"field_definition", OUTLINE_FIELD, "property", NULL, "value", OVER},
    {"public_field_definition", OUTLINE_FIELD, "name", NULL, "value", OVER},
    {"variable_declarator", OUTLINE_VARIABLE, "name", NULL, "value", OVER},
    {"pair", OUTLINE_PROPERTY, "key", NULL, "value", OVER},
    {"assignment_expression", OUTLINE_NONE, "left", NULL, "right", OVER},
    {"enum_body", OUTLINE_ENUM_MEMBER, "name", NULL, NULL, IN},
    {"enum_assignment", OUTLINE_ENUM_MEMBER, "name", NULL, NULL, 0},
    {"class", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"class_body", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"interface_body", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"object", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"arrow_function", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"function_expression", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"generator_function", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"export_statement", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"ambient_declaration", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"expression_statement", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"lexical_declaration", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"variable_declaration", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"statement_block", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"import_statement", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_IMPORT},
    {"jsx_element", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_FOLD_WHOLE},
    {"comment", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_COMMENT},
    {NULL, OUTLINE_NONE, NULL, NULL, NULL, 0},
};
static const struct outline_hint javascript_hints[] = {
    {"arrow_function", OUTLINE_FUNCTION},
    {"function_expression", OUTLINE_FUNCTION},
    {"generator_function", OUTLINE_FUNCTION},
    {"class", OUTLINE_CLASS},
    {NULL, OUTLINE_NONE},
};

static const struct outline_row json_rows[] = {
    {"pair", OUTLINE_PROPERTY, "key", NULL, NULL, OVER},
    {"object", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"array", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"comment", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_COMMENT},
    {NULL, OUTLINE_NONE, NULL, NULL, NULL, 0},
};

static const struct outline_row go_rows[] = {
    {"function_declaration", OUTLINE_FUNCTION, "name", NULL, NULL, 0},
    {"method_declaration", OUTLINE_METHOD, "name", NULL, NULL, 0},
    {"type_spec", OUTLINE_CLASS, "name", NULL, "type", OVER},
    {"type_alias", OUTLINE_CLASS, "name", NULL, "type", 0},
    {"field_declaration", OUTLINE_FIELD, "name", NULL, NULL, 0},
    {"method_elem", OUTLINE_METHOD, "name", NULL, NULL, 0},
    {"const_spec", OUTLINE_CONSTANT, "name", NULL, NULL, 0},
    {"var_spec", OUTLINE_VARIABLE, "name", NULL, NULL, 0},
    {"struct_type", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"interface_type", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"field_declaration_list", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"type_declaration", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"const_declaration", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"var_declaration", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"var_spec_list", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"import_declaration", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_IMPORT},
    {"comment", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_COMMENT},
    {NULL, OUTLINE_NONE, NULL, NULL, NULL, 0},
};
static const struct outline_hint go_hints[] = {
    {"struct_type", OUTLINE_STRUCT},
    {"interface_type", OUTLINE_INTERFACE},
    {NULL, OUTLINE_NONE},
};

static const struct outline_row rust_rows[] = {
    {"function_item", OUTLINE_FUNCTION, "name", NULL, NULL, OVER},
    {"function_signature_item", OUTLINE_FUNCTION, "name", NULL, NULL, 0},
    {"struct_item", OUTLINE_STRUCT, "name", NULL, NULL, OVER},
    {"union_item", OUTLINE_STRUCT, "name", NULL, NULL, OVER},
    {"enum_item", OUTLINE_ENUM, "name", NULL, NULL, OVER},
    {"enum_variant", OUTLINE_ENUM_MEMBER, "name", NULL, NULL, OVER},
    {"field_declaration", OUTLINE_FIELD, "name", NULL, NULL, 0},
    {"trait_item", OUTLINE_INTERFACE, "name", NULL, NULL, OVER},
    {"impl_item", OUTLINE_OBJECT, "trait", "type", NULL, OVER},
    {"mod_item", OUTLINE_MODULE, "name", NULL, NULL, OVER},
    {"type_item", OUTLINE_CLASS, "name", NULL, NULL, 0},
    {"associated_type", OUTLINE_CLASS, "name", NULL, NULL, 0},
    {"const_item", OUTLINE_CONSTANT, "name", NULL, NULL, 0},
    {"static_item", OUTLINE_VARIABLE, "name", NULL, NULL, 0},
    {"macro_definition", OUTLINE_FUNCTION, "name", NULL, NULL, 0},
    {"declaration_list", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"field_declaration_list", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"enum_variant_list", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"foreign_mod_item", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"block", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"use_declaration", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_IMPORT},
    {"extern_crate_declaration", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_IMPORT},
    {"line_comment", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_COMMENT},
    {"block_comment", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_COMMENT},
    {NULL, OUTLINE_NONE, NULL, NULL, NULL, 0},
};

static const struct outline_row java_rows[] = {
    {"class_declaration", OUTLINE_CLASS, "name", NULL, NULL, OVER},
    {"record_declaration", OUTLINE_CLASS, "name", NULL, NULL, OVER},
    {"interface_declaration", OUTLINE_INTERFACE, "name", NULL, NULL, OVER},
    {"annotation_type_declaration", OUTLINE_INTERFACE, "name", NULL, NULL, OVER},
    {"enum_declaration", OUTLINE_ENUM, "name", NULL, NULL, OVER},
    {"enum_constant", OUTLINE_ENUM_MEMBER, "name", NULL, NULL, OVER},
    {"method_declaration", OUTLINE_METHOD, "name", NULL, NULL, 0},
    {"constructor_declaration", OUTLINE_CONSTRUCTOR, "name", NULL, NULL, 0},
    {"compact_constructor_declaration", OUTLINE_CONSTRUCTOR, "name", NULL, NULL, 0},
    {"annotation_type_element_declaration", OUTLINE_METHOD, "name", NULL, NULL, 0},
    {"field_declaration", OUTLINE_FIELD, "declarator", NULL, NULL, 0},
    {"constant_declaration", OUTLINE_CONSTANT, "declarator", NULL, NULL, 0},
    {"module_declaration", OUTLINE_MODULE, "name", NULL, NULL, 0},
    {"class_body", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"interface_body", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"annotation_type_body", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"enum_body", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"enum_body_declarations", OUTLINE_NONE, NULL, NULL, NULL, IN},
    {"import_declaration", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_IMPORT},
    {"line_comment", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_COMMENT},
    {"block_comment", OUTLINE_NONE, NULL, NULL, NULL, OUTLINE_COMMENT},
    {NULL, OUTLINE_NONE, NULL, NULL, NULL, 0},
};

static const struct outline_hint no_hints[] = {{NULL, OUTLINE_NONE}};

#define IDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct outline_table tables[] = {
    {IDS("c"), c_rows, c_hints},
    {IDS("python"), python_rows, no_hints},
    {IDS("javascript", "javascriptreact", "typescript", "typescriptreact"), javascript_rows,
     javascript_hints},
    {IDS("json", "jsonc"), json_rows, no_hints},
    {IDS("go"), go_rows, go_hints},
    {IDS("rust"), rust_rows, no_hints},
    {IDS("java"), java_rows, no_hints},
};

const struct outline_table *outline_table_find(const struct language *language) {
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const char *const *id = tables[i].language_ids; *id; id++)
            if (strcmp(*id, language->id) == 0) return &tables[i];
    return NULL;
}
