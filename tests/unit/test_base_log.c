/* base/log.h: levels filter, the sink gets whole messages. */
#include "base/log.h"

#include "base/str.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void keep(enum log_level level, const char *message, void *payload) {
    str_addf(payload, "%d:%s\n", (int)level, message);
}

static int restore(void **state) {
    (void)state;
    log_set_sink(NULL, NULL);
    log_set_level(LOG_WARNING);
    return 0;
}

static void test_levels(void **state) {
    (void)state;
    struct str seen;
    str_init(&seen);
    log_set_sink(keep, &seen);
    log_print(LOG_INFO, "too quiet for the default");
    log_print(LOG_WARNING, "w%d", 1);
    log_print(LOG_ERROR, "e%d", 2);
    log_set_level(LOG_DEBUG);
    log_print(LOG_DEBUG, "d");
    log_set_level(LOG_ERROR);
    log_print(LOG_WARNING, "filtered");
    assert_string_equal(seen.bytes, "1:w1\n0:e2\n3:d\n");
    str_finish(&seen);
}

static void test_long_messages_arrive_whole(void **state) {
    (void)state;
    struct str seen;
    str_init(&seen);
    log_set_sink(keep, &seen);
    for (int width = 500; width < 524; width++) {
        str_clear(&seen);
        log_print(LOG_ERROR, "%*d", width, 7);
        assert_int_equal(seen.length, width + 3);
        assert_int_equal(seen.bytes[seen.length - 2], '7');
    }
    str_finish(&seen);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_levels, restore),
        cmocka_unit_test_teardown(test_long_messages_arrive_whole, restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
