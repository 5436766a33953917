/* main.c: from argv to one command and an exit status. */
#include "base/log.h"
#include "cli/commands.h"
#include "cli/help.h"
#include "cli/options.h"
#include "cli/output.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

/* A file opened later must not become standard output because the caller closed it. */
static void open_standard_fds(void) {
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF && open("/dev/null", fd ? O_WRONLY : O_RDONLY) != fd)
            _exit(EXIT_TROUBLE);
}

static int print(struct str *text) {
    enum status status = output_write(text->bytes, text->length);
    str_finish(text);
    return status ? EXIT_TROUBLE : EXIT_CLEAN;
}

static int run_help(const struct options *options) {
    struct str text;
    str_init(&text);
    enum command topic = options->command;
    bool named = options->command_named;
    if (options->command == COMMAND_HELP && options->paths.count && !options->help) {
        command_find(options->paths.items[0], &topic);
    } else if (options->command == COMMAND_HELP && !options->help) {
        named = false;
    }
    if (named)
        help_command(&text, topic);
    else
        help_program(&text);
    return print(&text);
}

static int run_version(void) {
    struct str text;
    str_init(&text);
    str_adds(&text, "noodle-lsp " NOODLE_VERSION "\n");
    return print(&text);
}

static int run(const struct options *options) {
    if (options->help) return run_help(options);
    switch (options->command) {
    case COMMAND_SERVE: return cmd_serve(options);
    case COMMAND_CHECK: return cmd_check(options);
    case COMMAND_FIX: return options->fix_mode == FIX_JSONL ? cmd_jsonl(options) : cmd_fix(options);
    case COMMAND_TOKENS: return options->features ? cmd_features(options) : cmd_tokens(options);
    case COMMAND_CACHE: return cmd_cache(options);
    case COMMAND_DOCTOR: return cmd_doctor(options);
    case COMMAND_BENCH: return cmd_bench(options);
    case COMMAND_VERSION: return run_version();
    case COMMAND_HELP:
    case COMMAND_COUNT: break;
    }
    return run_help(options);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is a write that fails */
    open_standard_fds();
    struct options options;
    struct error error = {0};
    int exit_status = EXIT_TROUBLE;
    if (options_parse(&options, argc, argv, &error))
        log_print(LOG_ERROR, "%s", error.message);
    else
        exit_status = run(&options);
    options_finish(&options);
    return exit_status;
}
