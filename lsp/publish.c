/* publish.c: see publish.h. */
#include "lsp/publish.h"

#include "base/clock.h"
#include "base/hash.h"
#include "lsp/diagnostics.h"
#include "lsp/waiting.h"
#include <string.h>

#define LATENCY_SOURCE       "noodle-latency"
#define SEVERITY_INFORMATION 3

struct result_note {
    struct note note;
    struct session_result result;
    uint64_t ready_ns;
};

void publish_emit_items(struct core *core, struct emit *emit, const struct open_document *document) {
    emit_open_array(emit);
    if (document->analysis)
        diagnostics_emit(emit, document->analysis, document->snapshot->uri, &core->client);
    if (document->latency_shown) {
        const struct text *text = document->snapshot->text;
        emit_open_object(emit);
        emit_key(emit, "range");
        position_emit_range(emit, text, 0, text_line_end(text, 0), core->client.encoding);
        emit_int_at(emit, "severity", SEVERITY_INFORMATION);
        emit_text_at(emit, "source", LATENCY_SOURCE);
        emit_text_at(emit, "message", document->latency_message);
        emit_close_object(emit);
    }
    emit_close_array(emit);
}

uint64_t publish_hash(const struct str *items) {
    return hash64(items->bytes, items->length, 0) | 1;
}

static void send_diagnostics(struct core *core, const char *uri, const struct snapshot *snapshot,
                             const struct str *items) {
    struct emit *emit = outgoing_notification(&core->outgoing, "textDocument/publishDiagnostics");
    emit_open_object(emit);
    emit_text_at(emit, "uri", uri);
    if (snapshot) emit_int_at(emit, "version", snapshot->version);
    emit_key(emit, "diagnostics");
    emit_raw(emit, items->bytes, items->length);
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
}

void publish_document(struct core *core, struct open_document *document) {
    if (!document->analysis || core->phase != PHASE_READY) return;
    struct emit items;
    emit_init(&items);
    publish_emit_items(core, &items, document);
    uint64_t hash = publish_hash(&items.out);
    bool told = document->told_hash == hash;
    document->unpublished = false;
    if (core->client.pull_diagnostics) {
        /* A client that has an answer which no longer holds. */
        if (document->told_hash && !told) publish_refresh(core);
    } else if (!told && core->io.congested(core->io.payload)) {
        document->unpublished = true;
    } else if (!told) {
        send_diagnostics(core, document->snapshot->uri, document->snapshot, &items.out);
        document->told_hash = hash;
    }
    emit_finish(&items);
}

void publish_clear(struct core *core, const char *uri) {
    if (core->client.pull_diagnostics || core->phase != PHASE_READY) return;
    struct str none;
    str_init(&none);
    str_adds(&none, "[]");
    send_diagnostics(core, uri, NULL, &none);
    str_finish(&none);
}

void publish_refresh(struct core *core) {
    if (!core->client.refresh_diagnostics) return;
    emit_null(client_request(core, "workspace/diagnostic/refresh", NULL));
    outgoing_end(&core->outgoing);
}

void publish_judge_latency(struct core *core, struct open_document *document) {
    struct latency_verdict verdict;
    bool shown = core->settings.latency_diagnostics != LATENCY_OFF &&
                 latency_verdict(core->latency, document->snapshot->uri, &verdict) &&
                 latency_shows(core->settings.latency_diagnostics, &verdict);
    bool changed = shown != document->latency_shown;
    /* The numbers in the message change with every keystroke; that alone is not worth a publication, except
     * when the user wants to see them always. */
    bool follow = shown && core->settings.latency_diagnostics == LATENCY_ALWAYS;
    if (shown && (changed || follow))
        memcpy(document->latency_message, verdict.message, sizeof verdict.message);
    document->latency_shown = shown;
    if (changed || follow) publish_document(core, document);
}

