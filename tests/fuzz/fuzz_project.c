/* Project files of any bytes. The first byte picks the kind. */
#include "base/mem.h"
#include "cli/compile_database.h"
#include "cli/compile_flags.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use_words(struct compile_flags_paths *words) {
    struct compile_flags flags;
    compile_flags_init(&flags);
    compile_flags_add(&flags, (const char *const *)words->items, words->count, "/p");
    for (size_t i = 0; i < words->count && i < 16; i++)
        compile_flags_remove(&flags, words->items[i]);
    project_unref(compile_flags_project(&flags, NULL, 0));
    compile_flags_finish(&flags);
    compile_flags_free_words(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    char *bytes = mem_strndup((const char *)data + 1, size - 1);
    size_t length = size - 1;
    struct compile_flags_paths words = {0}, removed = {0};
    char *database_path = NULL;
    struct error error = {0};
    switch (data[0] % 4) {
    case 0: compile_flags_split_command(bytes, &words); break;
    case 1: compile_flags_split_lines(bytes, length, &words); break;
    case 2: compile_flags_read_clangd(bytes, length, &words, &removed, &database_path); break;
    default: {
        struct compile_database *database = compile_database_parse("/p/x.json", bytes, length, &error);
        size_t set;
        if (database) compile_database_find(database, "/p/a.c", &set);
        compile_database_destroy(database);
    }
    }
    use_words(&words);
    compile_flags_free_words(&removed);
    mem_free(database_path);
    mem_free(bytes);
    return 0;
}
