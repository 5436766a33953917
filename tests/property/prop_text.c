/* Texts against a flat buffer: thousands of random edits, after each the bytes, lines, rows, slices and
 * differences agree. NOODLE_SEED repeats a run. */
#include "analysis/text.h"

#include "base/clock.h"
#include "base/mem.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FLAT_MAX (1u << 20)

struct flat {
    char *bytes;
    uint32_t length;
};

static uint64_t random_state;

static uint32_t random_below(uint32_t limit) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return limit ? (uint32_t)((random_state >> 11) % limit) : 0;
}

static void random_bytes(char *bytes, uint32_t length) {
    static const char alphabet[] = "\n\r\r\n\nab\0\xC3\xA9 xyz{}";
    uint32_t style = random_below(3);
    for (uint32_t i = 0; i < length; i++)
        bytes[i] = style == 0   ? 'q'
                   : style == 1 ? alphabet[random_below(sizeof alphabet - 1)]
                                : alphabet[5 + random_below(sizeof alphabet - 6)];
}

static void flat_splice(struct flat *flat, uint32_t start, uint32_t end, const char *bytes, uint32_t length) {
    memmove(flat->bytes + start + length, flat->bytes + end, flat->length - end);
    memcpy(flat->bytes + start, bytes, length);
    flat->length = flat->length - (end - start) + length;
}

static void check_bytes(const struct text *text, const char *bytes, uint32_t length) {
    assert_int_equal(text_size(text), length);
    uint32_t byte = 0;
    while (byte < length) {
        uint32_t run_length;
        const char *run = text_run(text, byte, &run_length);
        assert_true(run_length > 0 && run_length <= length - byte);
        assert_memory_equal(run, bytes + byte, run_length);
        byte += run_length;
    }
}

/* Walks the flat bytes once and asks the text about a sample of places. */
static void check_lines(const struct text *text, const char *bytes, uint32_t length) {
    uint32_t line = 0, row = 0, line_start = 0, row_start = 0;
    uint32_t step = length / 200 + 1, next = random_below(step);
    for (uint32_t i = 0; i <= length; i++) {
        if (i > 0 && bytes[i - 1] == '\n') {
            row++;
            row_start = i;
        }
        bool line_begins =
            i > 0 && (bytes[i - 1] == '\n' || (bytes[i - 1] == '\r' && !(i < length && bytes[i] == '\n')));
        if (line_begins) {
            line++;
            if (i >= next) {
                uint32_t line_end = i - 1;
                if (bytes[i - 1] == '\n' && line_end > line_start && bytes[line_end - 1] == '\r') line_end--;
                assert_int_equal(text_line_end(text, line - 1), line_end);
                assert_int_equal(text_line_start(text, line), i);
            }
            line_start = i;
        }
        if (i >= next || i == length) {
            assert_int_equal(text_line_of(text, i), line);
            struct text_row at = text_row_of(text, i);
            assert_int_equal(at.row, row);
            assert_int_equal(at.column_bytes, i - row_start);
            next = i + 1 + random_below(step);
        }
    }
    assert_int_equal(text_line_count(text), line + 1);
    assert_int_equal(text_line_start(text, line + 1), length);
    assert_int_equal(text_line_end(text, line), length);
}

/* The hunks, applied to the old bytes, give the new ones; each is minimal at its edges. */
static void check_diff(const struct text *old_text, const struct text *new_text) {
    struct text_hunk hunks[6];
    size_t max = 1 + random_below(6), count = text_diff(old_text, new_text, hunks, max);
    assert_true(count <= max);
    char *old_bytes = text_dup(old_text, 0, text_size(old_text)),
         *new_bytes = text_dup(new_text, 0, text_size(new_text));
    uint32_t old_done = 0, new_done = 0;
    for (size_t i = 0; i <= count; i++) {
        uint32_t old_next = i < count ? hunks[i].old_start : text_size(old_text);
        uint32_t new_next = i < count ? hunks[i].new_start : text_size(new_text);
        assert_true(old_next >= old_done && old_next - old_done == new_next - new_done);
        assert_memory_equal(old_bytes + old_done, new_bytes + new_done, old_next - old_done);
        if (i == count) break;
        old_done = hunks[i].old_end;
        new_done = hunks[i].new_end;
        if (i + 1 < count && old_next < old_done && new_next < new_done)
            assert_true(old_bytes[old_next] != new_bytes[new_next] &&
                        old_bytes[old_done - 1] != new_bytes[new_done - 1]);
    }
    mem_free(old_bytes);
    mem_free(new_bytes);
}

static void run_edits(uint32_t initial_length, uint32_t rounds, uint32_t insert_max) {
    struct flat flat = {mem_alloc(2 * FLAT_MAX + 16), initial_length};
    char *fresh = mem_alloc(insert_max + 1);
    random_bytes(flat.bytes, flat.length);
    struct text *text = NULL, *base = NULL;
    assert_int_equal(text_create(flat.bytes, flat.length, &text), STATUS_OK);
    base = text_ref(text);
    for (uint32_t round = 0; round < rounds; round++) {
        struct text_edit edits[4];
        size_t count = random_below(8) == 0 ? 1 + random_below(4) : 1;
        uint32_t at = 0;
        for (size_t i = 0; i < count; i++) {
            uint32_t start = at + random_below(flat.length - at + 1), length = 0;
            uint32_t end =
                start + (random_below(4) == 0 ? random_below(flat.length - start + 1) / (1 + random_below(8))
                                              : random_below(6));
            if (end > flat.length) end = flat.length;
            if (flat.length < FLAT_MAX / 2) length = random_below(random_below(5) == 0 ? insert_max : 4);
            random_bytes(fresh, length);
            char *bytes = mem_alloc(length + 1u);
            memcpy(bytes, fresh, length);
            edits[i] = (struct text_edit){start, end, bytes, length};
            at = end;
        }
        struct text *next = NULL;
        assert_int_equal(text_apply(text, edits, count, &next), STATUS_OK);
        for (size_t i = count; i-- > 0;) {
            flat_splice(&flat, edits[i].start_byte, edits[i].end_byte, edits[i].new_bytes,
                        edits[i].new_length);
            mem_free((char *)edits[i].new_bytes);
        }
        check_bytes(next, flat.bytes, flat.length);
        if (round % 16 == 0) {
            check_lines(next, flat.bytes, flat.length);
            check_diff(text, next);
            check_diff(base, next);
            uint32_t start = random_below(flat.length + 1),
                     end = start + random_below(flat.length - start + 1);
            struct text *slice = text_slice(next, start, end);
            check_bytes(slice, flat.bytes + start, end - start);
            check_lines(slice, flat.bytes + start, end - start);
            check_diff(next, slice);
            text_unref(slice);
            text_unref(base);
            base = text_ref(text);
        }
        text_unref(text);
        text = next;
    }
    text_unref(base);
    text_unref(text);
    mem_free(fresh);
    mem_free(flat.bytes);
}

static void prop_small_texts(void **state) {
    (void)state;
    for (int i = 0; i < 40; i++)
        run_edits(random_below(40), 200, 30);
}

static void prop_texts_of_many_pieces(void **state) {
    (void)state;
    run_edits(200000, 1500, 3000);
    run_edits(100000, 800, 40000);
}

int main(void) {
    const char *seed = getenv("NOODLE_SEED");
    random_state = seed ? strtoull(seed, NULL, 10) : clock_now_ns();
    if (random_state == 0) random_state = 1;
    printf("NOODLE_SEED=%llu\n", (unsigned long long)random_state);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prop_small_texts),
        cmocka_unit_test(prop_texts_of_many_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
