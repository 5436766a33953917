/* C with macros and branches, edited at random and read each time with the readings of the version before:
 * no mistake is lost, and a text that is as it was is read as from nothing. NOODLE_SEED repeats the edits. */
#include "analysis/reading.h"
#include "tests/support/damage.h"
#include "tests/support/reading_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS       12 /* for each text */
#define EDITS        10 /* in a row, before the text is whole again */
#define LONGEST_TEXT 3000

static const char *const texts[] = {
    "#ifndef LIST_H\n#define LIST_H\n#define LIST(type) struct { type *items; int count; }\n"
    "#define BEGIN {\n#define END }\n#define FOR_EACH(x, list) for (x = (list)->items; x; x++)\n"
    "struct names LIST_END;\nLIST(char *) names;\n\nint count(void) BEGIN\n    int n = 0;\n"
    "    FOR_EACH(char **x, &names) {\n        n++;\n    }\n    return n;\nEND\n#endif\n",
    "#ifdef __cplusplus\nextern \"C\" {\n#endif\nAPI int open_it(const char *name);\n"
    "#if defined(A) && !defined(B)\nint f(int a)\n#else\nint f(int a, int b)\n#endif\n{\n"
    "#ifdef A\n    if (a) {\n#else\n    if (b) {\n#endif\n        return 1;\n    }\n    return 0;\n}\n\n"
    "static int table[] = {\n#if A\n    1,\n#elif B\n    2,\n#else\n    3,\n#endif\n};\n"
    "#ifdef __cplusplus\n}\n#endif\n",
    "#define COLORS X(red) X(green)\n#define X(name) name,\nenum color { COLORS };\n#undef X\n"
    "#define BLOCK(name) struct name {\n#define BLOCK_END(name) };\n"
    "BLOCK(box)\n    int width;\nBLOCK_END(box)\nBLOCK(ball) int radius; BLOCK_END(ball)\n"
    "static const char *format = \"%\" PRIu64 \" of \" PRIu64;\n"
    "MODULE_NAME(\"box\")\nint main(void) {\n    va_start(ap, format);\n    x = va_arg(ap, int);\n"
    "    STACK_OF(X) *s = sk_new(X);\n    TRY {\n        g();\n    } CATCH(e) {\n        h();\n    }\n"
    "    return 0;\n}\n"};

/* same: verdicts are equal; else what is broken from nothing is broken, though an edit may be blamed for
 * more. */
static void check_version(struct reading_desk *desk, const struct str *bytes, bool same,
                          struct syntax **previous) {
    struct syntax *reused = reading_desk_read(desk, bytes->bytes, bytes->length, *previous, NULL);
    struct syntax *fresh = reading_desk_read(desk, bytes->bytes, bytes->length, NULL, NULL);
    assert_non_null(reused);
    const char *wrong = reading_check(reused);
    if (!wrong) wrong = reading_check(fresh);
    if (!wrong && same) wrong = reading_check_same(fresh, reused);
    if (!wrong && syntax_is_broken(fresh) && !syntax_is_broken(reused)) wrong = "a mistake was lost";
    if (wrong) fail_msg("%s:\n%s", wrong, bytes->bytes);
    syntax_unref(fresh);
    syntax_unref(*previous);
    *previous = reused;
}

static void no_mistake_is_lost_with_previous_readings(void **unused) {
    (void)unused;
    struct damage_random random = damage_random_start();
    struct reading_desk desk;
    reading_desk_start(&desk);
    struct str bytes;
    str_init(&bytes);
    for (size_t i = 0; i < sizeof texts / sizeof *texts * ROUNDS; i++) {
        struct syntax *previous = NULL;
        str_clear(&bytes);
        str_adds(&bytes, texts[i % (sizeof texts / sizeof *texts)]);
        check_version(&desk, &bytes, true, &previous);
        for (int edits = 0; edits < EDITS && bytes.length < LONGEST_TEXT; edits++) {
            struct damage_edit edit = damage_make(&random, bytes.bytes, bytes.length);
            damage_apply(&bytes, &edit);
            check_version(&desk, &bytes, false, &previous);
        }
        syntax_unref(previous);
    }
    str_finish(&bytes);
    reading_desk_finish(&desk);
}

/* An edit and its undoing. */
static void undone_edits_leave_no_trace(void **unused) {
    (void)unused;
    struct damage_random random = damage_random_start();
    struct reading_desk desk;
    reading_desk_start(&desk);
    struct str bytes;
    str_init(&bytes);
    for (size_t i = 0; i < sizeof texts / sizeof *texts * ROUNDS; i++) {
        const char *text = texts[i % (sizeof texts / sizeof *texts)];
        struct syntax *previous = NULL;
        str_clear(&bytes);
        str_adds(&bytes, text);
        struct damage_edit edit = damage_make(&random, bytes.bytes, bytes.length);
        damage_apply(&bytes, &edit);
        check_version(&desk, &bytes, false, &previous);
        str_clear(&bytes);
        str_adds(&bytes, text);
        check_version(&desk, &bytes, true, &previous);
        syntax_unref(previous);
    }
    str_finish(&bytes);
    reading_desk_finish(&desk);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_mistake_is_lost_with_previous_readings),
        cmocka_unit_test(undone_edits_leave_no_trace),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
