#include "analysis/recognizer.h"

#include "analysis/grammar.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

#define CONFIGS_MAX        400000u /* about 40 MB; a search that needs more is not going to end well */
#define STACKS_MAX         4000000u
#define KEPT_ITEMS         (1u << 16) /* of each array kept from one text to the next */
#define REDUCTIONS_MAX     256        /* stacks one symbol may pass through, against grammars that cycle */
#define TAPES_MAX          512
#define SCANNER_STATES_MAX 60000u
#define START_STATE        1
#define ERROR_STATE        0
#define TERMINALS_MAX      512 /* of a grammar; the largest of ours has half of that */
#define WORD_STATE_NONE    UINT16_MAX
#define SYMBOL_END         0
#define SYMBOL_NONE        UINT16_MAX
#define NO_SCANNER         0              /* the interned empty scanner state */
#define LEX_NONE           ((uint16_t)-1) /* lex state of the end of a non-terminal extra */

/* One LR stack, as a linked list from the top; interned by (parent, state). */
struct stack_node {
    uint32_t parent;
    uint16_t state;
};

struct version {
    uint32_t stack;
    uint32_t byte;
    uint32_t scanner;
};

struct config {
    uint32_t first_version; /* into versions */
    uint16_t version_count;
    uint16_t tape;
    uint32_t byte;  /* of the rearmost version */
    config_id next; /* memo of the step; valid when stepped */
    uint8_t stepped, result;
};

struct scanner_state {
    uint32_t offset, length; /* into scanner_bytes */
};

/* What lexing found at (tape, byte, mode, scanner). The keyword is resolved later: it depends on the parse
 * state. */
struct lexed {
    uint32_t start_byte, end_byte;
    uint16_t symbol, keyword; /* keyword: 0 when the word spells none */
    uint32_t scanner;         /* afterwards */
    bool external;
};

struct lex_key {
    uint32_t byte, scanner;
    uint16_t tape, lex_state, external_lex_state, reserved_set;
    uint16_t guard_state; /* parse state when an empty external token must be judged, else 0 */
    uint16_t padding;
};

struct lex_slot {
    struct lex_key key;
    struct lexed value;
    uint32_t used; /* generation */
};

struct tape {
    const char *bytes;
    uint32_t length;
};

/* Open addressing over 32-bit ids, 0 is empty. */
struct id_table {
    uint32_t *slots;
    uint32_t mask, count;
};

struct recognizer {
    const TSLanguage *language;
    struct reading reading;
    struct scanner scanner;
    struct {
        VEC_FIELDS(struct stack_node);
    } stacks;
    struct {
        VEC_FIELDS(struct version);
    } versions;
    struct {
        VEC_FIELDS(struct config);
    } configs;
    struct {
        VEC_FIELDS(struct scanner_state);
    } scanners;
    struct {
        VEC_FIELDS(char);
    } scanner_bytes;
    struct id_table stack_table, config_table, scanner_table;
    struct lex_slot *lex_slots;
    uint32_t lex_mask, lex_count, generation;
    struct tape tapes[TAPES_MAX];
    uint16_t tape_count;
    bool exhausted;
};

/* ---- interning ---- */

static void table_clear(struct id_table *table) {
    if (table->mask > KEPT_ITEMS) { /* one hard text must not keep its memory for ever */
        mem_free(table->slots);
        table->slots = NULL;
    }
    if (!table->slots) {
        table->mask = 1023;
        table->slots = mem_zalloc((table->mask + 1) * sizeof *table->slots);
    } else {
        memset(table->slots, 0, ((size_t)table->mask + 1) * sizeof *table->slots);
    }
    table->count = 0;
}

static uint64_t mix(uint64_t a, uint64_t b) {
    uint64_t h = (a ^ (b << 32 | b >> 32)) * UINT64_C(0x9E3779B97F4A7C15);
    return h ^ (h >> 29);
}

static uint64_t stack_hash(const struct stack_node *node) {
    return mix(node->parent, node->state + UINT64_C(0x51ED27));
}

static uint64_t versions_hash(uint16_t tape, const struct version *versions, size_t count) {
    return hash64(versions, count * sizeof *versions, tape);
}

