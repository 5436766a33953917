#include "cli/options.h"
#include "base/str.h"
#include "cli/suggest.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define THREADS_MAX       256
#define FIXES_MAX         100
#define DEADLINE_MS_MAX   3600000
#define DEVICE_NUMBER_MAX 99
#define DURATION_MAX      1000000

#define BIT(name)  (UINT32_C(1) << COMMAND_##name)
#define ENGINE     (BIT(SERVE) | BIT(CHECK) | BIT(FIX) | BIT(CACHE))
#define EVERYWHERE ((UINT32_C(1) << COMMAND_COUNT) - 1)

static const struct command_row commands[COMMAND_COUNT] = {
    [COMMAND_SERVE] =
        {
            .name = "serve",
            .arguments = "[--stdio | --socket PORT | --pipe PATH]",
            .summary = "run the language server (the default command)",
            .description =
                "Speaks the Language Server Protocol 3.17 with one editor: on standard input and\n"
                "output, a TCP port of this machine or a Unix domain socket. Ends with the editor.",
            .examples = "  noodle-lsp\n"
                        "      what an editor starts: the server on standard input and output\n"
                        "  noodle-lsp serve --socket 7000\n"
                        "      meets the editor on port 7000 of this machine\n",
        },
    [COMMAND_CHECK] =
        {
            .name = "check",
            .arguments = "[PATH...|-]",
            .summary = "report broken syntax in files and folders",
            .description =
                "Reports one diagnostic for each mistake, with the repair where there is one. A folder\n"
                "is walked: ignored (.gitignore, .ignore), hidden and binary files, symbolic links,\n"
                "files above 32 MB and files in no known language are left out there; name a file to\n"
                "have it checked all the same. Without PATH: the current folder.",
            .examples = "  noodle-lsp check\n"
                        "      everything below the current folder\n"
                        "  noodle-lsp check --format sarif src > noodle.sarif\n"
                        "      for code scanning\n"
                        "  git show HEAD:a.py | noodle-lsp check --language python -\n"
                        "      standard input\n",
        },
    [COMMAND_FIX] =
        {
            .name = "fix",
            .arguments = "[PATH...|-]",
            .summary = "repair broken syntax, as a diff or in place",
            .description =
                "Shows the repair of each broken file as a unified diff; --write puts it into the file\n"
                "(atomically, mode and owner kept). Every repair was proven by parsing the repaired\n"
                "text. Folders are walked as by `check`; without PATH: the current folder. With --jsonl\n"
                "it answers requests, one JSON object a line:\n"
                "  {\"id\",\"language\",\"text\"} -> {\"id\",\"diagnostics\",\"fixes\",\"text\",...}",
            .examples =
                "  noodle-lsp fix src/main.c\n"
                "      shows what would change\n"
                "  noodle-lsp fix --write --min-confidence 0.9 .\n"
                "      applies what is almost certain\n"
                "  noodle-lsp fix --language json - --stdout < broken.json\n"
                "      the repaired text\n"
                "  echo '{\"id\":1,\"language\":\"json\",\"text\":\"[1 2]\"}' | noodle-lsp fix --jsonl\n"
                "      one request\n",
        },
    [COMMAND_TOKENS] =
        {
            .name = "tokens",
            .arguments = "[PATH|-]",
            .summary = "print the tokens of a file, one JSON object a line",
            .description =
                "Prints what the scanner sees: first a line that names the format, the scanner's\n"
                "version and the language, then one line for each token. It never fails, whatever the\n"
                "bytes. Without PATH: standard input. With --features it serves the training of the\n"
                "encoder: texts in frames on standard input, features of their tokens on standard output.",
            .examples = "  noodle-lsp tokens a.py\n"
                        "      the tokens of a file\n"
                        "  printf 'x = [1' | noodle-lsp tokens --language python\n"
                        "      standard input\n",
        },
    [COMMAND_CACHE] =
        {
            .name = "cache",
            .arguments = "stats | clear | warm [PATH...]",
            .summary = "show, empty or fill the cache of results",
            .description =
                "What was found out about a text is kept and found again, by the editor's server and by\n"
                "`check` and `fix`, as long as nothing that it depends on has changed. `stats` shows how\n"
                "that does, `clear` forgets all, or what the options select, `warm` analyses files and\n"
                "folders (without PATH: the current folder) so that they are known when they are opened.",
            .examples = "  noodle-lsp cache stats\n"
                        "      size, hits and misses\n"
                        "  noodle-lsp cache clear --older 7d\n"
                        "      what was not used for a week\n"
                        "  noodle-lsp cache warm src\n"
                        "      everything below src\n",
        },
    [COMMAND_DOCTOR] =
        {
            .name = "doctor",
            .arguments = "",
            .summary = "show what this program is, has and uses here",
            .description =
                "Prints versions, languages with their grammars, the machine's limits, where settings\n"
                "come from, and what this build can do. Worth adding to a report of a problem; it holds\n"
                "no source text.",
            .examples = "  noodle-lsp doctor\n"
                        "      everything\n"
                        "  noodle-lsp doctor --plan\n"
                        "      also which device computes what, and how fast\n",
        },
    [COMMAND_BENCH] =
        {
            .name = "bench",
            .arguments = "",
            .summary = "measure how fast this machine computes the encoder",
            .description =
                "Passes of 1, 8 and 64 windows of 128 tokens in each number format, on one thread of\n"
                "the CPU and on every GPU, or on the device that is named: the median, the best and the\n"
                "first, windows a second, how long a GPU takes to start; then what would be computed\n"
                "where. It runs for seconds on each device and leaves nothing but compiled shaders.",
            .examples = "  noodle-lsp bench\n"
                        "      the CPU and the GPUs\n"
                        "  noodle-lsp bench --device cpu --json\n"
                        "      one JSON object a line\n",
        },
    [COMMAND_VERSION] =
        {
            .name = "version",
            .arguments = "",
            .summary = "print the version",
            .description = "Prints the name of the program and its version.",
            .examples = "  noodle-lsp version\n"
                        "      the version\n",
        },
    [COMMAND_HELP] =
        {
            .name = "help",
            .arguments = "[COMMAND]",
            .summary = "explain the program or one command",
            .description = "Prints the commands, or what one of them does and takes.",
            .examples = "  noodle-lsp help fix\n"
                        "      all about `fix`\n",
        },
};

