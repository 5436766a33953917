/* inbox.h: many threads put messages in, one home thread takes them all out.
 *
 * Owns    the list, not the messages.
 * Threads inbox_put from any thread; inbox_take from the home thread.
 * Errors  none. wake is called once for each put, outside the lock; wakes may coalesce, so drain everything.
 */
#ifndef NOODLE_INBOX_H
#define NOODLE_INBOX_H

struct inbox;

/* A message begins with this link. */
struct inbox_message {
    struct inbox_message *next;
};

struct inbox *inbox_create(void (*wake)(void *payload), void *payload);
void inbox_destroy(struct inbox *inbox); /* must be empty */
void inbox_put(struct inbox *inbox, struct inbox_message *message);
struct inbox_message *inbox_take(struct inbox *inbox); /* the whole list, oldest first; NULL when empty */

#endif
