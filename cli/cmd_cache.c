/* cmd_cache.c: what is kept of earlier results: shows it, forgets it, makes it beforehand. */
#include "base/clock.h"
#include "base/log.h"
#include "cli/batch.h"
#include "cli/cache_folder.h"
#include "cli/commands.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/progress.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MEGABYTE     ((double)(1 << 20))
#define OPEN_WAIT_NS (5 * NS_PER_S)

static void warn(const char *message, void *payload) {
    (void)payload;
    log_print(LOG_WARNING, "%s", message);
}

/* The cache without an engine around it. False: there is none, and a line says so. */
static bool open_cache(struct cache_setup *setup, const struct options *options) {
    struct preferences preferences;
    struct preferences_params params = {.root = ".", .options = options, .complain = warn};
    preferences_load(&params, &preferences);
    struct cache_setup_params setup_params = {.options = options, .wait_ns = OPEN_WAIT_NS, .complain = warn};
    cache_setup_init(setup, &setup_params);
    cache_setup_apply(setup, &preferences.cache);
    if (setup->cache) return true;
    log_print(LOG_ERROR,
              "there is no cache: " PREFERENCES_PREFIX "CACHE_SIZE, or cacheSize in " PREFERENCES_FILE
              ", is 0; it takes a number of entries");
    return false;
}

static void add_strategy(struct str *out, const struct cache_preferences *preferences) {
    str_addf(out, "strategy    %s; ", evict_strategy_name(preferences->strategy));
    if (!preferences->ttl_s)
        str_adds(out, "nothing is forgotten for its age\n");
    else if (preferences->strategy == EVICT_TTL)
        str_addf(out, "forgotten %" PRIu64 " s after it was made\n", preferences->ttl_s);
    else
        str_addf(out, "forgotten when it was not used for %" PRIu64 " s\n", preferences->ttl_s);
}

static void add_losses(struct str *out, const uint64_t tallies[TALLY_COUNT]) {
    str_addf(out, "gone        from memory: %" PRIu64 " for room, %" PRIu64 " for age\n",
             tallies[TALLY_MEMORY_EVICTED], tallies[TALLY_MEMORY_EXPIRED]);
    str_addf(out,
             "            from disk: %" PRIu64 " for room, %" PRIu64 " for age, %" PRIu64 " damaged, %" PRIu64
             " cleared, %" PRIu64 " erased\n",
             tallies[TALLY_EVICTED], tallies[TALLY_EXPIRED], tallies[TALLY_DAMAGED], tallies[TALLY_CLEARED],
             tallies[TALLY_ERASED]);
    str_addf(out, "dropped     %" PRIu64 " before they were on disk, %" PRIu64 " before they were shared\n",
             tallies[TALLY_DROPPED], tallies[TALLY_REDIS_DROPPED]);
}

static int show_stats(const struct options *options) {
    struct cache_setup setup;
    if (!open_cache(&setup, options)) return EXIT_TROUBLE;
    uint64_t tallies[TALLY_COUNT];
    cache_flush(setup.cache);
    cache_tallies(setup.cache, tallies);
    struct cache_counters counters = cache_counters(setup.cache);
    const struct cache_preferences *preferences = &setup.preferences;
    struct stamp_sums stamps = cache_stamps_sum(setup.cache);
    tallies[TALLY_DISK_HITS] += stamps.hits.count;
    tallies[TALLY_GET_NS] += stamps.hits.get_ns;
    uint64_t hits = tallies[TALLY_MEMORY_HITS] + tallies[TALLY_DISK_HITS] + tallies[TALLY_REDIS_HITS];
    uint64_t asked = hits + tallies[TALLY_MISSES];
    char *folder = cache_folder_path();
    struct str out;
    str_init(&out);
    str_addf(&out, "folder      %s%s\n", folder ? folder : "none",
             counters.disk.open ? "" : " (not used: results are kept in memory only)");
    str_addf(&out, "entries     %" PRIu64 " of at most %zu\n", counters.disk.entries, preferences->entries);
    str_addf(&out, "size        %.1f MB of at most %zu MB\n", (double)counters.disk.bytes / MEGABYTE,
             preferences->disk_mb);
    str_addf(&out, "unchanged   %" PRIu64 " file%s of %" PRIu64 " folder%s need not be read, %.1f MB\n",
             stamps.clean, stamps.clean == 1 ? "" : "s", stamps.tables, stamps.tables == 1 ? "" : "s",
             (double)stamps.bytes / MEGABYTE);
    add_strategy(&out, preferences);
    str_addf(&out, "hits        %" PRIu64 " (memory %" PRIu64 ", disk %" PRIu64 ", Redis %" PRIu64 ")\n",
             hits, tallies[TALLY_MEMORY_HITS], tallies[TALLY_DISK_HITS], tallies[TALLY_REDIS_HITS]);
    if (*preferences->redis.host)
        str_addf(&out, "Redis       %s:%u, database %u: %s\n", preferences->redis.host,
                 preferences->redis.port, preferences->redis.database,
                 redis_state_name(counters.redis.state));
    str_addf(&out, "misses      %" PRIu64 "\n", tallies[TALLY_MISSES]);
    str_addf(&out, "hit rate    %.1f %%\n", asked ? 100.0 * (double)hits / (double)asked : 0.0);
    str_addf(&out, "retrieval   %.1f us on average\n",
             hits ? (double)tallies[TALLY_GET_NS] / (double)hits / 1000.0 : 0.0);
    str_addf(&out, "excerpts    %" PRIu64 " known, %" PRIu64 " searched\n", tallies[TALLY_PART_HITS],
             tallies[TALLY_PART_MISSES]);
    add_losses(&out, tallies);
    enum status status = output_write(out.bytes, out.length);
    str_finish(&out);
    mem_free(folder);
    cache_setup_finish(&setup);
    return status ? EXIT_TROUBLE : EXIT_CLEAN;
}

