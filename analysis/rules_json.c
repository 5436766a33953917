#include "analysis/rule_node.h"

static void json_document(const struct rule_context *context, TSNode node) {
    uint32_t count = ts_node_named_child_count(node);
    bool value = false;
    for (uint32_t i = 0; i < count; i++) {
        TSNode child = ts_node_named_child(node, i);
        if (ts_node_is_extra(child) || ts_node_is_error(child)) continue;
        if (value) {
            rule_violate(context, ts_node_start_byte(child), ts_node_start_byte(child), FINDING_NOT_ALLOWED,
                         "a file holds one value");
            return;
        }
        value = true;
    }
}

static void json_comment(const struct rule_context *context, TSNode node) {
    rule_refuse(context, node, "comments are not allowed in JSON")->remedy = REMEDY_REMOVE;
}

const struct rule rules_json[] = {{"document", json_document}, {"comment", json_comment}, {NULL, NULL}};
const struct rule rules_jsonc[] = {{"document", json_document}, {NULL, NULL}};
