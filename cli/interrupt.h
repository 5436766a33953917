/* interrupt.h: Ctrl-C and friends as a cancel token, so that work ends between two files and never inside a
 * write.
 *
 * Owns    the handlers of SIGINT, SIGTERM and SIGHUP between watch and finish.
 * Threads the main thread; the token is read from any.
 * Errors  none. */
#ifndef NOODLE_INTERRUPT_H
#define NOODLE_INTERRUPT_H

#include "base/cancel.h"

const struct cancel *interrupt_watch(void); /* lives as long as the program */
/* Restores the handlers; when a signal came, the program now ends by it, as its caller expects. */
void interrupt_finish(void);

#endif