static uint64_t config_hash(const struct recognizer *recognizer, const struct config *config) {
    return versions_hash(config->tape, recognizer->versions.items + config->first_version,
                         config->version_count);
}

static uint64_t scanner_hash(const struct recognizer *recognizer, const struct scanner_state *state) {
    return hash64(recognizer->scanner_bytes.items + state->offset, state->length, 1);
}

static uint64_t id_hash(const struct recognizer *recognizer, const struct id_table *table, uint32_t id) {
    if (table == &recognizer->stack_table) return stack_hash(&recognizer->stacks.items[id]);
    if (table == &recognizer->config_table) return config_hash(recognizer, &recognizer->configs.items[id]);
    return scanner_hash(recognizer, &recognizer->scanners.items[id]);
}

static void table_grow(struct recognizer *recognizer, struct id_table *table) {
    uint32_t old_mask = table->mask;
    uint32_t *old_slots = table->slots;
    table->mask = old_mask * 2 + 1;
    table->slots = mem_zalloc(((size_t)table->mask + 1) * sizeof *table->slots);
    for (uint32_t i = 0; i <= old_mask; i++) {
        if (!old_slots[i]) continue;
        uint32_t slot = (uint32_t)id_hash(recognizer, table, old_slots[i]) & table->mask;
        while (table->slots[slot])
            slot = (slot + 1) & table->mask;
        table->slots[slot] = old_slots[i];
    }
    mem_free(old_slots);
}

static void table_put(struct recognizer *recognizer, struct id_table *table, uint32_t slot, uint32_t id) {
    table->slots[slot] = id;
    if (++table->count * 2 > table->mask) table_grow(recognizer, table);
}

static uint32_t stack_push(struct recognizer *recognizer, uint32_t parent, uint16_t state) {
    struct stack_node node = {parent, state};
    struct id_table *table = &recognizer->stack_table;
    uint32_t slot = (uint32_t)stack_hash(&node) & table->mask;
    for (; table->slots[slot]; slot = (slot + 1) & table->mask) {
        const struct stack_node *other = &recognizer->stacks.items[table->slots[slot]];
        if (other->parent == parent && other->state == state) return table->slots[slot];
    }
    if (recognizer->stacks.count >= STACKS_MAX) {
        recognizer->exhausted = true;
        return parent;
    }
    uint32_t id = (uint32_t)recognizer->stacks.count;
    vec_push(&recognizer->stacks, node);
    table_put(recognizer, table, slot, id);
    return id;
}

static uint32_t scanner_intern(struct recognizer *recognizer, const char *bytes, uint32_t length) {
    if (length == 0) return NO_SCANNER;
    struct id_table *table = &recognizer->scanner_table;
    uint32_t slot = (uint32_t)hash64(bytes, length, 1) & table->mask;
    for (; table->slots[slot]; slot = (slot + 1) & table->mask) {
        const struct scanner_state *other = &recognizer->scanners.items[table->slots[slot]];
        if (other->length == length &&
            !memcmp(recognizer->scanner_bytes.items + other->offset, bytes, length))
            return table->slots[slot];
    }
    if (recognizer->scanners.count >= SCANNER_STATES_MAX) {
        recognizer->exhausted = true;
        return NO_SCANNER;
    }
    uint32_t id = (uint32_t)recognizer->scanners.count;
    struct scanner_state state = {(uint32_t)recognizer->scanner_bytes.count, length};
    vec_reserve(&recognizer->scanner_bytes, recognizer->scanner_bytes.count + length);
    memcpy(recognizer->scanner_bytes.items + state.offset, bytes, length);
    recognizer->scanner_bytes.count += length;
    vec_push(&recognizer->scanners, state);
    table_put(recognizer, table, slot, id);
    return id;
}

static int version_compare(const struct version *a, const struct version *b) {
    if (a->byte != b->byte) return a->byte < b->byte ? -1 : 1;
    if (a->stack != b->stack) return a->stack < b->stack ? -1 : 1;
    return a->scanner < b->scanner ? -1 : a->scanner > b->scanner;
}

/* A set of versions under construction: sorted, without duplicates, bounded. */
struct version_set {
    struct version items[RECOGNIZER_VERSIONS_MAX];
    unsigned count;
};

