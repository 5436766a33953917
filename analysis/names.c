/* Declarations: names.h. */
#include "analysis/names.h"

#include "analysis/import_paths.h"
#include "analysis/lexer.h"
#include "base/mem.h"
#include "base/vec.h"
#include <stdlib.h>
#include <string.h>

/* What is known of a word of the text. */
struct word {
    uint64_t hash;         /* 0: an empty slot */
    uint32_t places, uses; /* where it stands, and where as names do */
    bool defined, member;
};

/* An entry of the name cache that was looked at. */
struct seen {
    uint32_t number;
    uint64_t version;
};

struct around {
    struct {
        VEC_FIELDS(struct name_facts *);
    } facts;
    struct {
        VEC_FIELDS(char *); /* of facts */
    } files;
    struct {
        VEC_FIELDS(struct seen);
    } seen;
    uint64_t id;
    bool needless; /* the text imports nothing: its own words are all there is, wherever it lies */
    bool incomplete;
};

struct names {
    atomic_uint references;
    const struct language *language;
    struct text *text;
    char *path;
    struct surroundings *surroundings;
    const struct cancel *cancel;
    struct word *words; /* a table by hash; NULL: the text was not scanned yet */
    size_t word_mask;
    struct import_list imports; /* found by the same scan */
    struct {
        VEC_FIELDS(struct name_question);
    } questions;
    bool remembers, too_many;
    _Atomic(struct around *) around; /* NULL: nobody has asked */
};

/* ---- the text's own words ---- */

static struct word *word_slot(struct word *words, size_t mask, uint64_t hash) {
    size_t slot = hash & mask;
    while (words[slot].hash && words[slot].hash != hash)
        slot = (slot + 1) & mask;
    return &words[slot];
}

static uint64_t word_hash(const char *bytes, size_t length) {
    uint64_t hash = name_hash(bytes, length);
    return hash ? hash : 1;
}

struct look {
    const struct language *language;
    const char *bytes;
    const struct token_list *tokens;
};

static char char_at(const struct look *look, size_t index) {
    return index < look->tokens->count ? token_char(&look->tokens->items[index], look->bytes) : 0;
}

static bool spells(const struct look *look, size_t index, const char *text) {
    return token_spells(&look->tokens->items[index], look->bytes, text);
}

static bool is_member(const struct look *look, size_t index) {
    return index > 0 && (char_at(look, index - 1) == '.' || spells(look, index - 1, "->") ||
                         spells(look, index - 1, "::"));
}

/* As a name stands that is used: not before another word or value on its line, as a misspelt keyword does,
 * nor as one does that heads a block. */
static bool stands_as_name(const struct look *look, size_t index) {
    const struct token *token = &look->tokens->items[index], *after = token + 1;
    if (is_member(look, index)) return true;
    if (index + 1 >= look->tokens->count || after->flags & TOKEN_LINE_START)
        return !(token->flags & TOKEN_LINE_START);
    if (after->kind == TOKEN_WORD) return after->flags & TOKEN_KEYWORD;
    if (after->kind == TOKEN_NUMBER || after->kind == TOKEN_STRING || after->kind == TOKEN_QUOTE)
        return false;
    char before = index ? char_at(look, index - 1) : 0;
    bool begins = token->flags & TOKEN_LINE_START || (before && strchr("{};", before));
    char byte = char_at(look, index + 1);
    return !(begins && (byte == ':' || byte == '{' || byte == '('));
}

static bool is_defined(const struct look *look, size_t index) {
    if (index > 0 && look->tokens->items[index - 1].kind == TOKEN_WORD) {
        for (const char *const *word = look->language->definers; *word; word++)
            if (spells(look, index - 1, *word)) return true;
        if (spells(look, index - 1, "import") || spells(look, index - 1, "as")) return true;
    }
    return !is_member(look, index) && char_at(look, index + 1) == '=';
}