static const struct option_row option_rows[OPTION_COUNT] = {
    [OPTION_STDIO] = {"--stdio", NULL, NULL, BIT(SERVE), "speak on standard input and output (default)"},
    [OPTION_SOCKET] =
        {"--socket", "PORT", NULL, BIT(SERVE),
         "this TCP port of 127.0.0.1: connect to the editor that\nlistens there, else listen for one"},
    [OPTION_PIPE] = {"--pipe", "PATH", NULL, BIT(SERVE), "the same with a Unix domain socket"},
    [OPTION_CLIENT_PROCESS_ID] = {"--clientProcessId", "PID", NULL, BIT(SERVE),
                                  "end when this process ends, as when `initialize` names it"},
    [OPTION_LANGUAGE] = {"--language", "L", NULL, BIT(CHECK) | BIT(FIX) | BIT(TOKENS) | BIT(CACHE),
                         "take the named files for language L, whatever their names say;\n"
                         "in folders: take files of L only"},
    [OPTION_FORMAT] = {"--format", "F", "text|json|sarif|github", BIT(CHECK),
                       "text (default), json, sarif (2.1.0) or github (workflow commands)"},
    [OPTION_DIFF] = {"--diff", NULL, NULL, BIT(FIX), "print a unified diff (default)"},
    [OPTION_WRITE] = {"--write", NULL, NULL, BIT(FIX), "write the repaired files"},
    [OPTION_STDOUT] = {"--stdout", NULL, NULL, BIT(FIX), "print the repaired text of the one file"},
    [OPTION_JSONL] = {"--jsonl", NULL, NULL, BIT(FIX),
                      "answer requests on standard input, one JSON object a line"},
    [OPTION_FEATURES] = {"--features", NULL, NULL, BIT(TOKENS),
                         "answer frames on standard input with tokens as the encoder reads\n"
                         "them, for training; cli/cmd_features.c has the format"},
    [OPTION_MIN_CONFIDENCE] = {"--min-confidence", "P", NULL, BIT(FIX),
                               "apply only repairs at least this certain, 0 to 1 (default 0)"},
    [OPTION_MAX_FIXES] = {"--max-fixes", "N", NULL, BIT(FIX),
                          "with --jsonl: at most N repairs a request, 1 to 100 (default 5)"},
    [OPTION_EXPLAIN] = {"--explain", NULL, NULL, BIT(FIX),
                        "with --jsonl: add to each repair what it was ordered by"},
    [OPTION_DEADLINE_MS] = {"--deadline-ms", "N", NULL, BIT(CHECK) | BIT(FIX),
                            "time for one text, milliseconds, 1 to 3600000\n"
                            "(default 10000, of which 500 for finding repairs; as\n"
                            "much again while a large C file has macros to be read)"},
    [OPTION_THREADS] = {"--threads", "N", NULL, ENGINE,
                        "work on N files at once, 1 to 256\n"
                        "(default: the cores, at most MAX_WORKERS; 1 with --jsonl)"},
    [OPTION_COLOR] = {"--color", "WHEN", "auto|always|never", BIT(CHECK) | BIT(FIX),
                      "colours on standard output (default auto: on a terminal)"},
    [OPTION_DEVICE] = {"--device", "D", NULL, ENGINE | BIT(DOCTOR) | BIT(BENCH),
                       "what computes the encoder: auto (default: the CPU, and in the\n"
                       "server GPUs that prove themselves), cpu, vulkan (the\n"
                       "first GPU that will do) or vulkan:N; noodle-lsp doctor lists them"},
    [OPTION_PRECISION] = {"--precision", "P", "auto|fp32|fp16|int8", ENGINE | BIT(DOCTOR) | BIT(BENCH),
                          "what the encoder computes in (default auto: int8 where little\nis lost by it, "
                          "else the fastest of the others)"},
    [OPTION_MODEL] = {"--model", "FILE", NULL, ENGINE | BIT(DOCTOR) | BIT(BENCH),
                      "weights of the encoder (default: those in the program);\n"
                      "none: repairs come from the grammar alone"},
    [OPTION_PLAN] = {"--plan", NULL, NULL, BIT(DOCTOR),
                     "add which device would compute what, and why, with times\nmeasured now"},
    [OPTION_JSON] = {"--json", NULL, NULL, BIT(BENCH), "print one JSON object a line"},
    [OPTION_NO_CACHE] = {"--no-cache", NULL, NULL, BIT(SERVE) | BIT(CHECK) | BIT(FIX),
                         "look nothing up in the cache, and keep nothing"},
    [OPTION_PATH] = {"--path", "P", NULL, BIT(CACHE),
                     "clear: results of this file, of files below this folder, and of\n"
                     "files that include it"},
    [OPTION_OLDER] = {"--older", "D", NULL, BIT(CACHE),
                      "clear: results not used for longer than 90s, 30m, 12h or 7d"},
    [OPTION_REDIS] = {"--redis", "URL", NULL, ENGINE,
                      "share results through this Redis "
                      "server:\nredis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE][?ca=FILE]"},
    [OPTION_HELP] = {"--help", NULL, NULL, EVERYWHERE, "explain the program, or the command before it"},
    [OPTION_VERSION] = {"--version", NULL, NULL, EVERYWHERE, "print the version"},
};

