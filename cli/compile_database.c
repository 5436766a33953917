/* The array is read object by object, so that a file of 100 MB needs the memory of what is kept of it. */
#include "cli/compile_database.h"

#include "analysis/header.h"
#include "base/hash.h"
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#define SETS_COMPARED_MAX 1000 /* the newest ones; files next to each other are often compiled alike */

struct entry {
    char *file;
    size_t set;
};

struct flag_set {
    struct compile_flags flags;
    uint64_t hash;
};

struct compile_database {
    struct {
        VEC_FIELDS(struct entry);
    } entries; /* ascending by file */
    struct {
        VEC_FIELDS(struct flag_set);
    } sets;
};

void compile_database_destroy(struct compile_database *database) {
    if (!database) return;
    for (size_t i = 0; i < database->entries.count; i++)
        mem_free(database->entries.items[i].file);
    for (size_t i = 0; i < database->sets.count; i++)
        compile_flags_finish(&database->sets.items[i].flags);
    vec_finish(&database->entries);
    vec_finish(&database->sets);
    mem_free(database);
}

static uint64_t hash_paths(const struct compile_flags_paths *paths, uint64_t seed) {
    for (size_t i = 0; i < paths->count; i++)
        seed = hash64(paths->items[i], strlen(paths->items[i]), seed);
    return hash64("", 1, seed);
}

static uint64_t hash_flags(const struct compile_flags *flags) {
    uint64_t hash = hash64(flags->defines.bytes, flags->defines.length, flags->no_system);
    hash = hash_paths(&flags->quote, hash);
    hash = hash_paths(&flags->folders, hash);
    hash = hash_paths(&flags->system, hash);
    hash = hash_paths(&flags->after, hash);
    return hash_paths(&flags->forced, hash);
}

/* Takes over the flags. */
static size_t intern_flags(struct compile_database *database, struct compile_flags *flags) {
    uint64_t hash = hash_flags(flags);
    size_t count = database->sets.count, last = count > SETS_COMPARED_MAX ? count - SETS_COMPARED_MAX : 0;
    for (size_t i = count; i-- > last;) {
        if (database->sets.items[i].hash != hash) continue;
        compile_flags_finish(flags);
        return i;
    }
    vec_push(&database->sets, (struct flag_set){*flags, hash});
    return count;
}

static char *absolute(const char *path, const char *folder) {
    struct str joined;
    str_init(&joined);
    if (*path != '/') str_addf(&joined, "%s/", folder);
    str_adds(&joined, path);
    path_normalize(joined.bytes);
    return str_detach(&joined);
}