/* Words and imports: the lexer goes over the text once for both. */
static void scan_text(struct names *names) {
    if (names->words) return;
    uint32_t length = text_size(names->text);
    if (length > NAMES_TEXT_BYTES_MAX) length = NAMES_TEXT_BYTES_MAX;
    char *bytes = text_dup(names->text, 0, length);
    struct token_list tokens = {0};
    lexer_scan(names->language, bytes, length, &tokens);
    size_t count = 64;
    while (count < tokens.count * 2)
        count *= 2;
    names->words = mem_zalloc(count * sizeof *names->words);
    names->word_mask = count - 1;
    struct look look = {names->language, bytes, &tokens};
    for (size_t i = 0; i < tokens.count; i++) {
        const struct token *token = &tokens.items[i];
        if (token->kind != TOKEN_WORD || token->flags & TOKEN_KEYWORD) continue;
        uint64_t hash = word_hash(bytes + token->start_byte, token->end_byte - token->start_byte);
        struct word *word = word_slot(names->words, names->word_mask, hash);
        word->hash = hash;
        word->places++;
        word->uses += stands_as_name(&look, i);
        word->defined |= is_defined(&look, i);
        word->member |= is_member(&look, i);
    }
    import_list_init(&names->imports);
    imports_scan(names->language, bytes, &tokens, &names->imports);
    vec_finish(&tokens);
    mem_free(bytes);
}

static const struct word *own_word(struct names *names, uint64_t hash) {
    scan_text(names);
    return word_slot(names->words, names->word_mask, hash);
}

/* ---- what it imports ---- */

static struct around *present_around(const struct names *names) {
    return atomic_load_explicit(&((struct names *)names)->around, memory_order_acquire);
}

struct walk {
    const struct names *names;
    struct name_cache *cache;
    struct around *around;
    const struct cancel *cancel;
    const char *path; /* of the file whose imports are followed */
    unsigned steps;
    size_t size_bytes;
    struct name_facts *module; /* asked for last */
    struct {
        VEC_FIELDS(struct next {
            struct name_facts *facts;
            char *path;
            unsigned steps;
        });
    } next; /* files that pass on what others offer */
};

static bool is_over(struct walk *walk) {
    struct around *around = walk->around;
    if (around->facts.count >= NAMES_FILES_MAX || around->seen.count >= NAMES_PROBES_MAX ||
        walk->size_bytes >= NAMES_BYTES_MAX)
        return true;
    around->incomplete |= cancel_reached(walk->cancel);
    return around->incomplete;
}

static void note(struct walk *walk, struct name_look look) {
    if (look.number != UINT32_MAX) vec_push(&walk->around->seen, (struct seen){look.number, look.version});
}

/* Whether the entry was looked at before: files that pass names on may do so in a circle. */
static bool was_seen(const struct walk *walk, uint32_t number) {
    for (size_t i = 0; i < walk->around->seen.count; i++)
        if (walk->around->seen.items[i].number == number) return true;
    return false;
}

static bool take_file(const char *path, bool wanted, void *payload) {
    struct walk *walk = payload;
    bool exists = false;
    if (is_over(walk) || strcmp(path, walk->names->path) == 0) return true;
    if (!wanted) {
        note(walk, name_cache_look_for(walk->cache, path, &exists));
        return exists;
    }
    struct name_look look = name_cache_look(walk->cache, path);
    bool again = was_seen(walk, look.number), found = look.facts != NULL;
    if (!again) note(walk, look);
    if (!found || again) {
        name_facts_unref(look.facts);
        return found;
    }
    vec_push(&walk->around->facts, look.facts);
    vec_push(&walk->around->files, mem_strdup(path));
    walk->size_bytes += look.facts->size_bytes;
    if (look.facts->imports.count && walk->steps < NAMES_STEPS_MAX)
        vec_push(&walk->next, (struct next){look.facts, mem_strdup(path), walk->steps + 1});
    return true;
}

static bool take_folder(const char *path, void *payload) {
    struct walk *walk = payload;
    if (is_over(walk)) return true;
    struct name_look look = name_cache_look_in(walk->cache, path);
    note(walk, look);
    if (!look.facts) return false;
    const char *at = look.facts->files, *end = at + look.facts->files_length;
    struct str file;
    str_init(&file);
    for (; at < end && !is_over(walk); at += strlen(at) + 1) {
        const struct language *language = language_of_path(at);
        if (!language || language->imports != walk->names->language->imports) continue;
        str_clear(&file);
        str_addf(&file, "%s/%s", path, at);
        take_file(file.bytes, true, walk);
    }
    str_finish(&file);
    name_facts_unref(look.facts);
    return true;
}

