#include "base/arena.h"

#include "base/mem.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With AddressSanitizer the space not handed out is poisoned and a gap stays between allocations, so that
 * running past one is seen as it would be with malloc. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(ARENA_POISONS)
#include <sanitizer/asan_interface.h>
#define GAP_BYTES 16
#else
#define ASAN_POISON_MEMORY_REGION(start, size)   ((void)(start), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(start, size) ((void)(start), (void)(size))
#define GAP_BYTES                                0
#endif

#define FIRST_BLOCK_BYTES ((size_t)8 << 10)
#define BLOCK_BYTES_MAX                                                                                      \
    ((size_t)1 << 20) /* each block doubles the arena up to here; requests of half get their own */
#define ALIGNMENT _Alignof(max_align_t)

struct arena_block {
    struct arena_block *older;
    size_t size_bytes; /* of the space behind this header */
    _Alignas(max_align_t) char space[];
};

void arena_init(struct arena *arena) {
    *arena = (struct arena){0};
}

static void free_block(struct arena *arena, struct arena_block *block) {
    ASAN_UNPOISON_MEMORY_REGION(block->space, block->size_bytes);
    arena->total_bytes -= sizeof *block + block->size_bytes;
    mem_free(block);
}

void arena_finish(struct arena *arena) {
    while (arena->blocks) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->older;
        free_block(arena, block);
    }
    arena_init(arena);
}

static void use_block(struct arena *arena, struct arena_block *block) {
    arena->next = block->space;
    arena->end = block->space + block->size_bytes;
    ASAN_POISON_MEMORY_REGION(block->space, block->size_bytes);
}

void arena_reset(struct arena *arena) {
    if (!arena->blocks) return;
    while (arena->blocks->older) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->older;
        free_block(arena, block);
    }
    use_block(arena, arena->blocks);
}

static struct arena_block *push_block(struct arena *arena, size_t size_bytes) {
    if (size_bytes > SIZE_MAX - sizeof(struct arena_block)) abort(); /* no caller of ours can mean this */
    struct arena_block *block = mem_alloc(sizeof *block + size_bytes);
    block->older = arena->blocks;
    arena->blocks = block;
    block->size_bytes = size_bytes;
    arena->total_bytes += sizeof *block + size_bytes;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size) {
    if (size > SIZE_MAX - 2 * ALIGNMENT - GAP_BYTES) abort();
    size_t taken = (size + GAP_BYTES + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!taken) taken = ALIGNMENT; /* so that two empty allocations differ */

    if (arena->blocks && taken >= BLOCK_BYTES_MAX / 2) {
        /* A block of its own; the free space of the block before it stays in use. */
        struct arena_block *block = push_block(arena, taken);
        ASAN_POISON_MEMORY_REGION(block->space + size, taken - size);
        return block->space;
    }
    if ((size_t)(arena->end - arena->next) < taken) {
        size_t wanted = arena->total_bytes < FIRST_BLOCK_BYTES ? FIRST_BLOCK_BYTES : arena->total_bytes;
        if (wanted > BLOCK_BYTES_MAX) wanted = BLOCK_BYTES_MAX;
        use_block(arena, push_block(arena, wanted < taken ? taken : wanted));
    }
    void *memory = arena->next;
    arena->next += taken;
    ASAN_UNPOISON_MEMORY_REGION(memory, size);
    return memory;
}

void *arena_zalloc(struct arena *arena, size_t size) {
    void *memory = arena_alloc(arena, size);
    memset(memory, 0, size);
    return memory;
}

char *arena_strndup(struct arena *arena, const char *bytes, size_t length) {
    char *copy = arena_alloc(arena, length + 1);
    if (length) memcpy(copy, bytes, length);
    copy[length] = '\0';
    return copy;
}

char *arena_printf(struct arena *arena, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) abort(); /* a broken format is our own mistake */
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
