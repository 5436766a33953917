#include "analysis/cached.h"

#include "analysis/engine_id.h"
#include "analysis/result_bytes.h"
#include "base/clock.h"
#include <string.h>

/* What lies under the key of a result that depends on more than that key says. */
#define LOOKED_AROUND "A"
#define HAS_REPAIRS   "R"

_Static_assert(RESULT_KEYS_MAX == DISK_USE_KEYS_MAX, "all keys that lead to a result count as used");

void cached_init(struct cached *cached, const struct cached_params *params) {
    *cached = (struct cached){.params = *params};
    const struct model_source *source = params->model_source;
    struct {
        struct hash128 engine, text;
        uint64_t language, model, size, macros, way;
    } all = {.way = CACHED_FRESH};
    if (!params->cache || (source && !source->identity) || !engine_id(&all.engine)) return;
    all.text = cached->text = text_hash(params->text);
    all.size = text_size(params->text);
    all.language = hash64(params->language->id, strlen(params->language->id), RESULT_BYTES_VERSION);
    all.model = cached->model = source ? source->identity : 0;
    all.macros = !params->env ? 0 : 1 + (uint64_t)macro_env_has_surroundings(params->env);
    cached->own_keys[CACHED_FRESH] = hash128(&all, sizeof all);
    all.way = CACHED_FOLLOWED;
    cached->own_keys[CACHED_FOLLOWED] = hash128(&all, sizeof all);
    cached->asks = true;
}

static struct hash128 key_with(struct hash128 key, const char *what, uint64_t number) {
    struct {
        struct hash128 key;
        uint64_t what, number;
    } all = {key, (uint64_t)*what, number};
    return hash128(&all, sizeof all);
}

static struct hash128 around_key(const struct cached *cached, struct hash128 key) {
    struct {
        uint64_t macros, names;
    } ids = {macro_env_id(cached->params.env), names_id(cached->params.names)};
    return key_with(key, LOOKED_AROUND, hash64(&ids, sizeof ids, 0));
}

static struct hash128 repairs_key(const struct cached *cached, struct hash128 key) {
    return key_with(key, HAS_REPAIRS, cached->params.max_repairs);
}

static bool says(const struct blob *blob, const char *what) {
    return blob && blob->size_bytes == strlen(what) && memcmp(blob->bytes, what, blob->size_bytes) == 0;
}

/* The keys that led to a result, the result's last. */
struct trail {
    struct hash128 keys[DISK_USE_KEYS_MAX];
    struct cache_found found[DISK_USE_KEYS_MAX];
    size_t count;
    bool around; /* the first key led to a note of that; any later note is of repairs */
};

static struct blob *follow(const struct cached *cached, struct trail *trail, struct hash128 key,
                           enum cache_tier reach) {
    trail->keys[trail->count] = key;
    return cache_get(cached->params.cache, key, reach, &trail->found[trail->count++]);
}

static enum cache_tier farthest(const struct trail *trail) {
    enum cache_tier tier = CACHE_MEMORY;
    for (size_t i = 0; i < trail->count; i++)
        if (trail->found[i].tier > tier) tier = trail->found[i].tier;
    return tier;
}

static bool quotes_text(const struct analysis *analysis) {
    return analysis->finding_count || analysis->advice_count || analysis->fix_count;
}

/* The document's own path, then those of its headers, or of the files whose names it knows. */
static void add_paths(const char *path, const struct macro_env *around, const struct names *names,
                      struct str *paths) {
    str_adds(paths, path ? path : "");
    str_addc(paths, '\0');
    const struct header_closure *closure = around ? macro_env_closure(around) : NULL;
    size_t count = 1;
    for (size_t i = 0; closure && i < closure->count && count < DISK_PATHS_MAX; i++, count++)
        str_add(paths, closure->headers[i]->path, strlen(closure->headers[i]->path) + 1);
    const char *file;
    for (size_t i = 0; (file = names_file(names, i)) && count < DISK_PATHS_MAX; i++, count++)
        str_add(paths, file, strlen(file) + 1);
}

