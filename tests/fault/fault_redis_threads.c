/* cache/redis_tier.h with a real server, which is shared, stopped, halted, slow, and not what it should be.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "cache/redis_tier.h"
#include "tests/support/redis_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENT_NS (10 * NS_PER_S) /* where the answer counts and not the time */

static const char password[] = "p@ss/word";
static const char *const server_words[] = {"--port", "PORT", "--requirepass", password, NULL};
static struct redis_server server;

/* One command, by somebody else. */
static redisReply *ask(const char *format, ...) {
    va_list arguments;
    redisContext *context = redisConnect("127.0.0.1", (int)server.port);
    assert_int_equal(context->err, 0);
    freeReplyObject(redisCommand(context, "AUTH %s", password));
    va_start(arguments, format);
    redisReply *reply = redisvCommand(context, format, arguments);
    va_end(arguments);
    assert_non_null(reply);
    redisFree(context);
    return reply;
}

static long long ask_number(const char *format, const char *key) {
    redisReply *reply = ask(format, key);
    assert_int_equal(reply->type, REDIS_REPLY_INTEGER);
    long long number = reply->integer;
    freeReplyObject(reply);
    return number;
}

static struct redis_tier_params params_of(unsigned port, uint64_t wait_ns,
                                          struct redis_complaints *complaints) {
    struct redis_tier_params params = {.on = true,
                                       .ttl_s = 100,
                                       .renew = true,
                                       .wait_ns = wait_ns,
                                       .complain = redis_complain,
                                       .payload = complaints};
    strcpy(params.url.host, "127.0.0.1");
    strcpy(params.url.password, password);
    params.url.port = port;
    return params;
}

static void name_key(char name[64], unsigned number) {
    struct hash128 key = redis_key_of(number);
    snprintf(name, 64, "noodle:r2:%016llx%016llx", (unsigned long long)key.high, (unsigned long long)key.low);
}