static const char *string_field(struct json_object *object, const char *key) {
    struct json_object *value = NULL;
    json_object_object_get_ex(object, key, &value);
    return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

static void read_words(struct json_object *object, struct compile_flags_paths *words) {
    struct json_object *arguments = NULL;
    json_object_object_get_ex(object, "arguments", &arguments);
    const char *command = string_field(object, "command");
    if (json_object_is_type(arguments, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(arguments); i++) {
            struct json_object *argument = json_object_array_get_idx(arguments, i);
            if (json_object_is_type(argument, json_type_string))
                vec_push(words, mem_strdup(json_object_get_string(argument)));
        }
    } else if (command) {
        compile_flags_split_command(command, words);
    }
}

/* False: it is no entry. */
static bool add_entry(struct compile_database *database, struct json_object *object, const char *home) {
    const char *file = string_field(object, "file"), *directory = string_field(object, "directory");
    if (!file) return false;
    char *folder = directory ? absolute(directory, home) : mem_strdup(home);
    struct compile_flags_paths words = {0};
    struct compile_flags flags;
    read_words(object, &words);
    compile_flags_init(&flags);
    if (words.count > 1)
        compile_flags_add(&flags, (const char *const *)words.items + 1, words.count - 1, folder);
    struct entry entry = {absolute(file, folder), intern_flags(database, &flags)};
    vec_push(&database->entries, entry);
    compile_flags_free_words(&words);
    mem_free(folder);
    return true;
}

static const char *skip_blanks(const char *at, const char *end) {
    while (at < end && strchr(" \t\r\n", *at))
        at++;
    return at;
}

static int compare_entries(const void *left, const void *right) {
    return strcmp(((const struct entry *)left)->file, ((const struct entry *)right)->file);
}

static enum status read_entries(struct compile_database *database, const char *path, const char *home,
                                const char *bytes, size_t length, struct error *error) {
    const char *at = skip_blanks(bytes, bytes + length), *end = bytes + length;
    if (at == end || *at != '[')
        return error_set(error, STATUS_MALFORMED, "%s: has to be a JSON array", path);
    at = skip_blanks(at + 1, end);
    if (at < end && *at == ']') return STATUS_OK;
    enum status status = STATUS_OK;
    struct json_tokener *tokener = json_tokener_new();
    for (size_t number = 1; !status; number++) {
        json_tokener_reset(tokener);
        struct json_object *object = json_tokener_parse_ex(tokener, at, (int)(end - at));
        enum json_tokener_error reason = json_tokener_get_error(tokener);
        if (reason != json_tokener_success) {
            status = error_set(error, STATUS_MALFORMED, "%s: entry %zu is not valid JSON: %s", path, number,
                               reason == json_tokener_continue ? "the file ends too early"
                                                               : json_tokener_error_desc(reason));
        } else if (!json_object_is_type(object, json_type_object) || !add_entry(database, object, home)) {
            status = error_set(error, STATUS_MALFORMED, "%s: entry %zu has no \"file\"", path, number);
        }
        json_object_put(object);
        if (status) break;
        at = skip_blanks(at + json_tokener_get_parse_end(tokener), end);
        if (at < end && *at == ']') break;
        if (at == end || *at != ',')
            status = error_set(error, STATUS_MALFORMED, "%s: a comma or ] is missing after entry %zu", path,
                               number);
        else if (number == DATABASE_ENTRIES_MAX)
            status = error_set(error, STATUS_TOO_LARGE, "%s: only the first %d entries count", path,
                               DATABASE_ENTRIES_MAX);
        at = skip_blanks(at + (at < end), end);
    }
    json_tokener_free(tokener);
    return status;
}

struct compile_database *compile_database_parse(const char *path, const char *bytes, size_t length,
                                                struct error *error) {
    if (length > DATABASE_BYTES_MAX) {
        error_set(error, STATUS_TOO_LARGE, "%s: larger than %zu MB", path, DATABASE_BYTES_MAX >> 20);
        return NULL;
    }
    struct compile_database *database = mem_zalloc(sizeof *database);
    const char *slash = strrchr(path, '/');
    char *home = slash ? mem_strndup(path, (size_t)(slash - path)) : mem_strdup("");
    read_entries(database, path, home, bytes, length, error);
    mem_free(home);
    if (database->entries.count == 0) {
        compile_database_destroy(database);
        return NULL;
    }
    qsort(database->entries.items, database->entries.count, sizeof *database->entries.items, compare_entries);
    return database;
}

size_t compile_database_count(const struct compile_database *database) {
    return database->entries.count;
}

static size_t common_prefix(const char *a, const char *b) {
    size_t length = 0;
    while (a[length] && a[length] == b[length])
        length++;
    return length;
}

const struct compile_flags *compile_database_find(const struct compile_database *database, const char *path,
                                                  size_t *ret_set_index) {
    size_t low = 0, high = database->entries.count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(database->entries.items[middle].file, path) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    /* The nearest relative by path is one of the two neighbours in order. */
    const struct entry *entries = database->entries.items;
    if (low == database->entries.count ||
        (low > 0 && common_prefix(entries[low - 1].file, path) > common_prefix(entries[low].file, path)))
        low--;
    *ret_set_index = entries[low].set;
    return &database->sets.items[entries[low].set].flags;
}
