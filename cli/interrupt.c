#include "cli/interrupt.h"
#include <signal.h>
#include <stddef.h>

static const int watched[] = {SIGINT, SIGTERM, SIGHUP};
#define WATCHED_COUNT (sizeof watched / sizeof *watched)

static struct cancel cancel;
static volatile sig_atomic_t caught;
static struct sigaction previous[WATCHED_COUNT];

/* Only an atomic store and a flag: both are safe in a signal handler. */
static void on_signal(int number) {
    caught = number;
    cancel_request(&cancel);
}

const struct cancel *interrupt_watch(void) {
    cancel_init(&cancel, NULL, 0);
    struct sigaction action = {.sa_handler = on_signal}; /* no SA_RESTART: a blocked read must return */
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < WATCHED_COUNT; i++) {
        sigaction(watched[i], NULL, &previous[i]);
        if (previous[i].sa_handler != SIG_IGN) sigaction(watched[i], &action, NULL); /* nohup stays nohup */
    }
    return &cancel;
}

void interrupt_finish(void) {
    for (size_t i = 0; i < WATCHED_COUNT; i++)
        sigaction(watched[i], &previous[i], NULL);
    if (caught) raise(caught);
}
