/* outgoing.h: messages to the client, built in place and sent whole.
 *
 * begin, write the result or the params with the emit it returns, end. One message at a time.
 *
 * Owns    the buffer that messages are built in.
 * Threads the loop thread.
 * Errors  none. */
#ifndef NOODLE_OUTGOING_H
#define NOODLE_OUTGOING_H

#include "lsp/emit.h"
#include "lsp/rpc.h"

struct outgoing {
    struct emit emit;
    void (*send)(const char *bytes, size_t length, void *payload); /* copies what it cannot write at once */
    void *payload;
    int64_t next_id; /* of our own requests */
};

void outgoing_init(struct outgoing *outgoing, void (*send)(const char *bytes, size_t length, void *payload),
                   void *payload);
void outgoing_finish(struct outgoing *outgoing);

struct emit *outgoing_result(struct outgoing *outgoing, const char *id); /* id as JSON text */
struct emit *outgoing_notification(struct outgoing *outgoing, const char *method);
struct emit *outgoing_request(struct outgoing *outgoing, const char *method, int64_t *ret_id);
void outgoing_end(struct outgoing *outgoing);

/* Whole messages. id NULL: null. */
void outgoing_null(struct outgoing *outgoing, const char *id);
void outgoing_error(struct outgoing *outgoing, const char *id, enum rpc_code code, const char *message);
/* data is JSON text. */
void outgoing_error_data(struct outgoing *outgoing, const char *id, enum rpc_code code, const char *message,
                         const char *data);

#endif
