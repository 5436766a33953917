#include "analysis/rule_node.h"

#include "base/hash.h"

#include <ctype.h>
#include <stdlib.h>

#define KEYS_MAX       1000 /* of one object; those behind are not compared */
#define KEY_BYTES_MAX  256
#define PARTS_KEYS_MAX 32 /* of an object that may be the second half of another */

static bool has_key(const struct rule_context *context, TSNode object, TSNode key) {
    uint32_t count = rule_named_count(object);
    for (uint32_t i = 0; i < count && i < KEYS_MAX; i++) {
        TSNode pair = rule_named(object, i);
        TSNode name = rule_is(pair, "pair") ? rule_field(pair, "key") : (TSNode){0};
        if (!ts_node_is_null(name) && rule_same_text(context, name, key)) return true;
    }
    return false;
}

/* Two objects that are parts of one have no key in common, and nothing but space and their braces lies
 * between the last pair of one and the first pair of the other. */
static bool are_parts(const struct rule_context *context, TSNode first, TSNode second) {
    if (!rule_is(first, "object") || !rule_is(second, "object")) return false;
    uint32_t firsts = rule_named_count(first), seconds = rule_named_count(second);
    if (firsts == 0 || seconds == 0 || seconds > PARTS_KEYS_MAX) return false;
    TSNode last = rule_named(first, firsts - 1);
    if (!rule_is(last, "pair")) return false;
    uint32_t braces = 0;
    for (uint32_t byte = ts_node_end_byte(last); byte <= ts_node_start_byte(second); byte++) {
        int c = rule_byte(context, byte);
        if (c == '{' || c == '}')
            braces++;
        else if (!isspace(c))
            return false;
    }
    for (uint32_t i = 0; i < seconds; i++) {
        TSNode pair = rule_named(second, i);
        if (!rule_is(pair, "pair") || has_key(context, first, rule_field(pair, "key"))) return false;
    }
    return braces == 2;
}

static void json_document(const struct rule_context *context, TSNode node) {
    uint32_t count = rule_named_count(node), values = 0;
    TSNode first = {0}, second = {0};
    for (uint32_t i = 0; i < count && values < 3; i++) {
        TSNode child = rule_named(node, i);
        if (ts_node_is_extra(child) || ts_node_is_error(child)) continue;
        values++;
        if (values == 1) first = child;
        if (values == 2) second = child;
    }
    if (values < 2) return;
    uint32_t start = ts_node_start_byte(second);
    struct rule_violation *violation =
        rule_violate(context, start, start, FINDING_NOT_ALLOWED, "a file holds one value");
    if (values > 2 || ts_node_has_error(node) || !are_parts(context, first, second)) return;
    uint32_t last_end = ts_node_end_byte(rule_named(first, rule_named_count(first) - 1));
    rule_write(context, violation, last_end, start + 1, ",");
    violation->title = "join the two objects";
}

/* Characters below a space stand in strings as escapes; \u has four digits. The grammar knows the other
 * escapes. */
static void json_string(const struct rule_context *context, TSNode node) {
    if (ts_node_has_error(node)) return;
    uint32_t end = ts_node_end_byte(node) - 1;
    for (uint32_t byte = ts_node_start_byte(node) + 1; byte < end; byte++) {
        int c = rule_byte(context, byte);
        if (c < 0x20) {
            struct rule_violation *violation =
                rule_violate(context, byte, byte + 1, FINDING_NOT_ALLOWED,
                             c == '\n' ? "a string ends in its line; a line end in it is `\\n`"
                                       : "a control character stands in a string as an escape");
            if (c == '\t' || c == '\n')
                rule_write(context, violation, byte, byte + 1, c == '\t' ? "\\t" : "\\n");
            violation->misplaced = c == '\n'; /* a lost quote makes strings of what lies between others */
            return;
        }
        if (c != '\\') continue;
        byte++;
        if (rule_byte(context, byte) != 'u') continue;
        for (uint32_t i = 1; i <= 4; i++) {
            if (byte + i < end && isxdigit(rule_byte(context, byte + i))) continue;
            struct rule_violation *violation =
                rule_violate(context, byte - 1, byte + i, FINDING_NOT_ALLOWED,
                             "`\\u` needs four hexadecimal digits; a backslash itself is `\\\\`");
            rule_write(context, violation, byte, byte, "\\");
            return;
        }
    }
}

static void json_number(const struct rule_context *context, TSNode node) {
    uint32_t end = ts_node_end_byte(node);
    for (uint32_t byte = ts_node_start_byte(node); byte < end; byte++) {
        if (rule_byte(context, byte) != '.') continue;
        if (byte + 1 < end && isdigit(rule_byte(context, byte + 1))) return;
        rule_write(context, rule_refuse(context, node, "a digit follows the point of a number"), byte + 1,
                   byte + 1, "0");
        return;
    }
}

struct key {
    uint64_t hash;
    TSNode node;
};

static int by_hash(const void *a, const void *b) {
    const struct key *x = a, *y = b;
    if (x->hash != y->hash) return x->hash < y->hash ? -1 : 1;
    uint32_t i = ts_node_start_byte(x->node), j = ts_node_start_byte(y->node);
    return i < j ? -1 : i > j;
}

/* Equal keys have equal hashes and stand side by side after sorting. */
static void json_object(const struct rule_context *context, TSNode node) {
    if (!context->violations->with_advice) return;
    struct {
        VEC_FIELDS(struct key);
    } keys = {0};
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    bool more = ts_tree_cursor_goto_first_child(&cursor);
    for (; more && keys.count < KEYS_MAX; more = ts_tree_cursor_goto_next_sibling(&cursor)) {
        TSNode pair = ts_tree_cursor_current_node(&cursor);
        TSNode name = rule_is(pair, "pair") ? rule_field(pair, "key") : (TSNode){0};
        if (ts_node_is_null(name) || ts_node_has_error(name)) continue;
        char bytes[KEY_BYTES_MAX];
        uint32_t start = ts_node_start_byte(name), length = ts_node_end_byte(name) - start;
        if (length > KEY_BYTES_MAX) continue;
        text_copy(context->text, start + context->offset, start + length + context->offset, bytes);
        vec_push(&keys, (struct key){hash64(bytes, length, 0), name});
    }
    ts_tree_cursor_delete(&cursor);
    if (keys.count > 1) qsort(keys.items, keys.count, sizeof *keys.items, by_hash);
    for (size_t i = 1; i < keys.count; i++)
        if (keys.items[i].hash == keys.items[i - 1].hash &&
            rule_same_text(context, keys.items[i].node, keys.items[i - 1].node))
            rule_advise(context, keys.items[i].node, SEVERITY_HINT, FINDING_DUPLICATE,
                        "this key stands in the object already; the last one counts");
    vec_finish(&keys);
}

static void json_comment(const struct rule_context *context, TSNode node) {
    rule_refuse(context, node, "comments are not allowed in JSON")->remedy = REMEDY_REMOVE;
}

const struct rule rules_json[] = {{"document", json_document}, {"string", json_string},
                                  {"number", json_number},     {"object", json_object},
                                  {"comment", json_comment},   {NULL, NULL}};
const struct rule rules_jsonc[] = {{"document", json_document},
                                   {"string", json_string},
                                   {"number", json_number},
                                   {"object", json_object},
                                   {NULL, NULL}};
