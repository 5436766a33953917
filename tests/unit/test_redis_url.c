/* cache/redis_url.h and cache/packed.h: what leaves this machine, and how the way there is written. */
#include "cache/packed.h"
#include "cache/redis_url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void check_url(const char *text, const char *user, const char *password, const char *host,
                      unsigned port, unsigned database) {
    struct redis_url url;
    struct error error;
    if (redis_url_parse(text, &url, &error)) fail_msg("%s: %s", text, error.message);
    assert_string_equal(url.user, user);
    assert_string_equal(url.password, password);
    assert_string_equal(url.host, host);
    assert_int_equal(url.port, port);
    assert_int_equal(url.database, database);
}

static void check_refused(const char *text, enum status status, const char *start) {
    struct redis_url url = {.port = 1};
    struct error error;
    if (redis_url_parse(text, &url, &error) != status) fail_msg("%s was not refused as it should", text);
    assert_int_equal(url.port, 1); /* untouched */
    if (strncmp(error.message, start, strlen(start)) != 0) fail_msg("%s: %s", text, error.message);
    assert_null(strstr(error.message, "secret"));
}

static void test_urls(void **state) {
    (void)state;
    check_url("redis://h", "", "", "h", 6379, 0);
    check_url("redis://h/", "", "", "h", 6379, 0);
    check_url("redis://127.0.0.1:7000/3", "", "", "127.0.0.1", 7000, 3);
    check_url("redis://:secret@h", "", "secret", "h", 6379, 0);
    check_url("redis://me:s%40%2f:@h:1/0", "me", "s@/:", "h", 1, 0);
    check_url("redis://me:a/b@h", "me", "a/b", "h", 6379, 0);
    check_url("redis://[::1]:65535/12", "", "", "::1", 65535, 12);
    check_url("redis://[::1]", "", "", "::1", 6379, 0);
}

static void check_tls(const char *text, const char *ca, const char *certificate, const char *key) {
    struct redis_url url;
    struct error error;
    if (redis_url_parse(text, &url, &error)) fail_msg("%s: %s", text, error.message);
    assert_true(url.tls);
    assert_string_equal(url.ca, ca);
    assert_string_equal(url.certificate, certificate);
    assert_string_equal(url.key, key);
}

static void test_tls_urls(void **state) {
    (void)state;
    check_url("rediss://me:secret@h:7/3?ca=/ca.pem", "me", "secret", "h", 7, 3);
    check_url("rediss://:a?b@h?ca=x", "", "a?b", "h", 6379, 0);
    check_url("rediss://[::1]?ca=/a/b", "", "", "::1", 6379, 0);
    check_tls("rediss://h", "", "", "");
    check_tls("rediss://:secret@h/2?", "", "", "");
    check_tls("rediss://h?ca=/etc/my%20ca%26co.pem", "/etc/my ca&co.pem", "", "");
    check_tls("rediss://h/?key=c/k.pem&cert=c/c.pem&ca=c=a.pem", "c=a.pem", "c/c.pem", "c/k.pem");
    struct redis_url url;
    assert_int_equal(redis_url_parse("redis://h", &url, NULL), STATUS_OK);
    assert_false(url.tls);
    check_refused("redis://:secret@h?ca=/ca.pem", STATUS_INVALID, "what stands behind ? is for TLS");
    static const char *const files[] = {
        "rediss://h?ca",          "rediss://h?ca=",        "rediss://h?ca=a&ca=b",
        "rediss://h?cert=secret", "rediss://h?key=secret", "rediss://h?CA=a",
        "rediss://h?ca=%",        "rediss://h?ca=%00",     "rediss://h?&ca=a"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        check_refused(files[i], STATUS_INVALID, "behind ? stands ca=FILE, or cert=FILE&key=FILE");
    char text[2000] = "rediss://h?ca=";
    memset(text + 14, 'a', 600);
    check_refused(text, STATUS_INVALID, "behind ? stands");
}

static void test_refused_urls(void **state) {
    (void)state;
    static const char *const forms[] = {"", "h:6379", "http://secret", "redis:/h"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        check_refused(forms[i], STATUS_INVALID, "it takes redis[s]://");
    static const char *const users[] = {"redis://secret@h", "redis://me:@h", "redis://:%4@h",
                                        "redis://:secret%00@h", "redis://:secret%zz@h"};
    for (size_t i = 0; i < sizeof users / sizeof *users; i++)
        check_refused(users[i], STATUS_INVALID, "what stands before @");
    static const char *const hosts[] = {"redis://",    "redis://:1",      "redis://h:",   "redis://h:0",
                                        "redis://h:x", "redis://h:65536", "redis://[::1", "redis://[::1]1",
                                        "redis://[]",  "redis://a b",     "redis://h%20"};
    for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
        check_refused(hosts[i], STATUS_INVALID, "the host or port is none");
    check_refused("redis://h/x", STATUS_INVALID, "the database is no number");
    check_refused("redis://h/99999999999999999999", STATUS_INVALID, "the database is no number");
    char text[2000] = "redis://:";
    memset(text + 9, 'a', 1000);
    strcpy(text + 1009, "@h");
    check_refused(text, STATUS_INVALID, "what stands before @");
    memset(text + 8, 'a', 1000);
    text[1008] = '\0';
    check_refused(text, STATUS_INVALID, "the host or port is none");
}

static void test_packed(void **state) {
    (void)state;
    struct hash128 key = hash128("key", 3), other = hash128("other", 5);
    for (size_t size = 1; size < 5000; size = size * 3 + 1) {
        struct blob *blob = blob_create(NULL, size);
        for (size_t i = 0; i < size; i++)
            blob->bytes[i] = (char)(i % 7 * size);
        struct str packed;
        str_init(&packed);
        uint32_t cost_us = 0;
        assert_true(packed_make(key, blob, (uint32_t)size, &packed));
        struct blob *found = packed_open(key, packed.bytes, packed.length, &cost_us);
        assert_non_null(found);
        assert_int_equal(cost_us, size);
        assert_int_equal(found->size_bytes, size);
        assert_memory_equal(found->bytes, blob->bytes, size);
        blob_unref(found);
        assert_null(packed_open(other, packed.bytes, packed.length, &cost_us));
        for (size_t length = 0; length < packed.length; length++)
            assert_null(packed_open(key, packed.bytes, length, &cost_us));
        for (size_t i = 0; i < packed.length; i++) { /* whatever is wrong: the same bytes, or nothing */
            packed.bytes[i] ^= 0x55;
            found = packed_open(key, packed.bytes, packed.length, &cost_us);
            if (found) assert_memory_equal(found->bytes, blob->bytes, size);
            blob_unref(found);
            packed.bytes[i] ^= 0x55;
        }
        /* One that took for ever did not. */
        assert_true(packed_make(key, blob, UINT32_MAX, &packed));
        found = packed_open(key, packed.bytes, packed.length, &cost_us);
        assert_non_null(found);
        assert_int_equal(cost_us, PACKED_COST_MAX_US);
        blob_unref(found);
        str_finish(&packed);
        blob_unref(blob);
    }
    /* A size that nobody may have. */
    uint32_t cost_us;
    assert_null(packed_open(key, "NSR2\xff\xff\xff\xff____________________", 28, &cost_us));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_tls_urls),
        cmocka_unit_test(test_refused_urls),
        cmocka_unit_test(test_packed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
