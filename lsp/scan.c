/* scan.c: see scan.h. One job a request; jobs run one after the other on the scan pool's single thread, which
 * is also the only one that uses the scan memory.
 *
 *     loop: scan_start ──► thread: walk, read, analyse ──► loop: batches of reports, progress ──► loop: the
 * answer */
#include "lsp/scan.h"

#include "base/clock.h"
#include "lsp/closed_file.h"
#include "lsp/diagnostics.h"
#include "lsp/job.h"
#include "lsp/protocol.h"
#include "lsp/publish.h"
#include "lsp/uri.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* A batch leaves when it is this old or this large. */
#define BATCH_NS    (100 * NS_PER_MS)
#define BATCH_BYTES ((size_t)256 << 10)

/* What the client has a report of. */
struct previous {
    const char *uri; /* borrowed from params */
    const char *result_id;
    bool seen;
};

struct scan_job {
    struct job job; /* first */
    struct json_object *params;
    char *work_token, *partial_token; /* JSON text or NULL */
    struct client client;
    bool quick; /* nothing changed on disk: what is remembered is the answer */
    struct {
        VEC_FIELDS(char *);
    } folders;
    struct {
        VEC_FIELDS(char *);
    } open; /* URIs of open documents */
    struct {
        VEC_FIELDS(struct previous);
    } previous;
    struct {
        VEC_FIELDS(char *);
    } files;
    struct pipeline *pipeline;
    uint64_t repair_budget_ns;
    size_t files_done;
    struct emit items; /* reports not handed over yet, as an open array */
    uint64_t batch_started_ns;
};

static int compare_previous(const void *left, const void *right) {
    return strcmp(((const struct previous *)left)->uri, ((const struct previous *)right)->uri);
}

static struct previous *find_previous(struct scan_job *scan, const char *uri) {
    struct previous key = {.uri = uri};
    if (!scan->previous.count) return NULL;
    return bsearch(&key, scan->previous.items, scan->previous.count, sizeof key, compare_previous);
}

/* One report, left out when the client has no need of it. version < 0: the file is not open. */
static void emit_report(struct scan_job *scan, const char *uri, int64_t version, const char *items,
                        uint64_t hash) {
    struct emit *emit = &scan->items;
    struct previous *previous = find_previous(scan, uri);
    char result_id[24];
    snprintf(result_id, sizeof result_id, "%016" PRIx64, hash);
    bool unchanged = previous && strcmp(previous->result_id, result_id) == 0;
    if (previous) previous->seen = true;
    if (!previous && !items && version < 0) return;
    emit_open_object(emit);
    emit_text_at(emit, "kind", unchanged ? "unchanged" : "full");
    emit_text_at(emit, "uri", uri);
    emit_key(emit, "version");
    if (version < 0)
        emit_null(emit);
    else
        emit_int(emit, version);
    emit_text_at(emit, "resultId", result_id);
    if (!unchanged) {
        emit_key(emit, "items");
        emit_raw(emit, items ? items : "[]", items ? strlen(items) : 2);
    }
    emit_close_object(emit);
}

/* Progress and partial results, with what was made so far. */
struct batch_note {
    struct note note;
    struct scan_job *scan; /* alive: its own note comes after this one */
    struct str items;
    size_t files_done, files_total;
};

static void notify_progress(struct core *core, const char *token, const char *kind, const char *message,
                            int percent) {
    struct emit *emit = outgoing_notification(&core->outgoing, "$/progress");
    emit_open_object(emit);
    emit_key(emit, "token");
    emit_raw(emit, token, strlen(token));
    emit_key(emit, "value");
    emit_open_object(emit);
    emit_text_at(emit, "kind", kind);
    if (strcmp(kind, "begin") == 0) {
        emit_text_at(emit, "title", "Checking syntax");
        emit_bool_at(emit, "cancellable", true);
    }
    if (message) emit_text_at(emit, "message", message);
    if (percent >= 0) emit_int_at(emit, "percentage", percent);
    emit_close_object(emit);
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
}

static void deliver_batch(struct core *core, struct note *note) {
    struct batch_note *batch = (struct batch_note *)note;
    struct scan_job *scan = batch->scan;
    if (!scan->job.answered && core->phase == PHASE_READY) {
        if (scan->work_token) {
            char message[64];
            snprintf(message, sizeof message, "%zu of %zu files", batch->files_done, batch->files_total);
            int percent = batch->files_total ? (int)(batch->files_done * 100 / batch->files_total) : 100;
            notify_progress(core, scan->work_token, "report", message, percent);
        }
        if (batch->items.length > 1) {
            struct emit *emit = outgoing_notification(&core->outgoing, "$/progress");
            emit_open_object(emit);
            emit_key(emit, "token");
            emit_raw(emit, scan->partial_token, strlen(scan->partial_token));
            emit_key(emit, "value");
            emit_open_object(emit);
            emit_key(emit, "items");
            emit_raw(emit, batch->items.bytes, batch->items.length);
            emit_close_object(emit);
            emit_close_object(emit);
            outgoing_end(&core->outgoing);
        }
    }
    str_finish(&batch->items);
    mem_free(batch);
}

