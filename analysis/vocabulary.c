#include "analysis/vocabulary.h"

#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

struct entry {
    const char *text;
    size_t length;
    uint16_t number; /* place in the list */
};

struct vocabulary {
    char **texts; /* in the order of the list */
    size_t count;
    struct entry *sorted; /* by text */
};

struct texts {
    VEC_FIELDS(const char *);
};

static int compare_entries(const void *left, const void *right) {
    return strcmp(((const struct entry *)left)->text, ((const struct entry *)right)->text);
}

struct vocabulary *vocabulary_of_texts(const char *const *texts, size_t count) {
    if (count > VOCABULARY_LITERALS_MAX) return NULL;
    struct vocabulary *vocabulary = mem_zalloc(sizeof *vocabulary);
    vocabulary->texts = mem_zalloc((count + 1) * sizeof *vocabulary->texts);
    vocabulary->sorted = mem_zalloc((count + 1) * sizeof *vocabulary->sorted);
    vocabulary->count = count;
    bool valid = true;
    for (size_t i = 0; i < count; i++) {
        vocabulary->texts[i] = mem_strdup(texts[i]);
        vocabulary->sorted[i] = (struct entry){vocabulary->texts[i], strlen(texts[i]), (uint16_t)i};
        valid &= texts[i][0] != '\0';
    }
    qsort(vocabulary->sorted, count, sizeof *vocabulary->sorted, compare_entries);
    for (size_t i = 1; i < count; i++)
        valid &= strcmp(vocabulary->sorted[i - 1].text, vocabulary->sorted[i].text) != 0;
    if (valid) return vocabulary;
    vocabulary_destroy(vocabulary);
    return NULL;
}

static void add_language(const struct language *language, struct texts *texts) {
    const struct language_facts *facts = language_facts(language);
    for (size_t i = 0; i < facts->literal_count; i++)
        vec_push(texts, facts->literals[i].text);
    for (const struct string_rule *rule = language->strings; rule->opener; rule++) {
        vec_push(texts, rule->opener);
        vec_push(texts, rule->closer);
    }
    if (language->block_open) {
        vec_push(texts, language->block_open);
        vec_push(texts, language->block_close);
    }
}

static int compare_texts(const void *left, const void *right) {
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

struct vocabulary *vocabulary_of_languages(void) {
    struct texts texts = {0};
    for (size_t i = 0; language_at(i); i++)
        add_language(language_at(i), &texts);
    qsort(texts.items, texts.count, sizeof *texts.items, compare_texts);
    size_t kept = 0;
    for (size_t i = 0; i < texts.count; i++)
        if (texts.items[i][0] && (!kept || strcmp(texts.items[kept - 1], texts.items[i]) != 0))
            texts.items[kept++] = texts.items[i];
    struct vocabulary *vocabulary = vocabulary_of_texts(texts.items, kept);
    vec_finish(&texts);
    return vocabulary;
}

void vocabulary_destroy(struct vocabulary *vocabulary) {
    if (!vocabulary) return;
    for (size_t i = 0; i < vocabulary->count; i++)
        mem_free(vocabulary->texts[i]);
    mem_free(vocabulary->texts);
    mem_free(vocabulary->sorted);
    mem_free(vocabulary);
}

size_t vocabulary_count(const struct vocabulary *vocabulary) {
    return vocabulary->count;
}

const char *vocabulary_text(const struct vocabulary *vocabulary, size_t index) {
    return vocabulary->texts[index];
}

uint16_t vocabulary_find(const struct vocabulary *vocabulary, const char *bytes, size_t length) {
    size_t low = 0, high = vocabulary->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct entry *entry = &vocabulary->sorted[middle];
        int order = memcmp(entry->text, bytes, entry->length < length ? entry->length : length);
        if (order == 0 && entry->length == length) return (uint16_t)(VOCABULARY_CLASSES + entry->number);
        if (order < 0 || (order == 0 && entry->length < length))
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}
