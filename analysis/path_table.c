/* Declarations: path_table.h. Open addressing, at most half full. */
#include "analysis/path_table.h"

#include "base/hash.h"
#include <string.h>

#define SLOTS_MIN 256

void path_table_finish(struct path_table *table) {
    for (size_t i = 0; i < table->paths.count; i++)
        mem_free(table->paths.items[i].path);
    vec_finish(&table->paths);
    mem_free(table->slots);
    *table = (struct path_table){0};
}

/* The slot of the path, or the one where it would be. */
static uint32_t *slot_of(const struct path_table *table, const char *path, uint64_t hash, uint32_t kind) {
    size_t slot = hash & table->slot_mask;
    for (; table->slots[slot] != PATH_NONE; slot = (slot + 1) & table->slot_mask) {
        const struct path_entry *entry = &table->paths.items[table->slots[slot]];
        if (entry->hash == hash && entry->kind == kind && strcmp(entry->path, path) == 0) break;
    }
    return &table->slots[slot];
}

static void grow(struct path_table *table) {
    size_t count = table->slots ? (table->slot_mask + 1) * 2 : SLOTS_MIN;
    mem_free(table->slots);
    table->slots = mem_alloc(count * sizeof *table->slots);
    memset(table->slots, 0xff, count * sizeof *table->slots);
    table->slot_mask = count - 1;
    for (uint32_t number = 0; number < table->paths.count; number++) {
        const struct path_entry *entry = &table->paths.items[number];
        *slot_of(table, entry->path, entry->hash, entry->kind) = number;
    }
}

uint32_t path_table_find(const struct path_table *table, const char *path, uint32_t kind) {
    return table->slots ? *slot_of(table, path, hash64(path, strlen(path), kind), kind) : PATH_NONE;
}

uint32_t path_table_take(struct path_table *table, const char *path, uint32_t kind, uint32_t limit) {
    uint32_t number = path_table_find(table, path, kind);
    if (number != PATH_NONE || table->paths.count >= limit) return number;
    if (!table->slots || table->paths.count * 2 >= table->slot_mask) grow(table);
    struct path_entry entry = {mem_strdup(path), hash64(path, strlen(path), kind), kind};
    number = (uint32_t)table->paths.count;
    *slot_of(table, path, entry.hash, kind) = number;
    vec_push(&table->paths, entry);
    return number;
}
