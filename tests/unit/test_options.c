/* The command line: what is understood, and what the answer is to what is not. */
#include "cli/help.h"
#include "cli/options.h"
#include "cli/suggest.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORDS_MAX 16

/* Splits at spaces and parses; "" stands for no words. */
static enum status parse(const char *line, struct options *options, char *message) {
    static char words[512];
    char *argv[WORDS_MAX] = {"noodle-lsp"};
    int argc = 1;
    snprintf(words, sizeof words, "%s", line);
    for (char *word = strtok(words, " "); word && argc < WORDS_MAX; word = strtok(NULL, " "))
        argv[argc++] = word;
    struct error error = {0};
    enum status status = options_parse(options, argc, argv, &error);
    if (message) snprintf(message, ERROR_MESSAGE_SIZE, "%s", error.message);
    return status;
}

static void check_fails(const char *line, const char *expected) {
    struct options options;
    char message[ERROR_MESSAGE_SIZE];
    if (parse(line, &options, message) == STATUS_OK) fail_msg("'%s' was accepted", line);
    if (strcmp(message, expected)) fail_msg("'%s'\n said: %s\n not:  %s", line, message, expected);
    options_finish(&options);
}

static struct options accept(const char *line) {
    struct options options;
    char message[ERROR_MESSAGE_SIZE];
    if (parse(line, &options, message)) fail_msg("'%s' was refused: %s", line, message);
    return options;
}

static void test_commands(void **state) {
    (void)state;
    struct options options = accept("");
    assert_int_equal(options.command, COMMAND_SERVE);
    assert_int_equal(options.transport, SERVE_STDIO);
    assert_false(options.command_named);

    options = accept("--socket=7000 --clientProcessId=12");
    assert_int_equal(options.transport, SERVE_SOCKET);
    assert_int_equal(options.port, 7000);
    assert_int_equal(options.client_process_id, 12);

    options = accept("--threads 3 check --format json a.c -- --odd");
    assert_int_equal(options.command, COMMAND_CHECK);
    assert_int_equal(options.format, FORMAT_JSON);
    assert_int_equal(options.threads, 3);
    assert_int_equal(options.paths.count, 2);
    assert_string_equal(options.paths.items[0], "a.c");
    assert_string_equal(options.paths.items[1], "--odd");
    options_finish(&options);

    options = accept("fix --write --min-confidence 0.75 --language py .");
    assert_int_equal(options.fix_mode, FIX_WRITE);
    assert_true(options.min_confidence == 0.75);
    assert_string_equal(options.language->id, "python");
    options_finish(&options);

    options = accept("fix --jsonl --max-fixes 3 --deadline-ms 200");
    assert_int_equal(options.fix_mode, FIX_JSONL);
    assert_int_equal(options.max_fixes, 3);
    assert_int_equal(options.deadline_ms, 200);

    options = accept("check --device cpu --precision fp32 --model none --no-cache --color never");
    assert_int_equal(options.color, COLOR_NEVER);

    assert_int_equal(options.device, DEVICE_KIND_CPU);
    options = accept("check --device vulkan");
    assert_int_equal(options.device, DEVICE_KIND_VULKAN);
    assert_int_equal(options.device_number, UINT32_MAX);
    options = accept("doctor --device=vulkan:12");
    assert_int_equal(options.device, DEVICE_KIND_VULKAN);
    assert_int_equal(options.device_number, 12);

    options = accept("help fix");
    assert_int_equal(options.command, COMMAND_HELP);
    options_finish(&options);
    options = accept("fix --write --diff --help"); /* help is given whatever else was said */
    assert_true(options.help);
    options = accept("--version");
    assert_int_equal(options.command, COMMAND_VERSION);
}

