/* clock.h: monotonic time, a thread's own, and the time of day.   Owns nothing.   Threads any.   Errors none. */
#ifndef NOODLE_CLOCK_H
#define NOODLE_CLOCK_H

#include <stdint.h>

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

uint64_t clock_now_ns(void);
/* What the calling thread has had of a processor; not the time it waited, for one or for a file. */
uint64_t clock_thread_ns(void);
/* Since 1970, as the times of files are; it may be set, back too. */
int64_t clock_wall_ns(void);

#endif
