/* cmd_jsonl.c: `fix --jsonl`: requests on standard input, answers on standard output, one JSON object a line,
 * in order. */
#include "base/clock.h"
#include "base/log.h"
#include "cli/batch.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/line_reader.h"
#include "cli/output.h"
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_BYTES_MAX  ((size_t)256 << 20)
#define AHEAD_LINES     64 /* read while others are worked on, with several threads */
#define AHEAD_BYTES_MAX ((size_t)64 << 20)

struct request {
    char *bytes; /* NULL: the line was too long */
    size_t length;
    uint64_t number; /* of the line, from 1 */
};

struct requests {
    VEC_FIELDS(struct request);
};

struct jsonl {
    const struct app *app;
    struct requests requests;
};

/* The text after a repair; NULL when it cannot be made. */
static struct text *repaired_text(struct text *text, const struct repair *repair) {
    struct text *repaired;
    return text_apply(text, repair->edits, repair->edit_count, &repaired) ? NULL : repaired;
}

static void emit_whole_text(struct emit *emit, struct text *text) {
    if (!text) {
        emit_null(emit);
        return;
    }
    char *bytes = text_dup(text, 0, text_size(text));
    emit_string(emit, bytes, text_size(text));
    mem_free(bytes);
}

static void emit_stages(struct emit *emit, const struct stage_times *times) {
    emit_key(emit, "stages_ms");
    emit_open_object(emit);
    for (int stage = STAGE_PARSE; stage <= STAGE_RANK; stage++)
        emit_ms_at(emit, stage_name((enum stage)stage), times->ns[stage]);
    emit_close_object(emit);
}

static void emit_reasons(struct emit *emit, const struct repair *repair) {
    emit_key(emit, "reasons");
    emit_open_object(emit);
    for (int reason = 0; reason < REASON_COUNT; reason++) {
        emit_key(emit, repair_reason_name((enum repair_reason)reason));
        emit_double(emit, (double)repair->reasons[reason]);
    }
    emit_close_object(emit);
}