/* What others have shared stays when their server goes. */
static void keep_on_disk(const struct cached *cached, const struct trail *trail, const struct blob *blob,
                         const struct analysis *analysis) {
    const char *notes[DISK_USE_KEYS_MAX] = {trail->around ? LOOKED_AROUND : HAS_REPAIRS, HAS_REPAIRS};
    struct str paths;
    str_init(&paths);
    add_paths(cached->params.path, trail->around ? cached->params.env : NULL, cached->params.names, &paths);
    for (size_t i = 0; i < trail->count; i++) {
        if (trail->found[i].tier != CACHE_REDIS) continue;
        bool is_last = i + 1 == trail->count;
        struct cache_put put = {.key = trail->keys[i],
                                .bytes = is_last ? blob->bytes : notes[i],
                                .size_bytes = is_last ? blob->size_bytes : strlen(notes[i]),
                                .cost_us = trail->found[i].cost_us,
                                .quotes_source = is_last && quotes_text(analysis),
                                .language = cached->params.language->id,
                                .paths = paths.bytes,
                                .paths_bytes = paths.length};
        cache_put_on_disk(cached->params.cache, &put);
    }
    str_finish(&paths);
}

static void note_use(const struct cached *cached, const struct trail *trail) {
    struct disk_use use = {trail->keys, trail->count, cached->params.path, cached->params.in_background};
    cache_use(cached->params.cache, &use);
}

/* Takes over the blob, which lies under the trail's last key. NULL: it is no result of this text, and goes.
 */
static struct analysis *decode(const struct cached *cached, const struct trail *trail, struct blob *blob,
                               enum cached_way way) {
    struct analysis *analysis = result_bytes_decode(blob->bytes, blob->size_bytes, cached->params.text);
    if (analysis) {
        analysis->cached = true;
        analysis->place = (struct result_place){.count = (uint8_t)trail->count, .around = trail->around};
        memcpy(analysis->place.keys, trail->keys, trail->count * sizeof *trail->keys);
    } else {
        cache_drop(cached->params.cache, trail->keys[trail->count - 1]);
    }
    if (analysis && way == CACHED_FRESH) { /* others are in memory alone */
        if (farthest(trail) == CACHE_REDIS) keep_on_disk(cached, trail, blob, analysis);
        note_use(cached, trail);
    }
    blob_unref(blob);
    return analysis;
}

static struct analysis *look_up(const struct cached *cached, enum cached_way way, enum cache_tier reach,
                                enum cache_tier *ret_tier) {
    struct trail trail = {.count = 0};
    struct blob *blob = follow(cached, &trail, cached->own_keys[way], reach);
    if (says(blob, LOOKED_AROUND)) {
        blob_unref(blob);
        trail.around = true;
        struct hash128 key = around_key(cached, trail.keys[trail.count - 1]);
        /* Of what was not looked at for want of time the key says nothing. */
        if (names_are_incomplete(cached->params.names)) return NULL;
        blob = follow(cached, &trail, key, reach);
    }
    if (says(blob, HAS_REPAIRS)) {
        blob_unref(blob);
        blob = follow(cached, &trail, repairs_key(cached, trail.keys[trail.count - 1]), reach);
    }
    if (!blob) return NULL;
    *ret_tier = farthest(&trail);
    return decode(cached, &trail, blob, way);
}

struct analysis *cached_find(const struct cached *cached, enum cached_way way, enum cache_tier reach) {
    if (!cached->asks) return NULL;
    uint64_t start_ns = clock_now_ns();
    enum cache_tier tier = CACHE_MEMORY;
    struct analysis *analysis = look_up(cached, way, reach, &tier);
    cache_count(cached->params.cache, analysis != NULL, tier, clock_now_ns() - start_ns);
    return analysis;
}

struct analysis *cached_find_known(const struct cached *cached, const struct cached_known *known) {
    const struct result_place *place = &known->place;
    if (!cached->asks || place->count == 0 || place->count > RESULT_KEYS_MAX ||
        memcmp(&cached->text, &known->text, sizeof known->text) != 0)
        return NULL;
    uint64_t start_ns = clock_now_ns();
    struct trail trail = {.count = place->count - 1u, .around = place->around};
    memcpy(trail.keys, place->keys, sizeof trail.keys);
    struct blob *blob = follow(cached, &trail, place->keys[place->count - 1], CACHE_DISK);
    struct analysis *analysis = blob ? decode(cached, &trail, blob, CACHED_FRESH) : NULL;
    if (analysis) cache_count(cached->params.cache, true, farthest(&trail), clock_now_ns() - start_ns);
    return analysis;
}

