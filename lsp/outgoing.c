/* outgoing.c: see outgoing.h. The header's length is known last and stands first, so a message begins with
 * room for it. */
#include "lsp/outgoing.h"

#include "lsp/frame.h"
#include <string.h>

/* A buffer that grew beyond this for one message is given back. */
#define KEPT_BYTES ((size_t)1 << 20)

void outgoing_init(struct outgoing *outgoing, void (*send)(const char *bytes, size_t length, void *payload),
                   void *payload) {
    *outgoing = (struct outgoing){.send = send, .payload = payload, .next_id = 1};
    emit_init(&outgoing->emit);
}

void outgoing_finish(struct outgoing *outgoing) {
    emit_finish(&outgoing->emit);
}

static struct emit *begin(struct outgoing *outgoing) {
    static const char room[FRAME_HEADER_ROOM];
    emit_clear(&outgoing->emit);
    str_add(&outgoing->emit.out, room, sizeof room);
    emit_open_object(&outgoing->emit);
    emit_text_at(&outgoing->emit, "jsonrpc", "2.0");
    return &outgoing->emit;
}

static void emit_id(struct emit *emit, const char *id) {
    emit_key(emit, "id");
    if (id)
        emit_raw(emit, id, strlen(id));
    else
        emit_null(emit);
}

struct emit *outgoing_result(struct outgoing *outgoing, const char *id) {
    struct emit *emit = begin(outgoing);
    emit_id(emit, id);
    emit_key(emit, "result");
    return emit;
}

struct emit *outgoing_notification(struct outgoing *outgoing, const char *method) {
    struct emit *emit = begin(outgoing);
    emit_text_at(emit, "method", method);
    emit_key(emit, "params");
    return emit;
}

struct emit *outgoing_request(struct outgoing *outgoing, const char *method, int64_t *ret_id) {
    struct emit *emit = begin(outgoing);
    *ret_id = outgoing->next_id++;
    emit_int_at(emit, "id", *ret_id);
    emit_text_at(emit, "method", method);
    emit_key(emit, "params");
    return emit;
}

void outgoing_end(struct outgoing *outgoing) {
    struct str *out = &outgoing->emit.out;
    emit_close_object(&outgoing->emit);
    char *body = out->bytes + FRAME_HEADER_ROOM;
    char *message = frame_header_before(body, out->length - FRAME_HEADER_ROOM);
    outgoing->send(message, out->length - (size_t)(message - out->bytes), outgoing->payload);
    if (out->capacity <= KEPT_BYTES) return;
    emit_finish(&outgoing->emit);
    emit_init(&outgoing->emit);
}

void outgoing_null(struct outgoing *outgoing, const char *id) {
    emit_null(outgoing_result(outgoing, id));
    outgoing_end(outgoing);
}

void outgoing_error_data(struct outgoing *outgoing, const char *id, enum rpc_code code, const char *message,
                         const char *data) {
    struct emit *emit = begin(outgoing);
    emit_id(emit, id);
    emit_key(emit, "error");
    emit_open_object(emit);
    emit_int_at(emit, "code", code);
    emit_text_at(emit, "message", message);
    if (data) {
        emit_key(emit, "data");
        emit_raw(emit, data, strlen(data));
    }
    emit_close_object(emit);
    outgoing_end(outgoing);
}

void outgoing_error(struct outgoing *outgoing, const char *id, enum rpc_code code, const char *message) {
    outgoing_error_data(outgoing, id, code, message, NULL);
}
