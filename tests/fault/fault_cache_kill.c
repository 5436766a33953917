/* Two processes write to one cache and are killed at any moment, again and again: what is found is never
 * wrong. */
#define _GNU_SOURCE
#include "base/clock.h"
#include "cache/disk_tier.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define KILLS_DEFAULT 40 /* NOODLE_KILLS has more of them */
#define KEYS          20000
#define LIFE_MS_MAX   60
#define WAIT_NS       (10 * NS_PER_S)

static struct hash128 key_of(uint64_t number) {
    return hash128(&number, sizeof number);
}

/* It holds its number, and who wrote it is told apart by the rest, which says itself how it goes on. */
static struct blob *value_of(uint64_t number, uint64_t writer) {
    struct blob *blob = blob_create(NULL, 64 + number % 5000);
    memcpy(blob->bytes, &number, sizeof number);
    memcpy(blob->bytes + 8, &writer, sizeof writer);
    for (uint32_t i = 16; i < blob->size_bytes; i++)
        blob->bytes[i] = (char)(number * 131 + writer * 7 + i);
    return blob;
}

static bool is_right(uint64_t number, const struct blob *found) {
    uint64_t writer;
    if (found->size_bytes < 16) return false;
    memcpy(&writer, found->bytes + 8, sizeof writer);
    struct blob *expected = value_of(number, writer);
    bool right = found->size_bytes == expected->size_bytes &&
                 memcmp(found->bytes, expected->bytes, expected->size_bytes) == 0;
    blob_unref(expected);
    return right;
}

static void complain(const char *message, void *payload) {
    fprintf(stderr, "%s\n", message);
    ++*(unsigned *)payload;
}

static struct disk_tier *open_tier(const char *folder, unsigned *complaints) {
    struct disk_tier_params params = {.folder = folder,
                                      .strategy = EVICT_ADAPTIVE,
                                      .entries_max = 5000,
                                      .bytes_max = 1u << 30,
                                      .complain = complain,
                                      .payload = complaints};
    return disk_tier_create(&params);
}

/* Never returns. */
static void write_for_ever(const char *folder, uint64_t writer) {
    unsigned complaints = 0;
    struct disk_tier *tier = open_tier(folder, &complaints);
    uint32_t cost_us;
    for (uint64_t i = writer * 7919;; i++) {
        uint64_t number = i * 2654435761u % KEYS;
        struct blob *blob = value_of(number, writer);
        struct disk_put put = {.key = key_of(number),
                               .blob = blob,
                               .language = "c",
                               .paths = "/p/a.c\0/p/b.h",
                               .paths_bytes = sizeof "/p/a.c\0/p/b.h"};
        disk_tier_put(tier, &put);
        blob_unref(blob);
        if (i % 50 == 0) disk_tier_flush(tier);
        if (i % 3 == 0) {
            struct hash128 key = key_of(number / 2);
            blob_unref(disk_tier_get(tier, key, WAIT_NS, &cost_us));
            disk_tier_use(tier, &(struct disk_use){.keys = &key, .key_count = 1, .path = "/p/c.c"});
        }
    }
}

static pid_t start_writer(const char *folder, uint64_t writer) {
    pid_t process = fork();
    assert_true(process >= 0);
    if (process == 0) write_for_ever(folder, writer);
    return process;
}

static void killed_writers_leave_no_wrong_answer(void **unused) {
    (void)unused;
    char folder[] = "/tmp/noodle-kill-XXXXXX";
    assert_non_null(mkdtemp(folder));
    int kills = getenv("NOODLE_KILLS") ? atoi(getenv("NOODLE_KILLS")) : KILLS_DEFAULT;
    size_t found = 0, wrong = 0;
    unsigned complaints = 0;
    pid_t writers[2] = {start_writer(folder, 0), start_writer(folder, 1)};
    srand(20261126);
    for (int i = 0; i < kills; i++) {
        /* The moment is what is being tried; nothing waits for its length. */
        nanosleep(&(struct timespec){.tv_nsec = 1000000L * (1 + rand() % LIFE_MS_MAX)}, NULL);
        int which = rand() % 2;
        assert_int_equal(kill(writers[which], SIGKILL), 0);
        assert_int_equal(waitpid(writers[which], NULL, 0), writers[which]);
        struct disk_tier *tier = open_tier(folder, &complaints);
        for (uint64_t k = 0; k < 500; k++) {
            uint64_t number = (uint64_t)rand() % KEYS;
            uint32_t cost_us;
            struct blob *blob = disk_tier_get(tier, key_of(number), WAIT_NS, &cost_us);
            if (!blob) continue;
            found++;
            wrong += !is_right(number, blob);
            blob_unref(blob);
        }
        wrong += disk_tier_counters(tier).damaged_rows + disk_tier_counters(tier).damaged_files;
        disk_tier_destroy(tier);
        writers[which] = start_writer(folder, (uint64_t)i + 2);
    }
    for (int i = 0; i < 2; i++) {
        kill(writers[i], SIGKILL);
        waitpid(writers[i], NULL, 0);
    }
    printf("%d kills: %zu answers, %zu wrong\n", kills, found, wrong);
    assert_true(found > 0);
    assert_int_equal(wrong, 0);
    assert_int_equal(complaints, 0);
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(killed_writers_leave_no_wrong_answer)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
