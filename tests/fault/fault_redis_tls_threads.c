/* cache/redis_tier.h over TLS, with a real server and certificates that are good, of others, for another
 * host, too old, or missing. Who is not proven to be the server gets nothing: not even the password. */
#include "base/clock.h"
#include "cache/redis_tier.h"
#include "tests/support/redis_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENT_NS (10 * NS_PER_S) /* where the answer counts and not the time */
#define SKIPPED    77

static const char password[] = "p@ss/word";
static char folder[] = "/tmp/noodle_tls_XXXXXX";
static struct redis_server server;

/* ---- certificates ---- */

static const char make_certificates[] =
    "set -e; cd \"$0\"; exec >openssl.log 2>&1\n"
    "new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key \"${@:2}\"; }\n"
    "new ca -x509 -out ca.crt -days 2 -subj /CN=Authority\n"
    "new stranger -x509 -out stranger.crt -days 2 -subj /CN=Stranger\n"
    "sign() { openssl x509 -req -in $1.csr -CA ca.crt -CAkey ca.key -CAcreateserial -copy_extensions copy "
    "\\\n"
    "    -days $2 -out $1.crt; }\n"
    "new server -out server.csr -subj /CN=server -addext subjectAltName=DNS:localhost,IP:127.0.0.1\n"
    "sign server 2\n"
    "new old -out old.csr -subj /CN=server -addext subjectAltName=DNS:localhost,IP:127.0.0.1\n"
    "sign old -1\n"
    "new other -out other.csr -subj /CN=localhost -addext subjectAltName=DNS:redis.example,IP:192.0.2.7\n"
    "sign other 2\n"
    "new client -out client.csr -subj /CN=client\n"
    "sign client 2\n"
    "echo nothing >garbage.pem\n";

static int run(char **words) {
    int status = -1;
    pid_t process = fork();
    if (process == 0) {
        execvp(words[0], words);
        _exit(SKIPPED);
    }
    waitpid(process, &status, 0);
    return status;
}

static void make_files(void) {
    assert_non_null(mkdtemp(folder));
    if (run((char *[]){"bash", "-c", (char *)make_certificates, folder, NULL}) == 0) return;
    fprintf(stderr, "there is no openssl, or it makes no certificates: %s/openssl.log\n", folder);
    exit(getenv("CI") ? 1 : SKIPPED);
}

static void remove_files(void) {
    run((char *[]){"rm", "-r", folder, NULL});
}

static char *path_of(char path[REDIS_PATH_SIZE], const char *name) {
    snprintf(path, REDIS_PATH_SIZE, "%s/%s", folder, name);
    return path;
}

/* ---- servers and tiers ---- */

static void start_server(const char *certificate, bool asks_for_clients) {
    char ca[REDIS_PATH_SIZE], crt[REDIS_PATH_SIZE], key[REDIS_PATH_SIZE], name[64];
    snprintf(name, sizeof name, "%s.crt", certificate);
    path_of(crt, name);
    snprintf(name, sizeof name, "%s.key", certificate);
    const char *words[] = {"--port",
                           "0",
                           "--tls-port",
                           "PORT",
                           "--requirepass",
                           password,
                           "--tls-ca-cert-file",
                           path_of(ca, "ca.crt"),
                           "--tls-cert-file",
                           crt,
                           "--tls-key-file",
                           path_of(key, name),
                           "--tls-auth-clients",
                           asks_for_clients ? "yes" : "no",
                           NULL};
    redis_server_start(&server, words);
}

static struct redis_tier_params params_of(const char *host, const char *ca,
                                          struct redis_complaints *complaints) {
    struct redis_tier_params params = {
        .on = true, .ttl_s = 100, .wait_ns = PATIENT_NS, .complain = redis_complain, .payload = complaints};
    strcpy(params.url.host, host);
    strcpy(params.url.password, password);
    params.url.port = server.port;
    params.url.tls = true;
    if (*ca) path_of(params.url.ca, ca);
    return params;
}

/* What is put by one is found by another. */
static void check_works(const struct redis_tier_params *params) {
    struct redis_tier *tier = redis_tier_create(params);
    redis_wait_for(tier, REDIS_READY);
    for (unsigned i = 0; i < 100; i++)
        redis_put(tier, i);
    redis_tier_flush(tier);
    assert_int_equal(redis_tier_counters(tier).written, 100);
    redis_tier_destroy(tier);
    tier = redis_tier_create(params);
    for (unsigned i = 0; i < 100; i++)
        assert_true(redis_has(tier, i));
    assert_false(redis_has(tier, 100));
    assert_int_equal(redis_tier_counters(tier).failures, 0);
    redis_tier_destroy(tier);
}

