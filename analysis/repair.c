#include "analysis/repair.h"

#include "base/mem.h"

#include <string.h>

/* That an author changes nothing beside the mistake, which no text broken by a program can tell. By hand, no
 * better than even: code of another version of the language was no slip, so what is wanted is rather a
 * translation of all of it. */
#define CHANCE_TRANSLATED 0.5
#define CHANCE_HINTS      0.5

const char *finding_code_name(enum finding_code code) {
    static const char *const names[] = {
#define X(name, text) text,
        FINDING_MAP(X)
#undef X
    };
    return (unsigned)code < FINDING_CODE_COUNT ? names[code] : "syntax";
}

const char *repair_reason_name(enum repair_reason reason) {
    static const char *const names[REASON_COUNT] = {
#define X(name, text) text,
        REPAIR_REASON_MAP(X)
#undef X
    };
    return names[reason];
}

const char *finding_severity_name(enum finding_severity severity) {
    static const char *const names[] = {"error", "warning", "hint"};
    return names[severity];
}

void finding_say(struct finding *finding, const char *words, const struct text *text, struct arena *arena) {
    finding->words = NULL;
    finding->message = arena_strndup(arena, words, strlen(words));
    if (!finding->has_related) return;
    finding->words = finding->message;
    finding->message =
        arena_printf(arena, "%s on line %u", words, text_line_of(text, finding->related_start) + 1);
}

struct analysis *analysis_create(struct text *text) {
    struct analysis *analysis = mem_zalloc(sizeof *analysis);
    atomic_init(&analysis->references, 1);
    arena_init(&analysis->arena);
    analysis->text = text_ref(text);
    return analysis;
}

struct analysis *analysis_ref(const struct analysis *analysis) {
    struct analysis *shared = (struct analysis *)analysis;
    atomic_fetch_add_explicit(&shared->references, 1, memory_order_relaxed);
    return shared;
}

void analysis_unref(struct analysis *analysis) {
    if (!analysis || atomic_fetch_sub_explicit(&analysis->references, 1, memory_order_acq_rel) != 1) return;
    text_unref(analysis->text);
    arena_finish(&analysis->arena);
    mem_free(analysis);
}

double repair_chance(const struct repair *repair) {
    double chance = repair->reasons[REASON_TRANSLATED] > 0 ? CHANCE_TRANSLATED : 1;
    return repair->reasons[REASON_HINTS] > 0 ? chance * CHANCE_HINTS : chance;
}
