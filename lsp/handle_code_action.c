/* handle_code_action.c: repairs as code actions. One action a repair, the best of each mistake preferred; the
 * repair of the whole text as source.fixAll. The edit comes with the action, or by resolve where the client
 * can. Clients without code action objects get commands, whose edit we ask them to apply.
 *
 * An action names its repair by the number of the text it was made for and by what it changes there. Another
 * text is refused, so that no edit is applied to a text it was not made for. The same text may be judged
 * again meanwhile (a header, a setting, work in the background): the repair is then looked for in the newer
 * result. */
#include "base/hash.h"
#include "lsp/diagnostics.h"
#include "lsp/edits.h"
#include "lsp/handlers.h"
#include "lsp/protocol.h"
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Beyond these a menu helps nobody, and a hostile context costs nothing. */
#define ACTIONS_MAX             200
#define CONTEXT_DIAGNOSTICS_MAX 1000
#define ANY_LINE                UINT32_MAX

/* What the repairs may take, and what the parse before them may. */
#define WAIT_BEYOND_BUDGET_NS (UINT64_C(500) * 1000000)

#define FIX_ALL_TITLE "Fix all syntax errors"
#define NO_FINDING    SIZE_MAX

struct choice {
    size_t finding; /* NO_FINDING: a fix of the whole text */
    size_t repair;
};

struct byte_span {
    uint32_t start, end;
};

struct answer {
    struct core *core;
    const struct open_document *document;
    struct emit *emit;
    size_t count;
    bool waited; /* early findings are what the client has seen */
};

static const struct repair *chosen_repair(const struct analysis *analysis, struct choice choice) {
    return choice.finding == NO_FINDING ? &analysis->fixes[choice.repair]
                                        : &analysis->findings[choice.finding].repairs[choice.repair];
}

#define REPAIR_NAME_SIZE 17

/* By what it changes: the same in every result that has it. */
static void name_repair(const struct repair *repair, char ret_name[REPAIR_NAME_SIZE]) {
    uint64_t hash = 0;
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        uint32_t place[] = {edit->start_byte, edit->end_byte, edit->new_length};
        hash = hash64(place, sizeof place, hash);
        if (edit->new_length) hash = hash64(edit->new_bytes, edit->new_length, hash);
    }
    snprintf(ret_name, REPAIR_NAME_SIZE, "%016" PRIx64, hash);
}

static void emit_data(struct emit *emit, const struct open_document *document, struct choice choice) {
    char name[REPAIR_NAME_SIZE];
    name_repair(chosen_repair(document->analysis, choice), name);
    emit_open_object(emit);
    emit_text_at(emit, "uri", document->snapshot->uri);
    emit_int_at(emit, "text", (int64_t)document->text_number);
    emit_text_at(emit, "repair", name);
    emit_close_object(emit);
}

static void emit_action(struct answer *answer, struct choice choice, const char *title, const char *kind,
                        bool preferred) {
    const struct client *client = &answer->core->client;
    const struct open_document *document = answer->document;
    const struct analysis *analysis = document->analysis;
    struct emit *emit = answer->emit;
    if (answer->count >= ACTIONS_MAX) return;
    answer->count++;
    emit_open_object(emit);
    emit_text_at(emit, "title", title);
    if (!client->literal_actions) {
        emit_text_at(emit, "command", APPLY_REPAIR_COMMAND);
        emit_key(emit, "arguments");
        emit_open_array(emit);
        emit_data(emit, document, choice);
        emit_close_array(emit);
        emit_close_object(emit);
        return;
    }
    emit_text_at(emit, "kind", kind);
    emit_key(emit, "diagnostics");
    emit_open_array(emit);
    for (size_t i = 0; i < analysis->finding_count && i < ACTIONS_MAX; i++)
        if (choice.finding == NO_FINDING || choice.finding == i)
            diagnostic_emit(emit, &analysis->findings[i], analysis->text, document->snapshot->uri, client);
    emit_close_array(emit);
    if (preferred) emit_bool_at(emit, "isPreferred", true);
    if (client->resolve_edit) {
        emit_key(emit, "data");
        emit_data(emit, document, choice);
    } else {
        emit_key(emit, "edit");
        edits_emit(emit, document->snapshot, chosen_repair(analysis, choice), client);
    }
    emit_close_object(emit);
}

