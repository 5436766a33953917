#include "tests/support/redis_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SKIPPED 77

void pause_ms(unsigned ms) {
    nanosleep(&(struct timespec){ms / 1000, (long)(ms % 1000) * 1000000}, NULL);
}

int listen_anywhere(unsigned *ret_port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(handle, (struct sockaddr *)&address, size), 0);
    assert_int_equal(listen(handle, 8), 0);
    assert_int_equal(getsockname(handle, (struct sockaddr *)&address, &size), 0);
    *ret_port = ntohs(address.sin_port);
    return handle;
}

int connect_to(unsigned port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(handle, (struct sockaddr *)&address, sizeof address) == 0) return handle;
    close(handle);
    return -1;
}

void redis_server_start(struct redis_server *server, const char *const *words) {
    char port[16];
    if (!server->port) close(listen_anywhere(&server->port));
    snprintf(port, sizeof port, "%u", server->port);
    const char *line[REDIS_SERVER_WORDS_MAX + 8] = {"redis-server", "--bind", "127.0.0.1", "--save", "",
                                                    "--appendonly", "no",     NULL};
    size_t count = 7;
    for (; *words; words++) {
        assert_true(count < REDIS_SERVER_WORDS_MAX + 7);
        line[count++] = strcmp(*words, "PORT") == 0 ? port : *words;
    }
    pid_t parent = getpid();
    server->process = fork();
    if (server->process == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(1);
        int nothing = open("/dev/null", O_RDWR);
        dup2(nothing, STDOUT_FILENO);
        execvp("redis-server", (char *const *)line);
        _exit(SKIPPED);
    }
    for (int handle = -1; handle < 0; pause_ms(10)) {
        int status;
        if (waitpid(server->process, &status, WNOHANG) == server->process) {
            fprintf(stderr, "there is no redis-server, or it does not start\n");
            exit(getenv("CI") ? 1 : SKIPPED); /* a test machine has one */
        }
        handle = connect_to(server->port);
        if (handle >= 0) close(handle);
    }
}

void redis_server_stop(struct redis_server *server) {
    kill(server->process, SIGKILL);
    waitpid(server->process, NULL, 0);
}

void redis_complain(const char *message, void *payload) {
    struct redis_complaints *complaints = payload;
    thread_lock_acquire(complaints->lock);
    str_addf(&complaints->lines, "%s\n", message);
    complaints->count++;
    thread_lock_release(complaints->lock);
}

void redis_complaints_init(struct redis_complaints *complaints) {
    *complaints = (struct redis_complaints){.lock = thread_lock_create()};
    str_init(&complaints->lines);
}

void redis_complaints_finish(struct redis_complaints *complaints) {
    str_finish(&complaints->lines);
    thread_lock_destroy(complaints->lock);
}

struct hash128 redis_key_of(unsigned number) {
    return hash128(&number, sizeof number);
}

static struct blob *value_of(unsigned number) {
    struct blob *blob = blob_create(NULL, 100 + number * 977 % 20000);
    for (uint32_t i = 0; i < blob->size_bytes; i++)
        blob->bytes[i] = (char)(number + i % 91);
    return blob;
}

void redis_put(struct redis_tier *tier, unsigned number) {
    struct blob *blob = value_of(number);
    redis_tier_put(tier, redis_key_of(number), blob, number * 7);
    blob_unref(blob);
}

bool redis_has(struct redis_tier *tier, unsigned number) {
    uint32_t cost_us = 0;
    struct blob *found = redis_tier_get(tier, redis_key_of(number), &cost_us), *blob = value_of(number);
    bool there = found != NULL;
    if (found) {
        assert_int_equal(cost_us, number * 7);
        assert_int_equal(found->size_bytes, blob->size_bytes);
        assert_memory_equal(found->bytes, blob->bytes, blob->size_bytes);
    }
    blob_unref(found);
    blob_unref(blob);
    return there;
}

void redis_wait_for(struct redis_tier *tier, enum redis_state state) {
    while (redis_tier_counters(tier).state != state)
        pause_ms(5);
}