const struct command_row *command_at(enum command command) {
    return &commands[command];
}

const struct option_row *option_at(enum option option) {
    return &option_rows[option];
}

void options_finish(struct options *options) {
    vec_finish(&options->paths);
}

static enum status unknown_command(const char *word, struct error *error) {
    const char *names[COMMAND_COUNT];
    for (int i = 0; i < COMMAND_COUNT; i++)
        names[i] = commands[i].name;
    const char *nearest = suggest_nearest(word, names, COMMAND_COUNT);
    if (nearest)
        return error_set(error, STATUS_INVALID, "unknown command '%s'; did you mean '%s'?", word, nearest);
    return error_set(
        error, STATUS_INVALID,
        "unknown command '%s'; to check a file: noodle-lsp check FILE; all commands: noodle-lsp help", word);
}

static enum status unknown_option(const struct options *options, const char *word, struct error *error) {
    const char *names[OPTION_COUNT];
    for (int i = 0; i < OPTION_COUNT; i++) {
        bool fits = !options->command_named || option_rows[i].commands & UINT32_C(1) << options->command;
        names[i] = fits ? option_rows[i].name : NULL;
    }
    const char *nearest = suggest_nearest(word, names, OPTION_COUNT);
    if (nearest)
        return error_set(error, STATUS_INVALID, "unknown option '%s'; did you mean '%s'?", word, nearest);
    return error_set(error, STATUS_INVALID, "unknown option '%s'; noodle-lsp help %s lists them", word,
                     options->command_named ? commands[options->command].name : "COMMAND");
}