/* Kinds are hierarchical: "source" wants "source.fixAll.noodle" too. No list wants everything. */
static bool wants_kind(struct json_object *only, const char *kind) {
    if (!json_object_is_type(only, json_type_array)) return true;
    for (size_t i = 0; i < json_object_array_length(only); i++) {
        struct json_object *item = json_object_array_get_idx(only, i);
        if (!json_object_is_type(item, json_type_string)) continue;
        const char *wanted = json_object_get_string(item);
        size_t length = strlen(wanted);
        if (length == 0 ||
            (strncmp(kind, wanted, length) == 0 && (kind[length] == '\0' || kind[length] == '.')))
            return true;
    }
    return false;
}

/* Whether the client asks about one of our diagnostics on the line, or on ANY_LINE. The very place does not
 * have to agree: an early diagnostic may still be on the screen when its mistake was placed better, and
 * editors that act on a line name all of its diagnostics. */
static bool in_context(struct json_object *diagnostics, uint32_t line) {
    size_t count =
        json_object_is_type(diagnostics, json_type_array) ? json_object_array_length(diagnostics) : 0;
    for (size_t i = 0; i < count && i < CONTEXT_DIAGNOSTICS_MAX; i++) {
        struct json_object *item = json_object_array_get_idx(diagnostics, i);
        struct json_object *source = protocol_field(item, "source");
        struct position_range range;
        if (json_object_is_type(source, json_type_string) &&
            strcmp(json_object_get_string(source), DIAGNOSTIC_SOURCE) == 0 &&
            (line == ANY_LINE || (protocol_range(item, "range", &range, NULL) && range.start.line <= line &&
                                  range.end.line >= line)))
            return true;
    }
    return false;
}

/* Blanks between the cursor and a mistake are no distance. */
static struct byte_span widen(const struct text *text, struct byte_span span) {
    int byte;
    while (span.start > 0 && ((byte = text_byte_at(text, span.start - 1)) == ' ' || byte == '\t'))
        span.start--;
    while ((byte = text_byte_at(text, span.end)) == ' ' || byte == '\t')
        span.end++;
    return span;
}

static bool touches(const struct finding *finding, struct byte_span span) {
    return finding->start_byte <= span.end && finding->end_byte >= span.start;
}

/* The best repair of the whole text that is sure enough to be applied without a look, whatever else its
 * author is going to change. Many sure repairs together look unsure, so it is the geometric mean over the
 * mistakes that has to be enough. */
static size_t sure_fix(const struct core *core, const struct analysis *analysis) {
    for (size_t i = 0; i < analysis->fix_count && analysis->finding_count; i++) {
        const struct repair *fix = &analysis->fixes[i];
        if (pow(fix->confidence / repair_chance(fix), 1.0 / (double)analysis->finding_count) >=
            core->settings.fix_all_confidence)
            return i;
    }
    return SIZE_MAX;
}

/* The mistake nearest to the place that has a repair; finding_count: none has. */
static size_t nearest_finding(const struct analysis *analysis, uint32_t byte) {
    size_t nearest = analysis->finding_count;
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < analysis->finding_count; i++) {
        const struct finding *finding = &analysis->findings[i];
        uint32_t away = finding->start_byte > byte ? finding->start_byte - byte
                        : finding->end_byte < byte ? byte - finding->end_byte
                                                   : 0;
        if (!finding->repair_count || away >= least) continue;
        nearest = i;
        least = away;
    }
    return nearest;
}

