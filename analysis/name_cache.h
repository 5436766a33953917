/* name_cache.h: the names of imported files (name_facts.h), read once and shared by all documents.
 *
 * There is one entry for each path that was ever looked for, also for those where nothing is. A look compares
 * the stamp of the file with the one that was read, so that what it says is what the disk holds now; but
 * where files are watched, what was looked at is known until somebody says that it may have changed, by
 * name_cache_touch of one path or by name_cache_refresh, which looks at all of them: a keystroke asks the
 * disk for nothing then. Of an open document the text counts, from name_cache_hold to name_cache_release. An
 * entry has a version, which grows when what it holds is, or may be, another than before: who keeps number
 * and version of all that was looked at knows what to ask again, without looking at a disk.
 *
 * Owns    its entries; facts are handed out with a reference.
 * Threads any thread, all functions. One lock guards the table; files are read and scanned without it.
 * Errors  a file that can't be read (or is larger than NAME_FILE_BYTES_MAX) counts as missing.
 * Units   bytes; paths are absolute and normalised. */
#ifndef NOODLE_NAME_CACHE_H
#define NOODLE_NAME_CACHE_H

#include "analysis/header.h"
#include "analysis/name_facts.h"
#include "base/cancel.h"

#define NAME_FILE_BYTES_MAX   (512u << 10)
#define NAME_FOLDER_BYTES_MAX (64u << 10) /* of names of files in one folder; of more the first are taken */
#define NAME_CACHE_PATHS_MAX  100000      /* beyond it nothing new is looked at */
#define NAME_CACHE_BYTES_MAX  (64u << 20) /* of facts; beyond it nothing new is read, or listed */

struct name_cache;

struct name_look {
    struct name_facts *facts; /* the caller unrefs; NULL: there is nothing */
    uint32_t number;          /* of the entry; UINT32_MAX: there are too many */
    uint64_t version;
};

/* The reader is copied. watched: the owner sees to it that changes are told of. */
struct name_cache *name_cache_create(const struct source_reader *reader, bool watched);
void name_cache_destroy(struct name_cache *cache); /* NULL is harmless */

struct name_look name_cache_look(struct name_cache *cache, const char *path);
/* Whether there is such a file, which is not read. */
struct name_look name_cache_look_for(struct name_cache *cache, const char *path, bool *ret_exists);
struct name_look name_cache_look_in(struct name_cache *cache, const char *folder);

/* An open document's text goes before its file. True: somebody looked at the file, and its names are others.
 */
bool name_cache_hold(struct name_cache *cache, const char *path, const struct language *language,
                     const struct text *text);
/* Of the document that held this text last the file counts again, unless it was opened once more. True:
 * somebody looked at it. */
bool name_cache_release(struct name_cache *cache, const char *path, const struct text *text);
/* Something happened to the file. True: somebody looked at it, or at its folder.
 */
bool name_cache_touch(struct name_cache *cache, const char *path);
/* Looks again at all files and folders that were looked at; returns how many differ. In the background: it
 * ends when stop (or NULL) is requested. */
size_t name_cache_refresh(struct name_cache *cache, const struct cancel *stop);

/* Whether somebody looked at the file. */
bool name_cache_knows(struct name_cache *cache, const char *path);
uint32_t name_cache_number(struct name_cache *cache, const char *path); /* UINT32_MAX: never looked for */
uint64_t name_cache_version(struct name_cache *cache, uint32_t number);
uint64_t name_cache_revision(struct name_cache *cache); /* grows with any version */

#endif