struct analysis *cached_find_followed(const struct cached *cached) {
    if (!cached->asks) return NULL;
    uint64_t start_ns = clock_now_ns();
    enum cache_tier tier = CACHE_MEMORY;
    struct analysis *analysis = look_up(cached, CACHED_FRESH, CACHE_MEMORY, &tier);
    if (!analysis) analysis = look_up(cached, CACHED_FOLLOWED, CACHE_MEMORY, &tier);
    cache_count(cached->params.cache, analysis != NULL, tier, clock_now_ns() - start_ns);
    return analysis;
}

/* The encoder was to be asked, and could not be loaded, or is another than it was when the question was made.
 */
static bool misses_model(const struct cached *cached, const struct analysis *analysis) {
    const struct model_source *source = cached->params.model_source;
    if (analysis->finding_count == 0 || !source) return false;
    return source->identity != cached->model ||
           (cached->model != MODEL_IDENTITY_NONE && !source->get(source->payload));
}

static void put_note(const struct cached *cached, const struct cache_put *put, const char *what) {
    struct cache_put note = *put;
    note.bytes = what;
    note.size_bytes = strlen(what);
    cache_put(cached->params.cache, &note);
}

void cached_keep(const struct cached *cached, const struct cached_result *result) {
    const struct analysis *analysis = result->analysis;
    if (!cached->asks || analysis->cached || analysis->hurried || analysis->half_judged || analysis->open ||
        !analysis->repairs_done || misses_model(cached, analysis))
        return;
    struct str bytes, paths;
    str_init(&bytes);
    str_init(&paths);
    const struct macro_env *env = cached->params.env;
    bool around = (env && (result->around || macro_env_looked_around(env))) ||
                  names_looked_around(cached->params.names);
    struct cache_put put = {.key = cached->own_keys[result->way],
                            .reach = analysis->on_device ? CACHE_MEMORY : result->reach,
                            .language = cached->params.language->id,
                            .cost_us = analysis->elapsed_ns / 1000 < UINT32_MAX
                                           ? (uint32_t)(analysis->elapsed_ns / 1000)
                                           : UINT32_MAX};
    if (result_bytes_encode(analysis, &bytes)) {
        struct result_place place = {.around = around};
        if (put.reach > CACHE_MEMORY) {
            add_paths(cached->params.path, around ? env : NULL, cached->params.names, &paths);
            put.paths = paths.bytes;
            put.paths_bytes = paths.length;
        }
        if (around) {
            put_note(cached, &put, LOOKED_AROUND);
            place.keys[place.count++] = put.key;
            put.key = around_key(cached, put.key);
        }
        if (analysis->finding_count) {
            put_note(cached, &put, HAS_REPAIRS);
            place.keys[place.count++] = put.key;
            put.key = repairs_key(cached, put.key);
        }
        put.quotes_source = quotes_text(analysis);
        put.bytes = bytes.bytes;
        put.size_bytes = bytes.length;
        cache_put(cached->params.cache, &put);
        place.keys[place.count++] = put.key;
        if (result->place) *result->place = place;
    }
    str_finish(&paths);
    str_finish(&bytes);
}

bool cached_program(const struct model_source *source, struct hash128 *ret_id) {
    struct {
        struct hash128 engine;
        uint64_t model, version;
    } all = {.version = RESULT_BYTES_VERSION};
    if ((source && !source->identity) || !engine_id(&all.engine)) return false;
    all.model = source ? source->identity : 0;
    *ret_id = hash128(&all, sizeof all);
    return true;
}

void cached_use(struct cache *cache, const struct result_place *place, const char *path) {
    struct disk_use use = {place->keys, place->count, path, false};
    cache_use(cache, &use);
}
