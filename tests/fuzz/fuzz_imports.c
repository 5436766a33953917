/* Imports of any bytes: the first byte says the language, then up to eight files, cut at bytes of value 1,
 * which import each other as m0 to m7; the first is the document. Scanning, looking for paths, facts and
 * questions end, in bounds, and come to the same twice. */
#include "analysis/import_paths.h"
#include "analysis/names.h"
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct files {
    const char *suffix;
    struct {
        const char *bytes;
        size_t length;
    } items[FILES_MAX];
    size_t count;
};

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    abort();
}

static void check_normalised(const char *path) {
    char whole[8192];
    snprintf(whole, sizeof whole, "%s/", path);
    if (strstr(whole, "//") || strstr(whole, "/./") || strstr(whole, "/../"))
        fail("a path that is not normalised");
}

/* Wherever it is looked for: by the name alone. The last file is a go.mod too. */
static size_t number_of(const struct files *files, const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    if (*path != '/') fail("a path that is not absolute");
    check_normalised(path);
    if (strcmp(name, MODULE_FILE) == 0) return files->count - 1;
    if (name[0] != 'm' || name[1] < '0' || name[1] > '9' || strcmp(name + 2, files->suffix) != 0)
        return SIZE_MAX;
    size_t number = (size_t)(name[1] - '0');
    return number < files->count ? number : SIZE_MAX;
}

static bool stamp_file(const char *path, struct source_stamp *ret_stamp, void *payload) {
    const struct files *files = payload;
    size_t number = number_of(files, path);
    if (number == SIZE_MAX) return false;
    *ret_stamp = (struct source_stamp){files->items[number].length, 1, 1};
    return true;
}

static enum status read_file(const char *path, size_t limit_bytes, char **ret_bytes, size_t *ret_length,
                             void *payload) {
    const struct files *files = payload;
    size_t number = number_of(files, path);
    if (number == SIZE_MAX || files->items[number].length > limit_bytes) return STATUS_NOT_FOUND;
    *ret_length = files->items[number].length;
    *ret_bytes = mem_alloc(*ret_length + 1);
    memcpy(*ret_bytes, files->items[number].bytes, *ret_length);
    return STATUS_OK;
}

static bool list_folder(const char *folder, size_t limit_bytes, char **ret_names, size_t *ret_length,
                        void *payload) {
    const struct files *files = payload;
    struct str names;
    check_normalised(folder);
    if (strlen(folder) % 2) return false;
    str_init(&names);
    for (size_t i = 0; i < files->count && names.length < limit_bytes; i++) {
        str_addf(&names, "m%zu%s", i, files->suffix);
        str_addc(&names, '\0');
    }
    *ret_length = names.length;
    *ret_names = str_detach(&names);
    return true;
}

static void check_scan(const struct language *language, const char *bytes, size_t length,
                       const struct token_list *tokens) {
    struct import_list list;
    import_list_init(&list);
    imports_scan(language, bytes, tokens, &list);
    if (list.count > IMPORTS_MAX) fail("too many imports");
    for (size_t i = 0; i < list.count; i++) {
        const struct import *import = &list.items[i];
        if (import->length > IMPORT_NAME_MAX || import->name + import->length > list.names.length)
            fail("a name out of bounds");
    }
    if (list.package + list.package_length > list.names.length) fail("a package out of bounds");
    import_list_finish(&list);
    struct name_facts *facts = name_facts_of_text(language, bytes, length);
    for (size_t i = 1; i < facts->count; i++)
        if (facts->names[i - 1] >= facts->names[i]) fail("names do not ascend");
    name_facts_unref(facts);
}

/* The id, and what is known of each word, as a hash. False: the look was cut by time, and another one may
 * know more. */
static bool ask_all(struct surroundings *surroundings, const struct language *language, const char *path,
                    struct text *text, const char *bytes, const struct token_list *tokens,
                    uint64_t *ret_known) {
    struct names_params params = {language, text, path, surroundings, NULL};
    struct names *names = names_create(&params);
    uint64_t known = names_id(names);
    names_remember(names);
    for (size_t i = 0; i < tokens->count; i++) {
        const struct token *token = &tokens->items[i];
        uint64_t standing =
            names_ask(names, bytes + token->start_byte, token->end_byte - token->start_byte, i % 2);
        known = hash64(&standing, sizeof standing, known);
    }
    size_t count;
    const struct name_question *questions = names_remembered(names, &count);
    if (questions && !names_still_answer(names, questions, count))
        fail("another answer to the same question");
    if (names_are_outdated(names)) fail("outdated though nothing changed");
    if (names_file(names, NAMES_FILES_MAX)) fail("too many files");
    bool whole = !names_are_incomplete(names);
    names_unref(names);
    *ret_known = known;
    return whole;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const ids[] = {"python", "javascript", "typescript", "go", "rust", "java", "c"};
    if (!size) return 0;
    const struct language *language = language_find(ids[*data % (sizeof ids / sizeof *ids)]);
    struct files files = {.suffix = language->suffixes[0]};
    const char *at = (const char *)data + 1, *end = (const char *)data + size;
    while (files.count < FILES_MAX) {
        const char *cut = files.count + 1 < FILES_MAX && at < end ? memchr(at, 1, (size_t)(end - at)) : NULL;
        files.items[files.count].bytes = at;
        files.items[files.count++].length = (size_t)((cut ? cut : end) - at);
        if (!cut) break;
        at = cut + 1;
    }
    struct token_list tokens = {0};
    struct text *text;
    const char *bytes = files.items[0].bytes;
    size_t length = files.items[0].length;
    if (text_create(bytes, length, &text)) return 0;
    lexer_scan(language, bytes, length, &tokens);
    check_scan(language, bytes, length, &tokens);
    struct surroundings_params around = {
        .reader = {.stamp = stamp_file, .read = read_file, .list = list_folder, .payload = &files}};
    struct surroundings *surroundings = surroundings_create(&around);
    char path[32];
    snprintf(path, sizeof path, "/a/b/m0%s", files.suffix);
    uint64_t once, again;
    bool whole = ask_all(surroundings, language, path, text, bytes, &tokens, &once);
    whole &= ask_all(surroundings, language, path, text, bytes, &tokens, &again);
    if (whole && again != once) fail("other names the second time");
    surroundings_destroy(surroundings);
    vec_finish(&tokens);
    text_unref(text);
    return 0;
}
