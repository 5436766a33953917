#include "cli/unchanged.h"

#include "base/clock.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* False: nobody can say what results depend on. */
static bool find_key(const struct app *app, struct hash128 *ret_key) {
    struct hash128 program;
    if (!cached_program(&app->encoder.model_source, &program)) return false;
    const struct options *options = app->options;
    const char *here = ".", *home = getenv("HOME"); /* no project lies above it (project_finder.h) */
    const char *const *paths = options->paths.count ? options->paths.items : &here;
    size_t count = options->paths.count ? options->paths.count : 1;
    struct str all;
    str_init(&all);
    str_add(&all, &program, sizeof program);
    str_adds(&all, options->language ? options->language->id : "");
    str_addc(&all, '\0');
    str_adds(&all, home ? home : "");
    for (size_t i = 0; i < count; i++) {
        char *real = realpath(paths[i], NULL);
        str_addc(&all, '\0');
        str_adds(&all, real ? real : "");
        free(real);
    }
    *ret_key = hash128(all.bytes, all.length);
    str_finish(&all);
    return true;
}

/* ---- before ---- */

/* NULL: nothing is known, or it does not hold. */
static const struct stamp_row *find_row(const struct unchanged *unchanged, const struct input *input) {
    if (!input->found) return NULL;
    const struct stamp_row *row = stamp_table_find(&unchanged->known, input->real);
    return row && (!(row->flags & STAMP_AROUND) || unchanged->same_around) ? row : NULL;
}

static bool is_as_it_was(const struct stamp_row *row, const struct input *input) {
    struct stat info;
    if (lstat(input->path, &info) || !S_ISREG(info.st_mode)) return false;
    struct file_stamp stamp = file_stamp_of(&info);
    return file_stamps_equal(&stamp, &row->stamp);
}

static struct result_place place_of(const struct stamp_row *row) {
    struct result_place place = {.count = (uint8_t)row->key_count, .around = row->flags & STAMP_AROUND};
    memcpy(place.keys, row->keys, sizeof place.keys);
    return place;
}

/* What serves in place of results keeps them from being forgotten. */
static void use_results(struct unchanged *unchanged) {
    for (size_t i = 0; i < unchanged->next.rows.count; i++) {
        const struct stamp_row *row = &unchanged->next.rows.items[i];
        struct result_place place = place_of(row);
        cached_use(unchanged->app->cache.cache, &place, row->path);
    }
    unchanged->next.used_s = (int64_t)time(NULL);
    unchanged->learned = true;
}

static void look_around(struct unchanged *unchanged) {
    const struct stamp_table *known = &unchanged->known;
    bool any = false;
    for (size_t i = 0; i < known->rows.count && !any; i++)
        any = known->rows.items[i].flags & STAMP_AROUND;
    unchanged->same_around = any && witness_holds(known->sights.items, known->sights.count);
    if (unchanged->same_around)
        witness_adopt(unchanged->app->witness, known->sights.items, known->sights.count);
}

size_t unchanged_begin(struct unchanged *unchanged, const struct app *app, struct inputs *inputs) {
    uint64_t start_ns = clock_now_ns();
    *unchanged = (struct unchanged){.app = app};
    unchanged->on = app->cache.cache && find_key(app, &unchanged->key);
    if (!unchanged->on) return 0;
    unchanged->lock = thread_lock_create();
    bool due;
    cache_stamps_read(app->cache.cache, unchanged->key, &unchanged->known, &due);
    look_around(unchanged);
    stamp_table_init(&unchanged->next, unchanged->known.made_s);
    unchanged->next.used_s = unchanged->known.used_s;
    unchanged->next.hits = unchanged->known.hits;
    size_t kept = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        const struct stamp_row *row = find_row(unchanged, &inputs->items[i]);
        if (row && row->flags & STAMP_CLEAN && is_as_it_was(row, &inputs->items[i])) {
            stamp_table_add(&unchanged->next, row);
            input_finish(&inputs->items[i]);
        } else {
            inputs->items[kept++] = inputs->items[i];
        }
    }
    unchanged->hits.count = inputs->count - kept;
    inputs->count = kept;
    if (due) use_results(unchanged);
    unchanged->hits.get_ns = clock_now_ns() - start_ns;
    return unchanged->hits.count;
}

/* ---- meanwhile ---- */

bool unchanged_find(const struct unchanged *unchanged, const struct input *input,
                    struct cached_known *ret_known) {
    const struct stamp_row *row = unchanged->on ? find_row(unchanged, input) : NULL;
    if (row) *ret_known = (struct cached_known){row->text, place_of(row)};
    return row;
}

/* Whether the table on disk has this row. */
static bool is_known(const struct unchanged *unchanged, const struct input *input,
                     const struct stamp_row *row) {
    const struct stamp_row *known = find_row(unchanged, input);
    return known && file_stamps_equal(&known->stamp, &row->stamp) && known->flags == row->flags &&
           known->language == row->language && known->key_count == row->key_count &&
           memcmp(&known->text, &row->text, sizeof row->text) == 0 &&
           memcmp(known->keys, row->keys, sizeof row->keys) == 0;
}

void unchanged_note(struct unchanged *unchanged, const struct input *input, const struct source *source,
                    const struct analysis *analysis, bool clean) {
    const struct result_place *place = &analysis->place;
    if (!unchanged->on || !input->found || place->count == 0 || !S_ISREG(source->info.st_mode)) return;
    struct stamp_row row = {.path = input->real,
                            .stamp = file_stamp_of(&source->info),
                            .text = text_hash(analysis->text),
                            .language = stamp_language(source->language->id),
                            .key_count = place->count,
                            .flags =
                                (uint16_t)((clean ? STAMP_CLEAN : 0) | (place->around ? STAMP_AROUND : 0))};
    memcpy(row.keys, place->keys, sizeof row.keys);
    if (!file_stamp_is_settled(&row.stamp, source->asked_ns) || row.stamp.size_bytes != source->length)
        return;
    thread_lock_acquire(unchanged->lock);
    stamp_table_add(&unchanged->next, &row);
    unchanged->learned |= !is_known(unchanged, input, &row);
    thread_lock_release(unchanged->lock);
}

/* ---- behind ---- */

/* What was seen around goes with the rows that depend on it; without it they hold no more. */
static void add_sights(struct unchanged *unchanged) {
    struct stamp_table *next = &unchanged->next;
    const struct stamp_sight *sights;
    size_t count, kept = 0;
    bool sure = witness_sights(unchanged->app->witness, &sights, &count);
    for (size_t i = 0; i < next->rows.count; i++)
        if (sure || !(next->rows.items[i].flags & STAMP_AROUND))
            next->rows.items[kept++] = next->rows.items[i];
    next->rows.count = kept;
    for (size_t i = 0; sure && i < count; i++)
        stamp_table_add_sight(next, &sights[i]);
}

void unchanged_end(struct unchanged *unchanged) {
    if (!unchanged->on) return;
    struct cache *cache = unchanged->app->cache.cache;
    if (unchanged->learned) {
        add_sights(unchanged);
        unchanged->next.hits.count += unchanged->hits.count;
        unchanged->next.hits.get_ns += unchanged->hits.get_ns;
        cache_stamps_write(cache, unchanged->key, &unchanged->next);
    } else if (unchanged->hits.count) {
        cache_stamps_hit(cache, unchanged->key, &unchanged->hits);
    }
    stamp_table_finish(&unchanged->known);
    stamp_table_finish(&unchanged->next);
    thread_lock_destroy(unchanged->lock);
}
