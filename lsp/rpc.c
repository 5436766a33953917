/* rpc.c: see rpc.h. */
#include "lsp/rpc.h"

#include "base/mem.h"
#include "lsp/emit.h"
#include "lsp/frame.h"
#include <json-c/json.h>
#include <string.h>

/* LSP's own messages nest less than ten deep; data that clients hand back may be deeper. */
#define DEPTH_MAX 64

_Static_assert(FRAME_BODY_MAX <= INT32_MAX, "json-c counts bytes in an int");

struct rpc_parser {
    struct json_tokener *tokener;
};

struct rpc_parser *rpc_parser_create(void) {
    struct rpc_parser *parser = mem_zalloc(sizeof *parser);
    parser->tokener = json_tokener_new_ex(DEPTH_MAX);
    json_tokener_set_flags(parser->tokener, JSON_TOKENER_STRICT);
    return parser;
}

void rpc_parser_destroy(struct rpc_parser *parser) {
    if (!parser) return;
    json_tokener_free(parser->tokener);
    mem_free(parser);
}

char *rpc_id_text(struct json_object *id) {
    struct emit emit;
    emit_init(&emit);
    if (json_object_is_type(id, json_type_int)) {
        emit_int(&emit, json_object_get_int64(id));
    } else if (json_object_is_type(id, json_type_string)) {
        emit_string(&emit, json_object_get_string(id), (size_t)json_object_get_string_len(id));
    } else {
        emit_finish(&emit);
        return NULL;
    }
    return str_detach(&emit.out);
}

static enum status refuse(enum rpc_code *ret_code, enum rpc_code code, struct error *error, const char *why) {
    *ret_code = code;
    return error_set(error, STATUS_MALFORMED, "%s", why);
}

static enum status parse_json(struct rpc_parser *parser, const char *bytes, size_t length,
                              struct rpc_message *message, enum rpc_code *ret_code, struct error *error) {
    json_tokener_reset(parser->tokener);
    message->root = json_tokener_parse_ex(parser->tokener, bytes, (int)length);
    enum json_tokener_error problem = json_tokener_get_error(parser->tokener);
    size_t end = json_tokener_get_parse_end(parser->tokener);
    if (problem == json_tokener_success && end == length) return STATUS_OK;
    *ret_code = RPC_PARSE_ERROR;
    const char *what = problem == json_tokener_continue  ? "the message ends in the middle"
                       : problem == json_tokener_success ? "something follows the message"
                                                         : json_tokener_error_desc(problem);
    return error_set(error, STATUS_MALFORMED, "not JSON at byte %zu: %s", end, what);
}

static enum status classify(struct rpc_message *message, enum rpc_code *ret_code, struct error *error) {
    struct json_object *root = message->root, *version, *id, *method, *params;
    if (json_object_is_type(root, json_type_array))
        return refuse(ret_code, RPC_INVALID_REQUEST, error,
                      "batches are not part of LSP; send the messages one by one");
    if (!json_object_is_type(root, json_type_object))
        return refuse(ret_code, RPC_INVALID_REQUEST, error, "a message has to be an object");
    bool has_id = json_object_object_get_ex(root, "id", &id);
    if (has_id) message->id = rpc_id_text(id);
    if (!json_object_object_get_ex(root, "jsonrpc", &version) ||
        !json_object_is_type(version, json_type_string) ||
        strcmp(json_object_get_string(version), "2.0") != 0)
        return refuse(ret_code, RPC_INVALID_REQUEST, error, "jsonrpc has to be \"2.0\"");
    if (!json_object_object_get_ex(root, "method", &method)) {
        struct json_object *failure;
        bool has_result = json_object_object_get_ex(root, "result", &message->result);
        message->failed = json_object_object_get_ex(root, "error", &failure) && failure;
        if (!has_id || (!has_result && !message->failed))
            return refuse(ret_code, RPC_INVALID_REQUEST, error,
                          "a message needs a method, or an id and a result or an error");
        message->kind = RPC_RESPONSE;
        return STATUS_OK;
    }
    if (!json_object_is_type(method, json_type_string))
        return refuse(ret_code, RPC_INVALID_REQUEST, error, "method has to be a string");
    if (has_id && !message->id)
        return refuse(ret_code, RPC_INVALID_REQUEST, error, "id has to be an integer or a string");
    message->kind = has_id ? RPC_REQUEST : RPC_NOTIFICATION;
    message->method = json_object_get_string(method);
    if (json_object_object_get_ex(root, "params", &params) && params) {
        if (!json_object_is_type(params, json_type_object) && !json_object_is_type(params, json_type_array))
            return refuse(ret_code, RPC_INVALID_REQUEST, error, "params has to be an object or an array");
        message->params = params;
    }
    return STATUS_OK;
}

enum status rpc_parse(struct rpc_parser *parser, const char *bytes, size_t length,
                      struct rpc_message *ret_message, enum rpc_code *ret_code, struct error *error) {
    *ret_message = (struct rpc_message){.kind = RPC_NOTIFICATION};
    enum status status = parse_json(parser, bytes, length, ret_message, ret_code, error);
    if (status == STATUS_OK) status = classify(ret_message, ret_code, error);
    return status;
}

void rpc_finish(struct rpc_message *message) {
    json_object_put(message->root);
    mem_free(message->id);
    *message = (struct rpc_message){.kind = RPC_NOTIFICATION};
}
