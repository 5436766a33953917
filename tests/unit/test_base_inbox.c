/* base/inbox.h: nothing is lost, each sender's order is kept, every put wakes. */
#include "base/inbox.h"

#include "base/thread.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SENDERS = 4, LETTERS = 5000 };

struct letter {
    struct inbox_message link;
    int sender, number;
};

struct home {
    struct thread_lock *lock;
    struct thread_cond *woken;
    bool awake;
    int wakes;
};

static void wake_home(void *payload) {
    struct home *home = payload;
    thread_lock_acquire(home->lock);
    home->awake = true;
    home->wakes++;
    thread_cond_signal(home->woken);
    thread_lock_release(home->lock);
}

static void test_order_and_emptiness(void **state) {
    (void)state;
    struct inbox *inbox = inbox_create(NULL, NULL);
    assert_null(inbox_take(inbox));
    struct letter letters[3] = {{.number = 0}, {.number = 1}, {.number = 2}};
    for (int round = 0; round < 2; round++) { /* a message may be sent again once taken */
        for (int i = 0; i < 3; i++)
            inbox_put(inbox, &letters[i].link);
        struct inbox_message *message = inbox_take(inbox);
        for (int i = 0; i < 3; i++) {
            assert_ptr_equal(message, &letters[i].link);
            message = message->next;
        }
        assert_null(message);
        assert_null(inbox_take(inbox));
    }
    inbox_destroy(inbox);
    inbox_destroy(NULL);
}

struct sender {
    struct inbox *inbox;
    struct letter *letters;
};

static void send_all(void *payload) {
    struct sender *sender = payload;
    for (int i = 0; i < LETTERS; i++)
        inbox_put(sender->inbox, &sender->letters[i].link);
}

static void test_many_senders_one_reader(void **state) {
    (void)state;
    static struct letter letters[SENDERS][LETTERS];
    struct home home = {.lock = thread_lock_create(), .woken = thread_cond_create()};
    struct inbox *inbox = inbox_create(wake_home, &home);
    struct sender senders[SENDERS];
    struct thread *threads[SENDERS];
    for (int s = 0; s < SENDERS; s++) {
        for (int i = 0; i < LETTERS; i++)
            letters[s][i] = (struct letter){.sender = s, .number = i};
        senders[s] = (struct sender){inbox, letters[s]};
        threads[s] = thread_create(send_all, &senders[s]);
    }

    int next[SENDERS] = {0}, total = 0;
    while (total < SENDERS * LETTERS) {
        thread_lock_acquire(home.lock);
        while (!home.awake)
            thread_cond_wait(home.woken, home.lock);
        home.awake = false;
        thread_lock_release(home.lock);
        for (struct inbox_message *message = inbox_take(inbox); message; message = message->next, total++) {
            struct letter *letter = (struct letter *)message;
            assert_int_equal(letter->number, next[letter->sender]++);
        }
    }
    for (int s = 0; s < SENDERS; s++)
        thread_join(threads[s]);
    assert_int_equal(home.wakes, SENDERS * LETTERS);
    assert_null(inbox_take(inbox));
    inbox_destroy(inbox);
    thread_cond_destroy(home.woken);
    thread_lock_destroy(home.lock);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_and_emptiness),
        cmocka_unit_test(test_many_senders_one_reader),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
