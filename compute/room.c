#include "compute/room.h"

#include "base/mem.h"
#include "base/thread.h"
#include "compute/kernel.h"

#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#define HUGE_PAGE   ((size_t)2 << 20)  /* where one begins on most machines */
#define BLOCK_BYTES (8 * HUGE_PAGE)    /* of addresses; what no room lies on takes no memory */
#define LARGE_BYTES ((size_t)32 << 10) /* smaller ones are not worth a call, nor a place on a shelf */

/* Mapped memory, filled from its start; freed with the last reference. */
struct block {
    atomic_uint references; /* the shelf's, and one for each room */
    unsigned char *bytes;
    size_t size, used;
};

struct room_shelf {
    struct thread_lock *lock; /* guards the block, and what is used of it */
    struct block *block;      /* the one that is filled; NULL: none yet */
};

/* Stands just before a room. */
struct head {
    void *memory;        /* what it lies in, for mem_free; or NULL */
    struct block *block; /* the one it lies on */
};

_Static_assert(sizeof(struct head) <= KERNEL_ALIGNMENT, "a head fits into the space that alignment takes");

static size_t round_up(size_t size, size_t step) {
    return (size + step - 1) / step * step;
}

/* ---- blocks ---- */

static struct block *block_create(size_t size) {
    unsigned char *bytes =
        mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes == MAP_FAILED) return NULL;
    size_t before = round_up((uintptr_t)bytes, HUGE_PAGE) - (uintptr_t)bytes;
    if (before) munmap(bytes, before);
    munmap(bytes + before + size, HUGE_PAGE - before);
    madvise(bytes + before, size, MADV_HUGEPAGE);
    struct block *block = mem_alloc(sizeof *block);
    *block = (struct block){.references = 1, .bytes = bytes + before, .size = size};
    return block;
}

static void block_unref(struct block *block) {
    if (!block || atomic_fetch_sub_explicit(&block->references, 1, memory_order_acq_rel) != 1) return;
    munmap(block->bytes, block->size);
    mem_free(block);
}

/* A kernel that does not know the call changes nothing. */
static void populate(const void *memory, size_t size, int advice) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = (uintptr_t)memory / page * page, end = round_up((uintptr_t)memory + size, page);
    madvise((void *)start, end - start, advice);
}

static void expect_writes(void *memory, size_t size) {
#ifdef MADV_POPULATE_WRITE
    populate(memory, size, MADV_POPULATE_WRITE);
#else
    (void)memory;
    (void)size;
#endif
}

void room_expect_reads(const void *memory, size_t size) {
#ifdef MADV_POPULATE_READ
    if (size >= LARGE_BYTES) populate(memory, size, MADV_POPULATE_READ);
#else
    (void)memory;
    (void)size;
#endif
}

/* ---- shelves ---- */

struct room_shelf *room_shelf_create(void) {
    struct room_shelf *shelf = mem_zalloc(sizeof *shelf);
    shelf->lock = thread_lock_create();
    return shelf;
}

void room_shelf_destroy(struct room_shelf *shelf) {
    if (!shelf) return;
    block_unref(shelf->block);
    thread_lock_destroy(shelf->lock);
    mem_free(shelf);
}

/* ---- rooms ---- */

static void *place(unsigned char *room, void *memory, struct block *block) {
    ((struct head *)(void *)room)[-1] = (struct head){.memory = memory, .block = block};
    return room;
}

static void *alone(size_t size) {
    if (size > SIZE_MAX - 2 * KERNEL_ALIGNMENT) return NULL;
    unsigned char *memory = mem_try_zalloc(size + 2 * KERNEL_ALIGNMENT);
    if (!memory) return NULL;
    size_t before = round_up((uintptr_t)memory + sizeof(struct head), KERNEL_ALIGNMENT) - (uintptr_t)memory;
    return place(memory + before, memory, NULL);
}

/* A head's space, then the room, up to the next that may have a head. */
static void *shelved(struct room_shelf *shelf, size_t size) {
    if (size > SIZE_MAX / 2 || mem_try_refused(size)) return NULL;
    size_t all = KERNEL_ALIGNMENT + round_up(size, KERNEL_ALIGNMENT);
    thread_lock_acquire(shelf->lock);
    struct block *block = shelf->block;
    if (!block || all > block->size - block->used) {
        block = block_create(round_up(all, BLOCK_BYTES));
        if (block) {
            block_unref(shelf->block);
            shelf->block = block;
        }
    }
    unsigned char *room = NULL;
    if (block) {
        room = block->bytes + block->used + KERNEL_ALIGNMENT;
        block->used += all;
        atomic_fetch_add_explicit(&block->references, 1, memory_order_relaxed);
    }
    thread_lock_release(shelf->lock);
    if (!room) return NULL;
    expect_writes(room - KERNEL_ALIGNMENT, all);
    return place(room, NULL, block);
}

void *room_try_alloc(struct room_shelf *shelf, size_t size) {
    return shelf && size >= LARGE_BYTES ? shelved(shelf, size) : alone(size);
}

void room_free(void *room) {
    if (!room) return;
    struct head head = ((struct head *)room)[-1];
    mem_free(head.memory);
    block_unref(head.block);
}