static enum status parse_number(const struct option_row *row, const char *value, unsigned minimum,
                                unsigned maximum, unsigned *ret_number, struct error *error) {
    char *end;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    if (value[0] < '0' || value[0] > '9' || *end || errno || number < minimum || number > maximum)
        return error_set(error, STATUS_INVALID, "%s takes a whole number from %u to %u, not '%s'", row->name,
                         minimum, maximum, value);
    *ret_number = (unsigned)number;
    return STATUS_OK;
}

static enum status parse_confidence(const struct option_row *row, const char *value, double *ret_number,
                                    struct error *error) {
    char *end;
    double number = strtod(value, &end);
    if (!*value || *end || !(number >= 0 && number <= 1))
        return error_set(error, STATUS_INVALID, "%s takes a number from 0 to 1, not '%s'", row->name, value);
    *ret_number = number;
    return STATUS_OK;
}

/* A whole number with its unit. */
static enum status parse_duration(const struct option_row *row, const char *value, uint64_t *ret_seconds,
                                  struct error *error) {
    static const struct {
        char name;
        uint64_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
    char *end;
    errno = 0;
    unsigned long number = strtoul(value, &end, 10);
    bool is_number = value[0] >= '0' && value[0] <= '9' && !errno && number >= 1 && number <= DURATION_MAX;
    for (size_t i = 0; is_number && i < sizeof units / sizeof *units; i++) {
        if (*end != units[i].name || end[1]) continue;
        *ret_seconds = number * units[i].seconds;
        return STATUS_OK;
    }
    return error_set(error, STATUS_INVALID, "%s takes a time such as 90s, 30m, 12h or 7d, not '%s'",
                     row->name, value);
}

static enum status parse_language(const char *value, const struct language **ret_language,
                                  struct error *error) {
    const struct language *language = language_find(value);
    if (!language) {
        struct str ids;
        str_init(&ids);
        for (size_t i = 0; language_at(i); i++)
            str_addf(&ids, "%s%s", i ? ", " : "", language_at(i)->id);
        error_set(error, STATUS_INVALID, "unknown language '%s'; known are %s", value, ids.bytes);
        str_finish(&ids);
        return STATUS_INVALID;
    }
    *ret_language = language;
    return STATUS_OK;
}

static enum status parse_redis(const struct option_row *row, const char *value, struct options *options,
                               struct error *error) {
    struct error reason; /* without the value, which may hold a password */
    enum status status = redis_url_parse(value, &options->redis, &reason);
    return status ? error_set(error, status, "%s: %s", row->name, reason.message) : STATUS_OK;
}

static enum status parse_device(const struct option_row *row, const char *value, struct options *options,
                                struct error *error) {
    static const char vulkan[] = "vulkan:";
    options->device_number = UINT32_MAX;
    unsigned number = 0;
    if (!strcmp(value, "auto")) {
        options->device = DEVICE_KIND_AUTO;
    } else if (!strcmp(value, "cpu")) {
        options->device = DEVICE_KIND_CPU;
    } else if (!strcmp(value, "vulkan")) {
        options->device = DEVICE_KIND_VULKAN;
    } else if (!strncmp(value, vulkan, strlen(vulkan)) &&
               !parse_number(row, value + strlen(vulkan), 0, DEVICE_NUMBER_MAX, &number, NULL)) {
        options->device = DEVICE_KIND_VULKAN;
        options->device_number = number;
    } else {
        return error_set(error, STATUS_INVALID,
                         "%s takes auto, cpu, vulkan or vulkan:N with N from 0 to %d, not '%s'", row->name,
                         DEVICE_NUMBER_MAX, value);
    }
    return STATUS_OK;
}

/* The index of value among the row's choices. */
static enum status parse_choice(enum option option, const char *value, unsigned *ret_index,
                                struct error *error) {
    const struct option_row *row = &option_rows[option];
    unsigned index = 0;
    size_t length = strlen(value);
    for (const char *choice = row->choices; length && choice; index++) {
        const char *bar = strchr(choice, '|');
        size_t choice_length = bar ? (size_t)(bar - choice) : strlen(choice);
        if (choice_length == length && !memcmp(choice, value, length)) {
            *ret_index = index;
            return STATUS_OK;
        }
        choice = bar ? bar + 1 : NULL;
    }
    return error_set(error, STATUS_INVALID, "%s takes %s, not '%s'", row->name, row->choices, value);
}

static enum status set_option(struct options *options, enum option option, const char *value,
                              struct error *error) {
    const struct option_row *row = &option_rows[option];
    enum status status = STATUS_OK;
    unsigned index = 0;
    if (row->choices) {
        status = parse_choice(option, value, &index, error);
        if (status) return status;
    }
    switch (option) {
    case OPTION_STDIO: options->transport = SERVE_STDIO; break;
    case OPTION_SOCKET:
        options->transport = SERVE_SOCKET;
        return parse_number(row, value, 1, 65535, &options->port, error);
    case OPTION_PIPE:
        options->transport = SERVE_PIPE;
        options->pipe_path = value;
        if (!*value) return error_set(error, STATUS_INVALID, "--pipe takes the path of a socket, not ''");
        break;
    case OPTION_CLIENT_PROCESS_ID: {
        unsigned pid = 0;
        status = parse_number(row, value, 1, INT32_MAX, &pid, error);
        options->client_process_id = (long)pid;
        return status;
    }
    case OPTION_LANGUAGE: return parse_language(value, &options->language, error);
    case OPTION_FORMAT: options->format = (enum check_format)index; break;
    case OPTION_DIFF: options->fix_mode = FIX_DIFF; break;
    case OPTION_WRITE: options->fix_mode = FIX_WRITE; break;
    case OPTION_STDOUT: options->fix_mode = FIX_STDOUT; break;
    case OPTION_JSONL: options->fix_mode = FIX_JSONL; break;
    case OPTION_FEATURES: options->features = true; break;
    case OPTION_MIN_CONFIDENCE: return parse_confidence(row, value, &options->min_confidence, error);
    case OPTION_MAX_FIXES: return parse_number(row, value, 1, FIXES_MAX, &options->max_fixes, error);
    case OPTION_EXPLAIN: options->explain = true; break;
    case OPTION_DEADLINE_MS:
        return parse_number(row, value, 1, DEADLINE_MS_MAX, &options->deadline_ms, error);
    case OPTION_THREADS: return parse_number(row, value, 1, THREADS_MAX, &options->threads, error);
    case OPTION_COLOR: options->color = (enum color_mode)index; break;
    case OPTION_REDIS: return parse_redis(row, value, options, error);
    case OPTION_PRECISION: options->precision = (enum precision)index; break;
    case OPTION_MODEL:
        options->model = value;
        if (!*value) return error_set(error, STATUS_INVALID, "--model takes a file or none, not ''");
        break;
    case OPTION_PLAN: options->plan = true; break;
    case OPTION_JSON: options->json = true; break;
    case OPTION_NO_CACHE: options->no_cache = true; break;
    case OPTION_PATH:
        options->cache_path = value;
        if (!*value) return error_set(error, STATUS_INVALID, "--path takes a file or a folder, not ''");
        break;
    case OPTION_OLDER: return parse_duration(row, value, &options->older_s, error);
    case OPTION_HELP: options->help = true; break;
    case OPTION_DEVICE: return parse_device(row, value, options, error);
    case OPTION_VERSION: /* options_parse makes it the command */
    case OPTION_COUNT: break;
    }
    return STATUS_OK;
}

/* Reads argv[*index] and, when it takes one, its value; *index ends on the last word read. */
static enum status parse_option(struct options *options, int argc, char **argv, int *index,
                                enum option *ret_option, struct error *error) {
    const char *word = argv[*index];
    if (!strcmp(word, "-h")) word = "--help";
    const char *equals = strchr(word, '=');
    size_t length = equals ? (size_t)(equals - word) : strlen(word);
    int option = 0;
    while (option < OPTION_COUNT &&
           (strncmp(option_rows[option].name, word, length) || option_rows[option].name[length]))
        option++;
    if (option == OPTION_COUNT) return unknown_option(options, word, error);
    const char *value = NULL;
    if (option_rows[option].value) {
        if (equals)
            value = equals + 1;
        else if (*index + 1 < argc)
            value = argv[++*index];
        else
            return error_set(error, STATUS_INVALID, "%s needs a value: %s %s", word, word,
                             option_rows[option].value);
    } else if (equals) {
        return error_set(error, STATUS_INVALID, "%s takes no value", option_rows[option].name);
    }
    *ret_option = (enum option)option;
    return set_option(options, (enum option)option, value, error);
}

/* Pairs that contradict each other. */
static const enum option exclusive[][2] = {
    {OPTION_STDIO, OPTION_SOCKET},         {OPTION_STDIO, OPTION_PIPE},
    {OPTION_SOCKET, OPTION_PIPE},          {OPTION_DIFF, OPTION_WRITE},
    {OPTION_DIFF, OPTION_STDOUT},          {OPTION_DIFF, OPTION_JSONL},
    {OPTION_WRITE, OPTION_STDOUT},         {OPTION_WRITE, OPTION_JSONL},
    {OPTION_STDOUT, OPTION_JSONL},         {OPTION_JSONL, OPTION_LANGUAGE},
    {OPTION_JSONL, OPTION_MIN_CONFIDENCE}, {OPTION_FEATURES, OPTION_LANGUAGE},
};

static enum status check_together(const struct options *options, const bool *given, struct error *error) {
    const char *name = commands[options->command].name;
    for (int i = 0; i < OPTION_COUNT; i++) {
        if (!given[i] || option_rows[i].commands & UINT32_C(1) << options->command) continue;
        struct str owners;
        str_init(&owners);
        for (int c = 0; c < COMMAND_COUNT; c++)
            if (option_rows[i].commands & UINT32_C(1) << c)
                str_addf(&owners, "%s%s", owners.length ? ", " : "", commands[c].name);
        error_set(error, STATUS_INVALID, "%s is not an option of %s; it belongs to %s", option_rows[i].name,
                  name, owners.bytes);
        str_finish(&owners);
        return STATUS_INVALID;
    }
    for (size_t i = 0; i < sizeof exclusive / sizeof *exclusive; i++)
        if (given[exclusive[i][0]] && given[exclusive[i][1]])
            return error_set(error, STATUS_INVALID, "%s and %s do not go together",
                             option_rows[exclusive[i][0]].name, option_rows[exclusive[i][1]].name);
    if (given[OPTION_MAX_FIXES] && options->fix_mode != FIX_JSONL)
        return error_set(error, STATUS_INVALID, "--max-fixes belongs to fix --jsonl");
    if (given[OPTION_EXPLAIN] && options->fix_mode != FIX_JSONL)
        return error_set(error, STATUS_INVALID, "--explain belongs to fix --jsonl");
    return STATUS_OK;
}

/* The first word says what to do; the rest are paths. */
static enum status take_cache_action(struct options *options, const bool *given, struct error *error) {
    static const char *const names[] = {
        [CACHE_STATS] = "stats", [CACHE_CLEAR] = "clear", [CACHE_WARM] = "warm"};
    if (!options->paths.count)
        return error_set(error, STATUS_INVALID, "cache takes one of stats, clear, warm");
    const char *word = options->paths.items[0];
    size_t action = 0;
    while (action < sizeof names / sizeof *names && strcmp(names[action], word))
        action++;
    if (action == sizeof names / sizeof *names)
        return error_set(error, STATUS_INVALID, "cache takes one of stats, clear, warm, not '%s'", word);
    options->cache_action = (enum cache_action)action;
    options->paths.count--;
    memmove(options->paths.items, options->paths.items + 1,
            options->paths.count * sizeof *options->paths.items);
    if (options->paths.count && action != CACHE_WARM)
        return error_set(error, STATUS_INVALID, "cache %s takes no path ('%s')%s", word,
                         options->paths.items[0], action == CACHE_CLEAR ? "; --path P selects one" : "");
    static const enum option of_clear[] = {OPTION_PATH, OPTION_OLDER};
    for (size_t i = 0; i < sizeof of_clear / sizeof *of_clear && action != CACHE_CLEAR; i++)
        if (given[of_clear[i]])
            return error_set(error, STATUS_INVALID, "%s belongs to cache clear",
                             option_rows[of_clear[i]].name);
    if (given[OPTION_LANGUAGE] && action == CACHE_STATS)
        return error_set(error, STATUS_INVALID, "--language belongs to cache clear and cache warm");
    return STATUS_OK;
}

static enum status check_paths(const struct options *options, struct error *error) {
    size_t count = options->paths.count;
    const char *name = commands[options->command].name;
    switch (options->command) {
    case COMMAND_CHECK:
    case COMMAND_FIX: {
        if (options->fix_mode == FIX_JSONL && count)
            return error_set(error, STATUS_INVALID,
                             "fix --jsonl reads standard input and takes no path ('%s')",
                             options->paths.items[0]);
        size_t dashes = 0;
        for (size_t i = 0; i < count; i++)
            dashes += !strcmp(options->paths.items[i], "-");
        if (dashes > 1) return error_set(error, STATUS_INVALID, "- (standard input) can be read only once");
        if (dashes && !options->language)
            return error_set(error, STATUS_INVALID, "- (standard input) has no name: add --language L");
        if (dashes && options->fix_mode == FIX_WRITE)
            return error_set(error, STATUS_INVALID,
                             "--write cannot write to - (standard input); use --stdout");
        if (options->fix_mode == FIX_STDOUT && count != 1)
            return error_set(error, STATUS_INVALID, "--stdout takes one file, or - for standard input");
        return STATUS_OK;
    }
    case COMMAND_TOKENS:
        if (options->features && count)
            return error_set(error, STATUS_INVALID,
                             "tokens --features reads standard input and takes no path ('%s')",
                             options->paths.items[0]);
        if (options->features) return STATUS_OK;
        if (count > 1)
            return error_set(error, STATUS_INVALID, "tokens takes one file, '%s' is the second",
                             options->paths.items[1]);
        if ((!count || !strcmp(options->paths.items[0], "-")) && !options->language)
            return error_set(error, STATUS_INVALID, "standard input has no name: add --language L");
        return STATUS_OK;
    case COMMAND_CACHE: return STATUS_OK;
    case COMMAND_HELP:
        if (count > 1) return error_set(error, STATUS_INVALID, "help takes one command");
        return STATUS_OK;
    default:
        if (count)
            return error_set(error, STATUS_INVALID, "%s takes no path ('%s')", name, options->paths.items[0]);
        return STATUS_OK;
    }
}

bool command_find(const char *word, enum command *ret_command) {
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, word)) continue;
        *ret_command = (enum command)i;
        return true;
    }
    return false;
}

