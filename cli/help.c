#include "cli/help.h"
#include <string.h>

#define NAME_COLUMNS 24 /* where an option's explanation begins */

static void add_option(struct str *out, const struct option_row *row) {
    size_t start = out->length;
    str_addf(out, "  %s", row->name);
    if (row->value) str_addf(out, " %s", row->value);
    for (const char *line = row->help; line;) {
        const char *end = strchr(line, '\n');
        size_t used = out->length - start;
        str_addf(out, "%*s", used < NAME_COLUMNS ? (int)(NAME_COLUMNS - used) : 1, "");
        str_add(out, line, end ? (size_t)(end - line) : strlen(line));
        str_addc(out, '\n');
        start = out->length;
        line = end ? end + 1 : NULL;
    }
}

void help_command(struct str *out, enum command command) {
    const struct command_row *row = command_at(command);
    str_addf(out, "noodle-lsp %s: %s\n\nUsage: noodle-lsp %s [OPTION...]%s%s\n\n%s\n\nOptions:\n", row->name,
             row->summary, row->name, *row->arguments ? " " : "", row->arguments, row->description);
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_at((enum option)i)->commands & UINT32_C(1) << command)
            add_option(out, option_at((enum option)i));
    str_addf(out, "\nExamples:\n%s", row->examples);
}

void help_program(struct str *out) {
    str_adds(out, "noodle-lsp finds broken syntax and repairs it: in editors (LSP), on the command line, for "
                  "programs.\n\n"
                  "Usage: noodle-lsp [COMMAND] [OPTION...] [PATH...]\n\nCommands:\n");
    for (int i = 0; i < COMMAND_COUNT; i++)
        str_addf(out, "  %-8s  %s\n", command_at((enum command)i)->name,
                 command_at((enum command)i)->summary);
    str_adds(out, "\nExamples:\n"
                  "  noodle-lsp check src            report broken syntax below src\n"
                  "  noodle-lsp fix main.c           show the repair as a diff\n"
                  "  noodle-lsp fix --write main.c   repair the file\n"
                  "  noodle-lsp help fix             everything about one command\n\n"
                  "Languages:");
    for (size_t i = 0; language_at(i); i++)
        str_addf(out, "%s %s", i ? "," : "", language_at(i)->id);
    str_adds(out, "\n\nExit status: 0 nothing is wrong or all was repaired, 1 problems remain, 2 wrong "
                  "usage, unreadable\n"
                  "input or an internal error. Messages go to standard error.\n");
}
