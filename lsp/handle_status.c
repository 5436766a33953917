/* handle_status.c: noodle/status: how the server is doing, for people and for tests. */
#include "base/clock.h"
#include "lsp/handlers.h"
#include "lsp/warming.h"
#include <uv.h>

static void emit_stages(struct emit *emit, const struct meter *meter) {
    emit_key(emit, "stages");
    emit_open_object(emit);
    for (int stage = 0; meter && stage < STAGE_COUNT; stage++) {
        struct meter_summary summary = meter_summary(meter, (enum stage)stage);
        if (!summary.count) continue;
        emit_key(emit, stage_name((enum stage)stage));
        emit_open_object(emit);
        emit_int_at(emit, "count", (int64_t)summary.count);
        emit_ms_at(emit, "p50Ms", summary.p50_ns);
        emit_ms_at(emit, "p95Ms", summary.p95_ns);
        emit_ms_at(emit, "p99Ms", summary.p99_ns);
        emit_ms_at(emit, "maxMs", summary.max_ns);
        emit_close_object(emit);
    }
    emit_close_object(emit);
}

static void emit_losses(struct emit *emit, const char *tier, const struct session_cache_losses *losses) {
    emit_key(emit, tier);
    emit_open_object(emit);
    emit_int_at(emit, "evicted", (int64_t)losses->evicted);
    emit_int_at(emit, "expired", (int64_t)losses->expired);
    emit_int_at(emit, "damaged", (int64_t)losses->damaged);
    emit_int_at(emit, "erased", (int64_t)losses->erased);
    emit_int_at(emit, "dropped", (int64_t)losses->dropped);
    emit_close_object(emit);
}

static void emit_cache(struct emit *emit, const struct session *session) {
    struct session_cache cache;
    emit_key(emit, "cache");
    if (!session || !session_cache_state(session, &cache)) {
        emit_null(emit);
        return;
    }
    uint64_t hits = cache.memory_hits + cache.disk_hits + cache.redis_hits, asked = hits + cache.misses;
    emit_open_object(emit);
    emit_int_at(emit, "memoryHits", (int64_t)cache.memory_hits);
    emit_int_at(emit, "diskHits", (int64_t)cache.disk_hits);
    emit_int_at(emit, "redisHits", (int64_t)cache.redis_hits);
    emit_text_at(emit, "redisState", cache.redis_state);
    emit_int_at(emit, "redisLate", (int64_t)cache.redis_late);
    emit_int_at(emit, "redisFailures", (int64_t)cache.redis_failures);
    emit_int_at(emit, "misses", (int64_t)cache.misses);
    emit_int_at(emit, "excerptHits", (int64_t)cache.excerpt_hits);
    emit_int_at(emit, "excerptMisses", (int64_t)cache.excerpt_misses);
    emit_key(emit, "hitRate");
    emit_double(emit, asked ? (double)hits / (double)asked : 0);
    emit_ms_at(emit, "meanGetMs", cache.mean_get_ns);
    emit_int_at(emit, "entries", (int64_t)cache.entries);
    emit_int_at(emit, "sizeBytes", (int64_t)cache.size_bytes);
    emit_int_at(emit, "diskEntries", (int64_t)cache.disk_entries);
    emit_int_at(emit, "diskSizeBytes", (int64_t)cache.disk_size_bytes);
    emit_int_at(emit, "puts", (int64_t)cache.puts);
    emit_int_at(emit, "diskWritten", (int64_t)cache.disk_written);
    emit_int_at(emit, "waiting", (int64_t)cache.waiting);
    emit_key(emit, "lost");
    emit_open_object(emit);
    emit_losses(emit, "memory", &cache.memory);
    emit_losses(emit, "disk", &cache.disk);
    emit_losses(emit, "redis", &cache.redis);
    emit_close_object(emit);
    emit_close_object(emit);
}

static void emit_document(struct core *core, struct emit *emit, const struct open_document *document) {
    const struct snapshot *snapshot = document->snapshot;
    emit_open_object(emit);
    emit_text_at(emit, "uri", snapshot->uri);
    emit_text_at(emit, "languageId", snapshot->language ? snapshot->language->id : NULL);
    emit_int_at(emit, "version", snapshot->version);
    emit_int_at(emit, "sizeBytes", text_size(snapshot->text));
    emit_bool_at(emit, "ready", document->ready);
    if (document->analysis) {
        emit_int_at(emit, "findings", (int64_t)document->analysis->finding_count);
        emit_bool_at(emit, "cached", document->analysis->cached);
    }
    const struct latency_sample *samples;
    size_t count = latency_samples(core->latency, snapshot->uri, &samples);
    struct latency_quantiles waited = latency_quantiles_of(samples, count, STAGE_DIAGNOSED);
    if (waited.count) {
        emit_key(emit, "diagnosed");
        emit_open_object(emit);
        emit_int_at(emit, "count", (int64_t)waited.count);
        emit_ms_at(emit, "p50Ms", waited.p50_ns);
        emit_ms_at(emit, "p95Ms", waited.p95_ns);
        emit_ms_at(emit, "p99Ms", waited.p99_ns);
        emit_close_object(emit);
    }
    emit_close_object(emit);
}

enum handled handle_status(struct core *core, struct request *request) {
    size_t resident_bytes = 0;
    uv_resident_set_memory(&resident_bytes);
    struct emit *emit = outgoing_result(&core->outgoing, request->id);
    emit_open_object(emit);
    emit_text_at(emit, "version", core->params->version);
    emit_ms_at(emit, "uptimeMs", clock_now_ns() - core->started_ns);
    emit_key(emit, "memory");
    emit_open_object(emit);
    emit_int_at(emit, "residentBytes", (int64_t)resident_bytes);
    emit_close_object(emit);
    emit_key(emit, "settings");
    settings_emit(&core->settings, emit);
    if (core->params->emit_optimizer) {
        emit_key(emit, "optimizer");
        core->params->emit_optimizer(emit, core->params->payload);
    }
    emit_text_at(emit, "positionEncoding", position_encoding_name(core->client.encoding));
    emit_key(emit, "documents");
    emit_open_array(emit);
    for (size_t i = 0; i < core->documents.count; i++)
        emit_document(core, emit, &core->documents.items[i]);
    emit_close_array(emit);
    emit_stages(emit, core->meter);
    emit_cache(emit, core->session);
    emit_key(emit, "warming");
    warming_emit(core, emit);
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
    return HANDLED;
}
