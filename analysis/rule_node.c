#include "analysis/rule_node.h"

#include <string.h>

struct rule_violation *rule_violate(const struct rule_context *context, uint32_t start, uint32_t end,
                                    enum finding_code code, const char *message) {
    vec_push(context->violations, (struct rule_violation){.start_byte = start + context->offset,
                                                          .end_byte = end + context->offset,
                                                          .code = code,
                                                          .message = message});
    return &context->violations->items[context->violations->count - 1];
}

struct rule_violation *rule_refuse(const struct rule_context *context, TSNode node, const char *message) {
    return rule_violate(context, ts_node_start_byte(node), ts_node_end_byte(node), FINDING_NOT_ALLOWED,
                        message);
}

struct rule_violation *rule_misplaced(const struct rule_context *context, TSNode node, const char *message) {
    struct rule_violation *violation = rule_refuse(context, node, message);
    violation->misplaced = true;
    return violation;
}

void rule_advise(const struct rule_context *context, TSNode node, enum finding_severity severity,
                 enum finding_code code, const char *message) {
    if (!context->violations->with_advice) return;
    rule_violate(context, ts_node_start_byte(node), ts_node_end_byte(node), code, message)->severity =
        severity;
}

void rule_rename(const struct rule_context *context, struct rule_violation *violation, TSNode name) {
    violation->remedy = REMEDY_RENAME;
    violation->from_start = ts_node_start_byte(name) + context->offset;
    violation->from_end = ts_node_end_byte(name) + context->offset;
}

void rule_write(const struct rule_context *context, struct rule_violation *violation, uint32_t start,
                uint32_t end, const char *text) {
    violation->remedy = REMEDY_WRITE;
    if (violation->write_count < RULE_WRITES_MAX)
        violation->writes[violation->write_count++] =
            (struct rule_write){start + context->offset, end + context->offset, text};
}

TSNode rule_above(const struct rule_context *context, size_t level) {
    const struct rule_path *path = &context->path;
    return level < path->count ? path->items[path->count - 1 - level] : (TSNode){0};
}

TSNode rule_beside(TSNode node, TSNode child, int step) {
    TSNode before = {0};
    uint32_t count = ts_node_child_count(node);
    for (uint32_t i = 0; i < count; i++) {
        TSNode at = ts_node_child(node, i);
        if (ts_node_eq(at, child)) return step < 0 ? before : ts_node_child(node, i + 1);
        before = at;
    }
    return (TSNode){0};
}

bool rule_is(TSNode node, const char *type) {
    return !ts_node_is_null(node) && !strcmp(ts_node_type(node), type);
}

bool rule_is_one_of(TSNode node, const char *const *types) {
    if (ts_node_is_null(node)) return false;
    const char *type = ts_node_type(node);
    for (; *types; types++)
        if (!strcmp(type, *types)) return true;
    return false;
}

uint32_t rule_named_count(TSNode node) {
    uint32_t count = 0;
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        count += ts_node_is_named(child) && !ts_node_is_extra(child);
    }
    ts_tree_cursor_delete(&cursor);
    return count;
}

TSNode rule_named(TSNode node, uint32_t index) {
    TSNode found = {0};
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more && ts_node_is_null(found); more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode child = ts_tree_cursor_current_node(&cursor);
        if (ts_node_is_named(child) && !ts_node_is_extra(child) && index-- == 0) found = child;
    }
    ts_tree_cursor_delete(&cursor);
    return found;
}

TSNode rule_field(TSNode node, const char *name) {
    return ts_node_child_by_field_name(node, name, (uint32_t)strlen(name));
}

TSNode rule_child(TSNode node, const char *type) {
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    TSNode found = {0};
    if (ts_tree_cursor_goto_first_child(&cursor)) {
        do {
            TSNode child = ts_tree_cursor_current_node(&cursor);
            if (rule_is(child, type)) found = child;
        } while (!found.id && ts_tree_cursor_goto_next_sibling(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
    return found;
}

int rule_byte(const struct rule_context *context, uint32_t byte) {
    return text_byte_at(context->text, byte + context->offset);
}

bool rule_same_text(const struct rule_context *context, TSNode a, TSNode b) {
    uint32_t length = ts_node_end_byte(a) - ts_node_start_byte(a);
    if (length != ts_node_end_byte(b) - ts_node_start_byte(b)) return false;
    for (uint32_t i = 0; i < length; i++)
        if (rule_byte(context, ts_node_start_byte(a) + i) != rule_byte(context, ts_node_start_byte(b) + i))
            return false;
    return true;
}

bool rule_text_is(const struct rule_context *context, TSNode node, const char *text) {
    if (ts_node_is_null(node)) return false;
    uint32_t start = ts_node_start_byte(node), length = ts_node_end_byte(node) - start;
    if (length != strlen(text)) return false;
    for (uint32_t i = 0; i < length; i++)
        if (rule_byte(context, start + i) != (unsigned char)text[i]) return false;
    return true;
}

bool rule_is_word(const struct rule_context *context, TSNode node, const char *const *words, size_t count) {
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

void rule_refuse_word(const struct rule_context *context, TSNode node) {
    rule_refuse(context, node, "a keyword cannot be a name");
}
