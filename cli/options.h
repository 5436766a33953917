/* options.h: the command line: one table of commands and options drives parsing, --help and the completions'
 * test.
 *
 * Owns    struct options owns its list of paths; strings point into argv.
 * Threads any.
 * Errors  one line that says what is wrong and what would be right.
 * Units   milliseconds where a name ends in _ms. */
#ifndef NOODLE_OPTIONS_H
#define NOODLE_OPTIONS_H

#include "analysis/language.h"
#include "base/status.h"
#include "base/vec.h"
#include "cache/redis_url.h"
#include "compute/quant.h"
#include <stdbool.h>
#include <stdint.h>

enum command {
    COMMAND_SERVE,
    COMMAND_CHECK,
    COMMAND_FIX,
    COMMAND_TOKENS,
    COMMAND_CACHE,
    COMMAND_DOCTOR,
    COMMAND_BENCH,
    COMMAND_VERSION,
    COMMAND_HELP,
    COMMAND_COUNT
};

/* In the order of the table in options.c. */
enum option {
    OPTION_STDIO,
    OPTION_SOCKET,
    OPTION_PIPE,
    OPTION_CLIENT_PROCESS_ID,
    OPTION_LANGUAGE,
    OPTION_FORMAT,
    OPTION_DIFF,
    OPTION_WRITE,
    OPTION_STDOUT,
    OPTION_JSONL,
    OPTION_FEATURES,
    OPTION_MIN_CONFIDENCE,
    OPTION_MAX_FIXES,
    OPTION_EXPLAIN,
    OPTION_DEADLINE_MS,
    OPTION_THREADS,
    OPTION_COLOR,
    OPTION_DEVICE,
    OPTION_PRECISION,
    OPTION_MODEL,
    OPTION_PLAN,
    OPTION_JSON,
    OPTION_NO_CACHE,
    OPTION_PATH,
    OPTION_OLDER,
    OPTION_REDIS,
    OPTION_HELP,
    OPTION_VERSION,
    OPTION_COUNT
};

enum cache_action { CACHE_STATS, CACHE_CLEAR, CACHE_WARM };

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };
enum check_format { FORMAT_TEXT, FORMAT_JSON, FORMAT_SARIF, FORMAT_GITHUB };
enum fix_mode { FIX_DIFF, FIX_WRITE, FIX_STDOUT, FIX_JSONL };
enum device_kind { DEVICE_KIND_AUTO, DEVICE_KIND_CPU, DEVICE_KIND_VULKAN };
enum serve_transport { SERVE_STDIO, SERVE_SOCKET, SERVE_PIPE };

struct command_row {
    const char *name;
    const char *arguments;   /* what follows the name in the usage line */
    const char *summary;     /* one line, for the list of commands */
    const char *description; /* paragraphs, for the command's own help */
    const char *examples;    /* lines "  command" and "      what it does" */
};

struct option_row {
    const char *name;
    const char *value;   /* "N"; NULL: takes none */
    const char *choices; /* "auto|always|never": the values taken; NULL: free */
    uint32_t commands;   /* bit per enum command */
    const char *help;    /* for people; "\n" starts a continued line */
};

struct options {
    enum command command;
    bool command_named; /* false: the default command */
    bool help;          /* --help, of `command` when it was named */
    struct {
        VEC_FIELDS(const char *);
    } paths; /* "-" is standard input */
    const struct language *language;
    enum serve_transport transport;
    unsigned port;
    const char *pipe_path;
    long client_process_id; /* 0: not given */
    enum check_format format;
    enum fix_mode fix_mode;
    bool features; /* tokens: as the encoder reads them */
    double min_confidence;
    unsigned max_fixes;
    bool explain;         /* fix --jsonl: what repairs were ordered by */
    unsigned deadline_ms; /* 0: not given */
    unsigned threads;     /* 0: not given */
    enum color_mode color;
    enum device_kind device;
    uint32_t device_number; /* of DEVICE_KIND_VULKAN; UINT32_MAX: the first that will do */
    enum precision precision;
    bool plan;         /* doctor: which device computes what */
    bool json;         /* bench: for programs */
    const char *model; /* a path or "none"; NULL: the shipped one */
    bool no_cache;
    struct redis_url redis;         /* without a host: not given */
    enum cache_action cache_action; /* cache: its first word, which is none of the paths */
    const char *cache_path;         /* cache clear; NULL: not given */
    uint64_t older_s;               /* cache clear; 0: not given */
};

const struct command_row *command_at(enum command command);
const struct option_row *option_at(enum option option);
bool command_find(const char *name, enum command *ret_command); /* false: no such command */

/* Fills *options, which the caller releases with options_finish, also after an error. */
enum status options_parse(struct options *options, int argc, char **argv, struct error *error);
void options_finish(struct options *options);

#endif
