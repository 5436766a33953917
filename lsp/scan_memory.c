/* scan_memory.c: see scan_memory.h. A list of entries, and a table of their places by the hash of the URI
 * (open addressing, a power of two, at most half full). */
#include "lsp/scan_memory.h"

#include "base/hash.h"
#include "base/vec.h"
#include <stdatomic.h>
#include <string.h>

struct scan_memory {
    struct {
        VEC_FIELDS(struct scan_entry);
    } entries;
    uint32_t *table; /* index + 1; 0: free */
    size_t table_size;
    unsigned round;
    atomic_bool touched;
};

struct scan_memory *scan_memory_create(void) {
    struct scan_memory *memory = mem_zalloc(sizeof *memory);
    atomic_init(&memory->touched, true);
    return memory;
}

static void free_entry(struct scan_entry *entry) {
    mem_free(entry->uri);
    mem_free(entry->items);
}

void scan_memory_destroy(struct scan_memory *memory) {
    if (!memory) return;
    for (size_t i = 0; i < memory->entries.count; i++)
        free_entry(&memory->entries.items[i]);
    vec_finish(&memory->entries);
    mem_free(memory->table);
    mem_free(memory);
}

void scan_memory_touch(struct scan_memory *memory) {
    atomic_store(&memory->touched, true);
}

bool scan_memory_is_fresh(const struct scan_memory *memory) {
    return !atomic_load(&memory->touched);
}

void scan_memory_begin(struct scan_memory *memory) {
    memory->round++;
    atomic_store(&memory->touched, false);
}

/* The slot of the URI, or the free one where it belongs. */
static uint32_t *find_slot(const struct scan_memory *memory, const char *uri) {
    size_t mask = memory->table_size - 1, at = hash64(uri, strlen(uri), 0) & mask;
    while (memory->table[at] && strcmp(memory->entries.items[memory->table[at] - 1].uri, uri) != 0)
        at = (at + 1) & mask;
    return &memory->table[at];
}

static void rebuild_table(struct scan_memory *memory, size_t size) {
    mem_free(memory->table);
    memory->table = mem_zalloc(size * sizeof *memory->table);
    memory->table_size = size;
    for (size_t i = 0; i < memory->entries.count; i++)
        *find_slot(memory, memory->entries.items[i].uri) = (uint32_t)i + 1;
}

void scan_memory_end(struct scan_memory *memory, bool complete) {
    if (!complete) {
        scan_memory_touch(memory);
        return;
    }
    size_t kept = 0;
    for (size_t i = 0; i < memory->entries.count; i++) {
        if (memory->entries.items[i].round == memory->round)
            memory->entries.items[kept++] = memory->entries.items[i];
        else
            free_entry(&memory->entries.items[i]);
    }
    if (kept == memory->entries.count) return;
    memory->entries.count = kept;
    rebuild_table(memory, memory->table_size);
}

const struct scan_entry *scan_memory_see(struct scan_memory *memory, const char *uri,
                                         const struct scan_stamp *stamp) {
    uint32_t *slot = memory->table_size ? find_slot(memory, uri) : NULL;
    if (!slot || !*slot) return NULL;
    struct scan_entry *entry = &memory->entries.items[*slot - 1];
    entry->round = memory->round;
    bool same = entry->stamp.modified_ns == stamp->modified_ns &&
                entry->stamp.size_bytes == stamp->size_bytes && entry->stamp.inode == stamp->inode &&
                entry->stamp.around_changes == stamp->around_changes;
    return same ? entry : NULL;
}

const struct scan_entry *scan_memory_put(struct scan_memory *memory, const char *uri,
                                         const struct scan_stamp *stamp, uint64_t hash, const char *items) {
    if (memory->table_size < (memory->entries.count + 1) * 2)
        rebuild_table(memory, memory->table_size ? memory->table_size * 2 : 256);
    uint32_t *slot = find_slot(memory, uri);
    if (!*slot) {
        vec_push(&memory->entries, (struct scan_entry){.uri = mem_strdup(uri)});
        *slot = (uint32_t)memory->entries.count;
    }
    struct scan_entry *entry = &memory->entries.items[*slot - 1];
    mem_free(entry->items);
    entry->items = items ? mem_strdup(items) : NULL;
    entry->stamp = *stamp;
    entry->hash = hash;
    entry->round = memory->round;
    return entry;
}

const struct scan_entry *scan_memory_at(const struct scan_memory *memory, size_t index) {
    return index < memory->entries.count ? &memory->entries.items[index] : NULL;
}
