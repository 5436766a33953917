#include "cli/unchanged.h"

#include "analysis/cached.h"
#include "base/clock.h"
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* False: nobody can say what results depend on. */
static bool find_key(const struct app *app, struct hash128 *ret_key) {
    struct hash128 program;
    if (!cached_program(&app->encoder.model_source, &program)) return false;
    const struct options *options = app->options;
    const char *here = ".";
    const char *const *paths = options->paths.count ? options->paths.items : &here;
    size_t count = options->paths.count ? options->paths.count : 1;
    struct str all;
    str_init(&all);
    str_add(&all, (const char *)&program, sizeof program);
    str_adds(&all, options->language ? options->language->id : "");
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

static const struct language *language_of(uint64_t number) {
    const struct language *language;
    for (size_t i = 0; (language = language_at(i)); i++)
        if (stamp_language(language->id) == number) return language;
    return NULL;
}

/* NULL: it has to be read. */
static const struct stamp_row *find_unchanged(const struct stamp_table *known, const struct input *input) {
    const struct stamp_row *row = input->found ? stamp_table_find(known, input->real) : NULL;
    struct stat info;
    if (!row || lstat(input->path, &info) || !S_ISREG(info.st_mode)) return NULL;
    struct file_stamp stamp = file_stamp_of(&info);
    return file_stamps_equal(&stamp, &row->stamp) ? row : NULL;
}

/* What serves in place of results keeps them from being forgotten. */
static void use_results(struct unchanged *unchanged) {
    const struct app *app = unchanged->app;
    for (size_t i = 0; i < unchanged->next.rows.count; i++) {
        const struct stamp_row *row = &unchanged->next.rows.items[i];
        struct cached_clean clean = {row->text, row->stamp.size_bytes, language_of(row->language), row->path};
        if (clean.language) cached_use_clean(app->cache.cache, &app->encoder.model_source, &clean);
    }
    unchanged->next.used_s = (int64_t)time(NULL);
    unchanged->learned = true;
}

size_t unchanged_begin(struct unchanged *unchanged, const struct app *app, struct inputs *inputs) {
    uint64_t start_ns = clock_now_ns();
    *unchanged = (struct unchanged){.app = app};
    unchanged->on = app->cache.cache && find_key(app, &unchanged->key);
    if (!unchanged->on) return 0;
    unchanged->lock = thread_lock_create();
    struct stamp_table known;
    bool due, any = cache_stamps_read(app->cache.cache, unchanged->key, &known, &due);
    stamp_table_init(&unchanged->next, known.made_s);
    unchanged->next.used_s = known.used_s;
    unchanged->next.hits = known.hits;
    size_t kept = 0;
    for (size_t i = 0; i < inputs->count; i++) {
        const struct stamp_row *row = any ? find_unchanged(&known, &inputs->items[i]) : NULL;
        if (row) {
            stamp_table_add(&unchanged->next, row);
            input_finish(&inputs->items[i]);
        } else {
            inputs->items[kept++] = inputs->items[i];
        }
    }
    unchanged->hits.count = inputs->count - kept;
    inputs->count = kept;
    stamp_table_finish(&known);
    if (due) use_results(unchanged);
    unchanged->hits.get_ns = clock_now_ns() - start_ns;
    return unchanged->hits.count;
}

void unchanged_note(struct unchanged *unchanged, const struct input *input, const struct source *source,
                    const struct analysis *analysis) {
    if (!unchanged->on || !input->found || !analysis->by_text_alone || !S_ISREG(source->info.st_mode)) return;
    struct file_stamp stamp = file_stamp_of(&source->info);
    if (!file_stamp_is_settled(&stamp, source->asked_ns) || stamp.size_bytes != source->length) return;
    struct stamp_row row = {input->real, stamp, text_hash(analysis->text),
                            stamp_language(source->language->id)};
    thread_lock_acquire(unchanged->lock);
    stamp_table_add(&unchanged->next, &row);
    unchanged->learned = true;
    thread_lock_release(unchanged->lock);
}

void unchanged_end(struct unchanged *unchanged) {
    if (!unchanged->on) return;
    struct cache *cache = unchanged->app->cache.cache;
    if (unchanged->learned) {
        unchanged->next.hits.count += unchanged->hits.count;
        unchanged->next.hits.get_ns += unchanged->hits.get_ns;
        cache_stamps_write(cache, unchanged->key, &unchanged->next);
    } else if (unchanged->hits.count) {
        cache_stamps_hit(cache, unchanged->key, &unchanged->hits);
    }
    stamp_table_finish(&unchanged->next);
    thread_lock_destroy(unchanged->lock);
}