static void test_refusals(void **state) {
    (void)state;
    check_fails("chekc a.c", "unknown command 'chekc'; did you mean 'check'?");
    check_fails(
        "main.c",
        "unknown command 'main.c'; to check a file: noodle-lsp check FILE; all commands: noodle-lsp help");
    check_fails("check --fromat json", "unknown option '--fromat'; did you mean '--format'?");
    check_fails("check -x", "unknown option '-x'; noodle-lsp help check lists them");
    check_fails("--nonsense", "unknown option '--nonsense'; noodle-lsp help COMMAND lists them");
    check_fails("check --format", "--format needs a value: --format F");
    check_fails("check --format=", "--format takes text|json|sarif|github, not ''");
    check_fails("check --format xml", "--format takes text|json|sarif|github, not 'xml'");
    check_fails("check --format jso", "--format takes text|json|sarif|github, not 'jso'");
    check_fails("fix --write=yes", "--write takes no value");
    check_fails("check --threads 0", "--threads takes a whole number from 1 to 256, not '0'");
    check_fails("check --threads -1", "--threads takes a whole number from 1 to 256, not '-1'");
    check_fails("check --threads 99999999999999999999",
                "--threads takes a whole number from 1 to 256, not '99999999999999999999'");
    check_fails("fix --min-confidence 1.5", "--min-confidence takes a number from 0 to 1, not '1.5'");
    check_fails("fix --min-confidence nan", "--min-confidence takes a number from 0 to 1, not 'nan'");
    check_fails("check --write a.c", "--write is not an option of check; it belongs to fix");
    check_fails("check --language klingon a",
                "unknown language 'klingon'; known are c, python, javascript, javascriptreact, typescript, "
                "typescriptreact, json, jsonc, go, rust, java");
    check_fails("fix --write --diff a.c", "--diff and --write do not go together");
    check_fails("fix --jsonl a.c", "fix --jsonl reads standard input and takes no path ('a.c')");
    check_fails("fix --max-fixes 2 a.c", "--max-fixes belongs to fix --jsonl");
    check_fails("fix --stdout a.c b.c", "--stdout takes one file, or - for standard input");
    check_fails("check -", "- (standard input) has no name: add --language L");
    check_fails("check --language c - -", "- (standard input) can be read only once");
    check_fails("fix --language c --write -", "--write cannot write to - (standard input); use --stdout");
    check_fails("tokens", "standard input has no name: add --language L");
    check_fails("version a", "version takes no path ('a')");
    check_fails("help nothing",
                "unknown command 'nothing'; to check a file: noodle-lsp check FILE; all commands: "
                "noodle-lsp help");
    check_fails("check --device gpu",
                "--device takes auto, cpu, vulkan or vulkan:N with N from 0 to 99, not 'gpu'");
    check_fails("check --device vulkan:",
                "--device takes auto, cpu, vulkan or vulkan:N with N from 0 to 99, not 'vulkan:'");
    check_fails("check --device vulkan:-1",
                "--device takes auto, cpu, vulkan or vulkan:N with N from 0 to 99, not 'vulkan:-1'");
    check_fails("check --precision int4", "--precision takes auto|fp32|fp16|int8, not 'int4'");
    check_fails("check --model=", "--model takes a file or none, not ''");
    check_fails("check --redis redis://h?ca=f",
                "--redis: what stands behind ? is for TLS, which is rediss://");
    check_fails("check --redis localhost",
                "--redis: it takes redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE][?ca=FILE]");
}

static void test_help_names_everything(void **state) {
    (void)state;
    struct str program;
    str_init(&program);
    help_program(&program);
    for (int command = 0; command < COMMAND_COUNT; command++) {
        assert_non_null(strstr(program.bytes, command_at((enum command)command)->summary));
        struct str text;
        str_init(&text);
        help_command(&text, (enum command)command);
        for (int option = 0; option < OPTION_COUNT; option++) {
            const struct option_row *row = option_at((enum option)option);
            char line[64];
            snprintf(line, sizeof line, "\n  %s ", row->name);
            bool named = strstr(text.bytes, line) != NULL;
            if (named != !!(row->commands & UINT32_C(1) << command))
                fail_msg("%s in the help of %s", row->name, command_at((enum command)command)->name);
        }
        assert_non_null(strstr(text.bytes, "\nExamples:\n  "));
        str_finish(&text);
    }
    str_finish(&program);
}

static void test_suggestions(void **state) {
    (void)state;
    const char *words[] = {"check", "fix", NULL, "--threads"};
    assert_string_equal(suggest_nearest("chekc", words, 4), "check"); /* a swap is one edit */
    assert_string_equal(suggest_nearest("fx", words, 4), "fix");
    assert_string_equal(suggest_nearest("--thraeds", words, 4), "--threads");
    assert_null(suggest_nearest("zzzzz", words, 4));
    assert_null(suggest_nearest("", words, 4));
    char long_word[2000];
    memset(long_word, 'a', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = '\0';
    assert_null(suggest_nearest(long_word, words, 4));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_help_names_everything),
        cmocka_unit_test(test_suggestions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