/* One line with these words, nothing found, nothing sent; and ending does not wait. */
static void check_refused(struct redis_tier_params *params, struct redis_complaints *complaints,
                          const char *words) {
    struct redis_tier *tier = redis_tier_create(params);
    while (redis_tier_counters(tier).failures < 2 || redis_tier_counters(tier).state != REDIS_RESTING) {
        redis_put(tier, 1);
        assert_false(redis_has(tier, 1));
        pause_ms(1);
    }
    assert_int_equal(redis_tier_counters(tier).written, 0);
    redis_tier_destroy(tier);
    if (complaints->count != 1 || !strstr(complaints->lines.bytes, words))
        fail_msg("'%s' is not in %u lines: %s", words, complaints->count, complaints->lines.bytes);
    assert_null(strstr(complaints->lines.bytes, password));
    redis_complaints_finish(complaints);
    redis_complaints_init(complaints);
    params->payload = complaints;
}

/* ---- the tests ---- */

static void test_works(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    start_server("server", false);
    struct redis_tier_params params = params_of("127.0.0.1", "ca.crt", &complaints);
    check_works(&params);
    params = params_of("localhost", "ca.crt", &complaints);
    check_works(&params);
    assert_int_equal(complaints.count, 0);
    redis_complaints_finish(&complaints);
}

static void test_not_trusted(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    struct redis_tier_params params = params_of("127.0.0.1", "stranger.crt", &complaints);
    check_refused(&params, &complaints, "its certificate is not trusted: ");
    params = params_of("127.0.0.1", "", &complaints); /* nor by the system */
    check_refused(&params, &complaints, "(?ca=FILE names the authority that signed it)");
    params = params_of("127.0.0.1", "nowhere.crt", &complaints);
    check_refused(&params, &complaints, "nowhere.crt cannot be read: No such file");
    params = params_of("127.0.0.1", "garbage.pem", &complaints);
    check_refused(&params, &complaints, "garbage.pem holds no certificates as PEM");
    params = params_of("127.0.0.1", ".", &complaints);
    check_refused(&params, &complaints, "/. is no file");
    params = params_of("localhost", "ca.crt", &complaints);
    params.url.tls = false;
    check_refused(&params, &complaints, "it closed the connection");
    params = params_of("127.0.0.1", "ca.crt", &complaints);
    strcpy(params.url.password, "secret");
    check_refused(&params, &complaints, "WRONGPASS");
    redis_complaints_finish(&complaints);
}

static void test_stopped_and_halted(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    struct redis_tier_params params = params_of("127.0.0.1", "ca.crt", &complaints);
    params.wait_ns = 100 * NS_PER_MS;
    struct redis_tier *tier = redis_tier_create(&params);
    redis_wait_for(tier, REDIS_READY);
    kill(server.process, SIGSTOP);
    for (unsigned i = 0; i < 1000; i++) {
        redis_put(tier, i);
        assert_false(redis_has(tier, i));
    }
    assert_true(redis_tier_counters(tier).late <= 4); /* LATE_MAX, and one for the thread to notice */
    while (redis_tier_counters(tier).failures < 2)    /* the second hangs in the handshake */
        pause_ms(5);
    kill(server.process, SIGCONT);
    redis_wait_for(tier, REDIS_READY);
    redis_server_stop(&server);
    for (unsigned i = 0; i < 1000; i++)
        assert_false(redis_has(tier, i));
    redis_wait_for(tier, REDIS_RESTING);
    start_server("server", false);
    redis_wait_for(tier, REDIS_READY);
    redis_put(tier, 1);
    redis_tier_flush(tier);
    redis_tier_destroy(tier);
    assert_true(complaints.count <= 1);
    redis_complaints_finish(&complaints);
    redis_server_stop(&server);
}

static void test_other_certificates(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    start_server("other", false);
    struct redis_tier_params params = params_of("127.0.0.1", "ca.crt", &complaints);
    check_refused(&params, &complaints, "its certificate is not for 127.0.0.1");
    params = params_of("localhost", "ca.crt", &complaints); /* which is its CN, and no name of its */
    check_refused(&params, &complaints, "its certificate is not for localhost");
    redis_server_stop(&server);
    start_server("old", false);
    params = params_of("127.0.0.1", "ca.crt", &complaints);
    check_refused(&params, &complaints, "its certificate is not valid now: certificate has expired");
    redis_server_stop(&server);
    redis_complaints_finish(&complaints);
}

