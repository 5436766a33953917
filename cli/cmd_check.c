/* cmd_check.c: reports the findings of files and folders in one of the formats, always in the same order. */
#include "base/clock.h"
#include "base/log.h"
#include "cli/batch.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/inputs.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/unchanged.h"
#include <stdio.h>
#include <string.h>

struct check {
    const struct app *app;
    const struct format *format;
    const struct inputs *inputs;
    struct unchanged *unchanged;
    bool color;
    struct check_totals totals;
    size_t parts; /* files written so far */
    struct progress progress;
};

/* One file, on its way from a worker to the output. */
struct part {
    struct str out;
    size_t findings; /* hints are shown and do not count */
    bool shown, too_many, left_out;
    struct error error; /* status STATUS_OK: none */
};

static enum status check_source(const struct check *check, const struct input *file,
                                const struct source *source, struct pipeline *pipeline, struct part *part) {
    const char *path = file->path;
    struct text *text;
    struct analysis *analysis;
    struct cancel cancel;
    app_start_deadline(check->app, source->length,
                       &cancel); /* making the text of large files takes time too */
    enum status status = text_create(source->bytes, source->length, &text);
    if (status) return error_set(&part->error, status, "%s: %s", source_name(path), status_text(status));
    struct cached_known known;
    bool is_known = unchanged_find(check->unchanged, file, &known);
    struct app_text input = {.name = source_name(path),
                             .path = file->real,
                             .language = source->language,
                             .text = text,
                             .known = is_known ? &known : NULL};
    status = app_analyze(check->app, pipeline, &cancel, &input, 1, &analysis, &part->error);
    if (!status) {
        part->findings = analysis->finding_count;
        for (size_t i = 0; i < analysis->advice_count; i++)
            part->findings += analysis->advice[i].severity == SEVERITY_WARNING;
        part->shown = part->findings || analysis->advice_count;
        part->too_many = analysis->too_many;
        struct checked checked = {.path = path,
                                  .language = source->language,
                                  .text = text,
                                  .analysis = analysis,
                                  .color = check->color};
        if (part->shown) check->format->file(&part->out, &checked);
        unchanged_note(check->unchanged, file, source, analysis, !part->shown);
        analysis_unref(analysis);
    }
    text_unref(text);
    return status;
}

static void *work(size_t index, struct pipeline *pipeline, void *payload) {
    const struct check *check = payload;
    struct part *part = mem_zalloc(sizeof *part);
    str_init(&part->out);
    struct source source;
    if (inputs_read(check->inputs, index, check->app, &source, &part->error)) return part;
    part->left_out = !source.bytes;
    if (!part->left_out) check_source(check, &check->inputs->items[index], &source, pipeline, part);
    source_finish(&source);
    return part;
}

static bool deliver(size_t index, void *result, void *payload) {
    struct check *check = payload;
    struct part *part = result;
    progress_step(&check->progress);
    enum status status = STATUS_OK;
    if (part->error.status) {
        progress_hide(&check->progress);
        log_print(LOG_ERROR, "%s", part->error.message);
        check->totals.failures++;
    } else {
        check->totals.files += !part->left_out;
    }
    if (part->shown) {
        progress_hide(&check->progress);
        check->totals.with_problems += part->findings > 0;
        check->totals.findings += part->findings;
        if (check->parts++) status = output_write(check->format->separator, strlen(check->format->separator));
        if (!status) status = output_write(part->out.bytes, part->out.length);
        if (part->too_many)
            log_print(LOG_WARNING, "%s: only the first %zu problems are shown",
                      source_name(check->inputs->items[index].path), part->findings);
    }
    str_finish(&part->out);
    mem_free(part);
    return !status;
}

static void print_summary(const struct check_totals *totals) {
    char failures[64] = "";
    if (totals->failures) snprintf(failures, sizeof failures, ", %zu could not be checked", totals->failures);
    fprintf(stderr, "noodle-lsp: %zu file%s checked, %zu problem%s in %zu file%s%s (%.0f ms)\n",
            totals->files, totals->files == 1 ? "" : "s", totals->findings, totals->findings == 1 ? "" : "s",
            totals->with_problems, totals->with_problems == 1 ? "" : "s", failures,
            (double)totals->elapsed_ns / (double)NS_PER_MS);
}

static enum status write_edge(void (*edge)(struct str *out), struct str *out) {
    str_clear(out);
    if (edge) edge(out);
    return output_write(out->bytes, out->length);
}

int cmd_check(const struct options *options) {
    uint64_t start_ns = clock_now_ns();
    struct app app;
    app_init(&app, options);
    struct inputs inputs;
    inputs_collect(&inputs, &app);
    struct unchanged unchanged;
    size_t known = unchanged_begin(&unchanged, &app, &inputs);
    struct check check = {.app = &app,
                          .format = format_of(options->format),
                          .inputs = &inputs,
                          .unchanged = &unchanged,
                          .color = output_color(options->color)};
    check.totals.failures = inputs.failures;
    check.totals.files = known;

    struct str out;
    str_init(&out);
    enum status status = write_edge(check.format->begin, &out);
    progress_start(&check.progress, inputs.count);
    if (!status) batch_run(&app, &(struct batch){inputs.count, work, deliver, &check});
    progress_finish(&check.progress);
    if (cancel_requested(app.interrupt)) check.totals.failures++;
    check.totals.elapsed_ns = clock_now_ns() - start_ns;
    str_clear(&out);
    if (check.format->end) check.format->end(&out, &check.totals);
    status = output_write(out.bytes, out.length);
    str_finish(&out);
    print_summary(&check.totals);
    unchanged_end(&unchanged);
    inputs_finish(&inputs);
    app_finish(&app);
    if (status || check.totals.failures) return EXIT_TROUBLE;
    return check.totals.findings ? EXIT_PROBLEMS : EXIT_CLEAN;
}
