/* Macros of any bytes: up to eight files, cut at bytes of value 1, include each other as "0" to "7"; the
 * first is the document. Scanning, closures, environments and expansion with every alternative end, in
 * bounds, with a true map. */
#include "analysis/macro_env.h"
#include "analysis/macro_expand.h"
#include "base/clock.h"
#include "base/mem.h"
#include "tests/support/expansion_check.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILES_MAX 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct file {
    const char *bytes;
    size_t length;
};

struct files {
    struct file items[FILES_MAX];
    size_t count;
};

static const struct file *find_file(const struct files *files, const char *path) {
    size_t length = strlen(path);
    size_t number = length == 4 && memcmp(path, "/f/", 3) == 0 ? (size_t)(path[3] - '0') : FILES_MAX;
    return number < files->count ? &files->items[number] : NULL;
}

static bool stamp_file(const char *path, struct source_stamp *ret_stamp, void *payload) {
    const struct file *file = find_file(payload, path);
    if (file) *ret_stamp = (struct source_stamp){file->length, 1, 1};
    return file != NULL;
}

static enum status read_file(const char *path, size_t limit_bytes, char **ret_bytes, size_t *ret_length,
                             void *payload) {
    const struct file *file = find_file(payload, path);
    if (!file || file->length > limit_bytes) return STATUS_NOT_FOUND;
    *ret_bytes = mem_alloc(file->length + 1);
    memcpy(*ret_bytes, file->bytes, file->length);
    *ret_length = file->length;
    return STATUS_OK;
}

struct chooser {
    const struct macro_env *env;
    uint32_t alternative;
};

static const struct macro *choose(const struct expand_site *site, void *payload) {
    const struct chooser *chooser = payload;
    struct macro_env_entry entry = macro_env_find(chooser->env, site->name, site->length, site->name_hash,
                                                  MACRO_INCLUDED, chooser->alternative);
    return entry.macro;
}

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    abort();
}

static void check_expansions(const struct macro_env *env, const struct file *file) {
    struct expansion expansion;
    expansion_init(&expansion);
    for (uint32_t alternative = 0; alternative < 2; alternative++) {
        struct chooser chooser = {env, alternative};
        struct expand_params params = {.find = choose, .payload = &chooser};
        macro_expand(file->bytes, (uint32_t)file->length, NULL, &params, &expansion);
        const char *wrong = expansion_check(file->bytes, file->length, &expansion);
        if (wrong) fail(wrong);
        if (expansion.text.length > 2 * ((size_t)EXPAND_OUTPUT_MAX + file->length * EXPAND_OUTPUT_FACTOR))
            fail("too much was made");
    }
    expansion_finish(&expansion);
}

/* Facts from the difference of two texts are those of a fresh look. */
static void check_edit(const struct file *before, const struct file *after) {
    struct text *old_text, *new_text;
    if (text_create(before->bytes, before->length, &old_text)) return;
    if (text_create(after->bytes, after->length, &new_text)) fail("no text");
    struct macro_facts *old_facts = macro_facts_of_text(old_text, NULL, NULL);
    struct macro_facts *facts = macro_facts_of_text(new_text, old_text, old_facts);
    struct macro_facts *fresh = macro_facts_scan(after->bytes, after->length, NULL);
    if (memcmp(&facts->hash, &fresh->hash, sizeof facts->hash) != 0) fail("facts of a difference are wrong");
    macro_facts_unref(old_facts);
    macro_facts_unref(facts);
    macro_facts_unref(fresh);
    text_unref(old_text);
    text_unref(new_text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct files files = {0};
    const char *at = (const char *)data, *end = at + size;
    while (files.count < FILES_MAX) {
        const char *cut = files.count + 1 < FILES_MAX && at < end ? memchr(at, 1, (size_t)(end - at)) : NULL;
        files.items[files.count++] = (struct file){at ? at : "", (size_t)((cut ? cut : end) - at)};
        if (!cut) break;
        at = cut + 1;
    }
    const struct file *document = &files.items[0];
    struct surroundings_params around = {
        .reader = {.stamp = stamp_file, .read = read_file, .payload = &files}};
    struct surroundings *surroundings = surroundings_create(&around);
    struct macro_facts *facts = macro_facts_scan(document->bytes, document->length, NULL);
    struct macro_env_params params = {"/f/0", facts, surroundings, NULL};
    struct macro_env *env = macro_env_create(&params);
    macro_env_id(env);
    check_expansions(env, document);
    if (files.count > 1) check_edit(&files.items[0], &files.items[1]);
    condition_of_expression(document->bytes, document->length);
    macro_env_unref(env);
    macro_facts_unref(facts);
    surroundings_destroy(surroundings);
    return 0;
}