static void emit_answer(struct emit *emit, struct json_object *id, struct text *text,
                        const struct analysis *analysis, const struct app *app, uint64_t start_ns) {
    emit_open_object(emit);
    emit_key(emit, "id");
    const char *id_json =
        json_object_to_json_string_ext(id, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
    emit_raw(emit, id_json, strlen(id_json));
    emit_key(emit, "diagnostics");
    emit_open_array(emit);
    for (size_t i = 0; i < analysis->finding_count; i++) {
        emit_open_object(emit);
        format_emit_finding(emit, text, &analysis->findings[i]);
        emit_close_object(emit);
    }
    emit_close_array(emit);
    emit_key(emit, "fixes");
    emit_open_array(emit);
    struct text *best = NULL;
    for (size_t i = 0; i < analysis->fix_count; i++) {
        struct text *repaired = repaired_text(text, &analysis->fixes[i]);
        if (!repaired) continue;
        emit_open_object(emit);
        format_emit_repair(emit, &analysis->fixes[i]);
        if (app->options->explain) emit_reasons(emit, &analysis->fixes[i]);
        emit_key(emit, "text");
        emit_whole_text(emit, repaired);
        emit_close_object(emit);
        if (!best) best = text_ref(repaired);
        text_unref(repaired);
    }
    emit_close_array(emit);
    emit_key(emit, "text");
    emit_whole_text(emit, best);
    text_unref(best);
    emit_ms_at(emit, "elapsed_ms", clock_now_ns() - start_ns);
    emit_stages(emit, &analysis->times);
    emit_text_at(emit, "device", analysis->cached ? NULL : analysis->on_device ? "vulkan" : "cpu");
    emit_bool_at(emit, "cached", analysis->cached);
    emit_close_object(emit);
}

static void emit_error(struct emit *emit, const struct error *error) {
    emit_clear(emit);
    emit_open_object(emit);
    emit_key(emit, "id");
    emit_null(emit);
    emit_text_at(emit, "error", error->message);
    emit_close_object(emit);
}

static enum status analyze_request(const struct jsonl *jsonl, struct json_object *object, uint64_t number,
                                   uint64_t start_ns, struct pipeline *pipeline, struct emit *emit,
                                   struct error *error) {
    struct json_object *id = NULL, *language_name = NULL, *content = NULL;
    json_object_object_get_ex(object, "id", &id);
    json_object_object_get_ex(object, "language", &language_name);
    json_object_object_get_ex(object, "text", &content);
    if (!json_object_is_type(language_name, json_type_string))
        return error_set(error, STATUS_MALFORMED, "line %" PRIu64 ": \"language\" has to be a string",
                         number);
    if (!json_object_is_type(content, json_type_string))
        return error_set(error, STATUS_MALFORMED, "line %" PRIu64 ": \"text\" has to be a string", number);
    const struct language *language = language_find(json_object_get_string(language_name));
    if (!language)
        return error_set(error, STATUS_UNSUPPORTED,
                         "line %" PRIu64 ": unknown language \"%.60s\"; noodle-lsp help lists "
                         "the known ones",
                         number, json_object_get_string(language_name));
    char name[32];
    snprintf(name, sizeof name, "line %" PRIu64, number);
    struct text *text;
    enum status status =
        text_create(json_object_get_string(content), (size_t)json_object_get_string_len(content), &text);
    if (status) return error_set(error, status, "%s: %s", name, status_text(status));
    struct cancel cancel;
    app_start_deadline(jsonl->app, text_size(text), &cancel);
    struct analysis *analysis;
    struct app_text input = {.name = name, .path = NULL, .language = language, .text = text};
    status =
        app_analyze(jsonl->app, pipeline, &cancel, &input, jsonl->app->options->max_fixes, &analysis, error);
    if (!status) {
        emit_answer(emit, id, text, analysis, jsonl->app, start_ns);
        analysis_unref(analysis);
    }
    text_unref(text);
    return status;
}

static enum status answer(const struct jsonl *jsonl, const struct request *request, struct pipeline *pipeline,
                          struct emit *emit, struct error *error) {
    uint64_t start_ns = clock_now_ns();
    if (!request->bytes)
        return error_set(error, STATUS_TOO_LARGE, "line %" PRIu64 ": longer than 256 MB", request->number);
    if (memchr(request->bytes, '\0',
               request->length)) /* where the parser would stop, content with what came before */
        return error_set(error, STATUS_MALFORMED, "line %" PRIu64 ": not valid JSON: a NUL byte",
                         request->number);
    struct json_tokener *tokener = json_tokener_new();
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    /* With its closing NUL, which ends a number at the top level. */
    struct json_object *object = json_tokener_parse_ex(tokener, request->bytes, (int)request->length + 1);
    enum json_tokener_error reason = json_tokener_get_error(tokener);
    enum status status;
    if (reason == json_tokener_success && json_object_is_type(object, json_type_object))
        status = analyze_request(jsonl, object, request->number, start_ns, pipeline, emit, error);
    else if (reason == json_tokener_success)
        status =
            error_set(error, STATUS_MALFORMED, "line %" PRIu64 ": has to be a JSON object", request->number);
    else
        status = error_set(error, STATUS_MALFORMED, "line %" PRIu64 ": not valid JSON: %s", request->number,
                           reason == json_tokener_continue ? "it ends too early"
                                                           : json_tokener_error_desc(reason));
    json_object_put(object);
    json_tokener_free(tokener);
    return status;
}

static void *work(size_t index, struct pipeline *pipeline, void *payload) {
    const struct jsonl *jsonl = payload;
    struct emit *emit = mem_alloc(sizeof *emit);
    emit_init(emit);
    struct error error = {0};
    if (answer(jsonl, &jsonl->requests.items[index], pipeline, emit, &error)) emit_error(emit, &error);
    str_addc(&emit->out, '\n');
    return emit;
}

static bool deliver(size_t index, void *result, void *payload) {
    (void)index, (void)payload;
    struct emit *emit = result;
    enum status status = output_write(emit->out.bytes, emit->out.length);
    emit_finish(emit);
    mem_free(emit);
    return !status;
}

/* Waits for one line, and with several workers takes those that are there already. */
static enum status read_requests(struct jsonl *jsonl, struct line_reader *reader, uint64_t *number) {
    size_t lines = jsonl->app->worker_count > 1 ? AHEAD_LINES : 1, bytes = 0;
    vec_clear(&jsonl->requests);
    while (jsonl->requests.count < lines && bytes < AHEAD_BYTES_MAX) {
        if (jsonl->requests.count && !line_reader_ready(reader)) break;
        struct request request = {.number = *number + 1};
        enum status status = line_reader_next(reader, &request.bytes, &request.length);
        if (status && status != STATUS_TOO_LARGE) return jsonl->requests.count ? STATUS_OK : status;
        ++*number;
        bytes += request.length;
        vec_push(&jsonl->requests, request);
    }
    return STATUS_OK;
}

int cmd_jsonl(const struct options *options) {
    struct app app;
    app_init(&app, options);
    struct jsonl jsonl = {.app = &app};
    struct line_reader reader;
    line_reader_init(&reader, STDIN_FILENO, LINE_BYTES_MAX, app.interrupt);
    uint64_t number = 0;
    enum status status;
    while (!(status = read_requests(&jsonl, &reader, &number))) {
        batch_run(&app, &(struct batch){jsonl.requests.count, work, deliver, &jsonl});
        for (size_t i = 0; i < jsonl.requests.count; i++)
            mem_free(jsonl.requests.items[i].bytes);
        if (output_write("", 0) || cancel_requested(app.interrupt)) break;
    }
    if (status == STATUS_IO || status == STATUS_NO_MEMORY)
        log_print(LOG_ERROR, "standard input, line %" PRIu64 ": cannot read: %s", number + 1,
                  status == STATUS_IO ? strerror(errno) : status_text(status));
    vec_finish(&jsonl.requests);
    line_reader_finish(&reader);
    app_finish(&app);
    return status == STATUS_CLOSED ? EXIT_CLEAN : EXIT_TROUBLE;
}