static void set_add(struct version_set *set, struct version version) {
    unsigned at = 0;
    while (at < set->count && version_compare(&set->items[at], &version) < 0)
        at++;
    if (at < set->count && version_compare(&set->items[at], &version) == 0) return;
    if (set->count == RECOGNIZER_VERSIONS_MAX) return;
    memmove(set->items + at + 1, set->items + at, (set->count - at) * sizeof *set->items);
    set->items[at] = version;
    set->count++;
}

static config_id config_intern(struct recognizer *recognizer, uint16_t tape, const struct version_set *set) {
    if (set->count == 0) return 0;
    struct id_table *table = &recognizer->config_table;
    uint32_t slot = (uint32_t)versions_hash(tape, set->items, set->count) & table->mask;
    for (; table->slots[slot]; slot = (slot + 1) & table->mask) {
        const struct config *other = &recognizer->configs.items[table->slots[slot]];
        if (other->tape == tape && other->version_count == set->count &&
            !memcmp(recognizer->versions.items + other->first_version, set->items,
                    set->count * sizeof *set->items))
            return table->slots[slot];
    }
    if (recognizer->configs.count >= CONFIGS_MAX) {
        recognizer->exhausted = true;
        return 0;
    }
    config_id id = (config_id)recognizer->configs.count;
    struct config config = {.first_version = (uint32_t)recognizer->versions.count,
                            .version_count = (uint16_t)set->count,
                            .tape = tape,
                            .byte = set->items[0].byte};
    for (unsigned i = 0; i < set->count; i++)
        vec_push(&recognizer->versions, set->items[i]);
    vec_push(&recognizer->configs, config);
    table_put(recognizer, table, slot, id);
    return id;
}

/* ---- lexing ---- */

static bool scan_external(struct recognizer *recognizer, struct lex_key *key, uint16_t external_lex_state,
                          uint32_t byte, bool error_mode, struct lexed *out) {
    const TSLanguage *language = recognizer->language;
    struct reading *reading = &recognizer->reading;
    struct scanner_state before = recognizer->scanners.items[key->scanner];
    char buffer[TREE_SITTER_SERIALIZATION_BUFFER_SIZE];
    memcpy(buffer, recognizer->scanner_bytes.items + before.offset, before.length);
    reading_start(reading, byte);
    scanner_restore(&recognizer->scanner, buffer, before.length);
    const bool *valid =
        language->external_scanner.states + (size_t)external_lex_state * language->external_token_count;
    if (!language->external_scanner.scan(recognizer->scanner.payload, &reading->lexer, valid)) return false;
    reading_finish(reading);
    uint32_t length = language->external_scanner.serialize(recognizer->scanner.payload, buffer);
    if (length > sizeof buffer) return false;
    out->scanner = scanner_intern(recognizer, buffer, length);
    out->symbol = language->external_scanner.symbol_map[reading->lexer.result_symbol];
    out->keyword = 0;
    out->external = true;
    out->start_byte = reading->token_start;
    out->end_byte = reading->token_end;
    if (out->end_byte <= byte && out->scanner == key->scanner) {
        /* An empty token that changes nothing would be found again and again when it is an extra. */
        uint8_t count;
        const TSParseAction *actions = grammar_actions(language, key->guard_state, out->symbol, &count);
        bool extra =
            count > 0 && actions[count - 1].type == TSParseActionTypeShift && actions[count - 1].shift.extra;
        if (error_mode || extra) return false;
    }
    return true;
}

static bool scan_internal(struct recognizer *recognizer, uint16_t lex_state, uint32_t byte,
                          struct lexed *out) {
    const TSLanguage *language = recognizer->language;
    struct reading *reading = &recognizer->reading;
    reading_start(reading, byte);
    if (!language->lex_fn(&reading->lexer, lex_state)) return false;
    reading_finish(reading);
    out->symbol = reading->lexer.result_symbol;
    out->keyword = 0;
    out->external = false;
    out->start_byte = reading->token_start;
    out->end_byte = reading->token_end;
    if (out->symbol == language->keyword_capture_token && out->symbol != 0) {
        reading_start(reading, out->start_byte);
        if (language->keyword_lex_fn(&reading->lexer, 0)) {
            reading_finish(reading);
            if (reading->token_end == out->end_byte) out->keyword = reading->lexer.result_symbol;
        }
    }
    return true;
}