static enum latency_edit edit_kind(const struct analysis *analysis) {
    if (analysis->finding_count == 0) return LATENCY_CLEAN;
    return analysis->fix_count > 0 && analysis->fixes[0].edit_count == 1 ? LATENCY_SIMPLE : LATENCY_COMPLEX;
}

static void notify_latency(struct core *core, const struct open_document *document) {
    if (!core->settings.latency_notifications) return;
    struct emit *emit = outgoing_notification(&core->outgoing, "$/noodle/latency");
    emit_open_object(emit);
    emit_text_at(emit, "uri", document->snapshot->uri);
    emit_int_at(emit, "version", document->snapshot->version);
    emit_int_at(emit, "sizeBytes", text_size(document->snapshot->text));
    emit_key(emit, "stagesMs");
    emit_open_object(emit);
    for (int stage = 0; stage < STAGE_COUNT; stage++)
        if (document->times.ns[stage])
            emit_ms_at(emit, stage_name((enum stage)stage), document->times.ns[stage]);
    emit_close_object(emit);
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
}

/* One sample a change: when its first complete result is out. */
static void sample_latency(struct core *core, struct open_document *document) {
    if (document->sampled || !document->ready || !document->analysis) return;
    document->sampled = true;
    struct latency_sample sample = {.edit = edit_kind(document->analysis),
                                    .size_bytes = text_size(document->snapshot->text),
                                    .times = document->times};
    latency_record(core->latency, document->snapshot->uri, &sample);
    notify_latency(core, document);
    publish_judge_latency(core, document);
}

/* The stages of the engine come with the result; what was measured here before stays. */
static void merge_times(struct stage_times *times, const struct stage_times *result) {
    for (int stage = 0; stage < STAGE_COUNT; stage++)
        if (result->ns[stage]) times->ns[stage] = result->ns[stage];
}

static void take(struct core *core, struct open_document *document, struct result_note *note) {
    struct session_result *result = &note->result;
    if (result->analysis) {
        analysis_unref(document->analysis);
        document->analysis = result->analysis;
        result->analysis = NULL;
    }
    if (result->syntax) {
        if (document->syntax) session_drop_syntax(core->session, document->syntax);
        document->syntax = result->syntax;
        result->syntax = NULL;
    }
    if (document->analysis ? document->analysis->repairs_done : true) document->ready = true;
    if (result->status != STATUS_OK) {
        document->ready = true;
        client_log(core, LOG_WARNING, "a document of %u bytes was not analysed: %s",
                   text_size(document->snapshot->text), status_text(result->status));
        if (!document->analysis) publish_clear(core, document->snapshot->uri); /* of the text before */
    }
    merge_times(&document->times, &result->times);
    publish_document(core, document);
    uint64_t publish_ns = clock_now_ns() - note->ready_ns;
    document->times.ns[STAGE_PUBLISH] += publish_ns;
    if (core->meter) meter_record(core->meter, STAGE_PUBLISH, publish_ns);
}

static void deliver_result(struct core *core, struct note *note) {
    struct result_note *taken = (struct result_note *)note;
    struct session_result *result = &taken->result;
    struct open_document *document = core_document(core, result->snapshot->uri);
    if (document && document->snapshot == result->snapshot) {
        take(core, document, taken);
        /* Answers may close nothing, so the document stays where it is. */
        waiting_retry(core, result->snapshot->uri);
        sample_latency(core, document);
    }
    analysis_unref(result->analysis);
    if (result->syntax && core->session) session_drop_syntax(core->session, result->syntax);
    if (result->syntax && !core->session) syntax_unref(result->syntax);
    snapshot_unref(result->snapshot);
    mem_free(taken);
}

void publish_take_result(const struct session_result *result, void *payload) {
    struct core *core = payload;
    struct result_note *note = mem_alloc(sizeof *note);
    note->note.deliver = deliver_result;
    note->ready_ns = clock_now_ns();
    note->result = *result;
    snapshot_ref(result->snapshot);
    if (result->analysis) analysis_ref(result->analysis);
    if (result->syntax) syntax_ref(result->syntax);
    core_post(core, &note->note);
}
