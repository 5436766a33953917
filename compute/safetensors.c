#define _GNU_SOURCE
#include "compute/safetensors.h"
#include "base/arena.h"
#include "base/hash.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LENGTH_BYTES     8
#define HEADER_BYTES_MAX (1u << 20)
#define FILE_BYTES_MAX   ((size_t)1 << 30)
#define TENSORS_MAX      4096
#define HEADER_DEPTH_MAX 8

struct safetensors_data {
    struct arena arena;
    struct json_object *header, *metadata;
    void *mapping; /* NULL when the bytes are the caller's */
    size_t mapping_bytes;
};

static const struct {
    const char *name;
    uint32_t bytes;
} types[] = {
    [TENSOR_F32] = {"F32", 4},
    [TENSOR_F16] = {"F16", 2},
    [TENSOR_I8] = {"I8", 1},
    [TENSOR_I32] = {"I32", 4},
};

#define TYPE_COUNT (sizeof types / sizeof *types)

/* The string, unless it has a NUL inside, which no name and no value of ours has. */
static const char *plain_string(struct json_object *value) {
    if (!json_object_is_type(value, json_type_string)) return NULL;
    const char *string = json_object_get_string(value);
    return strlen(string) == (size_t)json_object_get_string_len(value) ? string : NULL;
}

static bool whole_number(struct json_object *value, uint64_t largest, uint64_t *ret_number) {
    if (!json_object_is_type(value, json_type_int)) return false;
    int64_t number = json_object_get_int64(value);
    if (number < 0 || (uint64_t)number > largest) return false;
    *ret_number = (uint64_t)number;
    return true;
}

static bool read_type(struct json_object *value, enum tensor_type *ret_type) {
    const char *name = plain_string(value);
    for (size_t i = 0; name && i < TYPE_COUNT; i++) {
        if (strcmp(name, types[i].name)) continue;
        *ret_type = (enum tensor_type)i;
        return true;
    }
    return false;
}

/* One entry of the header. ret_offset is where its bytes begin, counted from the end of the header. */
static enum status read_tensor(const char *file, const char *name, struct json_object *entry,
                               size_t data_bytes, struct tensor *tensor, size_t *ret_offset,
                               struct error *error) {
    struct json_object *type, *shape, *offsets;
    if (!json_object_object_get_ex(entry, "dtype", &type) ||
        !json_object_object_get_ex(entry, "shape", &shape) ||
        !json_object_object_get_ex(entry, "data_offsets", &offsets) ||
        !json_object_is_type(shape, json_type_array) || !json_object_is_type(offsets, json_type_array))
        return error_set(error, STATUS_MALFORMED, "%s: tensor '%s' needs a dtype, a shape and data_offsets",
                         file, name);
    if (!read_type(type, &tensor->type))
        return error_set(error, STATUS_UNSUPPORTED,
                         "%s: tensor '%s' has the dtype %s; F32, F16, I8 and I32 are known", file, name,
                         json_object_to_json_string(type));
    size_t rank = json_object_array_length(shape);
    if (rank > SAFETENSORS_RANK_MAX)
        return error_set(error, STATUS_UNSUPPORTED,
                         "%s: tensor '%s' has %zu dimensions; at most %d are known", file, name, rank,
                         SAFETENSORS_RANK_MAX);
    tensor->name = name;
    tensor->rank = (uint32_t)rank;
    uint64_t size = types[tensor->type].bytes; /* stays below 2^30 * 2^30 */
    for (size_t i = 0; i < SAFETENSORS_RANK_MAX; i++) {
        uint64_t length = 1;
        if (i < rank && !whole_number(json_object_array_get_idx(shape, i), FILE_BYTES_MAX, &length))
            return error_set(error, STATUS_MALFORMED,
                             "%s: tensor '%s' has a dimension that is no sensible length", file, name);
        tensor->shape[i] = (uint32_t)length;
        size *= length;
        if (size > data_bytes)
            return error_set(error, STATUS_MALFORMED,
                             "%s: tensor '%s' is larger than the file's %zu bytes of data", file, name,
                             data_bytes);
    }
    uint64_t start, end;
    if (json_object_array_length(offsets) != 2 ||
        !whole_number(json_object_array_get_idx(offsets, 0), data_bytes, &start) ||
        !whole_number(json_object_array_get_idx(offsets, 1), data_bytes, &end) || start > end)
        return error_set(error, STATUS_MALFORMED,
                         "%s: the data_offsets of tensor '%s' are no range within the %zu bytes of data",
                         file, name, data_bytes);
    if (end - start != size)
        return error_set(error, STATUS_MALFORMED,
                         "%s: tensor '%s' has %llu bytes, its shape and dtype need %llu", file, name,
                         (unsigned long long)(end - start), (unsigned long long)size);
    tensor->size_bytes = (size_t)size;
    *ret_offset = (size_t)start;
    return STATUS_OK;
}