static bool has_items(const struct scan_job *scan) {
    return scan->items.out.length > 1;
}

static void hand_over_batch(struct scan_job *scan) {
    scan->batch_started_ns = clock_now_ns();
    bool streams = scan->partial_token && has_items(scan);
    if (!streams && !scan->work_token) return;
    struct batch_note *batch = mem_alloc(sizeof *batch);
    batch->note.deliver = deliver_batch;
    batch->scan = scan;
    batch->files_done = scan->files_done;
    batch->files_total = scan->files.count;
    str_init(&batch->items);
    if (streams) {
        emit_close_array(&scan->items);
        str_add(&batch->items, scan->items.out.bytes, scan->items.out.length);
        emit_clear(&scan->items);
        emit_open_array(&scan->items);
    }
    core_post(scan->job.core, &batch->note);
}

static bool is_open(const struct scan_job *scan, const char *uri) {
    for (size_t i = 0; i < scan->open.count; i++)
        if (strcmp(scan->open.items[i], uri) == 0) return true;
    return false;
}

static void analyze_file(struct scan_job *scan, const struct closed_file *file, const char *uri) {
    struct core *core = scan->job.core;
    struct closed_file_params params = {&scan->job.cancel, scan->repair_budget_ns, 1};
    struct analysis *analysis = closed_file_analyze(core, scan->pipeline, file, &params);
    if (analysis && !analysis->half_judged) {
        struct emit items;
        emit_init(&items);
        emit_open_array(&items);
        diagnostics_emit(&items, analysis, uri, &scan->client);
        emit_close_array(&items);
        const struct scan_entry *entry =
            scan_memory_put(core->scan_memory, uri, &file->stamp, publish_hash(&items.out),
                            analysis->finding_count + analysis->advice_count ? items.out.bytes : NULL);
        emit_report(scan, uri, -1, entry->items, entry->hash);
        emit_finish(&items);
    }
    analysis_unref(analysis);
}

static void scan_file(struct scan_job *scan, const char *path) {
    struct closed_file file;
    char *uri = uri_from_path(path);
    if (!is_open(scan, uri) && closed_file_open(path, &file)) {
        const struct language *language = language_of_path(path);
        if (language && (language->flags & LANGUAGE_PREPROCESSOR || language->imports))
            file.stamp.around_changes = atomic_load(&scan->job.core->around_changes);
        const struct scan_entry *entry = scan_memory_see(scan->job.core->scan_memory, uri, &file.stamp);
        if (entry)
            emit_report(scan, uri, -1, entry->items, entry->hash);
        else
            analyze_file(scan, &file, uri);
        closed_file_close(&file);
    }
    mem_free(uri);
}

static bool note_file(const char *path, void *payload) {
    struct scan_job *scan = payload;
    vec_push(&scan->files, mem_strdup(path));
    return !cancel_requested(&scan->job.cancel);
}

static void scan_folders(struct scan_job *scan) {
    const struct server_params *params = scan->job.core->params;
    for (size_t i = 0; i < scan->folders.count; i++)
        params->walk(scan->folders.items[i], &scan->job.cancel, note_file, scan, params->payload);
    scan->pipeline = pipeline_create();
    for (size_t i = 0; i < scan->files.count && !cancel_requested(&scan->job.cancel); i++) {
        scan_file(scan, scan->files.items[i]);
        scan->files_done = i + 1;
        if (scan->items.out.length > BATCH_BYTES || clock_now_ns() - scan->batch_started_ns > BATCH_NS)
            hand_over_batch(scan);
    }
    pipeline_destroy(scan->pipeline);
}

static void recall_files(struct scan_job *scan) {
    const struct scan_entry *entry;
    for (size_t i = 0; (entry = scan_memory_at(scan->job.core->scan_memory, i)); i++)
        if (!is_open(scan, entry->uri)) emit_report(scan, entry->uri, -1, entry->items, entry->hash);
}

