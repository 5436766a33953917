/* protocol.c: see protocol.h. */
#include "lsp/protocol.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct json_object *protocol_field(struct json_object *object, const char *key) {
    struct json_object *field;
    if (!json_object_is_type(object, json_type_object) || !json_object_object_get_ex(object, key, &field))
        return NULL;
    return field;
}

struct json_object *protocol_path(struct json_object *object, const char *path) {
    while (object && *path) {
        char key[64];
        size_t length = strcspn(path, ".");
        if (length >= sizeof key) return NULL;
        memcpy(key, path, length);
        key[length] = '\0';
        object = protocol_field(object, key);
        path += length + (path[length] == '.');
    }
    return object;
}

bool protocol_is_true(struct json_object *object, const char *path) {
    struct json_object *field = protocol_path(object, path);
    return json_object_is_type(field, json_type_boolean) && json_object_get_boolean(field);
}

static struct json_object *typed_field(struct json_object *object, const char *key, enum json_type type,
                                       const char *what, struct error *error) {
    struct json_object *field = protocol_field(object, key);
    if (field && json_object_is_type(field, type)) return field;
    error_set(error, STATUS_INVALID, "%s has to be %s", key, what);
    return NULL;
}

struct json_object *protocol_object(struct json_object *object, const char *key, struct error *error) {
    return typed_field(object, key, json_type_object, "an object", error);
}

struct json_object *protocol_array(struct json_object *object, const char *key, struct error *error) {
    return typed_field(object, key, json_type_array, "an array", error);
}

const char *protocol_string(struct json_object *object, const char *key, struct error *error) {
    struct json_object *field = typed_field(object, key, json_type_string, "a string", error);
    if (!field) return NULL;
    const char *string = json_object_get_string(field);
    if (strlen(string) == (size_t)json_object_get_string_len(field)) return string;
    error_set(error, STATUS_INVALID, "%s has to be a string without NUL", key);
    return NULL;
}

/* JSON has one kind of number; 3.0 is an integer too. */
static bool integer_of(struct json_object *value, int64_t *ret_value) {
    if (json_object_is_type(value, json_type_int)) {
        *ret_value = json_object_get_int64(value);
        return true;
    }
    if (!json_object_is_type(value, json_type_double)) return false;
    double number = json_object_get_double(value);
    if (!(fabs(number) <= 9e15) || number != floor(number)) return false;
    *ret_value = (int64_t)number;
    return true;
}

bool protocol_integer(struct json_object *object, const char *key, int64_t *ret_value, struct error *error) {
    if (integer_of(protocol_field(object, key), ret_value)) return true;
    error_set(error, STATUS_INVALID, "%s has to be an integer", key);
    return false;
}

const char *protocol_document_uri(struct json_object *params, struct error *error) {
    struct json_object *document = protocol_object(params, "textDocument", error);
    return document ? protocol_string(document, "uri", error) : NULL;
}

static bool unsigned_at(struct json_object *object, const char *key, uint32_t *ret_value) {
    struct json_object *field = protocol_field(object, key);
    int64_t value;
    if (json_object_is_type(field, json_type_double) && json_object_get_double(field) > (double)UINT32_MAX) {
        *ret_value = UINT32_MAX;
        return true;
    }
    if (!integer_of(field, &value) || value < 0) return false;
    *ret_value = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
    return true;
}

bool protocol_position_of(struct json_object *value, struct position *ret_position) {
    return unsigned_at(value, "line", &ret_position->line) &&
           unsigned_at(value, "character", &ret_position->character);
}

bool protocol_position(struct json_object *object, const char *key, struct position *ret_position,
                       struct error *error) {
    if (protocol_position_of(protocol_field(object, key), ret_position)) return true;
    error_set(error, STATUS_INVALID, "%s has to be a position: line and character, integers from 0", key);
    return false;
}

bool protocol_range(struct json_object *object, const char *key, struct position_range *ret_range,
                    struct error *error) {
    struct json_object *range = protocol_field(object, key);
    if (protocol_position_of(protocol_field(range, "start"), &ret_range->start) &&
        protocol_position_of(protocol_field(range, "end"), &ret_range->end))
        return true;
    error_set(error, STATUS_INVALID,
              "%s has to be a range: start and end, each with line and character from 0", key);
    return false;
}
