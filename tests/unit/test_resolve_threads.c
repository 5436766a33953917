/* base/resolve.h, and the tier that uses it, with a resolver of the system that answers when the test lets
 * it. */
#include "base/resolve.h"
#include "base/thread.h"
#include "cache/redis_tier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static struct {
    struct thread_lock *lock;
    struct thread_cond *changed;
    bool open;
    unsigned waiting, answered;
} gate;

static struct addrinfo *address_of(const char *host, const char *port) {
    struct {
        struct addrinfo info;
        struct sockaddr_in address;
    } *both = calloc(1, sizeof *both);
    both->address.sin_family = AF_INET;
    both->address.sin_port = htons((uint16_t)atoi(port));
    if (inet_pton(AF_INET, host, &both->address.sin_addr) != 1)
        inet_pton(AF_INET, "192.0.2.7", &both->address.sin_addr);
    both->info.ai_addr = (struct sockaddr *)&both->address;
    both->info.ai_addrlen = sizeof both->address;
    both->info.ai_family = AF_INET;
    return &both->info;
}

/* In place of the system's. */
int getaddrinfo(const char *host, const char *port, const struct addrinfo *hints,
                struct addrinfo **ret_addresses) {
    struct in_addr number;
    bool is_number = inet_pton(AF_INET, host, &number) == 1;
    if (!is_number && (hints->ai_flags & AI_NUMERICHOST)) return EAI_NONAME;
    if (!is_number) {
        thread_lock_acquire(gate.lock);
        gate.waiting++;
        thread_cond_broadcast(gate.changed);
        while (!gate.open)
            thread_cond_wait(gate.changed, gate.lock);
        thread_lock_release(gate.lock);
        if (!strcmp(host, "nobody")) return EAI_NONAME;
    }
    *ret_addresses = address_of(host, port);
    return 0;
}

void freeaddrinfo(struct addrinfo *addresses) {
    free(addresses);
    thread_lock_acquire(gate.lock);
    gate.answered++;
    thread_cond_broadcast(gate.changed);
    thread_lock_release(gate.lock);
}

static void set_gate(bool open) {
    thread_lock_acquire(gate.lock);
    gate.open = open;
    thread_cond_broadcast(gate.changed);
    thread_lock_release(gate.lock);
}

static void wait_until(const unsigned *counter, unsigned wanted) {
    thread_lock_acquire(gate.lock);
    while (*counter < wanted)
        thread_cond_wait(gate.changed, gate.lock);
    thread_lock_release(gate.lock);
}

static bool is_done(const struct resolve *resolve, int timeout_ms) {
    struct pollfd one = {resolve_handle(resolve), POLLIN, 0};
    return poll(&one, 1, timeout_ms) == 1;
}

static void check_address(const struct resolve *resolve, const char *address, unsigned port) {
    const struct addrinfo *addresses;
    struct error error;
    if (resolve_addresses(resolve, &addresses, &error)) fail_msg("%s", error.message);
    const struct sockaddr_in *found = (const void *)addresses->ai_addr;
    char text[32];
    assert_string_equal(inet_ntop(AF_INET, &found->sin_addr, text, sizeof text), address);
    assert_int_equal(ntohs(found->sin_port), port);
}

static void test_numbers_are_there_at_once(void **state) {
    (void)state;
    struct resolve *resolve;
    struct error error;
    set_gate(false);
    assert_int_equal(resolve_start("127.0.0.1", 6379, &resolve, &error), STATUS_OK);
    assert_true(is_done(resolve, 0));
    check_address(resolve, "127.0.0.1", 6379);
    resolve_drop(resolve);
    assert_int_equal(gate.waiting, 0);
}

static void test_names_are_waited_for(void **state) {
    (void)state;
    struct resolve *resolve, *wrong;
    struct error error;
    unsigned answered = gate.answered;
    set_gate(false);
    assert_int_equal(resolve_start("redis.example", 7, &resolve, &error), STATUS_OK);
    assert_int_equal(resolve_start("nobody", 7, &wrong, &error), STATUS_OK);
    wait_until(&gate.waiting, 2);
    assert_false(is_done(resolve, 0));
    set_gate(true);
    assert_true(is_done(resolve, -1));
    check_address(resolve, "192.0.2.7", 7);
    assert_true(is_done(resolve, -1)); /* and stays so */
    resolve_drop(resolve);
    assert_true(is_done(wrong, -1));
    const struct addrinfo *addresses = NULL;
    assert_int_equal(resolve_addresses(wrong, &addresses, &error), STATUS_NOT_FOUND);
    assert_null(addresses);
    assert_non_null(strstr(error.message, "nobody: "));
    resolve_drop(wrong);
    wait_until(&gate.answered, answered + 1); /* by whoever lets go last */
}

static void test_nobody_waits_for_who_is_dropped(void **state) {
    (void)state;
    struct resolve *resolve;
    struct error error;
    set_gate(false);
    unsigned waiting = gate.waiting, answered = gate.answered;
    assert_int_equal(resolve_start("slow.example", 7, &resolve, &error), STATUS_OK);
    wait_until(&gate.waiting, waiting + 1);
    resolve_drop(resolve); /* comes back though the gate is shut */
    assert_int_equal(gate.answered, answered);
    set_gate(true);
    wait_until(&gate.answered, answered + 1); /* the thread frees what came */
    resolve_drop(NULL);
}

/* The tier that looks for a server by its name: who asks does not wait for it, nor does who ends. */
static void test_a_tier_ends_while_a_name_is_looked_up(void **state) {
    (void)state;
    struct redis_tier_params params = {.url = {.host = "redis.example", .port = 7}, .on = true};
    set_gate(false);
    unsigned waiting = gate.waiting, answered = gate.answered;
    struct redis_tier *tier = redis_tier_create(&params);
    wait_until(&gate.waiting, waiting + 1);
    uint32_t cost_us;
    assert_null(redis_tier_get(tier, (struct hash128){1, 2}, &cost_us));
    redis_tier_destroy(tier); /* comes back though the gate is shut */
    assert_int_equal(gate.answered, answered);
    set_gate(true);
    wait_until(&gate.answered, answered + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_there_at_once),
        cmocka_unit_test(test_names_are_waited_for),
        cmocka_unit_test(test_nobody_waits_for_who_is_dropped),
        cmocka_unit_test(test_a_tier_ends_while_a_name_is_looked_up),
    };
    gate.lock = thread_lock_create();
    gate.changed = thread_cond_create();
    return cmocka_run_group_tests(tests, NULL, NULL); /* the gate stays: threads may still be leaving it */
}
