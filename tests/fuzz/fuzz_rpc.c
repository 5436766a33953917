/* fuzz_rpc.c: any sequence of bodies, a line each, leaves the server alive and every answer well-formed. What
 * the input says comes after an initialize, so that the handlers are reached. No threads: one input, one run.
 */
#include "lsp/core.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char header[] = "Content-Length: ";

static void check_message(const char *bytes, size_t length, void *payload) {
    struct json_tokener *tokener = payload;
    if (length < sizeof header || strncmp(bytes, header, sizeof header - 1) != 0) abort();
    char *body;
    unsigned long body_length = strtoul(bytes + sizeof header - 1, &body, 10);
    if (strncmp(body, "\r\n\r\n", 4) != 0) abort();
    body += 4;
    if (body_length != length - (size_t)(body - bytes)) abort();
    json_tokener_reset(tokener);
    struct json_object *message = json_tokener_parse_ex(tokener, body, (int)body_length);
    if (!json_object_is_type(message, json_type_object)) abort();
    json_object_put(message);
}

static bool is_congested(void *payload) {
    (void)payload;
    return false;
}

static void ignore_wake(void *payload) {
    (void)payload;
}

static void ignore_process(long process, void *payload) {
    (void)process;
    (void)payload;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const beginnings[] = {
        "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"capabilities\":{}}}",
        "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"capabilities\":{\"general\":"
        "{\"positionEncodings\":[\"utf-8\"]},\"textDocument\":{\"diagnostic\":{},\"inlineCompletion\":{},"
        "\"codeAction\":{"
        "\"codeActionLiteralSupport\":{},\"dataSupport\":true,\"resolveSupport\":{\"properties\":[\"edit\"]}}"
        "}}}}",
        NULL,
    };
    if (size < 1) return 0;
    const char *beginning = beginnings[data[0] % 3];
    data++, size--;
    struct json_tokener *tokener = json_tokener_new_ex(512);
    json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    struct server_params params = {.version = "fuzz"};
    settings_init(&params.settings);
    params.settings.thread_count = 0;
    params.settings.repair_budget_ns = 5000000;
    struct core_io io = {check_message, is_congested, ignore_wake, ignore_process, tokener};
    struct core *core = core_create(&params, &io);
    if (beginning) core_receive(core, beginning, strlen(beginning));
    while (size) {
        const uint8_t *end = memchr(data, '\n', size);
        size_t length = end ? (size_t)(end - data) : size;
        core_receive(core, (const char *)data, length);
        length += end != NULL;
        data += length, size -= length;
    }
    core_expire(core, UINT64_MAX);
    if (core_next_deadline_ns(core) != 0) abort();
    core_destroy(core);
    json_tokener_free(tokener);
    return 0;
}
