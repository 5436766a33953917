/* cache/redis_tier.h with a real server, which is shared, stopped, halted, slow, and not what it should be.
 */
#define _GNU_SOURCE
#include "base/clock.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/thread.h"
#include "cache/redis_tier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENT_NS (10 * NS_PER_S) /* where the answer counts and not the time */
#define SKIPPED    77

static const char password[] = "p@ss/word";
static struct {
    pid_t process;
    unsigned port;
} server;

static void pause_ms(unsigned ms) {
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

/* A socket on a port of its own. */
static int listen_anywhere(unsigned *ret_port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(handle, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(handle, 8), 0);
    assert_int_equal(getsockname(handle, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return handle;
}

static int connect_to(unsigned port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(handle, (struct sockaddr *)&address, sizeof address) == 0) return handle;
    close(handle);
    return -1;
}

static void start_server(void) {
    char port[16];
    if (!server.port) close(listen_anywhere(&server.port));
    snprintf(port, sizeof port, "%u", server.port);
    pid_t parent = getpid();
    server.process = fork();
    if (server.process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);
        int nothing = open("/dev/null", O_RDWR);
        dup2(nothing, STDOUT_FILENO);
        execlp("redis-server", "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "",
               "--appendonly", "no", "--requirepass", password, (char *)NULL);
        _exit(SKIPPED);
    }
    for (int handle = -1; handle < 0; pause_ms(10)) {
        int status;
        if (waitpid(server.process, &status, WNOHANG) == server.process) {
            fprintf(stderr, "there is no redis-server\n");
            exit(getenv("CI") ? 1 : SKIPPED); /* a test machine has one */
        }
        handle = connect_to(server.port);
        if (handle >= 0) close(handle);
    }
}

static void stop_server(void) {
    kill(server.process, SIGKILL);
    waitpid(server.process, NULL, 0);
}

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

struct complaints {
    struct thread_lock *lock;
    struct str lines;
    unsigned count;
};

static void complain(const char *message, void *payload) {
    struct complaints *complaints = payload;
    thread_lock_acquire(complaints->lock);
    str_addf(&complaints->lines, "%s\n", message);
    complaints->count++;
    thread_lock_release(complaints->lock);
}

static void start_complaints(struct complaints *complaints) {
    *complaints = (struct complaints){.lock = thread_lock_create()};
    str_init(&complaints->lines);
}

static void end_complaints(struct complaints *complaints) {
    str_finish(&complaints->lines);
    thread_lock_destroy(complaints->lock);
}

static struct redis_tier_params params_of(unsigned port, uint64_t wait_ns, struct complaints *complaints) {
    struct redis_tier_params params = {.on = true,
                                       .ttl_s = 100,
                                       .renew = true,
                                       .wait_ns = wait_ns,
                                       .complain = complain,
                                       .payload = complaints};
    strcpy(params.url.host, "127.0.0.1");
    strcpy(params.url.password, password);
    params.url.port = port;
    return params;
}

static struct hash128 key_of(unsigned number) {
    return hash128(&number, sizeof number);
}

static struct blob *value_of(unsigned number) {
    struct blob *blob = blob_create(NULL, 100 + number * 977 % 20000);
    for (uint32_t i = 0; i < blob->size_bytes; i++)
        blob->bytes[i] = (char)(number + i % 91);
    return blob;
}

static void put(struct redis_tier *tier, unsigned number) {
    struct blob *blob = value_of(number);
    redis_tier_put(tier, key_of(number), blob);
    blob_unref(blob);
}

static bool has(struct redis_tier *tier, unsigned number) {
    struct blob *found = redis_tier_get(tier, key_of(number)), *blob = value_of(number);
    bool there = found != NULL;
    if (found) {
        assert_int_equal(found->size_bytes, blob->size_bytes);
        assert_memory_equal(found->bytes, blob->bytes, blob->size_bytes);
    }
    blob_unref(found);
    blob_unref(blob);
    return there;
}

static void wait_for(struct redis_tier *tier, enum redis_state state) {
    while (redis_tier_counters(tier).state != state)
        pause_ms(5);
}

static void name_key(char name[64], unsigned number) {
    struct hash128 key = key_of(number);
    snprintf(name, 64, "noodle:r1:%016llx%016llx", (unsigned long long)key.high, (unsigned long long)key.low);
}

static void test_shared_by_processes(void **state) {
    (void)state;
    struct complaints complaints;
    start_complaints(&complaints);
    struct redis_tier_params params = params_of(server.port, PATIENT_NS, &complaints);
    pid_t child = fork();
    if (child == 0) {
        struct redis_tier *tier = redis_tier_create(&params);
        for (unsigned i = 0; i < 300; i++)
            put(tier, i);
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
        assert_true(has(tier, i));
    assert_false(has(tier, 300));
    assert_in_range(ask_number("TTL %s", name), 90, 100); /* a use renews it */
    redis_tier_drop(tier, key_of(7));
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
    assert_false(has(tier, 1));
    redis_tier_destroy(tier);
    params.url.database = 99; /* there are 16 */
    tier = redis_tier_create(&params);
    assert_false(has(tier, 1));
    wait_for(tier, REDIS_RESTING);
    redis_tier_destroy(tier);
    end_complaints(&complaints);
}

static void test_damaged_values(void **state) {
    (void)state;
    struct complaints complaints;
    start_complaints(&complaints);
    struct redis_tier_params params = params_of(server.port, PATIENT_NS, &complaints);
    struct redis_tier *tier = redis_tier_create(&params);
    char name[64];
    for (unsigned i = 1000; i < 1020; i++) {
        put(tier, i);
        redis_tier_flush(tier);
        name_key(name, i);
        if (i % 2)
            freeReplyObject(ask("SETRANGE %s %d x\x01y", name, i - 1000));
        else
            freeReplyObject(ask("SET %s value", name));
        assert_null(redis_tier_get(tier, key_of(i)));
        redis_tier_flush(tier);
        assert_int_equal(ask_number("EXISTS %s", name), 0);
    }
    assert_int_equal(redis_tier_counters(tier).damaged, 20);
    assert_int_equal(redis_tier_counters(tier).state, REDIS_READY);
    redis_tier_destroy(tier);
    end_complaints(&complaints);
}

static void test_off_and_on(void **state) {
    (void)state;
    struct complaints complaints;
    start_complaints(&complaints);
    struct redis_tier_params params = params_of(server.port, PATIENT_NS, &complaints);
    params.on = false;
    struct redis_tier *tier = redis_tier_create(&params);
    put(tier, 1);
    assert_false(has(tier, 1));
    assert_int_equal(redis_tier_counters(tier).state, REDIS_OFF);
    params.on = true;
    redis_tier_configure(tier, &params);
    put(tier, 2000);
    assert_true(has(tier, 1));
    redis_tier_flush(tier);
    assert_true(has(tier, 2000));
    params.on = false;
    redis_tier_configure(tier, &params);
    assert_false(has(tier, 1));
    redis_tier_destroy(tier);
    assert_int_equal(complaints.count, 0);
    end_complaints(&complaints);
    redis_tier_destroy(NULL);
}

static void test_wrong_password(void **state) {
    (void)state;
    struct complaints complaints;
    start_complaints(&complaints);
    struct redis_tier_params params = params_of(server.port, PATIENT_NS, &complaints);
    strcpy(params.url.password, "secret");
    struct redis_tier *tier = redis_tier_create(&params);
    while (redis_tier_counters(tier).failures < 2)
        pause_ms(5);
    assert_false(has(tier, 1));
    redis_tier_destroy(tier);
    assert_int_equal(complaints.count, 1);
    assert_non_null(strstr(complaints.lines.bytes, "WRONGPASS"));
    assert_null(strstr(complaints.lines.bytes, "secret"));

    freeReplyObject(ask("ACL SETUSER noodle on >other ~noodle:* +@all -@dangerous"));
    strcpy(params.url.user, "noodle");
    strcpy(params.url.password, "other");
    tier = redis_tier_create(&params);
    put(tier, 3000);
    redis_tier_flush(tier);
    assert_true(has(tier, 3000));
    redis_tier_destroy(tier);
    assert_int_equal(complaints.count, 1);
    end_complaints(&complaints);
}

static void test_stopped_and_started_again(void **state) {
    (void)state;
    struct complaints complaints;
    start_complaints(&complaints);
    struct redis_tier_params params = params_of(server.port, PATIENT_NS, &complaints);
    struct redis_tier *tier = redis_tier_create(&params);
    put(tier, 1);
    redis_tier_flush(tier);
    assert_true(has(tier, 1));
    stop_server();
    for (unsigned i = 0; i < 1000; i++) { /* far sooner than by waiting for each */
        put(tier, i);
        assert_false(has(tier, 5000 + i));
    }
    while (redis_tier_counters(tier).failures < 3)
        pause_ms(5);
    assert_int_equal(complaints.count, 1);
    start_server();
    wait_for(tier, REDIS_READY);
    assert_false(has(tier, 1)); /* it keeps nothing on disk */
    put(tier, 1);
    redis_tier_flush(tier);
    assert_true(has(tier, 1));
    redis_tier_destroy(tier);
    assert_int_equal(complaints.count, 1);
    end_complaints(&complaints);
}

/* Connections are taken by the system, and nobody answers. */
static void test_halted(void **state) {
    (void)state;
    struct complaints complaints;
    start_complaints(&complaints);
    struct redis_tier_params params = params_of(server.port, 100 * NS_PER_MS, &complaints);
    struct redis_tier *tier = redis_tier_create(&params);
    wait_for(tier, REDIS_READY);
    kill(server.process, SIGSTOP);
    for (unsigned i = 0; i < 1000; i++) {
        put(tier, i);
        assert_false(has(tier, i));
    }
    struct redis_counters counters = redis_tier_counters(tier);
    assert_true(counters.late <= 4); /* LATE_MAX, and one for the thread to notice */
    wait_for(tier, REDIS_RESTING);
    kill(server.process, SIGCONT);
    wait_for(tier, REDIS_READY);
    redis_tier_destroy(tier);
    end_complaints(&complaints);
}

/* ---- what only looks like a server
 * ---------------------------------------------------------------------------- */

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
    struct complaints complaints;
    struct peer peer;
    start_complaints(&complaints);
    start_peer(&peer, NULL, false);
    struct redis_tier_params params = params_of(peer.port, 10 * NS_PER_MS, &complaints);
    struct redis_tier *tier = redis_tier_create(&params);
    while (redis_tier_counters(tier).failures < 2) {
        assert_false(has(tier, 1));
        pause_ms(1);
    }
    assert_true(redis_tier_counters(tier).late <= 3);
    redis_tier_destroy(tier);
    stop_peer(&peer);
    assert_int_equal(complaints.count, 1);
    assert_non_null(strstr(complaints.lines.bytes, "it takes too long to answer; results are not shared"));
    end_complaints(&complaints);
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
        struct complaints complaints;
        struct peer peer;
        start_complaints(&complaints);
        start_peer(&peer, answers[i].bytes, answers[i].endless);
        struct redis_tier_params params = params_of(peer.port, 50 * NS_PER_MS, &complaints);
        struct redis_tier *tier = redis_tier_create(&params);
        while (redis_tier_counters(tier).failures < 2) {
            put(tier, 1);
            assert_false(has(tier, 1));
            pause_ms(1);
        }
        redis_tier_destroy(tier);
        stop_peer(&peer);
        assert_true(complaints.count <= 1);
        end_complaints(&complaints);
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
    start_server();
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    stop_server();
    return failures;
}
