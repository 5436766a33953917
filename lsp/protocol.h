/* protocol.h: params from JSON, checked field by field.
 *
 * Owns    nothing; strings are borrowed from the JSON.
 * Threads any.
 * Errors  false or NULL, with the field's path and what it takes in *error: "range.start.line has to be ...".
 * Units   as position.h. Numbers above 32 bits are clamped, because clients send "very large" for "to the
 * end". */
#ifndef NOODLE_PROTOCOL_H
#define NOODLE_PROTOCOL_H

#include "base/status.h"
#include "lsp/position.h"
#include <json-c/json.h>

/* The field or NULL: object may be NULL or anything but an object. */
struct json_object *protocol_field(struct json_object *object, const char *key);
/* Through nested objects: "workspace.configuration". */
struct json_object *protocol_path(struct json_object *object, const char *path);
bool protocol_is_true(struct json_object *object, const char *path);

struct json_object *protocol_object(struct json_object *object, const char *key, struct error *error);
struct json_object *protocol_array(struct json_object *object, const char *key, struct error *error);
/* Without NUL inside. */
const char *protocol_string(struct json_object *object, const char *key, struct error *error);
bool protocol_integer(struct json_object *object, const char *key, int64_t *ret_value, struct error *error);

/* params.textDocument.uri */
const char *protocol_document_uri(struct json_object *params, struct error *error);
bool protocol_position_of(struct json_object *value, struct position *ret_position); /* false: it is none */
bool protocol_position(struct json_object *object, const char *key, struct position *ret_position,
                       struct error *error);
bool protocol_range(struct json_object *object, const char *key, struct position_range *ret_range,
                    struct error *error);

#endif