/* The same order as tree-sitter: external scanner, then lexing function, then both once more in the error
 * state's mode, then one unknown character. */
static struct lexed lex_uncached(struct recognizer *recognizer, struct lex_key *key) {
    struct lexed out = {.scanner = key->scanner};
    uint16_t lex_state = key->lex_state, external_lex_state = key->external_lex_state;
    for (int error_mode = 0; error_mode < 2; error_mode++) {
        if (external_lex_state &&
            scan_external(recognizer, key, external_lex_state, key->byte, error_mode, &out))
            return out;
        out.scanner = key->scanner;
        if (scan_internal(recognizer, lex_state, key->byte, &out)) return out;
        TSLexerMode mode = grammar_lex_mode(recognizer->language, ERROR_STATE);
        lex_state = mode.lex_state;
        external_lex_state = mode.external_lex_state;
    }
    struct reading *reading = &recognizer->reading;
    reading_other(reading, key->byte);
    out.start_byte = reading->token_start;
    out.end_byte = reading->token_end;
    out.symbol = out.end_byte == out.start_byte ? SYMBOL_END : SYMBOL_NONE;
    out.keyword = 0;
    out.external = false;
    return out;
}

static void lex_grow(struct recognizer *recognizer) {
    uint32_t old_mask = recognizer->lex_mask;
    struct lex_slot *old = recognizer->lex_slots;
    recognizer->lex_mask = old_mask * 2 + 1;
    recognizer->lex_slots = mem_zalloc(((size_t)recognizer->lex_mask + 1) * sizeof *old);
    for (uint32_t i = 0; i <= old_mask; i++) {
        if (old[i].used != recognizer->generation) continue;
        uint32_t slot = (uint32_t)hash64(&old[i].key, sizeof old[i].key, 0) & recognizer->lex_mask;
        while (recognizer->lex_slots[slot].used == recognizer->generation)
            slot = (slot + 1) & recognizer->lex_mask;
        recognizer->lex_slots[slot] = old[i];
    }
    mem_free(old);
}

static struct lexed lex(struct recognizer *recognizer, uint16_t tape, uint32_t byte, uint32_t scanner,
                        uint16_t state, TSLexerMode mode) {
    struct lex_key key = {.byte = byte,
                          .scanner = scanner,
                          .tape = tape,
                          .lex_state = mode.lex_state,
                          .external_lex_state = mode.external_lex_state,
                          .guard_state = mode.external_lex_state ? state : 0};
    uint32_t slot = (uint32_t)hash64(&key, sizeof key, 0) & recognizer->lex_mask;
    for (; recognizer->lex_slots[slot].used == recognizer->generation;
         slot = (slot + 1) & recognizer->lex_mask)
        if (!memcmp(&recognizer->lex_slots[slot].key, &key, sizeof key))
            return recognizer->lex_slots[slot].value;
    recognizer->reading.bytes = (const unsigned char *)recognizer->tapes[tape].bytes;
    recognizer->reading.length = recognizer->tapes[tape].length;
    struct lexed value = lex_uncached(recognizer, &key);
    recognizer->lex_slots[slot] = (struct lex_slot){key, value, recognizer->generation};
    if (++recognizer->lex_count * 2 > recognizer->lex_mask) lex_grow(recognizer);
    return value;
}

/* ---- the automaton ---- */

/* The stacks that result from one symbol ahead of a stack: all reductions it allows, then the shifts. */
struct outcome {
    uint32_t shifted[RECOGNIZER_VERSIONS_MAX];
    unsigned count;
    bool accepted;
};

static uint32_t reduce(struct recognizer *recognizer, uint32_t stack, const TSParseAction *action,
                       bool end_of_extra) {
    for (unsigned i = 0; i < action->reduce.child_count && stack; i++)
        stack = recognizer->stacks.items[stack].parent;
    if (!stack) return 0;
    uint16_t state = recognizer->stacks.items[stack].state;
    uint16_t next = grammar_lookup(recognizer->language, state, action->reduce.symbol);
    if (end_of_extra && (next == state || next == 0)) return stack;
    return next ? stack_push(recognizer, stack, next) : 0;
}

