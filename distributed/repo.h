/* repo.h: the files of a folder that are worth checking.
 *
 * Left out: what ignore files say (.gitignore, .ignore, .git/info/exclude, and those of the folders above up
 * to the repository's root), hidden names, symbolic links (so there are no loops, and no file comes twice),
 * anything that is no regular file, files above a size, binary files, and files in no language of ours.
 *
 * Owns    nothing beyond a call.
 * Threads any; the callbacks run on the caller's.
 * Errors  a folder that cannot be read: the first one fails the walk, those below are reported and passed
 *         over.
 * Units   bytes. */
#ifndef NOODLE_REPO_H
#define NOODLE_REPO_H

#include "analysis/language.h"
#include "base/cancel.h"
#include "base/status.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REPO_FILE_SIZE_MAX (UINT64_C(32) << 20)

struct repo_walk_params {
    uint64_t file_size_max;          /* 0: REPO_FILE_SIZE_MAX */
    const struct language *language; /* take its files only; NULL: any language's */
    bool by_name; /* the size and the content of a file whose name says its language are left to its reader */
    const char *also_suffix;     /* files of this ending are taken too, whatever is in them; NULL: none */
    const struct cancel *cancel; /* or NULL */
    /* Called before a path is looked at: a folder that is listed, a file that may be wanted or that has
     * rules, or, with by_name, whether there is one. May be NULL. */
    void (*looks)(const char *path, bool by_name, void *payload);
    /* Called for each file, names sorted by bytes within a folder. path begins with the folder's as given
     * (nothing for "."), real is absolute, without links. Both are valid during the call. false ends the
     * walk. */
    bool (*visit)(const char *path, const char *real, void *payload);
    void (*complain)(const char *message, void *payload); /* one line for a folder passed over; may be NULL */
    void *payload;
};

/* STATUS_CANCELLED when cancelled; STATUS_OK when visit ended it. */
enum status repo_walk(const char *folder, const struct repo_walk_params *params, struct error *error);

/* Whether these first bytes of a file say that it is no text. */
bool repo_is_binary(const char *bytes, size_t length);

#endif
