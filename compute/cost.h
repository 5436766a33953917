/* cost.h: what a pass of the encoder takes, as measured: for each machine, number format, number of windows
 * and length of windows, the time of one token.
 *
 * An estimate is a running mean that forgets: a sample weighs 1/16 at least. What lies far outside of what
 * was usual counts only up to OUTLIER_DEVIATIONS, so one pass that had to wait moves little, while a machine
 * that has really become slower widens the deviation, and is believed after a dozen passes.
 *
 * Between runs estimates are kept as text:
 *
 *     noodle-costs 1<TAB>subject
 *     machine<TAB>fp32|fp16|int8<TAB>bucket of windows<TAB>bucket of tokens<TAB>mean<TAB>deviation
 *     end<TAB>hash of all before this line
 *
 * Owns    its estimates.
 * Threads one at a time.
 * Errors  text that is damaged, of another format or about another subject is refused as a whole, with a
 *         message.
 * Units   nanoseconds; in text picoseconds for each token. */
#ifndef NOODLE_COST_H
#define NOODLE_COST_H

#include "base/status.h"
#include "base/str.h"
#include "compute/quant.h"

#include <stddef.h>
#include <stdint.h>

#define COST_MACHINES_MAX   16
#define COST_NAME_MAX       120 /* bytes of a machine's name; longer ones are cut */
#define COST_WINDOW_BUCKETS 8   /* 1, 2 and 3, 4 to 7, ... 128 and more */
#define COST_TOKEN_BUCKETS  4   /* windows of up to 32, 64, 128, more tokens on average */
#define COST_NONE           UINT32_MAX

struct cost;

/* subject: what the times are of: the program's version and the network's shape. */
struct cost *cost_create(const char *subject);
void cost_destroy(struct cost *cost); /* NULL is harmless */

/* The number of the machine of this name, new when it was not known; COST_NONE: there are too many. */
uint32_t cost_machine(struct cost *cost, const char *name);

/* A pass of `windows` windows of together `tokens` tokens took ns. COST_NONE and empty passes are ignored. */
void cost_record(struct cost *cost, uint32_t machine, enum precision precision, uint32_t windows,
                 uint32_t tokens, uint64_t ns);

/* What such a pass will take, by the nearest that was measured. 0: nothing was, in this format. */
uint64_t cost_predict_ns(const struct cost *cost, uint32_t machine, enum precision precision,
                         uint32_t windows, uint32_t tokens);

void cost_write(const struct cost *cost, struct str *out);

/* Takes what the text has over what was there. Read estimates weigh as few samples, so that new ones soon
 * replace them. */
enum status cost_read(struct cost *cost, const char *text, size_t length, struct error *error);

#endif