static void apply_symbol(struct recognizer *recognizer, uint32_t stack, uint16_t symbol,
                         struct outcome *out) {
    uint32_t work[REDUCTIONS_MAX];
    unsigned done = 0, count = 0;
    work[count++] = stack;
    while (done < count) {
        uint32_t top = work[done++];
        uint8_t action_count;
        const TSParseAction *actions =
            grammar_actions(recognizer->language, recognizer->stacks.items[top].state, symbol, &action_count);
        for (uint8_t i = 0; i < action_count; i++) {
            uint32_t result;
            switch (actions[i].type) {
            case TSParseActionTypeShift:
                if (actions[i].shift.repetition) break;
                result = actions[i].shift.extra ? top : stack_push(recognizer, top, actions[i].shift.state);
                if (out->count < RECOGNIZER_VERSIONS_MAX) out->shifted[out->count++] = result;
                break;
            case TSParseActionTypeReduce:
                result = reduce(recognizer, top, &actions[i], false);
                for (unsigned seen = 0; result && seen < count; seen++)
                    if (work[seen] == result) result = 0;
                if (result && count < REDUCTIONS_MAX) work[count++] = result;
                break;
            case TSParseActionTypeAccept: out->accepted = true; break;
            default: break;
            }
        }
    }
}

/* States at the end of a non-terminal extra (a comment with structure) reduce whatever comes next. */
static uint32_t finish_extra(struct recognizer *recognizer, uint32_t stack) {
    for (int i = 0; i < REDUCTIONS_MAX; i++) {
        uint16_t state = recognizer->stacks.items[stack].state;
        if (grammar_lex_mode(recognizer->language, state).lex_state != LEX_NONE) return stack;
        uint8_t count;
        const TSParseAction *actions = grammar_actions(recognizer->language, state, SYMBOL_END, &count);
        if (count == 0 || actions[count - 1].type != TSParseActionTypeReduce) return 0;
        stack = reduce(recognizer, stack, &actions[count - 1], true);
        if (!stack) return 0;
    }
    return 0;
}

/* The token ahead of one version, with its word resolved to a keyword where the state wants one. */
static struct lexed version_lex(struct recognizer *recognizer, uint16_t tape, const struct version *version,
                                uint32_t stack) {
    uint16_t state = recognizer->stacks.items[stack].state;
    TSLexerMode mode = grammar_lex_mode(recognizer->language, state);
    struct lexed lexed = lex(recognizer, tape, version->byte, version->scanner, state, mode);
    if (lexed.keyword &&
        (grammar_has_actions(recognizer->language, state, lexed.keyword) ||
         grammar_is_reserved(recognizer->language, mode.reserved_word_set_id, lexed.keyword))) {
        uint16_t word = lexed.symbol;
        lexed.symbol = lexed.keyword;
        /* A reserved word is never an identifier. */
        lexed.keyword =
            grammar_is_reserved(recognizer->language, mode.reserved_word_set_id, lexed.keyword) ? 0 : word;
    } else {
        lexed.keyword = 0;
    }
    return lexed;
}

enum step_result recognizer_step(struct recognizer *recognizer, config_id id, config_id *ret_config) {
    struct config config = recognizer->configs.items[id];
    if (config.stepped) {
        *ret_config = config.next;
        return config.result;
    }
    struct version_set next = {.count = 0};
    bool accepted = false;
    for (unsigned i = 0; i < config.version_count; i++) {
        struct version version = recognizer->versions.items[config.first_version + i];
        if (version.byte != config.byte) { /* ahead of the others: waits */
            set_add(&next, version);
            continue;
        }
        uint32_t stack = finish_extra(recognizer, version.stack);
        if (!stack) continue;
        struct lexed lexed = version_lex(recognizer, config.tape, &version, stack);
        if (lexed.symbol == SYMBOL_NONE) continue;
        struct outcome outcome = {.count = 0};
        apply_symbol(recognizer, stack, lexed.symbol, &outcome);
        if (!outcome.count && !outcome.accepted && lexed.keyword)
            apply_symbol(recognizer, stack, lexed.keyword, &outcome);
        accepted |= outcome.accepted;
        for (unsigned s = 0; s < outcome.count; s++)
            set_add(&next, (struct version){outcome.shifted[s], lexed.end_byte, lexed.scanner});
    }
    config_id next_id = config_intern(recognizer, config.tape, &next);
    if (next_id == id) next_id = 0; /* an empty token that changes nothing */
    enum step_result result = accepted ? STEP_ACCEPTED : next_id ? STEP_ADVANCED : STEP_STUCK;
    struct config *stored = &recognizer->configs.items[id];
    stored->stepped = true;
    stored->result = (uint8_t)result;
    stored->next = next_id;
    *ret_config = next_id;
    return result;
}

