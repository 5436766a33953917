/* The lexer on random bytes, on random pieces of code and on the source files that this machine has: tokens
 * that, with their gaps, are the bytes again; and text that ends anywhere. NOODLE_SEED repeats a run. */
#define _GNU_SOURCE
#include "analysis/lexer.h"
#include "base/clock.h"
#include "base/str.h"
#include "tests/support/token_check.h"

#include <fts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RANDOM_ROUNDS     3000
#define RANDOM_LENGTH_MAX 400
#define FILES_MAX         250 /* of each folder */
#define FILE_SIZE_MAX     (256u << 10)
#define CUTS_OF_A_FILE    3

static uint64_t random_state;

static uint32_t random_below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return (uint32_t)((random_state >> 11) % limit);
}

static int seed(void **state) {
    (void)state;
    const char *wanted = getenv("NOODLE_SEED");
    random_state = wanted ? strtoull(wanted, NULL, 0) : clock_now_ns();
    if (random_state == 0) random_state = 1;
    print_message("NOODLE_SEED=%llu\n", (unsigned long long)random_state);
    return 0;
}

static void check(const struct language *language, const char *bytes, size_t length, const char *where) {
    struct token_list tokens = {0};
    lexer_scan(language, bytes, length, &tokens);
    size_t at = 0;
    const char *wrong = token_check(language, bytes, length, &tokens, &at);
    if (wrong) {
        size_t start = at > 40 ? at - 40 : 0, end = at + 40 < length ? at + 40 : length;
        fail_msg("%s, %s: %s at byte %zu of: %.*s", language->id, where, wrong, at, (int)(end - start),
                 bytes + start);
    }
    vec_finish(&tokens);
}

static void check_everywhere(const char *bytes, size_t length, const char *where) {
    for (size_t i = 0; language_at(i); i++)
        check(language_at(i), bytes, length, where);
}

static void random_bytes_round_trip(void **state) {
    (void)state;
    char bytes[RANDOM_LENGTH_MAX];
    for (unsigned round = 0; round < RANDOM_ROUNDS; round++) {
        size_t length = random_below(RANDOM_LENGTH_MAX);
        for (size_t i = 0; i < length; i++)
            bytes[i] = (char)random_below(256);
        check_everywhere(bytes, length, "random bytes");
    }
}

static void random_pieces_round_trip(void **state) {
    (void)state;
    static const char *const pieces[] = {"\"",
                                         "'",
                                         "`",
                                         "\"\"\"",
                                         "'''",
                                         "\\",
                                         "\n",
                                         "\r\n",
                                         "\r",
                                         " ",
                                         "\t",
                                         "//",
                                         "/*",
                                         "*/",
                                         "#",
                                         "#include",
                                         "r#\"",
                                         "\"#",
                                         "b'",
                                         "f\"",
                                         "u8\"",
                                         "'a",
                                         "${",
                                         "}",
                                         "{",
                                         "(",
                                         ")",
                                         "[",
                                         "]",
                                         "/",
                                         "/x/g",
                                         "<",
                                         "</",
                                         ">",
                                         "<<<<<<< HEAD\n",
                                         "=======\n",
                                         ">>>>>>> x\n",
                                         "1",
                                         ".",
                                         "0x1p",
                                         "-",
                                         "+",
                                         "1e",
                                         "é",
                                         "\xc3",
                                         "😀",
                                         "“",
                                         "\xef\xbb\xbf",
                                         "word",
                                         "return",
                                         ";",
                                         ",",
                                         ":",
                                         "=",
                                         "\\\n",
                                         "don't",
                                         "http://",
                                         "$",
                                         "@interface",
                                         "..."};
    for (unsigned round = 0; round < RANDOM_ROUNDS; round++) {
        struct str text;
        str_init(&text);
        for (uint32_t count = random_below(40); count > 0; count--)
            str_adds(&text, pieces[random_below(sizeof pieces / sizeof *pieces)]);
        check_everywhere(text.bytes, text.length, "random pieces");
        str_finish(&text);
    }
}

static void check_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return;
    char *bytes = mem_alloc(FILE_SIZE_MAX);
    size_t length = fread(bytes, 1, FILE_SIZE_MAX, file);
    fclose(file);
    const struct language *language = language_of_file(path, bytes, length);
    if (language) {
        check(language, bytes, length, path);
        for (unsigned cut = 0; length > 0 && cut < CUTS_OF_A_FILE; cut++) {
            size_t start = random_below((uint32_t)length);
            check(language, bytes + start, random_below((uint32_t)(length - start) + 1), path);
        }
    }
    mem_free(bytes);
}

static void files_of_this_machine_round_trip(void **state) {
    (void)state;
    static const char *const folders[] = {"analysis",
                                          "base",
                                          "tests",
                                          "node_modules",
                                          "/usr/include",
                                          "/usr/lib/python3",
                                          "/usr/lib/python3.11",
                                          "/usr/share/nodejs",
                                          "/usr/lib/node_modules"};
    unsigned checked = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char *const roots[] = {(char *)folders[i], NULL};
        FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
        assert_non_null(walk);
        unsigned seen = 0;
        for (FTSENT *entry; seen < FILES_MAX && (entry = fts_read(walk));) {
            bool wanted = entry->fts_info == FTS_F && language_of_path(entry->fts_name);
            if (!wanted || random_below(4) != 0) continue;
            check_file(entry->fts_path);
            seen++;
        }
        fts_close(walk);
        checked += seen;
    }
    assert_true(checked > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bytes_round_trip),
        cmocka_unit_test(random_pieces_round_trip),
        cmocka_unit_test(files_of_this_machine_round_trip),
    };
    return cmocka_run_group_tests(tests, seed, NULL);
}
