/* handle_outline.c: document symbols, folding ranges, selection ranges. They wait for the tree of the newest
 * text and are made on a thread of their own: of a large text, trees may have to be parsed again. */
#include "analysis/outline.h"
#include "base/clock.h"
#include "lsp/handlers.h"
#include "lsp/job.h"
#include "lsp/protocol.h"

/* The first parse of a large text takes seconds. */
#define TREE_WAIT_NS  (10 * NS_PER_S)
#define POSITIONS_MAX 1000

struct outline_job {
    struct job job; /* first */
    struct snapshot *snapshot;
    struct syntax *syntax;
    struct client client;
    struct {
        VEC_FIELDS(uint32_t);
    } cursors; /* selection ranges: bytes */
    void (*make)(struct outline_job *outline, struct arena *arena);
    struct emit result;
};

static void emit_symbol_head(struct outline_job *outline, const struct outline_symbol *symbol) {
    struct emit *emit = &outline->result;
    emit_open_object(emit);
    emit_text_at(emit, "name", symbol->name);
    emit_int_at(emit, "kind", symbol->kind);
}

static void emit_range_at(struct outline_job *outline, const char *key, uint32_t start_byte,
                          uint32_t end_byte) {
    emit_key(&outline->result, key);
    position_emit_range(&outline->result, outline->snapshot->text, start_byte, end_byte,
                        outline->client.encoding);
}

static void emit_flat(struct outline_job *outline, const struct outline_symbols *symbols) {
    struct emit *emit = &outline->result;
    for (size_t i = 0; i < symbols->count; i++) {
        const struct outline_symbol *symbol = &symbols->items[i];
        emit_symbol_head(outline, symbol);
        emit_key(emit, "location");
        emit_open_object(emit);
        emit_text_at(emit, "uri", outline->snapshot->uri);
        emit_range_at(outline, "range", symbol->start_byte, symbol->end_byte);
        emit_close_object(emit);
        if (symbol->parent != OUTLINE_NO_PARENT)
            emit_text_at(emit, "containerName", symbols->items[symbol->parent].name);
        emit_close_object(emit);
    }
}

/* Parents come before their children and the children of one follow each other, so what is open is the chain
 * of parents from the symbol before. */
static void emit_nested(struct outline_job *outline, const struct outline_symbols *symbols) {
    struct emit *emit = &outline->result;
    uint32_t open = OUTLINE_NO_PARENT; /* the symbol whose object was not closed last */
    for (size_t i = 0; i < symbols->count; i++) {
        const struct outline_symbol *symbol = &symbols->items[i];
        while (open != OUTLINE_NO_PARENT && open != symbol->parent) {
            emit_close_array(emit);
            emit_close_object(emit);
            open = symbols->items[open].parent;
        }
        emit_symbol_head(outline, symbol);
        emit_range_at(outline, "range", symbol->start_byte, symbol->end_byte);
        emit_range_at(outline, "selectionRange", symbol->name_start, symbol->name_end);
        emit_key(emit, "children");
        emit_open_array(emit);
        open = (uint32_t)i;
    }
    while (open != OUTLINE_NO_PARENT) {
        emit_close_array(emit);
        emit_close_object(emit);
        open = symbols->items[open].parent;
    }
}

static void make_symbols(struct outline_job *outline, struct arena *arena) {
    struct outline_symbols symbols;
    if (outline_symbols(outline->syntax, outline->job.core->outline_parser, &outline->job.cancel, arena,
                        &symbols) != STATUS_OK)
        return;
    emit_open_array(&outline->result);
    if (outline->client.nested_symbols)
        emit_nested(outline, &symbols);
    else
        emit_flat(outline, &symbols);
    emit_close_array(&outline->result);
}

static void make_folds(struct outline_job *outline, struct arena *arena) {
    struct emit *emit = &outline->result;
    struct outline_folds folds;
    if (outline_folds(outline->syntax, outline->job.core->outline_parser, &outline->job.cancel, arena,
                      &folds) != STATUS_OK)
        return;
    emit_open_array(emit);
    for (size_t i = 0; i < folds.count && i < outline->client.fold_limit; i++) {
        emit_open_object(emit);
        emit_int_at(emit, "startLine", folds.items[i].start_line);
        emit_int_at(emit, "endLine", folds.items[i].end_line);
        if (folds.items[i].kind == FOLD_COMMENT) emit_text_at(emit, "kind", "comment");
        if (folds.items[i].kind == FOLD_IMPORTS) emit_text_at(emit, "kind", "imports");
        emit_close_object(emit);
    }
    emit_close_array(emit);
}

static void emit_selection(struct outline_job *outline, const struct outline_selection *selection) {
    struct emit *emit = &outline->result;
    for (size_t i = 0; i < selection->count; i++) {
        if (i) emit_key(emit, "parent");
        emit_open_object(emit);
        emit_range_at(outline, "range", selection->items[i].start_byte, selection->items[i].end_byte);
    }
    for (size_t i = 0; i < selection->count; i++)
        emit_close_object(emit);
}