static void test_shared_by_processes(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    struct redis_tier_params params = params_of(server.port, PATIENT_NS, &complaints);
    pid_t child = fork();
    if (child == 0) {
        struct redis_tier *tier = redis_tier_create(&params);
        for (unsigned i = 0; i < 300; i++)
            redis_put(tier, i);
        redis_tier_flush(tier);
        struct redis_counters counters = redis_tier_counters(tier);
        redis_tier_destroy(tier);
        _exit(counters.written == 300 && counters.dropped == 0 ? 0 : 1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    char name[64];
    name_key(name, 7);
    freeReplyObject(ask("EXPIRE %s 5", name));
    struct redis_tier *tier = redis_tier_create(&params);
    for (unsigned i = 0; i < 300; i++)
        assert_true(redis_has(tier, i));
    assert_false(redis_has(tier, 300));
    assert_in_range(ask_number("TTL %s", name), 90, 100); /* a use renews it */
    redis_tier_drop(tier, redis_key_of(7));
    redis_tier_flush(tier);
    assert_int_equal(ask_number("EXISTS %s", name), 0);
    struct redis_counters counters = redis_tier_counters(tier);
    assert_int_equal(counters.state, REDIS_READY);
    assert_int_equal(counters.hits, 300);
    assert_int_equal(counters.misses, 1);
    assert_int_equal(counters.failures, 0);
    redis_tier_destroy(tier);

    params.url.database = 3; /* another one's */
    tier = redis_tier_create(&params);
    assert_false(redis_has(tier, 1));
    redis_tier_destroy(tier);
    params.url.database = 99; /* there are 16 */
    tier = redis_tier_create(&params);
    assert_false(redis_has(tier, 1));
    redis_wait_for(tier, REDIS_RESTING);
    redis_tier_destroy(tier);
    redis_complaints_finish(&complaints);
}

static void test_damaged_values(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    struct redis_tier_params params = params_of(server.port, PATIENT_NS, &complaints);
    struct redis_tier *tier = redis_tier_create(&params);
    char name[64];
    uint32_t cost_us;
    for (unsigned i = 1000; i < 1020; i++) {
        redis_put(tier, i);
        redis_tier_flush(tier);
        name_key(name, i);
        if (i % 2)
            freeReplyObject(ask("SETRANGE %s %d x\x01y", name, i - 1000));
        else
            freeReplyObject(ask("SET %s value", name));
        assert_null(redis_tier_get(tier, redis_key_of(i), &cost_us));
        redis_tier_flush(tier);
        assert_int_equal(ask_number("EXISTS %s", name), 0);
    }
    assert_int_equal(redis_tier_counters(tier).damaged, 20);
    assert_int_equal(redis_tier_counters(tier).state, REDIS_READY);
    redis_tier_destroy(tier);
    redis_complaints_finish(&complaints);
}

static void test_off_and_on(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    struct redis_tier_params params = params_of(server.port, PATIENT_NS, &complaints);
    params.on = false;
    struct redis_tier *tier = redis_tier_create(&params);
    redis_put(tier, 1);
    assert_false(redis_has(tier, 1));
    assert_int_equal(redis_tier_counters(tier).state, REDIS_OFF);
    params.on = true;
    redis_tier_configure(tier, &params);
    redis_put(tier, 2000);
    assert_true(redis_has(tier, 1));
    redis_tier_flush(tier);
    assert_true(redis_has(tier, 2000));
    params.on = false;
    redis_tier_configure(tier, &params);
    assert_false(redis_has(tier, 1));
    redis_tier_destroy(tier);
    assert_int_equal(complaints.count, 0);
    redis_complaints_finish(&complaints);
    redis_tier_destroy(NULL);
}

static void test_wrong_password(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    struct redis_tier_params params = params_of(server.port, PATIENT_NS, &complaints);
    strcpy(params.url.password, "secret");
    struct redis_tier *tier = redis_tier_create(&params);
    while (redis_tier_counters(tier).failures < 2)
        pause_ms(5);
    assert_false(redis_has(tier, 1));
    redis_tier_destroy(tier);
    assert_int_equal(complaints.count, 1);
    assert_non_null(strstr(complaints.lines.bytes, "WRONGPASS"));
    assert_null(strstr(complaints.lines.bytes, "secret"));

    freeReplyObject(ask("ACL SETUSER noodle on >other ~noodle:* +@all -@dangerous"));
    strcpy(params.url.user, "noodle");
    strcpy(params.url.password, "other");
    tier = redis_tier_create(&params);
    redis_put(tier, 3000);
    redis_tier_flush(tier);
    assert_true(redis_has(tier, 3000));
    redis_tier_destroy(tier);
    assert_int_equal(complaints.count, 1);
    redis_complaints_finish(&complaints);
}

static void test_stopped_and_started_again(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    struct redis_tier_params params = params_of(server.port, PATIENT_NS, &complaints);
    struct redis_tier *tier = redis_tier_create(&params);
    redis_put(tier, 1);
    redis_tier_flush(tier);
    assert_true(redis_has(tier, 1));
    redis_server_stop(&server);
    for (unsigned i = 0; i < 1000; i++) { /* far sooner than by waiting for each */
        redis_put(tier, i);
        assert_false(redis_has(tier, 5000 + i));
    }
    while (redis_tier_counters(tier).failures < 3)
        pause_ms(5);
    assert_int_equal(complaints.count, 1);
    redis_server_start(&server, server_words);
    redis_wait_for(tier, REDIS_READY);
    assert_false(redis_has(tier, 1)); /* it keeps nothing on disk */
    redis_put(tier, 1);
    redis_tier_flush(tier);
    assert_true(redis_has(tier, 1));
    redis_tier_destroy(tier);
    assert_int_equal(complaints.count, 1);
    redis_complaints_finish(&complaints);
}

/* Connections are taken by the system, and nobody answers. */
static void test_halted(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    struct redis_tier_params params = params_of(server.port, 100 * NS_PER_MS, &complaints);
    struct redis_tier *tier = redis_tier_create(&params);
    redis_wait_for(tier, REDIS_READY);
    kill(server.process, SIGSTOP);
    for (unsigned i = 0; i < 1000; i++) {
        redis_put(tier, i);
        assert_false(redis_has(tier, i));
    }
    struct redis_counters counters = redis_tier_counters(tier);
    assert_true(counters.late <= 4); /* LATE_MAX, and one for the thread to notice */
    redis_wait_for(tier, REDIS_RESTING);
    kill(server.process, SIGCONT);
    redis_wait_for(tier, REDIS_READY);
    redis_tier_destroy(tier);
    redis_complaints_finish(&complaints);
}

/* ---- what only looks like a server ---- */

struct peer {
    unsigned port;
    int listening;
    const char *answer; /* to whatever comes; NULL: what the server says, 100 ms later */
    bool endless;       /* the answer's last byte goes on and on */
    struct thread *thread;
    atomic_bool stop;
};

static void answer(struct peer *peer, int handle) {
    char bytes[65536];
    ssize_t count = read(handle, bytes, sizeof bytes);
    if (count <= 0 || send(handle, peer->answer, strlen(peer->answer), MSG_NOSIGNAL) <= 0) return;
    memset(bytes, 'x', sizeof bytes);
    while (peer->endless && !atomic_load(&peer->stop) && send(handle, bytes, sizeof bytes, MSG_NOSIGNAL) > 0)
        ;
    while (!peer->endless && !atomic_load(&peer->stop)) {
        struct pollfd poll_one = {handle, POLLIN, 0};
        if (poll(&poll_one, 1, 10) > 0 && read(handle, bytes, sizeof bytes) <= 0) break;
    }
}

static void forward_slowly(struct peer *peer, int handle) {
    char bytes[65536];
    int behind = connect_to(server.port);
    while (!atomic_load(&peer->stop)) {
        struct pollfd both[2] = {{handle, POLLIN, 0}, {behind, POLLIN, 0}};
        if (poll(both, 2, 10) <= 0) continue;
        int from = both[0].revents ? handle : behind, to = both[0].revents ? behind : handle;
        ssize_t count = read(from, bytes, sizeof bytes);
        if (count <= 0) break;
        if (from == behind) pause_ms(100);
        if (send(to, bytes, (size_t)count, MSG_NOSIGNAL) < 0) break;
    }
    close(behind);
}

static void run_peer(void *payload) {
    struct peer *peer = payload;
    while (!atomic_load(&peer->stop)) {
        struct pollfd poll_one = {peer->listening, POLLIN, 0};
        if (poll(&poll_one, 1, 10) <= 0) continue;
        int handle = accept4(peer->listening, NULL, NULL, SOCK_CLOEXEC);
        if (handle < 0) continue;
        if (peer->answer)
            answer(peer, handle);
        else
            forward_slowly(peer, handle);
        close(handle);
    }
}

static void start_peer(struct peer *peer, const char *bytes, bool endless) {
    *peer = (struct peer){.answer = bytes, .endless = endless};
    peer->listening = listen_anywhere(&peer->port);
    peer->thread = thread_create(run_peer, peer);
}

static void stop_peer(struct peer *peer) {
    atomic_store(&peer->stop, true);
    thread_join(peer->thread);
    close(peer->listening);
}

static void test_slow(void **state) {
    (void)state;
    struct redis_complaints complaints;
    struct peer peer;
    redis_complaints_init(&complaints);
    start_peer(&peer, NULL, false);
    struct redis_tier_params params = params_of(peer.port, 10 * NS_PER_MS, &complaints);
    struct redis_tier *tier = redis_tier_create(&params);
    while (redis_tier_counters(tier).failures < 2) {
        assert_false(redis_has(tier, 1));
        pause_ms(1);
    }
    assert_true(redis_tier_counters(tier).late <= 3);
    redis_tier_destroy(tier);
    stop_peer(&peer);
    assert_int_equal(complaints.count, 1);
    assert_non_null(strstr(complaints.lines.bytes, "it takes too long to answer; results are not shared"));
    redis_complaints_finish(&complaints);
}

static void test_garbage(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        bool endless;
    } answers[] = {
        {"HTTP/1.1 400 Bad Request\r\n\r\n", false},
        {"\x16\x03\x01\x02", false},
        {"*1000000000\r\n", false},
        {"*3\r\n:1\r\n:2\r\n:3\r\n", false},
        {"$9223372036854775807\r\nx", true},
        {"$-7\r\n", false},
        {"$100000000\r\nx", true},
        {"+x", true},
        {":99999999999999999999999999\r\n", false},
        {"-LOADING Redis is loading the dataset in memory\r\n", false},
        {"+OK\r\n+PONG\r\n$5\r\nabc", false},
        {"+OK\r\n:5\r\n", false},
    };
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct redis_complaints complaints;
        struct peer peer;
        redis_complaints_init(&complaints);
        start_peer(&peer, answers[i].bytes, answers[i].endless);
        struct redis_tier_params params = params_of(peer.port, 50 * NS_PER_MS, &complaints);
        struct redis_tier *tier = redis_tier_create(&params);
        while (redis_tier_counters(tier).failures < 2) {
            redis_put(tier, 1);
            assert_false(redis_has(tier, 1));
            pause_ms(1);
        }
        redis_tier_destroy(tier);
        stop_peer(&peer);
        assert_true(complaints.count <= 1);
        redis_complaints_finish(&complaints);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared_by_processes),
        cmocka_unit_test(test_damaged_values),
        cmocka_unit_test(test_off_and_on),
        cmocka_unit_test(test_wrong_password),
        cmocka_unit_test(test_stopped_and_started_again),
        cmocka_unit_test(test_halted),
        cmocka_unit_test(test_slow),
        cmocka_unit_test(test_garbage),
    };
    redis_server_start(&server, server_words);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    redis_server_stop(&server);
    return failures;
}