static int compare_places(const void *left, const void *right) {
    const struct tensor *a = left, *b = right;
    if (a->bytes != b->bytes) return a->bytes < b->bytes ? -1 : 1;
    return (a->size_bytes > b->size_bytes) - (a->size_bytes < b->size_bytes); /* the empty ones first */
}

static int compare_names(const void *left, const void *right) {
    return strcmp(((const struct tensor *)left)->name, ((const struct tensor *)right)->name);
}

/* The tensors fill the data without overlap and without holes. */
static enum status check_places(const char *file, const struct tensor *tensors, size_t count,
                                const unsigned char *data, size_t data_bytes, struct error *error) {
    const unsigned char *at = data;
    for (size_t i = 0; i < count; i++) {
        if (tensors[i].bytes != at)
            return error_set(error, STATUS_MALFORMED, "%s: there is %s before tensor '%s'", file,
                             tensors[i].bytes < at ? "an overlap" : "a hole", tensors[i].name);
        at += tensors[i].size_bytes;
    }
    if (at != data + data_bytes)
        return error_set(error, STATUS_MALFORMED, "%s: %zu bytes follow the last tensor", file,
                         (size_t)(data + data_bytes - at));
    return STATUS_OK;
}

static enum status check_metadata(const char *file, struct json_object *metadata, struct error *error) {
    if (!json_object_is_type(metadata, json_type_object))
        return error_set(error, STATUS_MALFORMED, "%s: __metadata__ is no object", file);
    json_object_object_foreach(metadata, key, value) {
        if (!plain_string(value))
            return error_set(error, STATUS_MALFORMED, "%s: '%s' in __metadata__ is no string", file, key);
    }
    return STATUS_OK;
}

static enum status read_tensors(struct safetensors *file, const unsigned char *data, size_t data_bytes,
                                struct error *error) {
    size_t entries = (size_t)json_object_object_length(file->data->header);
    if (entries > TENSORS_MAX)
        return error_set(error, STATUS_TOO_LARGE, "%s: %zu tensors; at most %d are read", file->name, entries,
                         TENSORS_MAX);
    struct tensor *tensors = arena_zalloc(&file->data->arena, entries * sizeof *tensors);
    size_t count = 0;
    enum status status;
    json_object_object_foreach(file->data->header, key, entry) {
        if (!strcmp(key, "__metadata__")) {
            status = check_metadata(file->name, entry, error);
            file->data->metadata = entry;
        } else {
            size_t offset = 0;
            status = read_tensor(file->name, key, entry, data_bytes, &tensors[count], &offset, error);
            tensors[count++].bytes = data + offset;
        }
        if (status) return status;
    }
    qsort(tensors, count, sizeof *tensors, compare_places);
    status = check_places(file->name, tensors, count, data, data_bytes, error);
    qsort(tensors, count, sizeof *tensors, compare_names);
    file->tensors = tensors;
    file->count = count;
    return status;
}

static enum status parse_header(const char *file, const char *text, size_t length,
                                struct json_object **ret_header, struct error *error) {
    while (length > 0 && text[length - 1] == ' ')
        length--; /* padding */
    struct json_tokener *tokener = json_tokener_new_ex(HEADER_DEPTH_MAX);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct json_object *header = json_tokener_parse_ex(tokener, text, (int)length);
    enum json_tokener_error problem = json_tokener_get_error(tokener);
    bool whole = problem == json_tokener_success && json_tokener_get_parse_end(tokener) == length;
    json_tokener_free(tokener);
    if (whole && json_object_is_type(header, json_type_object)) {
        *ret_header = header;
        return STATUS_OK;
    }
    json_object_put(header);
    return error_set(error, STATUS_MALFORMED, "%s: the header is no JSON object (%s)", file,
                     whole                             ? "something else"
                     : problem == json_tokener_success ? "something follows it"
                                                       : json_tokener_error_desc(problem));
}

