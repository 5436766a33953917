#include "base/clock.h"

#include <uv.h>

uint64_t clock_now_ns(void) {
    return uv_hrtime();
}
