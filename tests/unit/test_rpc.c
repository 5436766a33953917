/* test_rpc.c: which bodies are messages, of what kind, and how the others are refused. */
#include "lsp/rpc.h"

#include "base/mem.h"
#include <json-c/json.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct rpc_parser *parser;

static int set_up(void **state) {
    (void)state;
    parser = rpc_parser_create();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    rpc_parser_destroy(parser);
    return 0;
}

static void check_kind(const char *body, enum rpc_kind kind, const char *id, const char *method) {
    struct rpc_message message;
    struct error error;
    enum rpc_code code;
    assert_int_equal(rpc_parse(parser, body, strlen(body), &message, &code, &error), STATUS_OK);
    assert_int_equal(message.kind, kind);
    if (id)
        assert_string_equal(message.id, id);
    else
        assert_null(message.id);
    if (method)
        assert_string_equal(message.method, method);
    else
        assert_null(message.method);
    rpc_finish(&message);
}

static void check_refused_bytes(const char *body, size_t length, enum rpc_code code, const char *id,
                                const char *word) {
    struct rpc_message message;
    struct error error;
    enum rpc_code refused;
    assert_int_equal(rpc_parse(parser, body, length, &message, &refused, &error), STATUS_MALFORMED);
    assert_int_equal(refused, code);
    if (id)
        assert_string_equal(message.id, id);
    else
        assert_null(message.id);
    if (!strstr(error.message, word)) fail_msg("\"%s\" does not say \"%s\"", error.message, word);
    rpc_finish(&message);
}

static void check_refused(const char *body, enum rpc_code code, const char *id, const char *word) {
    check_refused_bytes(body, strlen(body), code, id, word);
}

static void test_kinds(void **state) {
    (void)state;
    check_kind("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}", RPC_REQUEST, "1", "a");
    check_kind("{\"jsonrpc\":\"2.0\",\"id\":-5,\"method\":\"a\",\"params\":[]}", RPC_REQUEST, "-5", "a");
    check_kind("{\"jsonrpc\":\"2.0\",\"id\":\"x\\\"\\u0000\",\"method\":\"a\"}", RPC_REQUEST,
               "\"x\\\"\\u0000\"", "a");
    check_kind(" {\"method\":\"a\",\"jsonrpc\":\"2.0\",\"params\":{}} \n", RPC_NOTIFICATION, NULL, "a");
    check_kind("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":null}", RPC_RESPONSE, "1", NULL);
    check_kind("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":1,\"message\":\"\"}}", RPC_RESPONSE, "1",
               NULL);
    check_kind("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{}}", RPC_RESPONSE, NULL, NULL);
    check_kind("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\",\"params\":null}", RPC_REQUEST, "1", "a");
}

static void test_not_json(void **state) {
    (void)state;
    check_refused("", RPC_PARSE_ERROR, NULL, "byte 0");
    check_refused("{\"jsonrpc\":", RPC_PARSE_ERROR, NULL, "middle");
    check_refused("{} {}", RPC_PARSE_ERROR, NULL, "byte 3");
    check_refused("{\"a\":1,}", RPC_PARSE_ERROR, NULL, "byte 7");
    check_refused("null", RPC_PARSE_ERROR, NULL, "byte 4");
    check_refused("// hello\n{}", RPC_PARSE_ERROR, NULL, "byte");
    check_refused_bytes("{}\0", 3, RPC_PARSE_ERROR, NULL, "byte");
    char deep[400];
    memset(deep, '[', sizeof deep);
    check_refused_bytes(deep, sizeof deep, RPC_PARSE_ERROR, NULL, "nest");
}

static void test_not_rpc(void **state) {
    (void)state;
    check_refused("[]", RPC_INVALID_REQUEST, NULL, "batch");
    check_refused("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}]", RPC_INVALID_REQUEST, NULL, "batch");
    check_refused("\"a\"", RPC_INVALID_REQUEST, NULL, "object");
    check_refused("{}", RPC_INVALID_REQUEST, NULL, "jsonrpc");
    check_refused("{\"id\":3,\"method\":\"a\"}", RPC_INVALID_REQUEST, "3", "jsonrpc");
    check_refused("{\"jsonrpc\":2.0,\"id\":3,\"method\":\"a\"}", RPC_INVALID_REQUEST, "3", "jsonrpc");
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":3}", RPC_INVALID_REQUEST, "3", "method");
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":null}", RPC_INVALID_REQUEST, "3", "method");
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"a\"}", RPC_INVALID_REQUEST, NULL, "id");
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"a\"}", RPC_INVALID_REQUEST, NULL, "id");
    check_refused("{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"a\",\"params\":\"b\"}", RPC_INVALID_REQUEST,
                  "4", "params");
    check_refused("{\"jsonrpc\":\"2.0\",\"result\":1}", RPC_INVALID_REQUEST, NULL, "id");
}

/* A parser that refused something is as good as new. */
static void test_after_refusal(void **state) {
    (void)state;
    check_refused("[[[[{\"a\":\"", RPC_PARSE_ERROR, NULL, "middle");
    check_kind("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"a\"}", RPC_REQUEST, "1", "a");
}

static void test_bytes_that_are_not_utf8(void **state) {
    (void)state;
    struct rpc_message message;
    struct error error;
    enum rpc_code code;
    const char body[] = "{\"jsonrpc\":\"2.0\",\"method\":\"a\",\"params\":{\"t\":\"x\xFF\\u0000y\"}}";
    assert_int_equal(rpc_parse(parser, body, sizeof body - 1, &message, &code, &error), STATUS_OK);
    struct json_object *text = json_object_object_get(message.params, "t");
    assert_int_equal(json_object_get_string_len(text), 4);
    assert_memory_equal(json_object_get_string(text), "x\xFF\0y", 4);
    rpc_finish(&message);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_not_json),
        cmocka_unit_test(test_not_rpc),
        cmocka_unit_test(test_after_refusal),
        cmocka_unit_test(test_bytes_that_are_not_utf8),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