static const char *take_module(const char *path, void *payload) {
    struct walk *walk = payload;
    if (is_over(walk)) return NULL;
    struct name_look look = name_cache_look(walk->cache, path);
    note(walk, look);
    name_facts_unref(walk->module);
    walk->module = look.facts;
    return walk->module ? walk->module->module ? walk->module->module : "" : NULL;
}

static void follow(struct walk *walk, const struct language *language, const struct import_list *list) {
    struct path_probe probe = {take_file, take_folder, take_module, walk};
    import_paths_probe(language, walk->path, list, &probe);
}

static void read_imports(struct walk *walk) {
    const struct names *names = walk->names;
    walk->path = names->path;
    if (names->path && names->surroundings) follow(walk, names->language, &names->imports);
    for (size_t i = 0; i < walk->next.count && !is_over(walk); i++) { /* grows on the way */
        struct next next = walk->next.items[i];
        walk->path = next.path;
        walk->steps = next.steps;
        const struct language *language = language_of_path(next.path);
        if (language) follow(walk, language, &next.facts->imports);
    }
    for (size_t i = 0; i < walk->next.count; i++)
        mem_free(walk->next.items[i].path);
    vec_finish(&walk->next);
    name_facts_unref(walk->module);
}

static uint64_t id_of(const struct around *around) {
    struct str all;
    str_init(&all);
    for (size_t i = 0; i < around->facts.count; i++)
        str_add(&all, &around->facts.items[i]->hash, sizeof around->facts.items[i]->hash);
    uint64_t id = hash64(all.bytes, all.length, 1);
    str_finish(&all);
    return id;
}

static void destroy_around(struct around *around) {
    if (!around) return;
    for (size_t i = 0; i < around->facts.count; i++)
        name_facts_unref(around->facts.items[i]);
    for (size_t i = 0; i < around->files.count; i++)
        mem_free(around->files.items[i]);
    vec_finish(&around->facts);
    vec_finish(&around->files);
    vec_finish(&around->seen);
    mem_free(around);
}

static struct around *create_around(struct names *names) {
    scan_text(names);
    struct around *around = mem_zalloc(sizeof *around);
    struct cancel limit;
    cancel_init(&limit, names->cancel, clock_now_ns() + NAMES_LOOK_NS_MAX);
    struct walk walk = {.names = names, .around = around, .cancel = &limit};
    if (names->surroundings) walk.cache = surroundings_names(names->surroundings);
    read_imports(&walk);
    around->needless = names->imports.count == 0;
    if (!around->needless) around->id = id_of(around);
    return around;
}

/* NULL: the language has no imports. */
static const struct around *look_around(struct names *names) {
    struct around *around = present_around(names);
    if (around || !names->language->imports) return around;
    around = create_around(names);
    atomic_store_explicit(&names->around, around, memory_order_release);
    return around;
}

static bool is_imported(struct names *names, uint64_t hash) {
    const struct around *around = look_around(names);
    for (size_t i = 0; around && i < around->facts.count; i++)
        if (name_facts_have(around->facts.items[i], hash)) return true;
    return false;
}

/* ---- questions ---- */

static enum name_standing answer(struct names *names, uint64_t hash, unsigned here) {
    const struct word *word = own_word(names, hash);
    if (here == NAME_MEMBER) return word->hash && word->member ? NAME_DEFINED : NAME_UNKNOWN;
    if (word->hash && word->defined) return NAME_DEFINED;
    if (is_imported(names, hash)) return NAME_DEFINED;
    uint32_t others = word->hash && word->places > here ? word->places - here : 0;
    uint32_t uses = others < word->uses ? others : word->uses;
    return uses > 1 ? NAME_USED : uses ? NAME_SEEN : NAME_UNKNOWN;
}