/* ---- public surface ---- */

struct recognizer *recognizer_create(void) {
    struct recognizer *recognizer = mem_zalloc(sizeof *recognizer);
    reading_init(&recognizer->reading);
    recognizer->lex_mask = 4095;
    recognizer->lex_slots = mem_zalloc(((size_t)recognizer->lex_mask + 1) * sizeof *recognizer->lex_slots);
    return recognizer;
}

void recognizer_destroy(struct recognizer *recognizer) {
    if (!recognizer) return;
    scanner_close(&recognizer->scanner);
    vec_finish(&recognizer->stacks);
    vec_finish(&recognizer->versions);
    vec_finish(&recognizer->configs);
    vec_finish(&recognizer->scanners);
    vec_finish(&recognizer->scanner_bytes);
    mem_free(recognizer->stack_table.slots);
    mem_free(recognizer->config_table.slots);
    mem_free(recognizer->scanner_table.slots);
    mem_free(recognizer->lex_slots);
    mem_free(recognizer);
}

void recognizer_trim(struct recognizer *recognizer) {
    if (recognizer->stacks.capacity > KEPT_ITEMS) vec_finish(&recognizer->stacks);
    if (recognizer->versions.capacity > KEPT_ITEMS) vec_finish(&recognizer->versions);
    if (recognizer->configs.capacity > KEPT_ITEMS) vec_finish(&recognizer->configs);
    if (recognizer->scanner_bytes.capacity > KEPT_ITEMS) vec_finish(&recognizer->scanner_bytes);
    if (recognizer->lex_mask > KEPT_ITEMS) {
        mem_free(recognizer->lex_slots);
        recognizer->lex_mask = 4095;
        recognizer->lex_slots =
            mem_zalloc(((size_t)recognizer->lex_mask + 1) * sizeof *recognizer->lex_slots);
    }
}

void recognizer_reset(struct recognizer *recognizer, const struct language *language, const char *bytes,
                      uint32_t length) {
    const TSLanguage *grammar = language->grammar();
    if (recognizer->language != grammar) {
        scanner_close(&recognizer->scanner);
        recognizer->language = grammar;
        scanner_open(&recognizer->scanner, grammar);
    }
    recognizer_trim(recognizer);
    vec_clear(&recognizer->stacks);
    vec_clear(&recognizer->versions);
    vec_clear(&recognizer->configs);
    vec_clear(&recognizer->scanners);
    vec_clear(&recognizer->scanner_bytes);
    table_clear(&recognizer->stack_table);
    table_clear(&recognizer->config_table);
    table_clear(&recognizer->scanner_table);
    vec_reserve(&recognizer->scanner_bytes, 64);
    vec_push(&recognizer->stacks, (struct stack_node){0, 0}); /* number 0 is "none" in all three */
    vec_push(&recognizer->configs, (struct config){0});
    vec_push(&recognizer->scanners, (struct scanner_state){0, 0});
    recognizer->generation++;
    recognizer->lex_count = 0;
    recognizer->exhausted = false;
    recognizer->tape_count = 0;
    recognizer_add_tape(recognizer, bytes, length);
}

uint16_t recognizer_add_tape(struct recognizer *recognizer, const char *bytes, uint32_t length) {
    if (recognizer->tape_count == TAPES_MAX) return UINT16_MAX;
    recognizer->tapes[recognizer->tape_count] = (struct tape){bytes, length};
    return recognizer->tape_count++;
}

bool recognizer_exhausted(const struct recognizer *recognizer) {
    return recognizer->exhausted;
}

config_id recognizer_start(struct recognizer *recognizer, uint16_t tape) {
    struct version_set set = {.count = 0};
    set_add(&set, (struct version){stack_push(recognizer, 0, START_STATE), 0, NO_SCANNER});
    return config_intern(recognizer, tape, &set);
}

