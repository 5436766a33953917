/* Declarations: macro_index.h. A hash table with open addressing; the definitions of a name are a chain, best
 * first. */
#include "analysis/macro_index.h"

#include "base/mem.h"
#include <string.h>

#define ALTERNATIVES_MAX 16 /* definitions of one name that are kept */
#define NONE             UINT32_MAX

struct definition {
    const struct macro *macro;
    uint32_t next; /* the next best of the same name, or NONE */
};

struct macro_index {
    atomic_uint references;
    uint64_t id;
    struct macro_facts **facts;
    size_t facts_count;
    struct definition *definitions;
    uint32_t definition_count;
    uint32_t *slots; /* the first definition of a name, or NONE */
    uint32_t slot_mask;
};

static bool is_named(const struct macro *macro, const char *name, uint32_t length, uint32_t name_hash) {
    return macro->name_hash == name_hash && macro->name_length == length &&
           memcmp(macro->name, name, length) == 0;
}

static uint32_t find_slot(const struct macro_index *index, const char *name, uint32_t length,
                          uint32_t name_hash) {
    uint32_t slot = name_hash & index->slot_mask;
    while (index->slots[slot] != NONE &&
           !is_named(index->definitions[index->slots[slot]].macro, name, length, name_hash))
        slot = (slot + 1) & index->slot_mask;
    return slot;
}

/* Behind those that are as likely. Only the first ALTERNATIVES_MAX of a chain are ever looked at. */
static void add_definition(struct macro_index *index, const struct macro *macro) {
    uint32_t *link = &index->slots[find_slot(index, macro->name, macro->name_length, macro->name_hash)];
    uint32_t *place = NULL;
    for (uint32_t count = 0; *link != NONE; link = &index->definitions[*link].next) {
        const struct macro *other = index->definitions[*link].macro;
        if (count++ == ALTERNATIVES_MAX) break;
        if (!place && other->branch > macro->branch) place = link;
        if (other->branch <= macro->branch && macro_equal(other, macro)) return;
    }
    if (!place && *link != NONE) return;
    if (!place) place = link;
    index->definitions[index->definition_count] = (struct definition){macro, *place};
    *place = index->definition_count++;
}

/* Neither branches that are never compiled nor include guards are worth a place. */
static bool is_wanted(const struct macro_facts *facts, const struct macro *macro) {
    if (macro->branch == CONDITION_FALSE) return false;
    return !(facts->guard.length == macro->name_length &&
             memcmp(facts->guard.bytes, macro->name, macro->name_length) == 0);
}

struct macro_index *macro_index_create(struct macro_facts *const *facts, size_t count) {
    struct macro_index *index = mem_zalloc(sizeof *index);
    atomic_init(&index->references, 1);
    size_t macro_count = 0;
    for (; index->facts_count < count; index->facts_count++) {
        macro_count += facts[index->facts_count]->macro_count;
        if (macro_count > MACRO_INDEX_MACROS_MAX) break;
    }
    macro_count = 0;
    index->facts = mem_alloc((index->facts_count + 1) * sizeof *index->facts);
    for (size_t i = 0; i < index->facts_count; i++) {
        index->facts[i] = macro_facts_ref(facts[i]);
        macro_count += facts[i]->macro_count;
        index->id = hash64(&facts[i]->hash, sizeof facts[i]->hash, index->id);
    }
    uint32_t slot_count = 16;
    while (slot_count < macro_count * 2)
        slot_count *= 2;
    index->slot_mask = slot_count - 1;
    index->slots = mem_alloc(slot_count * sizeof *index->slots);
    memset(index->slots, 0xff, slot_count * sizeof *index->slots);
    index->definitions = mem_alloc((macro_count + 1) * sizeof *index->definitions);
    for (size_t i = 0; i < index->facts_count; i++)
        for (size_t k = 0; k < facts[i]->macro_count; k++)
            if (is_wanted(facts[i], &facts[i]->macros[k])) add_definition(index, &facts[i]->macros[k]);
    return index;
}

struct macro_index *macro_index_ref(struct macro_index *index) {
    atomic_fetch_add_explicit(&index->references, 1, memory_order_relaxed);
    return index;
}

void macro_index_unref(struct macro_index *index) {
    if (!index || atomic_fetch_sub_explicit(&index->references, 1, memory_order_acq_rel) != 1) return;
    for (size_t i = 0; i < index->facts_count; i++)
        macro_facts_unref(index->facts[i]);
    mem_free(index->facts);
    mem_free(index->definitions);
    mem_free(index->slots);
    mem_free(index);
}

const struct macro *macro_index_find(const struct macro_index *index, const char *name, uint32_t length,
                                     uint32_t name_hash, uint32_t *alternative) {
    if (!index) return NULL;
    uint32_t definition = index->slots[find_slot(index, name, length, name_hash)];
    for (uint32_t count = 0; definition != NONE && count < ALTERNATIVES_MAX; count++) {
        if (*alternative == 0) return index->definitions[definition].macro;
        --*alternative;
        definition = index->definitions[definition].next;
    }
    return NULL;
}

uint64_t macro_index_id(const struct macro_index *index) {
    return index ? index->id : 0;
}

size_t macro_index_size_bytes(const struct macro_index *index) {
    if (!index) return 0;
    return sizeof *index + index->facts_count * sizeof *index->facts +
           ((size_t)index->slot_mask + 1) * sizeof *index->slots +
           (size_t)index->definition_count * sizeof *index->definitions;
}