static void test_client_certificates(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    start_server("server", true);
    struct redis_tier_params params = params_of("127.0.0.1", "ca.crt", &complaints);
    check_refused(&params, &complaints, "TLS: ");
    params = params_of("127.0.0.1", "ca.crt", &complaints);
    path_of(params.url.certificate, "client.crt");
    path_of(params.url.key, "server.key");
    check_refused(&params, &complaints, "server.key is not the certificate's key");
    params = params_of("127.0.0.1", "ca.crt", &complaints);
    path_of(params.url.certificate, "client.crt");
    path_of(params.url.key, "client.key");
    check_works(&params);
    assert_int_equal(complaints.count, 0);
    redis_complaints_finish(&complaints);
    redis_server_stop(&server);
}

static void test_plain_server(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    redis_server_start(&server, (const char *const[]){"--port", "PORT", NULL});
    struct redis_tier_params params = params_of("127.0.0.1", "ca.crt", &complaints);
    check_refused(&params, &complaints, "it does not answer in time; perhaps it has no TLS");
    redis_server_stop(&server);
    redis_complaints_finish(&complaints);
}

struct peer {
    int listening;
    const char *bytes;
    size_t length;
    atomic_bool stop;
};

/* Says the same to all, and then nothing more. */
static void run_peer(void *payload) {
    struct peer *peer = payload;
    int handles[8], count = 0;
    while (!atomic_load(&peer->stop)) {
        struct pollfd one = {peer->listening, POLLIN, 0};
        if (poll(&one, 1, 10) <= 0 || count == 8) continue;
        handles[count] = accept(peer->listening, NULL, NULL);
        if (send(handles[count++], peer->bytes, peer->length, MSG_NOSIGNAL) < 0) continue;
    }
    while (count)
        close(handles[--count]);
}

static void test_garbage(void **state) {
    (void)state;
    static const char record[] = "\x16\x03\x03\x40\x00\x02\xff\xff\xff garbage in a handshake";
    static const struct {
        const char *bytes;
        size_t length;
        const char *words;
    } answers[] = {{"", 0, "it does not answer in time"},
                   {"+OK\r\n+PONG\r\n", 12, "it does not speak TLS"},
                   {"HTTP/1.1 400 Bad Request\r\n\r\n", 28, "it does not speak TLS"},
                   {record, sizeof record - 1, "Redis at 127.0.0.1"},
                   {"\x15\x03\x03\x00\x02\x02\x28", 7, "TLS: "}};
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
        struct redis_complaints complaints;
        redis_complaints_init(&complaints);
        struct peer peer = {.bytes = answers[i].bytes, .length = answers[i].length};
        struct redis_tier_params params = params_of("127.0.0.1", "ca.crt", &complaints);
        peer.listening = listen_anywhere(&params.url.port);
        struct thread *thread = thread_create(run_peer, &peer);
        check_refused(&params, &complaints, answers[i].words);
        atomic_store(&peer.stop, true);
        thread_join(thread);
        close(peer.listening);
        redis_complaints_finish(&complaints);
    }
}

/* Ending does not wait for a server that takes the connection and says nothing. */
static void test_ends_at_once(void **state) {
    (void)state;
    struct redis_complaints complaints;
    redis_complaints_init(&complaints);
    struct redis_tier_params params = params_of("127.0.0.1", "ca.crt", &complaints);
    int listening = listen_anywhere(&params.url.port);
    struct redis_tier *tier = redis_tier_create(&params);
    struct pollfd one = {listening, POLLIN, 0};
    assert_int_equal(poll(&one, 1, -1), 1);
    redis_tier_destroy(tier);
    assert_int_equal(complaints.count, 0);
    close(listening);
    redis_complaints_finish(&complaints);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_works),
        cmocka_unit_test(test_not_trusted),
        cmocka_unit_test(test_stopped_and_halted),
        cmocka_unit_test(test_other_certificates),
        cmocka_unit_test(test_client_certificates),
        cmocka_unit_test(test_plain_server),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_ends_at_once),
    };
    make_files();
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    remove_files();
    return failures;
}