enum status options_parse(struct options *options, int argc, char **argv, struct error *error) {
    *options = (struct options){.command = COMMAND_SERVE, .max_fixes = 5};
    bool given[OPTION_COUNT] = {false};
    bool only_paths = false;
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (!only_paths && !strcmp(word, "--")) {
            only_paths = true;
        } else if (!only_paths && word[0] == '-' && word[1]) {
            enum option option = OPTION_COUNT;
            enum status status = parse_option(options, argc, argv, &i, &option, error);
            if (status) return status;
            given[option] = true;
        } else if (options->command_named) {
            vec_push(&options->paths, word);
        } else {
            if (!command_find(word, &options->command)) return unknown_command(word, error);
            options->command_named = true;
        }
    }
    if (given[OPTION_VERSION]) options->command = COMMAND_VERSION;
    if (options->help || given[OPTION_VERSION]) return STATUS_OK; /* whatever else was said */
    if (options->command == COMMAND_HELP && options->paths.count) {
        enum command topic;
        if (!command_find(options->paths.items[0], &topic))
            return unknown_command(options->paths.items[0], error);
    }
    enum status status = check_together(options, given, error);
    if (!status && options->command == COMMAND_CACHE) status = take_cache_action(options, given, error);
    return status ? status : check_paths(options, error);
}
