#include "analysis/verify.h"

#include "analysis/rule_notes.h"
#include "analysis/syntax.h"

#define HUNKS_MAX      64  /* edits of one repair that are parsed incrementally */
#define VIOLATIONS_MAX 100 /* looked at in one check */
#define SYMPTOMS_MAX                                                                                         \
    2000 /* of a text; beyond that a comparison says nothing and the repair is not offered                   \
          */

bool proof_init(struct proof *proof, struct parser *parser, const struct language *language,
                const struct rule_checker *rules, const char *bytes, uint32_t length,
                const struct cancel *cancel) {
    *proof = (struct proof){.parser = parser, .language = language, .rules = rules};
    if (text_create(bytes, length, &proof->text) != STATUS_OK) return false;
    proof->tree = parser_parse_range(parser, language, proof->text, 0, length, NULL, cancel);
    if (!proof->tree) return false;
    proof->refused_count = SIZE_MAX;
    if (!ts_node_has_error(ts_tree_root_node(proof->tree))) {
        struct rule_violations violations = {0};
        rules_check(rules, proof->tree, proof->text, 0, 0, length, VIOLATIONS_MAX, &violations);
        for (size_t i = 0; i < violations.count; i++)
            if (violations.items[i].remedy == REMEDY_UNKNOWN)
                vec_push(&proof->unrepairable, violations.items[i]);
        proof->refused_count = violations.count - proof->unrepairable.count;
        vec_finish(&violations);
    }
    return true;
}

void proof_finish(struct proof *proof) {
    ts_tree_delete(proof->tree);
    text_unref(proof->text);
    vec_finish(&proof->unrepairable);
    *proof = (struct proof){0};
}

static TSTree *parse_repaired(struct proof *proof, const struct repair *repair, struct text *text,
                              const struct cancel *cancel) {
    struct text_hunk hunks[HUNKS_MAX];
    if (repair->edit_count > HUNKS_MAX)
        return parser_parse_range(proof->parser, proof->language, text, 0, text_size(text), NULL, cancel);
    int64_t shift = 0;
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        uint32_t start = (uint32_t)(edit->start_byte + shift);
        hunks[i] = (struct text_hunk){edit->start_byte, edit->end_byte, start, start + edit->new_length};
        shift += (int64_t)edit->new_length - (edit->end_byte - edit->start_byte);
    }
    struct text_hunk span = {0, text_size(proof->text), 0, text_size(text)};
    TSTree *edited = tree_edited(proof->tree, proof->text, text, span, hunks, repair->edit_count);
    TSTree *tree =
        parser_parse_range(proof->parser, proof->language, text, 0, text_size(text), edited, cancel);
    ts_tree_delete(edited);
    return tree;
}

uint32_t verify_before(const struct repair *repair, uint32_t byte) {
    int64_t shift = 0;
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        if (byte < edit->start_byte + shift) break;
        if (byte <= edit->start_byte + shift + edit->new_length) return edit->end_byte;
        shift += (int64_t)edit->new_length - (edit->end_byte - edit->start_byte);
    }
    return (uint32_t)(byte - shift);
}

/* What the repair did not make and no repair has to mend. */
static bool was_unrepairable(const struct proof *proof, const struct repair *repair,
                             const struct rule_violation *violation) {
    if (violation->remedy != REMEDY_UNKNOWN) return false;
    uint32_t start = verify_before(repair, violation->start_byte);
    for (size_t i = 0; i < proof->unrepairable.count; i++)
        if (proof->unrepairable.items[i].start_byte == start &&
            proof->unrepairable.items[i].message == violation->message)
            return true;
    return false;
}

/* [start_byte, end_byte) after the repair. */
static uint32_t end_after(const struct repair *repair, uint32_t end_byte) {
    int64_t grown = 0;
    for (size_t i = 0; i < repair->edit_count; i++)
        grown +=
            (int64_t)repair->edits[i].new_length - (repair->edits[i].end_byte - repair->edits[i].start_byte);
    return (uint32_t)(end_byte + grown);
}

static size_t count_hints(const struct proof *proof, const struct repair *repair, const TSTree *tree,
                          const struct text *text) {
    if (!repair->edit_count) return 0;
    struct rule_violations all = {.with_advice = true};
    uint32_t end = end_after(repair, repair->edits[repair->edit_count - 1].end_byte);
    rules_check(proof->rules, tree, text, 0, repair->edits[0].start_byte, end, VIOLATIONS_MAX, &all);
    size_t count = 0;
    for (size_t i = 0; i < all.count; i++)
        count += all.items[i].severity == SEVERITY_HINT;
    vec_finish(&all);
    return count;
}