static void emit_finding(struct answer *answer, size_t index) {
    const struct finding *finding = &answer->document->analysis->findings[index];
    for (size_t j = 0; j < finding->repair_count; j++)
        emit_action(answer, (struct choice){index, j}, finding->repairs[j].title, QUICK_FIX_KIND, j == 0);
}

static void emit_quick_fixes(struct answer *answer, struct json_object *diagnostics, struct byte_span span) {
    const struct analysis *analysis = answer->document->analysis;
    /* What is under the cursor comes before what is only on its line. */
    for (int near = 1; near >= 0; near--) {
        for (size_t i = 0; i < analysis->finding_count; i++) {
            const struct finding *finding = &analysis->findings[i];
            if (touches(finding, span) != (near == 1)) continue;
            if (!near && !in_context(diagnostics, text_line_of(analysis->text, finding->start_byte)))
                continue;
            emit_finding(answer, i);
        }
    }
    if (answer->count || !answer->waited || !in_context(diagnostics, ANY_LINE)) return;
    /* The early diagnostic that was asked about stands on another line by now. */
    size_t nearest = nearest_finding(analysis, span.start);
    if (nearest < analysis->finding_count) emit_finding(answer, nearest);
}

static void emit_actions(struct answer *answer, struct json_object *context, struct byte_span span) {
    const struct analysis *analysis = answer->document->analysis;
    struct json_object *only = protocol_field(context, "only");
    if (wants_kind(only, QUICK_FIX_KIND))
        emit_quick_fixes(answer, protocol_field(context, "diagnostics"), widen(analysis->text, span));
    /* Unasked, it is worth a line only where it does more than the quick fix. */
    bool asked = json_object_is_type(only, json_type_array);
    size_t fix = sure_fix(answer->core, analysis);
    if (fix != SIZE_MAX && wants_kind(only, FIX_ALL_KIND) && (asked || analysis->finding_count > 1))
        emit_action(answer, (struct choice){NO_FINDING, fix}, FIX_ALL_TITLE, FIX_ALL_KIND, false);
}

enum handled handle_code_action(struct core *core, struct request *request) {
    struct error error;
    struct position_range range;
    struct open_document *document = request_document(core, request);
    if (!document) return HANDLED;
    if (!protocol_range(request->params, "range", &range, &error) ||
        !protocol_object(request->params, "context", &error))
        return request_refuse(core, request, &error);
    if (document->snapshot->language && !document->ready && !request->last_chance) {
        request->wait_ns = core->settings.repair_budget_ns + WAIT_BEYOND_BUDGET_NS;
        request->bound = true;
        return HANDLED_WAIT;
    }
    struct emit *emit = outgoing_result(&core->outgoing, request->id);
    emit_open_array(emit);
    if (document->analysis) {
        const struct text *text = document->snapshot->text;
        uint32_t start = position_to_byte(text, range.start, core->client.encoding);
        uint32_t end = position_to_byte(text, range.end, core->client.encoding);
        struct answer answer = {core, document, emit, 0, request->waited};
        struct byte_span span = {start, end < start ? start : end};
        emit_actions(&answer, protocol_field(request->params, "context"), span);
    }
    emit_close_array(emit);
    outgoing_end(&core->outgoing);
    return HANDLED;
}

static bool is_named(const struct repair *repair, const char *name) {
    char own[REPAIR_NAME_SIZE];
    name_repair(repair, own);
    return strcmp(own, name) == 0;
}

static const struct repair *find_named(const struct analysis *analysis, const char *name) {
    for (size_t i = 0; i < analysis->finding_count; i++)
        for (size_t j = 0; j < analysis->findings[i].repair_count; j++)
            if (is_named(&analysis->findings[i].repairs[j], name)) return &analysis->findings[i].repairs[j];
    for (size_t i = 0; i < analysis->fix_count; i++)
        if (is_named(&analysis->fixes[i], name)) return &analysis->fixes[i];
    return NULL;
}