static enum status parse(struct safetensors *file, const unsigned char *bytes, size_t size,
                         struct error *error) {
    if (size <= LENGTH_BYTES)
        return error_set(error, STATUS_MALFORMED, "%s: %zu bytes are no safetensors file", file->name, size);
    uint64_t header_bytes = 0;
    for (size_t i = LENGTH_BYTES; i-- > 0;)
        header_bytes = header_bytes << 8 | bytes[i];
    if (header_bytes > HEADER_BYTES_MAX || bytes[LENGTH_BYTES] != '{')
        return error_set(error, STATUS_MALFORMED,
                         "%s: no safetensors file: it does not begin with a header of at most %u bytes",
                         file->name, HEADER_BYTES_MAX);
    if (header_bytes > size - LENGTH_BYTES)
        return error_set(error, STATUS_MALFORMED,
                         "%s: cut short: the header alone has %llu bytes, the file %zu", file->name,
                         (unsigned long long)header_bytes, size);
    const unsigned char *data = bytes + LENGTH_BYTES + header_bytes;
    enum status status = parse_header(file->name, (const char *)bytes + LENGTH_BYTES, (size_t)header_bytes,
                                      &file->data->header, error);
    return status ? status : read_tensors(file, data, size - LENGTH_BYTES - (size_t)header_bytes, error);
}

static void init(struct safetensors *file, const char *name) {
    *file = (struct safetensors){.data = mem_zalloc(sizeof *file->data)};
    arena_init(&file->data->arena);
    file->name = arena_strndup(&file->data->arena, name, strlen(name));
}

enum status safetensors_from_memory(const char *name, const void *bytes, size_t size,
                                    struct safetensors *ret_file, struct error *error) {
    struct safetensors file;
    init(&file, name);
    enum status status = parse(&file, bytes, size, error);
    if (status)
        safetensors_close(&file);
    else
        *ret_file = file;
    return status;
}

static enum status map(struct safetensors *file, struct error *error) {
    int descriptor = open(file->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return error_set(error, errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO, "%s: %s", file->name,
                         strerror(errno));
    enum status status = STATUS_OK;
    struct stat about;
    if (fstat(descriptor, &about)) {
        status = error_set(error, STATUS_IO, "%s: %s", file->name, strerror(errno));
    } else if (!S_ISREG(about.st_mode)) {
        status = error_set(error, STATUS_INVALID, "%s: not a file", file->name);
    } else if ((uintmax_t)about.st_size > FILE_BYTES_MAX) {
        status = error_set(error, STATUS_TOO_LARGE, "%s: %lld bytes; at most %zu are read", file->name,
                           (long long)about.st_size, FILE_BYTES_MAX);
    } else if (about.st_size > 0) {
        void *mapping = mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (mapping == MAP_FAILED) {
            status = error_set(error, STATUS_IO, "%s: cannot be mapped: %s", file->name, strerror(errno));
        } else {
            file->data->mapping = mapping;
            file->data->mapping_bytes = (size_t)about.st_size;
        }
    }
    close(descriptor);
    return status;
}

enum status safetensors_open(const char *path, struct safetensors *ret_file, struct error *error) {
    struct safetensors file;
    init(&file, path);
    enum status status = map(&file, error);
    if (!status) status = parse(&file, file.data->mapping, file.data->mapping_bytes, error);
    if (status)
        safetensors_close(&file);
    else
        *ret_file = file;
    return status;
}

uint64_t safetensors_hash(const struct safetensors *file) {
    return file->data->mapping ? hash64(file->data->mapping, file->data->mapping_bytes, 0) : 0;
}

void safetensors_close(struct safetensors *file) {
    if (!file->data) return;
    if (file->data->mapping) munmap(file->data->mapping, file->data->mapping_bytes);
    json_object_put(file->data->header);
    arena_finish(&file->data->arena);
    mem_free(file->data);
    *file = (struct safetensors){0};
}

const struct tensor *safetensors_find(const struct safetensors *file, const char *name) {
    struct tensor wanted = {.name = name};
    return file->count ? bsearch(&wanted, file->tensors, file->count, sizeof wanted, compare_names) : NULL;
}

const char *safetensors_metadata(const struct safetensors *file, const char *key) {
    struct json_object *value;
    if (!file->data->metadata || !json_object_object_get_ex(file->data->metadata, key, &value)) return NULL;
    return json_object_get_string(value);
}
