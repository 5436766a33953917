/* document.h: open documents and their snapshots.
 *
 * Owns    the store owns its newest snapshots; a snapshot is shared by reference count with running work.
 * Threads the store belongs to the loop thread; a snapshot never changes and may be read from any thread.
 * Errors  STATUS_NOT_FOUND for a document that is not open, STATUS_TOO_LARGE above TEXT_SIZE_MAX.
 * Units   UTF-8 byte offsets. */
#ifndef NOODLE_DOCUMENT_H
#define NOODLE_DOCUMENT_H

#include "analysis/language.h"
#include "analysis/text.h"
#include <stdatomic.h>

struct snapshot {
    atomic_uint references;
    char *uri;
    const struct language *language; /* NULL: not one of ours; kept so that edits stay in step */
    int64_t version;                 /* the client's */
    uint64_t received_ns;            /* clock when the change arrived, for latency */
    struct text *text;
};

struct document_store;

struct document_store *document_store_create(void);
void document_store_destroy(struct document_store *store);

/* Opening an open document again replaces it. Borrowed result: ref to keep. */
enum status document_open(struct document_store *store, const char *uri, const struct language *language,
                          int64_t version, const char *bytes, size_t length, struct snapshot **ret_snapshot);
/* Makes the next snapshot from a new text (text.h does the editing) and refs it. Borrowed result: ref to
 * keep. */
enum status document_update(struct document_store *store, const char *uri, int64_t version, struct text *text,
                            struct snapshot **ret_snapshot);
enum status document_close(struct document_store *store, const char *uri);
struct snapshot *document_find(const struct document_store *store, const char *uri); /* borrowed; NULL */
size_t document_count(const struct document_store *store);
struct snapshot *document_at(const struct document_store *store,
                             size_t index); /* borrowed, in order of opening */

struct snapshot *snapshot_ref(const struct snapshot *snapshot);
void snapshot_unref(struct snapshot *snapshot);

#endif