static enum handled refuse_stale(struct core *core, const struct request *request, const char *why) {
    outgoing_error(&core->outgoing, request->id, RPC_CONTENT_MODIFIED, why);
    return HANDLED;
}

/* The repair that data, as emit_data wrote it, names. HANDLED with NULL: it was refused. */
static enum handled find_repair(struct core *core, struct request *request, struct json_object *data,
                                const struct open_document **ret_document, const struct repair **ret_repair) {
    struct error error;
    int64_t text;
    *ret_repair = NULL;
    const char *uri = protocol_string(data, "uri", &error), *name = NULL;
    if (!uri || !protocol_integer(data, "text", &text, &error) ||
        !(name = protocol_string(data, "repair", &error)))
        return request_refuse(core, request, &error);
    const struct open_document *document = core_document(core, uri);
    if (!document || (uint64_t)text != document->text_number)
        return refuse_stale(core, request, "the document changed since this repair was offered");
    const struct repair *repair = document->analysis ? find_named(document->analysis, name) : NULL;
    if (!repair && !document->ready && !request->last_chance) {
        request->wait_ns = core->settings.repair_budget_ns + WAIT_BEYOND_BUDGET_NS;
        request->bound = true;
        request->uri = uri;
        return HANDLED_WAIT;
    }
    if (!repair) return refuse_stale(core, request, "this repair is no longer offered");
    *ret_document = document;
    *ret_repair = repair;
    return HANDLED;
}

enum handled handle_code_action_resolve(struct core *core, struct request *request) {
    static const char *const kept[] = {"title", "kind", "diagnostics", "isPreferred", "data"};
    struct error error;
    if (!protocol_string(request->params, "title", &error)) return request_refuse(core, request, &error);
    struct json_object *data = protocol_object(request->params, "data", &error);
    if (!data) return request_refuse(core, request, &error);
    const struct open_document *document;
    const struct repair *repair;
    enum handled handled = find_repair(core, request, data, &document, &repair);
    if (!repair) return handled;
    struct emit *emit = outgoing_result(&core->outgoing, request->id);
    emit_open_object(emit);
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        struct json_object *field = protocol_field(request->params, kept[i]);
        if (!field) continue;
        const char *json = json_object_to_json_string_ext(field, JSON_C_TO_STRING_PLAIN);
        emit_key(emit, kept[i]);
        emit_raw(emit, json, strlen(json));
    }
    emit_key(emit, "edit");
    edits_emit(emit, document->snapshot, repair, &core->client);
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
    return HANDLED;
}

enum handled handle_execute_command(struct core *core, struct request *request) {
    struct error error;
    const char *command = protocol_string(request->params, "command", &error);
    if (!command) return request_refuse(core, request, &error);
    if (strcmp(command, APPLY_REPAIR_COMMAND) != 0) {
        error_set(&error, STATUS_UNSUPPORTED, "command %.100s is not known; there is " APPLY_REPAIR_COMMAND,
                  command);
        return request_refuse(core, request, &error);
    }
    struct json_object *arguments = protocol_array(request->params, "arguments", &error);
    if (!arguments) return request_refuse(core, request, &error);
    const struct open_document *document;
    const struct repair *repair;
    struct json_object *data = json_object_array_get_idx(arguments, 0);
    enum handled handled = find_repair(core, request, data, &document, &repair);
    if (!repair) return handled;
    struct emit *emit = client_request(core, "workspace/applyEdit", NULL);
    emit_open_object(emit);
    emit_text_at(emit, "label", repair->title);
    emit_key(emit, "edit");
    edits_emit(emit, document->snapshot, repair, &core->client);
    emit_close_object(emit);
    outgoing_end(&core->outgoing);
    outgoing_null(&core->outgoing, request->id);
    return HANDLED;
}
