/* commands.h: what each command does; the result is the program's exit status (output.h).
 *
 * Owns    nothing.   Threads the main thread.   Errors are logged here. */
#ifndef NOODLE_COMMANDS_H
#define NOODLE_COMMANDS_H

#include "cli/options.h"

int cmd_serve(const struct options *options);
int cmd_check(const struct options *options);
int cmd_fix(const struct options *options);
int cmd_jsonl(const struct options *options); /* fix --jsonl */
int cmd_tokens(const struct options *options);
int cmd_features(const struct options *options); /* tokens --features */
int cmd_cache(const struct options *options);
int cmd_doctor(const struct options *options);
int cmd_bench(const struct options *options);

#endif