static void run_scan(struct job *job) {
    struct scan_job *scan = (struct scan_job *)job;
    struct scan_memory *memory = job->core->scan_memory;
    scan->batch_started_ns = clock_now_ns();
    if (scan->quick && scan_memory_is_fresh(memory)) {
        recall_files(scan);
    } else {
        scan_memory_begin(memory);
        scan_folders(scan);
        scan_memory_end(memory, !cancel_requested(&job->cancel));
    }
    if (cancel_requested(&job->cancel)) return;
    /* Reports the client has of files that are gone. */
    for (size_t i = 0; i < scan->previous.count; i++) {
        if (scan->previous.items[i].seen || is_open(scan, scan->previous.items[i].uri)) continue;
        struct str none;
        str_init(&none);
        str_adds(&none, "[]");
        emit_report(scan, scan->previous.items[i].uri, -1, NULL, publish_hash(&none));
        str_finish(&none);
    }
    hand_over_batch(scan);
}

static void finish_scan(struct core *core, struct job *job) {
    struct scan_job *scan = (struct scan_job *)job;
    emit_close_array(&scan->items);
    struct emit *emit = outgoing_result(&core->outgoing, job->id);
    emit_open_object(emit);
    emit_key(emit, "items");
    emit_raw(emit, scan->items.out.bytes, scan->items.out.length);
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
}

static void destroy_scan(struct core *core, struct job *job) {
    struct scan_job *scan = (struct scan_job *)job;
    /* Also when it was cancelled: who shows a progress wants to see its end. */
    if (scan->work_token && core->phase == PHASE_READY)
        notify_progress(core, scan->work_token, "end", NULL, -1);
    for (size_t i = 0; i < scan->folders.count; i++)
        mem_free(scan->folders.items[i]);
    for (size_t i = 0; i < scan->open.count; i++)
        mem_free(scan->open.items[i]);
    for (size_t i = 0; i < scan->files.count; i++)
        mem_free(scan->files.items[i]);
    vec_finish(&scan->folders);
    vec_finish(&scan->open);
    vec_finish(&scan->files);
    vec_finish(&scan->previous);
    emit_finish(&scan->items);
    json_object_put(scan->params);
    mem_free(scan->work_token);
    mem_free(scan->partial_token);
    mem_free(scan);
}

static void read_previous(struct scan_job *scan) {
    struct json_object *list = protocol_field(scan->params, "previousResultIds");
    size_t count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
    for (size_t i = 0; i < count; i++) {
        struct json_object *item = json_object_array_get_idx(list, i);
        const char *uri = protocol_string(item, "uri", NULL), *value = protocol_string(item, "value", NULL);
        if (uri && value) vec_push(&scan->previous, (struct previous){uri, value, false});
    }
    if (scan->previous.count)
        qsort(scan->previous.items, scan->previous.count, sizeof(struct previous), compare_previous);
}

/* Open documents are reported now, from the loop thread that knows them; one without a result yet is left to
 * its own request. */
static void report_open(struct core *core, struct scan_job *scan) {
    for (size_t i = 0; i < core->documents.count; i++) {
        const struct open_document *document = &core->documents.items[i];
        vec_push(&scan->open, mem_strdup(document->snapshot->uri));
        if (!document->analysis) continue;
        struct emit items;
        emit_init(&items);
        publish_emit_items(core, &items, document);
        emit_report(scan, document->snapshot->uri, document->snapshot->version, items.out.bytes,
                    publish_hash(&items.out));
        emit_finish(&items);
    }
}

void scan_start(struct core *core, const struct request *request) {
    struct scan_job *scan = mem_zalloc(sizeof *scan);
    scan->params = json_object_get(request->params);
    scan->work_token = rpc_id_text(protocol_field(request->params, "workDoneToken"));
    scan->partial_token = rpc_id_text(protocol_field(request->params, "partialResultToken"));
    scan->client = core->client;
    scan->quick = core->files_watched;
    scan->repair_budget_ns = core->settings.repair_budget_ns;
    scan->job.scans = true;
    scan->job.run = run_scan;
    scan->job.finish = finish_scan;
    scan->job.destroy = destroy_scan;
    emit_init(&scan->items);
    emit_open_array(&scan->items);
    read_previous(scan);
    report_open(core, scan);
    for (size_t i = 0; i < core->folders.count; i++)
        if (core->folders.items[i].path) vec_push(&scan->folders, mem_strdup(core->folders.items[i].path));
    if (scan->work_token) notify_progress(core, scan->work_token, "begin", NULL, 0);
    if (!core->scan_pool) core->scan_pool = pool_create(core->settings.thread_count > 0);
    job_start(core, core->scan_pool, &scan->job, request->id);
}

void scan_cancel_token(struct core *core, const char *token) {
    for (size_t i = 0; i < core->jobs.count; i++) {
        struct job *job = core->jobs.items[i];
        if (!job->scans) continue;
        struct scan_job *scan = (struct scan_job *)job;
        if (!scan->work_token || strcmp(scan->work_token, token) != 0) continue;
        job_stop(core, job, RPC_REQUEST_CANCELLED, "cancelled", NULL);
        return;
    }
}