static enum name_standing ask(struct names *names, uint64_t hash, unsigned here) {
    enum name_standing standing = answer(names, hash, here);
    if (!names->remembers || names->too_many) return standing;
    struct name_question question = {hash, (uint8_t)here, (uint8_t)standing};
    for (size_t i = 0; i < names->questions.count; i++)
        if (names->questions.items[i].hash == hash && names->questions.items[i].here == here) return standing;
    if (names->questions.count < NAMES_QUESTIONS_MAX)
        vec_push(&names->questions, question);
    else
        names->too_many = true;
    return standing;
}

enum name_standing names_ask(struct names *names, const char *bytes, size_t length, unsigned here) {
    return names ? ask(names, word_hash(bytes, length), here) : NAME_UNKNOWN;
}

bool names_have_member(struct names *names, const char *bytes, size_t length) {
    return names && ask(names, word_hash(bytes, length), NAME_MEMBER) != NAME_UNKNOWN;
}

void names_remember(struct names *names) {
    if (!names) return;
    vec_clear(&names->questions);
    names->remembers = true;
    names->too_many = false;
}

const struct name_question *names_remembered(const struct names *names, size_t *ret_count) {
    static const struct name_question none[1];
    *ret_count = names ? names->questions.count : 0;
    if (names && names->too_many) return NULL;
    return *ret_count ? names->questions.items : none;
}

bool names_still_answer(struct names *names, const struct name_question *questions, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (!names || answer(names, questions[i].hash, questions[i].here) != questions[i].answer)
            return false;
    return true;
}

/* ---- what the answers are made of ---- */

uint64_t names_id(struct names *names) {
    const struct around *around = names ? look_around(names) : NULL;
    return around ? around->id : 0;
}

bool names_looked_around(const struct names *names) {
    const struct around *around = names ? present_around(names) : NULL;
    return around && !around->needless;
}

const char *names_file(const struct names *names, size_t index) {
    const struct around *around = names ? present_around(names) : NULL;
    return around && index < around->files.count ? around->files.items[index] : NULL;
}

bool names_are_incomplete(const struct names *names) {
    const struct around *around = names ? present_around(names) : NULL;
    return around && around->incomplete;
}

bool names_are_outdated(const struct names *names) {
    const struct around *around = names ? present_around(names) : NULL;
    for (size_t i = 0; around && i < around->seen.count; i++) {
        struct seen seen = around->seen.items[i];
        if (name_cache_version(surroundings_names(names->surroundings), seen.number) != seen.version)
            return true;
    }
    return false;
}

bool names_depend_on(const struct names *names, const char *path) {
    const struct around *around = names ? present_around(names) : NULL;
    if (!around || !around->seen.count) return false;
    uint32_t number = name_cache_number(surroundings_names(names->surroundings), path);
    for (size_t i = 0; number != UINT32_MAX && i < around->seen.count; i++)
        if (around->seen.items[i].number == number) return true;
    return false;
}

/* ---- all of it ---- */

struct names *names_create(const struct names_params *params) {
    struct names *names = mem_zalloc(sizeof *names);
    atomic_init(&names->references, 1);
    atomic_init(&names->around, NULL);
    names->language = params->language;
    names->text = text_ref(params->text);
    names->path = params->path ? mem_strdup(params->path) : NULL;
    names->surroundings = params->surroundings;
    names->cancel = params->cancel;
    return names;
}

struct names *names_ref(struct names *names) {
    atomic_fetch_add_explicit(&names->references, 1, memory_order_relaxed);
    return names;
}

void names_rest(struct names *names) {
    if (!names) return;
    if (names->words) import_list_finish(&names->imports);
    mem_free(names->words);
    names->words = NULL;
    vec_finish(&names->questions);
    names->remembers = false;
    names->cancel = NULL;
}

void names_unref(struct names *names) {
    if (!names || atomic_fetch_sub_explicit(&names->references, 1, memory_order_acq_rel) != 1) return;
    names_rest(names);
    destroy_around(present_around(names));
    text_unref(names->text);
    mem_free(names->path);
    mem_free(names);
}
