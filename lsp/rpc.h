/* rpc.h: one message body as JSON-RPC 2.0 sees it.
 *
 * Owns    a message owns its JSON; rpc_finish releases it. params, result and error are borrowed from it.
 * Threads one at a time.
 * Errors  STATUS_MALFORMED with the code of the answer that the specification wants (ParseError,
 *         InvalidRequest) and a message; the id is there when it could be read. Batches are refused: LSP
 *         does not have them.
 * Units   bytes; strings may hold NUL, so they have lengths. */
#ifndef NOODLE_RPC_H
#define NOODLE_RPC_H

#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>

struct json_object;

enum rpc_code {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_INTERNAL_ERROR = -32603,
    RPC_SERVER_NOT_INITIALIZED = -32002,
    RPC_REQUEST_FAILED = -32803,
    RPC_SERVER_CANCELLED = -32802,
    RPC_CONTENT_MODIFIED = -32801,
    RPC_REQUEST_CANCELLED = -32800
};

enum rpc_kind { RPC_REQUEST, RPC_NOTIFICATION, RPC_RESPONSE };

struct rpc_message {
    enum rpc_kind kind;
    char *id;                   /* as JSON text, ready to be written back; NULL: none could be read */
    const char *method;         /* NULL in a response */
    struct json_object *params; /* object or array; NULL: absent */
    struct json_object *result; /* of a response; NULL: absent or null */
    bool failed;                /* of a response: it holds an error */
    struct json_object *root;
};

struct rpc_parser; /* reusable scratch memory */

struct rpc_parser *rpc_parser_create(void);
void rpc_parser_destroy(struct rpc_parser *parser);

/* *ret_message is filled in any case and has to be finished. */
enum status rpc_parse(struct rpc_parser *parser, const char *bytes, size_t length,
                      struct rpc_message *ret_message, enum rpc_code *ret_code, struct error *error);
void rpc_finish(struct rpc_message *message);

/* An id (integer or string) as JSON text; NULL when it is neither. The caller frees it. */
char *rpc_id_text(struct json_object *id);

#endif