enum verdict proof_check(struct proof *proof, const struct repair *repair, const struct cancel *cancel,
                         struct rule_violations *violations) {
    vec_clear(violations);
    struct text *text;
    if (text_apply(proof->text, repair->edits, repair->edit_count, &text) != STATUS_OK) return VERDICT_BROKEN;
    enum verdict verdict = VERDICT_BROKEN;
    TSTree *tree = parse_repaired(proof, repair, text, cancel);
    if (tree && !ts_node_has_error(ts_tree_root_node(tree))) {
        rules_check(proof->rules, tree, text, 0, 0, text_size(text), VIOLATIONS_MAX, violations);
        rules_sort(violations);
        size_t kept = 0;
        for (size_t i = 0; i < violations->count; i++)
            if (!was_unrepairable(proof, repair, &violations->items[i]))
                violations->items[kept++] = violations->items[i];
        violations->count = kept;
        verdict = violations->count ? VERDICT_REFUSED : VERDICT_PROVEN;
        if (verdict == VERDICT_PROVEN) proof->hint_count = count_hints(proof, repair, tree, text);
    }
    ts_tree_delete(tree);
    text_unref(text);
    return verdict;
}

/* Whether the symptom touches [start, end]. */
static bool touches(const struct symptom *symptom, uint32_t start, uint32_t end) {
    return symptom->start_byte <= end && symptom->end_byte >= start;
}

/* What would be found: grouped symptoms, and what rules refuse. */
static size_t count_places(const struct syntax *syntax, const struct symptom_list *symptoms,
                           struct arena *arena) {
    struct region_list regions = region_group(syntax, symptoms, arena);
    region_add_violations(&regions, rule_notes_of(syntax), syntax, arena);
    return regions.count;
}

/* The syntax of the text after the repair, with its notes and readings; NULL when cancelled. */
static struct syntax *syntax_after(const struct reader_means *means, const struct syntax *syntax,
                                   const struct repair *repair, const struct cancel *cancel) {
    struct text *text;
    struct syntax *after;
    if (text_apply(syntax_text(syntax), repair->edits, repair->edit_count, &text) != STATUS_OK) return NULL;
    enum status status = syntax_parse_variant(means->parser, text, syntax, cancel, &after);
    text_unref(text);
    if (status != STATUS_OK) return NULL;
    rule_notes_make(means, after, syntax, false);
    reader_read(means, after, syntax, NULL, cancel);
    if (!syntax_is_half_read(after)) return after;
    syntax_unref(after);
    return NULL;
}

bool verify_region(const struct reader_means *means, const struct syntax *syntax, const struct repair *repair,
                   uint32_t start_byte, uint32_t end_byte, size_t leftovers, const struct cancel *cancel,
                   bool *ret_broken) {
    struct syntax *after = syntax_after(means, syntax, repair, cancel);
    struct parser *parser = means->parser;
    if (!after) return false;
    struct arena arena;
    arena_init(&arena);
    struct symptom_list was = region_symptoms(syntax, parser, SYMPTOMS_MAX, &arena), now = {0};
    if (syntax_is_broken(after)) now = region_symptoms(after, parser, SYMPTOMS_MAX, &arena);
    size_t outside_before = 0, outside_after = 0, inside_after = 0;
    for (size_t i = 0; i < was.count; i++)
        outside_before += !touches(&was.items[i], start_byte, end_byte);
    for (size_t i = 0; i < now.count; i++) {
        if (touches(&now.items[i], start_byte, end_after(repair, end_byte)))
            inside_after++;
        else
            outside_after++;
    }
    /* An item that a repair divides may be broken in both parts: then nothing is won. */
    bool proven = !was.too_many && !now.too_many && inside_after == 0 && outside_after <= outside_before;
    if (proven) {
        size_t left = count_places(after, &now, &arena);
        proven = left < count_places(syntax, &was, &arena) || (!now.count && left <= leftovers);
    }
    if (proven) *ret_broken = now.count > 0;
    arena_finish(&arena);
    syntax_unref(after);
    return proven;
}

static size_t count_said(const struct syntax *syntax) {
    const struct rule_violations *notes = rule_notes_of(syntax);
    size_t count = 0;
    for (size_t i = 0; i < notes->count; i++)
        count += notes->items[i].textual;
    return count;
}