static int clear(const struct options *options) {
    struct cache_setup setup;
    if (!open_cache(&setup, options)) return EXIT_TROUBLE;
    char *path = options->cache_path ? around_path(options->cache_path) : NULL;
    struct disk_selection selection = {.language = options->language ? options->language->id : NULL,
                                       .path = path,
                                       .older_s = options->older_s};
    cache_flush(setup.cache);
    uint64_t count = cache_clear(setup.cache, &selection);
    bool open = cache_counters(setup.cache).disk.open;
    mem_free(path);
    cache_setup_finish(&setup);
    if (!open) return EXIT_TROUBLE; /* a line has said why */
    fprintf(stderr, "noodle-lsp: %" PRIu64 " result%s forgotten\n", count, count == 1 ? "" : "s");
    return EXIT_CLEAN;
}

/* ---- warming ---- */

struct warm {
    const struct app *app;
    const struct inputs *inputs;
    struct progress progress;
    size_t made, known, failures;
};

struct part {
    bool cached, left_out;
    struct error error; /* status STATUS_OK: none */
};

static void *work(size_t index, struct pipeline *pipeline, void *payload) {
    const struct warm *warm = payload;
    const struct input *file = &warm->inputs->items[index];
    struct part *part = mem_zalloc(sizeof *part);
    struct source source;
    if (inputs_read(warm->inputs, index, warm->app, &source, &part->error)) return part;
    part->left_out = !source.bytes;
    if (part->left_out) return part;
    struct text *text;
    struct analysis *analysis;
    struct cancel cancel;
    app_start_deadline(warm->app, source.length, &cancel);
    enum status status = text_create(source.bytes, source.length, &text);
    if (status) {
        error_set(&part->error, status, "%s: %s", source_name(file->path), status_text(status));
    } else {
        struct app_text input = {
            .name = source_name(file->path), .path = file->real, .language = source.language, .text = text};
        if (!app_analyze(warm->app, pipeline, &cancel, &input, warm->app->preferences.settings.max_repairs,
                         &analysis, &part->error)) {
            part->cached = analysis->cached;
            analysis_unref(analysis);
        }
        text_unref(text);
    }
    source_finish(&source);
    return part;
}

static bool deliver(size_t index, void *result, void *payload) {
    (void)index;
    struct warm *warm = payload;
    struct part *part = result;
    progress_step(&warm->progress);
    if (part->error.status) {
        progress_hide(&warm->progress);
        log_print(LOG_ERROR, "%s", part->error.message);
        warm->failures++;
    } else if (!part->left_out) {
        warm->known += part->cached;
        warm->made += !part->cached;
    }
    mem_free(part);
    return true;
}

static int fill(const struct options *options) {
    struct app app;
    app_init(&app, options);
    struct inputs inputs;
    inputs_collect(&inputs, &app);
    struct warm warm = {.app = &app, .inputs = &inputs, .failures = inputs.failures};
    progress_start(&warm.progress, inputs.count);
    batch_run(&app, &(struct batch){inputs.count, work, deliver, &warm});
    progress_finish(&warm.progress);
    bool interrupted = cancel_requested(app.interrupt);
    inputs_finish(&inputs);
    app_finish(&app);
    fprintf(stderr, "noodle-lsp: %zu file%s analysed, %zu known already", warm.made,
            warm.made == 1 ? "" : "s", warm.known);
    if (warm.failures) fprintf(stderr, ", %zu failed", warm.failures);
    fputc('\n', stderr);
    return warm.failures || interrupted ? EXIT_TROUBLE : EXIT_CLEAN;
}

int cmd_cache(const struct options *options) {
    switch (options->cache_action) {
    case CACHE_STATS: return show_stats(options);
    case CACHE_CLEAR: return clear(options);
    case CACHE_WARM: break;
    }
    return fill(options);
}
