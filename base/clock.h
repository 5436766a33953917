/* clock.h: monotonic time.   Owns nothing.   Threads any.   Errors none. */
#ifndef NOODLE_CLOCK_H
#define NOODLE_CLOCK_H

#include <stdint.h>

#define NS_PER_MS UINT64_C(1000000)
#define NS_PER_S  UINT64_C(1000000000)

uint64_t clock_now_ns(void);

#endif
