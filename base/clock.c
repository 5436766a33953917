#include "base/clock.h"

#include <time.h>
#include <uv.h>

uint64_t clock_now_ns(void) {
    return uv_hrtime();
}

uint64_t clock_thread_ns(void) {
    struct timespec time = {0};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * NS_PER_S + (uint64_t)time.tv_nsec;
}

int64_t clock_wall_ns(void) {
    struct timespec time = {0};
    clock_gettime(CLOCK_REALTIME, &time);
    return (int64_t)time.tv_sec * (int64_t)NS_PER_S + time.tv_nsec;
}
