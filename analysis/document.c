/* document.c: see document.h. Open documents are few (tens, seldom hundreds), so a list in order of opening
 * with a hash of each URI is searched from the front. */
#include "analysis/document.h"

#include "base/clock.h"
#include "base/hash.h"
#include "base/vec.h"
#include <string.h>

struct entry {
    uint64_t uri_hash;
    struct snapshot *snapshot;
};

struct document_store {
    struct {
        VEC_FIELDS(struct entry);
    } entries;
};

struct document_store *document_store_create(void) {
    return mem_zalloc(sizeof(struct document_store));
}

void document_store_destroy(struct document_store *store) {
    if (!store) return;
    for (size_t i = 0; i < store->entries.count; i++)
        snapshot_unref(store->entries.items[i].snapshot);
    vec_finish(&store->entries);
    mem_free(store);
}

static struct entry *find_entry(const struct document_store *store, const char *uri) {
    uint64_t uri_hash = hash64(uri, strlen(uri), 0);
    for (size_t i = 0; i < store->entries.count; i++) {
        struct entry *entry = &store->entries.items[i];
        if (entry->uri_hash == uri_hash && strcmp(entry->snapshot->uri, uri) == 0) return entry;
    }
    return NULL;
}

/* Takes over the caller's reference to text. */
static struct snapshot *snapshot_create(const char *uri, const struct language *language, int64_t version,
                                        struct text *text) {
    struct snapshot *snapshot = mem_alloc(sizeof *snapshot);
    atomic_init(&snapshot->references, 1);
    snapshot->uri = mem_strdup(uri);
    snapshot->language = language;
    snapshot->version = version;
    snapshot->received_ns = clock_now_ns();
    snapshot->text = text;
    return snapshot;
}

enum status document_open(struct document_store *store, const char *uri, const struct language *language,
                          int64_t version, const char *bytes, size_t length, struct snapshot **ret_snapshot) {
    struct text *text;
    enum status status = text_create(bytes, length, &text);
    if (status != STATUS_OK) return status;
    struct snapshot *snapshot = snapshot_create(uri, language, version, text);
    struct entry *entry = find_entry(store, uri);
    if (entry) {
        snapshot_unref(entry->snapshot);
        entry->snapshot = snapshot;
    } else {
        vec_push(&store->entries, (struct entry){hash64(uri, strlen(uri), 0), snapshot});
    }
    *ret_snapshot = snapshot;
    return STATUS_OK;
}

enum status document_update(struct document_store *store, const char *uri, int64_t version, struct text *text,
                            struct snapshot **ret_snapshot) {
    struct entry *entry = find_entry(store, uri);
    if (!entry) return STATUS_NOT_FOUND;
    struct snapshot *snapshot = snapshot_create(uri, entry->snapshot->language, version, text_ref(text));
    snapshot_unref(entry->snapshot);
    entry->snapshot = snapshot;
    *ret_snapshot = snapshot;
    return STATUS_OK;
}

enum status document_close(struct document_store *store, const char *uri) {
    struct entry *entry = find_entry(store, uri);
    if (!entry) return STATUS_NOT_FOUND;
    snapshot_unref(entry->snapshot);
    size_t after = (size_t)(store->entries.items + store->entries.count - (entry + 1));
    memmove(entry, entry + 1, after * sizeof *entry);
    store->entries.count--;
    return STATUS_OK;
}

struct snapshot *document_find(const struct document_store *store, const char *uri) {
    const struct entry *entry = find_entry(store, uri);
    return entry ? entry->snapshot : NULL;
}

size_t document_count(const struct document_store *store) {
    return store->entries.count;
}

struct snapshot *document_at(const struct document_store *store, size_t index) {
    return store->entries.items[index].snapshot;
}

struct snapshot *snapshot_ref(const struct snapshot *snapshot) {
    struct snapshot *shared = (struct snapshot *)snapshot;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void snapshot_unref(struct snapshot *snapshot) {
    if (!snapshot || atomic_fetch_sub_explicit(&snapshot->references, 1, memory_order_acq_rel) != 1) return;
    text_unref(snapshot->text);
    mem_free(snapshot->uri);
    mem_free(snapshot);
}
