/* Valid programs that their grammars cannot read, edited at random, with gaps closed that were closed before
 * (gap_mask.h): no mistake is lost, and a text that is as it was is as good as it was. NOODLE_SEED repeats
 * the edits. */
#include "analysis/syntax.h"
#include "tests/support/damage.h"
#include "tests/support/reading_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ROUNDS       30 /* for each text */
#define EDITS        8  /* in a row, before the text is whole again */
#define LONGEST_TEXT 4000

static const struct {
    const char *language, *text;
} sources[] = {
    {"typescript",
     "import type Box, {type Other as Alias} from \"./box\";\n"
     "export const wait: {\n"
     "  <Answer>(limit: number): <Failure>(task: Task<Failure>) => Task<Answer>\n"
     "  /** Of `parts`. */\n"
     "  <Failure, const Parts extends [Part, ...Array<Part>]>(\n    parts: Parts\n  ): Task<Failure>\n"
     "  <Answer>(answer: Answer): <Failure>(task: Task<Failure>) => Task<Answer>\n"
     "} = internal.wait\n\n"
     "export class Store<in out T> {\n  static override readonly size: number = 1;\n"
     "  static [key: string]: unknown;\n  get(key: string): T | undefined {\n"
     "    const found = this.find<import(\"./key\").Key>(key);\n"
     "    (found as Some).used = true;\n    return found?.value;\n  }\n}\n\n"
     "type Pair = [first: number, function?: string];\n"
     "function check(value: unknown): asserts value is Box {\n  if (!value) throw new Error();\n}\n"},
    {"rust", "unsafe extern \"C\" {\n    pub safe fn sqrt(x: f64) -> f64;\n    safe static COUNT: i32;\n}\n\n"
             "trait Named<T> = Into<T>;\n\nstruct Point {\n    x: f32 = 0.0,\n    y: f32,\n}\n\n"
             "fn depth(tree: Tree) -> u32 {\n    match tree {\n"
             "        Tree::Node(box left, box Tree::Leaf) => 1 + depth(left),\n        _ => 0,\n    }\n}\n\n"
             "impl<T: ~const From<T>> const Default for Holder<T> {\n    fn default() -> Self {\n"
             "        let f = for<'a> |x: &'a u8| -> &'a u8 { x };\n        Holder::new(f)\n    }\n}\n\n"
             "fn main() {\n    let Pair { 0: first, 1: _ } = pair;\n    println!(\"{}\", first);\n}\n"},
    {"python", "def show(x, y):\n    print(f\"{x:=10} {y:=}\")\n    return {\"x\": x, \"y\": y}\n\n"
               "for x in *[1], 2:\n    print((first, second := x))\n\ntable = {}\nfirst = table[*(0, 1)]\n"
               "if ready:\n    show(1, 2)\nelse:\\\n    wait()\n"},
    {"go",
     "package p\n\nvar text = [...]byte(\"text\")\n\nvar ( a int )\n\nfunc new(pid string) (Group, error) {\n"
     "\treturn Group{pid}, nil\n}\n\nfunc Self(path string) (Group, error) {\n\treturn new(\"self\")\n}\n"},
};
enum { SOURCE_COUNT = sizeof sources / sizeof *sources };

static struct syntax *read_next(struct reading_desk *desk, const struct str *bytes, struct syntax *previous) {
    struct syntax *syntax = reading_desk_read(desk, bytes->bytes, bytes->length, previous, NULL);
    assert_non_null(syntax);
    syntax_unref(previous);
    return syntax;
}

static void set(struct str *bytes, const char *text) {
    str_clear(bytes);
    str_adds(bytes, text);
}

/* Read, and read once more as the parser is shown it from then on. */
static struct syntax *closed(struct reading_desk *desk, struct str *bytes, const char *text) {
    set(bytes, text);
    struct syntax *syntax = read_next(desk, bytes, NULL);
    assert_true(syntax_has_error(syntax));
    if (syntax_is_broken(syntax)) fail_msg("broken:\n%s", text);
    syntax = read_next(desk, bytes, syntax);
    assert_false(syntax_has_error(syntax));
    assert_true(syntax->masks.count > 0);
    return syntax;
}

static void check_not_lost(struct reading_desk *desk, const struct str *bytes, const struct syntax *reused) {
    struct syntax *fresh = reading_desk_read(desk, bytes->bytes, bytes->length, NULL, NULL);
    assert_non_null(fresh);
    if (syntax_is_broken(fresh) && !syntax_is_broken(reused))
        fail_msg("a mistake was lost in %s:\n%s", desk->language->id, bytes->bytes);
    /* What is shown in the text's place is told apart from it by a reading. */
    if (syntax_has_error(reused) && reused->masks.count)
        assert_true(readings_hold_piece(readings_of(reused), 0));
    syntax_unref(fresh);
}

static void no_mistake_is_lost_behind_closed_gaps(void **unused) {
    (void)unused;
    struct damage_random random = damage_random_start();
    struct str bytes;
    str_init(&bytes);
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        struct reading_desk desk;
        reading_desk_start_in(&desk, sources[i].language);
        for (int round = 0; round < ROUNDS; round++) {
            struct syntax *syntax = closed(&desk, &bytes, sources[i].text);
            for (int edits = 0; edits < EDITS && bytes.length < LONGEST_TEXT; edits++) {
                struct damage_edit edit = damage_make(&random, bytes.bytes, bytes.length);
                damage_apply(&bytes, &edit);
                syntax = read_next(&desk, &bytes, syntax);
                check_not_lost(&desk, &bytes, syntax);
            }
            syntax_unref(syntax);
        }
        reading_desk_finish(&desk);
    }
    str_finish(&bytes);
}

static void undone_edits_leave_gaps_closed(void **unused) {
    (void)unused;
    struct damage_random random = damage_random_start();
    struct str bytes;
    str_init(&bytes);
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        struct reading_desk desk;
        reading_desk_start_in(&desk, sources[i].language);
        struct syntax *syntax = closed(&desk, &bytes, sources[i].text);
        for (int round = 0; round < ROUNDS; round++) {
            struct damage_edit edit = damage_make(&random, bytes.bytes, bytes.length);
            damage_apply(&bytes, &edit);
            syntax = read_next(&desk, &bytes, syntax);
            check_not_lost(&desk, &bytes, syntax);
            struct str broken;
            str_init(&broken);
            str_add(&broken, bytes.bytes, bytes.length);
            set(&bytes, sources[i].text);
            syntax = read_next(&desk, &bytes, syntax);
            if (syntax_is_broken(syntax)) fail_msg("broken after what is undone:\n%s", broken.bytes);
            syntax = read_next(&desk, &bytes, syntax);
            assert_false(syntax_has_error(syntax));
            str_finish(&broken);
        }
        syntax_unref(syntax);
        reading_desk_finish(&desk);
    }
    str_finish(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_mistake_is_lost_behind_closed_gaps),
        cmocka_unit_test(undone_edits_leave_gaps_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
