/* test_server_core.c: the server's core over memory: what needs a hand on the clock or on the client's
 * willingness to read. tests/lsp plays the rest over real wires. */
#include "lsp/core.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "lsp/publish.h"
#include "lsp/state.h"
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct client_side {
    struct server_params params;
    struct core *core;
    struct str sent; /* bodies, a line each */
    bool congested;
    long watched;
};

static void take_message(const char *bytes, size_t length, void *payload) {
    struct client_side *client = payload;
    const char *body = strstr(bytes, "\r\n\r\n") + 4;
    struct json_object *json = json_tokener_parse(body);
    assert_non_null(json); /* followed by the NUL of the buffer it was made in */
    json_object_put(json);
    str_add(&client->sent, body, length - (size_t)(body - bytes));
    str_addc(&client->sent, '\n');
}

static bool tell_congestion(void *payload) {
    struct client_side *client = payload;
    return client->congested;
}

static void ignore_wake(void *payload) {
    (void)payload;
}

static void note_process(long process, void *payload) {
    struct client_side *client = payload;
    client->watched = process;
}

static void receive(struct client_side *client, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void receive(struct client_side *client, const char *format, ...) {
    char body[4096];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(body, sizeof body, format, arguments);
    va_end(arguments);
    assert_in_range(length, 1, sizeof body - 1);
    core_receive(client->core, body, (size_t)length);
}

static void start(struct client_side *client, unsigned thread_count, const char *capabilities) {
    *client = (struct client_side){.watched = 0};
    str_init(&client->sent);
    client->params = (struct server_params){.version = "test"};
    settings_init(&client->params.settings);
    client->params.settings.thread_count = thread_count;
    struct core_io io = {take_message, tell_congestion, ignore_wake, note_process, client};
    client->core = core_create(&client->params, &io);
    receive(client,
            "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"processId\":77,"
            "\"capabilities\":%s}}",
            capabilities);
    str_clear(&client->sent);
}

static void stop(struct client_side *client) {
    core_destroy(client->core);
    str_finish(&client->sent);
}

static size_t count_of(const struct client_side *client, const char *word) {
    size_t count = 0;
    for (const char *at = client->sent.bytes; (at = strstr(at, word)); at++)
        count++;
    return count;
}

static void open_document(struct client_side *client, const char *name, const char *text) {
    receive(client,
            "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/"
            "didOpen\",\"params\":{\"textDocument\":{\"uri\":\"file:///%s\","
            "\"languageId\":\"json\",\"version\":1,\"text\":\"%s\"}}}",
            name, text);
}

static void change_document(struct client_side *client, const char *name, int version, const char *text) {
    receive(client,
            "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/"
            "didChange\",\"params\":{\"textDocument\":{\"uri\":\"file:///%s\","
            "\"version\":%d},\"contentChanges\":[{\"text\":\"%s\"}]}}",
            name, version, text);
}

/* A text whose first parse is not done when the next message is handled. */
static void open_large_document(struct client_side *client) {
    struct str body;
    str_init(&body);
    str_adds(&body,
             "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didOpen\",\"params\":{\"textDocument\":{\"uri\":"
             "\"file:///a\",\"languageId\":\"json\",\"version\":1,\"text\":\"[");
    for (int i = 0; i < 400000; i++)
        str_adds(&body, "[1, 2], ");
    str_adds(&body, "0]\"}}}");
    core_receive(client->core, body.bytes, body.length);
    str_finish(&body);
}

static void ask_action(struct client_side *client, int id) {
    receive(client,
            "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"textDocument/"
            "codeAction\",\"params\":{\"textDocument\":{\"uri\":"
            "\"file:///"
            "a\"},\"range\":{\"start\":{\"line\":0,\"character\":0},\"end\":{\"line\":0,\"character\":9}},"
            "\"context\":{\"diagnostics\":[]}}}",
            id);
}

static void test_process_is_told(void **state) {
    (void)state;
    struct client_side client;
    start(&client, 0, "{}");
    assert_int_equal(client.watched, 77);
    stop(&client);
}

/* However much changes while the client does not read, one message a document waits for it: the newest. */
static void test_client_that_does_not_read(void **state) {
    (void)state;
    struct client_side client;
    start(&client, 0, "{}");
    client.congested = true;
    open_document(&client, "a", "[1, 2");
    open_document(&client, "b", "[]");
    for (int version = 2; version < 100; version++)
        change_document(&client, "a", version, version % 2 ? "[" : "[]");
    assert_int_equal(client.sent.length, 0);
    core_resume(client.core);
    assert_int_equal(client.sent.length, 0);
    client.congested = false;
    core_resume(client.core);
    assert_int_equal(count_of(&client, "publishDiagnostics"), 2);
    assert_int_equal(count_of(&client, "\"version\":99"), 1);
    core_resume(client.core);
    assert_int_equal(count_of(&client, "publishDiagnostics"), 2);
    stop(&client);
}

static void test_closed_while_held_back(void **state) {
    (void)state;
    struct client_side client;
    start(&client, 0, "{}");
    client.congested = true;
    open_document(&client, "a", "[1, 2");
    receive(&client, "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didClose\",\"params\":{\"textDocument\":"
                     "{\"uri\":\"file:///a\"}}}");
    client.congested = false;
    core_resume(client.core);
    assert_int_equal(count_of(&client, "\"version\":1"), 0);
    assert_int_equal(count_of(&client, "\"diagnostics\":[]"), 1);
    stop(&client);
}

static void test_waiting_ends_in_time(void **state) {
    (void)state;
    struct client_side client;
    start(&client, 1, "{\"textDocument\":{\"diagnostic\":{}}}");
    open_large_document(&client);
    assert_int_equal(core_next_deadline_ns(client.core), 0);
    ask_action(&client, 1);
    receive(
        &client,
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"textDocument/diagnostic\",\"params\":{\"textDocument\":"
        "{\"uri\":\"file:///a\"}}}");
    receive(
        &client,
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"textDocument/foldingRange\",\"params\":{\"textDocument\":"
        "{\"uri\":\"file:///a\"}}}");
    assert_int_equal(client.sent.length, 0);
    uint64_t deadline_ns = core_next_deadline_ns(client.core);
    assert_true(deadline_ns > clock_now_ns());
    core_expire(client.core, deadline_ns);
    assert_string_equal(client.sent.bytes, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[]}\n");
    str_clear(&client.sent);
    core_expire(client.core, UINT64_MAX);
    assert_int_equal(count_of(&client, "\"id\":2,\"error\":{\"code\":-32802"), 1);
    assert_int_equal(count_of(&client, "\"retriggerRequest\":true"), 1);
    assert_int_equal(count_of(&client, "\"id\":3,\"result\":null"), 1);
    assert_int_equal(core_next_deadline_ns(client.core), 0);
    stop(&client);
}

static void ask_elsewhere(struct client_side *client, int id) {
    static const char range[] =
        "{\"start\":{\"line\":0,\"character\":0},\"end\":{\"line\":0,\"character\":1}}";
    receive(client,
            "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"textDocument/codeAction\",\"params\":{"
            "\"textDocument\":{\"uri\":\"file:///b\"},\"range\":%s,\"context\":{\"only\":[\"quickfix\"],"
            "\"diagnostics\":[{\"source\":\"noodle\",\"message\":\"early\",\"range\":%s}]}}}",
            id, range, range);
}

/* Who asks about an early diagnostic has not seen that its mistake is placed elsewhere by now. */
static void test_asked_about_an_early_place(void **state) {
    (void)state;
    struct client_side client;
    start(&client, 1, "{}");
    open_large_document(&client); /* keeps the thread */
    open_document(&client, "b", "[1,\\n2,\\n\\n3 4]");
    ask_elsewhere(&client, 1);
    uint64_t end_ns = clock_now_ns() + 60 * NS_PER_S;
    while (!count_of(&client, "\"id\":1,") && clock_now_ns() < end_ns) {
        sched_yield();
        core_drain(client.core);
    }
    assert_int_equal(count_of(&client, "\"id\":1,\"result\":[{\"title\":\"insert `,`\""), 1);
    ask_elsewhere(&client, 2); /* and now it has */
    assert_int_equal(count_of(&client, "\"id\":2,\"result\":[]"), 1);
    stop(&client);
}

/* A client that asks faster than it listens: what waits is bounded, and everything is answered once. */
static void test_too_many_wait(void **state) {
    (void)state;
    struct client_side client;
    start(&client, 1, "{}");
    open_large_document(&client);
    for (int id = 1; id <= 1100; id++)
        ask_action(&client, id);
    size_t at_once = count_of(&client, "\"result\":[]");
    assert_int_equal(at_once, 1100 - 1024);
    change_document(&client, "a", 2, "[]");
    assert_int_equal(count_of(&client, "\"code\":-32801"), 1024);
    assert_int_equal(core_next_deadline_ns(client.core), 0);
    stop(&client);
}

static void test_destroyed_in_the_middle(void **state) {
    (void)state;
    struct client_side client;
    start(&client, 2, "{}");
    open_large_document(&client);
    ask_action(&client, 1);
    open_document(&client, "b", "[1, 2");
    str_clear(&client.sent);
    core_destroy(client.core);
    assert_int_equal(client.sent.length, 0);
    str_finish(&client.sent);
}

static void test_exit_codes(void **state) {
    (void)state;
    struct client_side client;
    int code = -1;
    start(&client, 0, "{}");
    assert_false(core_exited(client.core, &code));
    assert_int_equal(core_exit_code(client.core), 1);
    receive(&client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"shutdown\"}");
    assert_int_equal(core_exit_code(client.core), 0);
    assert_false(core_exited(client.core, &code));
    receive(&client, "{\"jsonrpc\":\"2.0\",\"method\":\"exit\"}");
    assert_true(core_exited(client.core, &code));
    assert_int_equal(code, 0);
    stop(&client);
}

static void test_faults_are_told(void **state) {
    (void)state;
    struct client_side client;
    start(&client, 0, "{}");
    struct error error;
    error_set(&error, STATUS_TOO_LARGE, "too much");
    core_report_fault(client.core, &error);
    assert_string_equal(
        client.sent.bytes,
        "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"too much\"}}\n");
    stop(&client);
}

/* A document that the system has no memory for: logged, and the server lives on. */
static void test_refused_memory(void **state) {
    (void)state;
    struct client_side client;
    start(&client, 0, "{}");
    open_document(&client, "a", "[]");
    str_clear(&client.sent);
    mem_set_try_limit(1);
    change_document(&client, "a", 2, "[1, 2");
    open_document(&client, "b", "[]");
    mem_set_try_limit(0);
    assert_int_equal(count_of(&client, "was not applied: out of memory"), 1);
    assert_int_equal(count_of(&client, "was not opened: out of memory"), 1);
    str_clear(&client.sent);
    change_document(&client, "a", 3, "[1]");
    assert_int_equal(count_of(&client, "\"version\":3,\"diagnostics\":[]"), 1);
    stop(&client);
}

/* What was said of the text before is not what is to be said of one that cannot be analysed. */
static void test_text_that_is_not_analysed(void **state) {
    (void)state;
    struct client_side client;
    start(&client, 0, "{}");
    open_document(&client, "a", "[1 2]");
    core_drain(client.core);
    assert_true(count_of(&client, "missing-token") > 0);
    str_clear(&client.sent);
    struct open_document *document = core_document(client.core, "file:///a");
    struct session_result failed = {.snapshot = document->snapshot, .status = STATUS_DEADLINE};
    publish_take_result(&failed, client.core); /* of a later look at the same text: what is known stands */
    core_drain(client.core);
    assert_int_equal(count_of(&client, "publishDiagnostics"), 0);
    open_document_forget(client.core, document); /* as a change does */
    publish_take_result(&failed, client.core);
    core_drain(client.core);
    assert_int_equal(count_of(&client, "publishDiagnostics"), 1);
    assert_int_equal(count_of(&client, "\"uri\":\"file:///a\",\"diagnostics\":[]"), 1);
    assert_int_equal(count_of(&client, "was not analysed: deadline passed"), 2);
    stop(&client);
}

static void record_samples(struct client_side *client, size_t count, uint64_t diagnosed_ns) {
    struct latency_sample sample = {.edit = LATENCY_CLEAN, .size_bytes = 2};
    sample.times.ns[STAGE_DIAGNOSED] = sample.times.ns[STAGE_PARSE] = diagnosed_ns;
    for (size_t i = 0; i < count; i++)
        latency_record(client->core->latency, "file:///a", &sample);
}

/* A slow document says so on its first line, and stops when it is fast again. */
static void test_latency_diagnostic(void **state) {
    (void)state;
    struct client_side client;
    start(&client, 0, "{}");
    open_document(&client, "a", "[]");
    assert_int_equal(count_of(&client, "noodle-latency"), 0);
    record_samples(&client, LATENCY_WINDOW, 200 * NS_PER_MS);
    str_clear(&client.sent);
    change_document(&client, "a", 2, "[ ]");
    assert_int_equal(count_of(&client, "\"source\":\"noodle-latency\""), 1);
    assert_int_equal(count_of(&client, "\"severity\":3"), 1);
    assert_int_equal(count_of(&client, "parsing"), 1);
    /* With findings it stands beside them. */
    str_clear(&client.sent);
    change_document(&client, "a", 3, "[1, 2");
    assert_int_equal(count_of(&client, "noodle-latency"), count_of(&client, "publishDiagnostics"));
    assert_true(count_of(&client, "\"source\":\"noodle\"") > 0);
    record_samples(&client, LATENCY_WINDOW, NS_PER_MS);
    str_clear(&client.sent);
    change_document(&client, "a", 4, "[]");
    assert_int_equal(count_of(&client, "\"version\":4,\"diagnostics\":[]"), 1);
    receive(&client, "{\"jsonrpc\":\"2.0\",\"method\":\"textDocument/didClose\",\"params\":{\"textDocument\":"
                     "{\"uri\":\"file:///a\"}}}");
    const struct latency_sample *samples;
    assert_int_equal(latency_samples(client.core->latency, "file:///a", &samples), 0);
    stop(&client);
}

/* ---- what cli/ gives ---- */

struct given {
    struct client_side client;
    unsigned configured, warmed_up;
    const char *root, *first, *second; /* of the last call; JSON, or NULL */
    struct meter *meter;
};

static void give(const struct server_layers *layers, struct server_configuration *configuration,
                 void *payload) {
    struct given *given = payload;
    given->configured++;
    assert_null(layers->root);
    struct json_object *first = layers->editor[0].configuration, *second = layers->editor[1].configuration;
    given->first = first ? json_object_to_json_string_ext(first, JSON_C_TO_STRING_PLAIN) : NULL;
    given->second = second ? json_object_to_json_string_ext(second, JSON_C_TO_STRING_PLAIN) : NULL;
    configuration->meter = given->meter;
    layers->editor[1].complain("a complaint", layers->editor[1].payload);
}

static void note_warm_up(void *payload) {
    struct given *given = payload;
    assert_true(given->configured > 0);
    given->warmed_up++;
}

static void start_given(struct given *given, const char *capabilities) {
    *given = (struct given){.client.watched = 0};
    struct client_side *client = &given->client;
    str_init(&client->sent);
    client->params = (struct server_params){
        .version = "test", .configure = give, .warm_up = note_warm_up, .payload = given};
    settings_init(&client->params.settings);
    client->params.settings.thread_count = 0;
    struct core_io io = {take_message, tell_congestion, ignore_wake, note_process, client};
    client->core = core_create(&client->params, &io);
    receive(client,
            "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":{\"processId\":77,"
            "\"initializationOptions\":{\"cacheSize\":7},\"capabilities\":%s}}",
            capabilities);
    assert_string_equal(given->first, "{\"cacheSize\":7}");
    assert_null(given->second);
    assert_int_equal(given->warmed_up, 0);
    receive(client, "{\"jsonrpc\":\"2.0\",\"method\":\"initialized\",\"params\":{}}");
}

/* The editor's layers arrive there, and only what is new is complained of; what takes time begins when all is
 * known, once. */
static void test_configuration_is_given(void **state) {
    (void)state;
    struct given given;
    start_given(&given, "{}");
    assert_int_equal(given.configured, 1);
    assert_int_equal(given.warmed_up, 1);
    open_document(&given.client, "a", "[]");
    str_clear(&given.client.sent);
    given.meter = meter_create();
    receive(&given.client, "{\"jsonrpc\":\"2.0\",\"method\":\"workspace/didChangeConfiguration\",\"params\":"
                           "{\"settings\":{\"noodle\":{\"cacheSize\":8}}}}");
    assert_int_equal(given.configured, 2);
    assert_string_equal(given.second, "{\"noodle\":{\"cacheSize\":8}}");
    assert_int_equal(count_of(&given.client, "a complaint"), 1);
    assert_true(meter_summary(given.meter, STAGE_PARSE).count >
                0); /* open documents are judged with what is new */
    assert_int_equal(given.warmed_up, 1);
    stop(&given.client);
    meter_destroy(given.meter);

    start_given(&given, "{\"workspace\":{\"configuration\":true}}");
    assert_int_equal(given.warmed_up, 0); /* the client was asked */
    receive(&given.client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":[{\"cacheSize\":9}]}");
    assert_string_equal(given.second, "{\"cacheSize\":9}");
    assert_int_equal(given.warmed_up, 1);
    stop(&given.client);

    start_given(&given, "{\"workspace\":{\"configuration\":true}}");
    receive(&given.client, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32601,\"message\":\"no\"}}");
    assert_int_equal(given.configured, 1);
    assert_int_equal(given.warmed_up, 1);
    stop(&given.client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_process_is_told),
        cmocka_unit_test(test_client_that_does_not_read),
        cmocka_unit_test(test_closed_while_held_back),
        cmocka_unit_test(test_waiting_ends_in_time),
        cmocka_unit_test(test_asked_about_an_early_place),
        cmocka_unit_test(test_too_many_wait),
        cmocka_unit_test(test_destroyed_in_the_middle),
        cmocka_unit_test(test_exit_codes),
        cmocka_unit_test(test_faults_are_told),
        cmocka_unit_test(test_refused_memory),
        cmocka_unit_test(test_text_that_is_not_analysed),
        cmocka_unit_test(test_latency_diagnostic),
        cmocka_unit_test(test_configuration_is_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