uint32_t recognizer_byte(const struct recognizer *recognizer, config_id config) {
    return recognizer->configs.items[config].byte;
}

uint16_t recognizer_tape(const struct recognizer *recognizer, config_id config) {
    return recognizer->configs.items[config].tape;
}

unsigned recognizer_version_count(const struct recognizer *recognizer, config_id config) {
    return recognizer->configs.items[config].version_count;
}

struct recognized_token recognizer_token(struct recognizer *recognizer, config_id id) {
    struct config config = recognizer->configs.items[id];
    struct recognized_token best = {config.byte, config.byte, SYMBOL_NONE, false};
    for (unsigned i = 0; i < config.version_count; i++) {
        struct version version = recognizer->versions.items[config.first_version + i];
        if (version.byte != config.byte) continue;
        uint32_t stack = finish_extra(recognizer, version.stack);
        if (!stack) continue;
        struct lexed lexed = version_lex(recognizer, config.tape, &version, stack);
        if (i > 0 && lexed.end_byte <= best.end_byte) continue;
        best = (struct recognized_token){lexed.start_byte, lexed.end_byte, lexed.symbol, lexed.external};
    }
    return best;
}

config_id recognizer_insert(struct recognizer *recognizer, config_id id, uint16_t symbol) {
    struct config config = recognizer->configs.items[id];
    struct version_set next = {.count = 0};
    for (unsigned i = 0; i < config.version_count; i++) {
        struct version version = recognizer->versions.items[config.first_version + i];
        if (version.byte != config.byte) continue;
        uint32_t stack = finish_extra(recognizer, version.stack);
        if (!stack) continue;
        struct outcome outcome = {.count = 0};
        apply_symbol(recognizer, stack, symbol, &outcome);
        for (unsigned s = 0; s < outcome.count; s++)
            set_add(&next, (struct version){outcome.shifted[s], version.byte, version.scanner});
    }
    return config_intern(recognizer, config.tape, &next);
}

config_id recognizer_move(struct recognizer *recognizer, config_id id, uint16_t tape, uint32_t byte) {
    struct config config = recognizer->configs.items[id];
    struct version_set next = {.count = 0};
    for (unsigned i = 0; i < config.version_count; i++) {
        struct version version = recognizer->versions.items[config.first_version + i];
        if (version.byte != config.byte) continue;
        set_add(&next, (struct version){version.stack, byte, version.scanner});
    }
    return config_intern(recognizer, tape, &next);
}

/* Marks the terminals that have an action in the state. */
static void mark_symbols(const TSLanguage *language, uint16_t state, bool *marked, uint32_t marked_count) {
    if (state < language->large_state_count) {
        const uint16_t *row = language->parse_table + (size_t)state * language->symbol_count;
        for (uint32_t symbol = 1; symbol < marked_count; symbol++)
            marked[symbol] |= row[symbol] != 0;
        return;
    }
    const uint16_t *data =
        language->small_parse_table + language->small_parse_table_map[state - language->large_state_count];
    uint16_t group_count = *data++;
    for (uint16_t group = 0; group < group_count; group++) {
        data++;
        uint16_t in_group = *data++;
        for (uint16_t i = 0; i < in_group; i++) {
            uint16_t symbol = *data++;
            if (symbol < marked_count) marked[symbol] = true;
        }
    }
}

size_t recognizer_expected(struct recognizer *recognizer, config_id id, uint16_t *symbols, size_t max) {
    struct config config = recognizer->configs.items[id];
    bool marked[TERMINALS_MAX] = {false};
    uint32_t terminals = recognizer->language->token_count;
    if (terminals > TERMINALS_MAX) terminals = TERMINALS_MAX;
    for (unsigned i = 0; i < config.version_count; i++) {
        struct version version = recognizer->versions.items[config.first_version + i];
        if (version.byte != config.byte) continue;
        uint32_t stack = finish_extra(recognizer, version.stack);
        if (!stack) continue;
        mark_symbols(recognizer->language, recognizer->stacks.items[stack].state, marked, terminals);
    }
    size_t count = 0;
    for (uint32_t symbol = 1; symbol < terminals && count < max; symbol++)
        if (marked[symbol]) symbols[count++] = (uint16_t)symbol;
    return count;
}
