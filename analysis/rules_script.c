#include "analysis/rule_node.h"

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

const struct rule rules_markup[] = {{"jsx_element", markup_element}, {NULL, NULL}};
