#include "base/inbox.h"

#include "base/mem.h"
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <uv.h>

struct inbox {
    uv_mutex_t lock; /* guards first and last; never held while wake runs */
    struct inbox_message *first, *last;
    void (*wake)(void *payload);
    void *payload;
};

struct inbox *inbox_create(void (*wake)(void *payload), void *payload) {
    struct inbox *inbox = mem_zalloc(sizeof *inbox);
    if (uv_mutex_init(&inbox->lock) != 0) abort();
    inbox->wake = wake;
    inbox->payload = payload;
    return inbox;
}

void inbox_destroy(struct inbox *inbox) {
    if (!inbox) return;
    assert(!inbox->first);
    uv_mutex_destroy(&inbox->lock);
    mem_free(inbox);
}

void inbox_put(struct inbox *inbox, struct inbox_message *message) {
    message->next = NULL;
    uv_mutex_lock(&inbox->lock);
    if (inbox->last)
        inbox->last->next = message;
    else
        inbox->first = message;
    inbox->last = message;
    uv_mutex_unlock(&inbox->lock);
    if (inbox->wake) inbox->wake(inbox->payload);
}

struct inbox_message *inbox_take(struct inbox *inbox) {
    uv_mutex_lock(&inbox->lock);
    struct inbox_message *first = inbox->first;
    inbox->first = inbox->last = NULL;
    uv_mutex_unlock(&inbox->lock);
    return first;
}