bool verify_said(const struct reader_means *means, const struct syntax *syntax, const struct repair *repair,
                 const struct cancel *cancel) {
    struct syntax *after = syntax_after(means, syntax, repair, cancel);
    if (!after) return false;
    bool less = count_said(after) < count_said(syntax);
    syntax_unref(after);
    return less;
}

size_t verify_left(const struct reader_means *means, const struct syntax *syntax, const struct repair *repair,
                   uint32_t start_byte, uint32_t end_byte, const struct cancel *cancel, bool *ret_broken) {
    *ret_broken = true;
    struct syntax *after = syntax_after(means, syntax, repair, cancel);
    if (!after) return SIZE_MAX;
    struct arena arena;
    arena_init(&arena);
    struct symptom_list now = {0};
    if (syntax_is_broken(after)) now = region_symptoms(after, means->parser, SYMPTOMS_MAX, &arena);
    *ret_broken = now.count > 0;
    size_t left = now.too_many ? SIZE_MAX : count_places(after, &now, &arena);
    for (size_t i = 0; i < now.count; i++)
        if (touches(&now.items[i], start_byte, end_after(repair, end_byte))) left = SIZE_MAX;
    arena_finish(&arena);
    syntax_unref(after);
    return left;
}

bool verify_fewer(const struct reader_means *means, const struct syntax *syntax, const struct repair *repair,
                  const struct cancel *cancel, bool *ret_broken) {
    struct syntax *after = syntax_after(means, syntax, repair, cancel);
    if (!after) return false;
    struct arena arena;
    arena_init(&arena);
    struct symptom_list was = region_symptoms(syntax, means->parser, SYMPTOMS_MAX, &arena);
    struct symptom_list now = region_symptoms(after, means->parser, SYMPTOMS_MAX, &arena);
    bool fewer = !was.too_many && !now.too_many &&
                 count_places(after, &now, &arena) < count_places(syntax, &was, &arena);
    if (fewer) *ret_broken = now.count > 0;
    arena_finish(&arena);
    syntax_unref(after);
    return fewer;
}

static uint32_t after_repair(const struct repair *repair, uint32_t byte) {
    int64_t shift = 0;
    for (size_t i = 0; i < repair->edit_count && repair->edits[i].end_byte <= byte; i++)
        shift +=
            (int64_t)repair->edits[i].new_length - (repair->edits[i].end_byte - repair->edits[i].start_byte);
    return (uint32_t)(byte + shift);
}

size_t verify_gone(const struct reader_means *means, const struct syntax *syntax, const struct repair *repair,
                   const struct region *regions, size_t count, const struct cancel *cancel) {
    struct syntax *after = syntax_after(means, syntax, repair, cancel);
    if (!after) return 0;
    struct arena arena;
    arena_init(&arena);
    struct symptom_list now = {0};
    if (syntax_is_broken(after)) now = region_symptoms(after, means->parser, SYMPTOMS_MAX, &arena);
    size_t gone = 0;
    for (; gone < count && !now.too_many; gone++) {
        /* What a rule refuses is no symptom: it is not known to be gone. */
        if (region_is_refusal(&regions[gone])) break;
        uint32_t start = after_repair(repair, regions[gone].extent_start);
        uint32_t end = after_repair(repair, regions[gone].extent_end);
        bool there = false;
        for (size_t i = 0; i < now.count && !there; i++)
            there = touches(&now.items[i], start, end);
        if (there) break;
    }
    arena_finish(&arena);
    syntax_unref(after);
    return gone;
}

bool verify_refused(const struct reader_means *means, const struct syntax *syntax,
                    const struct repair *repair, const struct region *regions, size_t count,
                    const struct cancel *cancel, bool *refused) {
    struct syntax *after = syntax_after(means, syntax, repair, cancel);
    if (!after) return false;
    struct arena arena;
    arena_init(&arena);
    struct region_list now = {0};
    if (syntax_is_broken(after)) now = region_find(after, means->parser, SYMPTOMS_MAX, &arena);
    region_add_violations(&now, rule_notes_of(after), after, &arena);
    for (size_t r = 0; r < count; r++) {
        uint32_t start = after_repair(repair, regions[r].start_byte);
        refused[r] = false;
        for (size_t i = 0; region_is_refusal(&regions[r]) && i < now.count && !refused[r]; i++)
            refused[r] = now.items[i].start_byte == start && now.items[i].code == regions[r].code;
    }
    arena_finish(&arena);
    syntax_unref(after);
    return true;
}
