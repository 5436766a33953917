/* cmd_fix.c: repairs files: shows a diff, writes the files, or prints the repaired text. */
#include "base/clock.h"
#include "base/log.h"
#include "cli/batch.h"
#include "cli/commands.h"
#include "cli/diff.h"
#include "cli/format.h"
#include "cli/inputs.h"
#include "cli/mend.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/replace.h"
#include <stdio.h>

struct fix {
    const struct app *app;
    const struct inputs *inputs;
    bool color;
    size_t repaired, left, failures; /* files; `left` counts those with problems that remain */
    struct progress progress;
};

/* One file, on its way from a worker to the output. */
struct part {
    struct str out;      /* for standard output */
    struct str messages; /* for standard error */
    size_t applied, left;
    struct error error; /* status STATUS_OK: none */
};

/* Puts the result where it was asked for. */
static void hand_out(const struct fix *fix, const char *path, const struct source *source,
                     const struct mend *mend, struct part *part) {
    const struct options *options = fix->app->options;
    if (options->fix_mode == FIX_STDOUT && !mend->applied) {
        str_add(&part->out, source->bytes, source->length);
        return;
    }
    if (!mend->applied) return;
    size_t length = text_size(mend->text);
    char *bytes = text_dup(mend->text, 0, (uint32_t)length);
    switch (options->fix_mode) {
    case FIX_STDOUT: str_add(&part->out, bytes, length); break;
    case FIX_WRITE:
        if (cancel_requested(fix->app->interrupt))
            error_set(&part->error, STATUS_CANCELLED, "%s: interrupted, left as it was", path);
        else if (!replace_file(path, &source->info, bytes, length, &part->error))
            str_addf(&part->messages, "noodle-lsp: %s: repaired (%zu change%s)\n", path, mend->applied,
                     mend->applied == 1 ? "" : "s");
        break;
    default:
        diff_unified(&part->out, source_name(path), (struct diff_side){source->bytes, source->length},
                     (struct diff_side){bytes, length}, fix->color);
    }
    mem_free(bytes);
}

static void fix_source(const struct fix *fix, const struct input *file, const struct source *source,
                       struct pipeline *pipeline, struct part *part) {
    const char *path = file->path;
    struct text *text;
    struct mend mend;
    enum status status = text_create(source->bytes, source->length, &text);
    if (status) {
        error_set(&part->error, status, "%s: %s", source_name(path), status_text(status));
        return;
    }
    struct app_text input = {
        .name = source_name(path), .path = file->real, .language = source->language, .text = text};
    if (!mend_text(fix->app, pipeline, &input, fix->app->options->min_confidence, &mend, &part->error)) {
        part->applied = mend.applied;
        part->left = mend.analysis->finding_count;
        struct checked checked = {
            .path = path, .language = source->language, .text = mend.text, .analysis = mend.analysis};
        for (size_t i = 0; i < part->left; i++)
            format_add_finding(&part->messages, &checked, &mend.analysis->findings[i], false);
        hand_out(fix, path, source, &mend, part);
        mend_finish(&mend);
    }
    text_unref(text);
}

static void *work(size_t index, struct pipeline *pipeline, void *payload) {
    const struct fix *fix = payload;
    struct part *part = mem_zalloc(sizeof *part);
    str_init(&part->out);
    str_init(&part->messages);
    struct source source;
    if (inputs_read(fix->inputs, index, fix->app, &source, &part->error)) return part;
    if (source.bytes) fix_source(fix, &fix->inputs->items[index], &source, pipeline, part);
    source_finish(&source);
    return part;
}

static bool deliver(size_t index, void *result, void *payload) {
    (void)index;
    struct fix *fix = payload;
    struct part *part = result;
    progress_step(&fix->progress);
    if (part->out.length || part->messages.length || part->error.status) progress_hide(&fix->progress);
    enum status status = output_write(part->out.bytes, part->out.length);
    fwrite(part->messages.bytes, 1, part->messages.length, stderr);
    if (part->error.status) {
        log_print(LOG_ERROR, "%s", part->error.message);
        fix->failures++;
    } else {
        fix->repaired += part->applied > 0;
        fix->left += part->left > 0;
    }
    str_finish(&part->out);
    str_finish(&part->messages);
    mem_free(part);
    return !status;
}

static void print_summary(const struct fix *fix, uint64_t elapsed_ns) {
    size_t count = fix->inputs->count;
    fprintf(stderr, "noodle-lsp: %zu file%s, %zu %s, %zu with problems that remain", count,
            count == 1 ? "" : "s", fix->repaired,
            fix->app->options->fix_mode == FIX_WRITE ? "repaired" : "to repair", fix->left);
    if (fix->failures) fprintf(stderr, ", %zu failed", fix->failures);
    fprintf(stderr, " (%.0f ms)\n", (double)elapsed_ns / (double)NS_PER_MS);
}

int cmd_fix(const struct options *options) {
    uint64_t start_ns = clock_now_ns();
    struct app app;
    app_init(&app, options);
    struct inputs inputs;
    inputs_collect(&inputs, &app);
    struct fix fix = {.app = &app,
                      .inputs = &inputs,
                      .color = options->fix_mode == FIX_DIFF && output_color(options->color),
                      .failures = inputs.failures};
    progress_start(&fix.progress, inputs.count);
    batch_run(&app, &(struct batch){inputs.count, work, deliver, &fix});
    progress_finish(&fix.progress);
    if (options->fix_mode != FIX_STDOUT) print_summary(&fix, clock_now_ns() - start_ns);
    inputs_finish(&inputs);
    app_finish(&app);
    if (fix.failures || output_write("", 0)) return EXIT_TROUBLE;
    return fix.left ? EXIT_PROBLEMS : EXIT_CLEAN;
}
