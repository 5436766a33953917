/* More space between tokens, and comments there, change no verdict: what was broken is, what was not is not.
 * Over the inputs of all golden cases. NOODLE_SEED repeats the places. */
#include "analysis/lexer.h"
#include "analysis/macro_env.h"
#include "analysis/pipeline.h"
#include "base/str.h"
#include "tests/support/golden_case.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS 3 /* texts made of each case, with space and with comments */
#define EVERY  4 /* a gap of so many is widened */

static uint32_t state;

static uint32_t draw(void) {
    state = state * 1664525u + 1013904223u;
    return state >> 8;
}

/* The first finding is described in said. */
static bool is_broken(struct pipeline *pipeline, const struct language *language, const struct str *bytes,
                      struct str *said) {
    struct text *text;
    struct analysis *analysis;
    assert_int_equal(text_create(bytes->bytes, bytes->length, &text), STATUS_OK);
    struct macro_env *env =
        language->flags & LANGUAGE_PREPROCESSOR ? macro_env_of_text(text, NULL, NULL, NULL, NULL) : NULL;
    struct pipeline_request request = {.language = language, .text = text, .env = env, .finish = true};
    assert_int_equal(pipeline_run(pipeline, &request, &analysis, NULL), STATUS_OK);
    bool broken = analysis->finding_count > 0;
    str_clear(said);
    if (broken)
        str_addf(said, "%u: %s", text_line_of(text, analysis->findings[0].start_byte) + 1,
                 analysis->findings[0].message);
    analysis_unref(analysis);
    macro_env_unref(env);
    text_unref(text);
    return broken;
}

/* Lines whose tokens are guesses, and those where space means something. */
static bool is_line_left_alone(const struct token_list *tokens, size_t at) {
    size_t first = at, last = at;
    while (first > 0 && tokens->items[first - 1].line == tokens->items[at].line)
        first--;
    while (last + 1 < tokens->count && tokens->items[last + 1].line == tokens->items[at].line)
        last++;
    for (size_t i = first; i <= last; i++) {
        uint8_t kind = tokens->items[i].kind;
        if (kind == TOKEN_QUOTE || kind == TOKEN_COMMENT_OPEN || kind == TOKEN_DIRECTIVE ||
            kind == TOKEN_CONFLICT || kind == TOKEN_OTHER || kind == TOKEN_COMMENT)
            return true;
    }
    return false;
}

static void widen(const struct language *language, const struct str *input, bool comments, struct str *out) {
    struct token_list tokens = {0};
    lexer_scan(language, input->bytes, input->length, &tokens);
    uint32_t copied = 0;
    for (size_t i = 0; i + 1 < tokens.count; i++) {
        uint32_t from = tokens.items[i].end_byte, to = tokens.items[i + 1].start_byte;
        bool space = to > from && tokens.items[i].line == tokens.items[i + 1].line;
        for (uint32_t k = from; k < to; k++)
            space &= input->bytes[k] == ' ';
        if (!space || draw() % EVERY || is_line_left_alone(&tokens, i)) continue;
        str_add(out, input->bytes + copied, to - copied);
        copied = to;
        if (comments)
            str_addf(out, "%s x %s ", language->block_open, language->block_close);
        else
            str_adds(out, "  ");
    }
    str_add(out, input->bytes + copied, input->length - copied);
    vec_finish(&tokens);
}

/* A comment's end would end it. */
static bool has_open_comment(const struct language *language, const struct str *input) {
    struct token_list tokens = {0};
    bool open = false;
    lexer_scan(language, input->bytes, input->length, &tokens);
    for (size_t i = 0; i < tokens.count; i++)
        open |= tokens.items[i].kind == TOKEN_COMMENT_OPEN;
    vec_finish(&tokens);
    return open;
}

static size_t check_case(struct pipeline *pipeline, const char *path, size_t *failed) {
    struct golden_case golden;
    struct error error;
    if (golden_case_read(&golden, path, &error) != STATUS_OK) fail_msg("%s", error.message);
    const struct language *language = language_find(golden.language.bytes);
    assert_non_null(language);
    bool comments = language->block_open &&
                    !(language->flags & (LANGUAGE_COMMENTS_REFUSED | LANGUAGE_MARKUP)) &&
                    !has_open_comment(language, &golden.input);
    struct str said;
    str_init(&said);
    bool broken = is_broken(pipeline, language, &golden.input, &said);
    size_t made = 0;
    for (unsigned round = 0; round < 2 * ROUNDS; round++) {
        if (round % 2 && !comments) continue;
        struct str widened;
        str_init(&widened);
        widen(language, &golden.input, round % 2, &widened);
        if (widened.length > golden.input.length &&
            is_broken(pipeline, language, &widened, &said) != broken) {
            print_error("%s: %s with %s: %s\n%s\n", path, broken ? "no longer broken" : "broken",
                        round % 2 ? "comments" : "more space", said.bytes, widened.bytes);
            ++*failed;
        }
        made += widened.length > golden.input.length;
        str_finish(&widened);
    }
    str_finish(&said);
    golden_case_finish(&golden);
    return made;
}

static size_t check_folder(struct pipeline *pipeline, const char *folder, size_t *failed) {
    char path[512];
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    size_t made = 0;
    for (struct dirent *entry; (entry = readdir(directory));) {
        size_t length = strlen(entry->d_name);
        if (entry->d_name[0] == '.' || length < 4 || strcmp(entry->d_name + length - 4, ".txt") != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        made += check_case(pipeline, path, failed);
    }
    closedir(directory);
    return made;
}

static void space_and_comments_change_no_verdict(void **unused) {
    (void)unused;
    static const char *const folders[] = {"c",     "go",     "java", "javascript", "json",
                                          "jsonc", "python", "rust", "typescript", "typescriptreact"};
    const char *seed = getenv("NOODLE_SEED");
    state = seed ? (uint32_t)strtoul(seed, NULL, 10) : 1;
    print_message("seed %u\n", state);
    struct pipeline *pipeline = pipeline_create();
    size_t failed = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char folder[128];
        snprintf(folder, sizeof folder, "tests/golden/%s", folders[i]);
        assert_true(check_folder(pipeline, folder, &failed) > 20);
    }
    pipeline_destroy(pipeline);
    assert_int_equal(failed, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(space_and_comments_change_no_verdict)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
