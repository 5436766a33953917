/* cached.h: results that were made before: what names them, and when they may be kept.
 *
 * The key of a result is the hash of everything it is made of, so that a result found is the one that a fresh
 * run would come to, byte for byte:
 *
 * - own key: text, language, program (engine_id.h), encoder on the CPU (model_source.identity), whether
 * macros are known and from where, way;
 * - around key: the key before and the id of the environment of macros (macro_env_id: contents of all headers
 *   that are included, names of those that are missing, the build's flags, the workspace);
 * - repairs key: the key before and the number of repairs wanted.
 *
 * A run that never looked around is kept under its own key, whatever lies around the text. Of one that did,
 * the own key says just that, and the result lies under the key with what is around now: when a header
 * changes, appears or goes, exactly the results of texts that looked at it are no longer found, and found
 * again when the change is taken back. In the same way a text in which nothing is wrong is one result,
 * however many repairs are wanted, so that a folder that was checked is known to the editor.
 *
 * There are two ways to a result. FRESH: from the text alone. FOLLOWED: from an earlier version of the
 * document, whose parse may have recovered from errors in another manner; such results stay in memory and
 * answer only for documents that are being followed, where they make undo a hit.
 *
 * What the clock decided, and what was open or cancelled, is never kept. What a device beside the CPU helped
 * with stays in memory: which windows it computed was decided on the way, and its numbers are others in the
 * last digits, and in other formats before those.
 *
 * A result of FRESH that is found counts as use, of it and of the document's file, which the cache lists
 * among those that it is made of: texts that are equal are one result, and each file is known to use it. One
 * that is found in Redis is put on disk as well, with the files that it is made of here.
 *
 * Whoever knows that a text, and what its result depends on beside it, are what they were, needs neither ask
 * what is around it (cached_find_known) nor, where nothing was wrong, read it (cached_use).
 *
 * Owns    nothing: the texts and the cache are the caller's.
 * Threads any, each question on one.
 * Errors  none: bytes that are no result of this text are dropped, and a miss. */
#ifndef NOODLE_CACHED_H
#define NOODLE_CACHED_H

#include "analysis/language.h"
#include "analysis/macro_env.h"
#include "analysis/model.h"
#include "analysis/names.h"
#include "analysis/repair.h"
#include "cache/store.h"

struct cached_params {
    struct cache *cache; /* NULL: nothing is found and nothing kept */
    const struct language *language;
    struct text *text;
    const struct model_source *model_source; /* or NULL */
    const struct macro_env *env;             /* that the text is analysed with; or NULL */
    struct names *names;                     /* likewise */
    const char *path;     /* of the document, alive as long as this; NULL: it lies nowhere */
    bool in_background;   /* nobody asked for it: the cache's list of files does not take it
                             for used when it is found */
    unsigned max_repairs; /* 0 is a number of its own */
};

/* The question about one text. Plain data. */
struct cached {
    struct cached_params params;
    struct hash128 own_keys[2]; /* by way */
    struct hash128 text;        /* text_hash */
    uint64_t model;             /* identity of the encoder when the question was made */
    bool asks;                  /* false: nothing can be said of what the result depends on */
};

enum cached_way { CACHED_FRESH, CACHED_FOLLOWED };

void cached_init(struct cached *cached, const struct cached_params *params);

/* NULL, or the caller unrefs. Looks around the document only when the result depends on that. */
struct analysis *cached_find(const struct cached *cached, enum cached_way way, enum cache_tier reach);
/* Of a document that is being followed: of either way, as far as it is in memory. */
struct analysis *cached_find_followed(const struct cached *cached);

/* What is known of a text from before. */
struct cached_known {
    struct hash128 text; /* text_hash */
    struct result_place place;
};

/* The result that was kept there, if the text is that one; what is around it is taken to be what it was. */
struct analysis *cached_find_known(const struct cached *cached, const struct cached_known *known);

struct cached_result {
    const struct analysis *analysis;
    enum cached_way way;
    enum cache_tier reach;      /* memory at most for what a device helped with */
    bool around;                /* it depends on what is around even if this run did not look */
    struct result_place *place; /* filled in when it is kept; or NULL */
};

/* Keeps it if that is allowed. */
void cached_keep(const struct cached *cached, const struct cached_result *result);

/* Of all that results depend on beside texts and what is around them. False: nobody can say. */
bool cached_program(const struct model_source *source, struct hash128 *ret_id);

/* The result counts as used, for the document at the path, as if it had been found. */
void cached_use(struct cache *cache, const struct result_place *place, const char *path);

#endif