static void make_selections(struct outline_job *outline, struct arena *arena) {
    emit_open_array(&outline->result);
    for (size_t i = 0; i < outline->cursors.count; i++) {
        struct outline_selection selection;
        if (outline_selection(outline->syntax, outline->job.core->outline_parser, outline->cursors.items[i],
                              &outline->job.cancel, arena, &selection) != STATUS_OK) {
            emit_clear(&outline->result);
            return;
        }
        emit_selection(outline, &selection);
    }
    emit_close_array(&outline->result);
}

static void run_outline(struct job *job) {
    struct outline_job *outline = (struct outline_job *)job;
    struct arena arena;
    arena_init(&arena);
    outline->make(outline, &arena);
    arena_finish(&arena);
}

/* Nothing was written when the work was cut short: no answer is better than half of one. */
static void finish_outline(struct core *core, struct job *job) {
    struct outline_job *outline = (struct outline_job *)job;
    struct emit *emit = outgoing_result(&core->outgoing, job->id);
    if (outline->result.out.length)
        emit_raw(emit, outline->result.out.bytes, outline->result.out.length);
    else
        emit_null(emit);
    outgoing_end(&core->outgoing);
}

static void destroy_outline(struct core *core, struct job *job) {
    struct outline_job *outline = (struct outline_job *)job;
    if (core->session)
        session_drop_syntax(core->session, outline->syntax);
    else
        syntax_unref(outline->syntax);
    snapshot_unref(outline->snapshot);
    vec_finish(&outline->cursors);
    emit_finish(&outline->result);
    mem_free(outline);
}

/* NULL: *ret_handled says what became of the request. */
static struct outline_job *begin(struct core *core, struct request *request, bool bound,
                                 enum handled *ret_handled) {
    *ret_handled = HANDLED;
    struct open_document *document = request_document(core, request);
    if (!document) return NULL;
    if (!document->syntax) {
        if (document->snapshot->language && !document->ready && !request->last_chance) {
            request->wait_ns = TREE_WAIT_NS;
            request->bound = bound;
            *ret_handled = HANDLED_WAIT;
        } else {
            outgoing_null(&core->outgoing, request->id);
        }
        return NULL;
    }
    if (!core->outline_pool) {
        core->outline_pool = pool_create(core->settings.thread_count > 0);
        core->outline_parser = parser_create();
    }
    struct outline_job *outline = mem_zalloc(sizeof *outline);
    outline->snapshot = snapshot_ref(document->snapshot);
    outline->syntax = syntax_ref(document->syntax);
    outline->client = core->client;
    outline->job.run = run_outline;
    outline->job.finish = finish_outline;
    outline->job.destroy = destroy_outline;
    emit_init(&outline->result);
    return outline;
}

enum handled handle_document_symbol(struct core *core, struct request *request) {
    enum handled handled;
    struct outline_job *outline = begin(core, request, false, &handled);
    if (!outline) return handled;
    outline->make = make_symbols;
    job_start(core, core->outline_pool, &outline->job, request->id);
    return HANDLED;
}

enum handled handle_folding_range(struct core *core, struct request *request) {
    enum handled handled;
    struct outline_job *outline = begin(core, request, false, &handled);
    if (!outline) return handled;
    outline->make = make_folds;
    job_start(core, core->outline_pool, &outline->job, request->id);
    return HANDLED;
}

/* False: one of the positions is none. */
static bool check_positions(struct json_object *positions, struct error *error) {
    if (json_object_array_length(positions) > POSITIONS_MAX) {
        error_set(error, STATUS_TOO_LARGE, "positions has to have at most %d items", POSITIONS_MAX);
        return false;
    }
    for (size_t i = 0; i < json_object_array_length(positions); i++) {
        struct position position;
        if (protocol_position_of(json_object_array_get_idx(positions, i), &position)) continue;
        error_set(error, STATUS_INVALID,
                  "positions[%zu] has to be a position: line and character, integers from 0", i);
        return false;
    }
    return true;
}

enum handled handle_selection_range(struct core *core, struct request *request) {
    struct error error;
    struct json_object *positions = protocol_array(request->params, "positions", &error);
    if (!positions || !check_positions(positions, &error)) return request_refuse(core, request, &error);
    enum handled handled;
    struct outline_job *outline = begin(core, request, true, &handled);
    if (!outline) return handled;
    for (size_t i = 0; i < json_object_array_length(positions); i++) {
        struct position position;
        protocol_position_of(json_object_array_get_idx(positions, i), &position);
        vec_push(&outline->cursors,
                 position_to_byte(outline->snapshot->text, position, core->client.encoding));
    }
    outline->make = make_selections;
    job_start(core, core->outline_pool, &outline->job, request->id);
    return HANDLED;
}
