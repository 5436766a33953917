#include "analysis/early.h"

#include "analysis/compose.h"
#include "analysis/hunks.h"
#include "analysis/pp_token.h"

#include <string.h>

#define TOKEN_MAX 16 /* bytes of a token that a change took away, to be named */

/* A region of the same mistake: search and regions place it differently, by a line at most. */
static bool is_of(const struct region *region, const struct text *text, uint32_t start, uint32_t end) {
    if (region->extent_start <= end && region->extent_end >= start) return true;
    uint32_t line = text_line_of(text, start), first = text_line_of(text, region->start_byte);
    return line + 1 >= first && line <= first + 1;
}

static struct finding moved(const struct finding *known, const struct hunks *hunks, const struct text *text,
                            struct arena *arena) {
    struct finding finding = *known;
    hunks_follow_loosely(hunks, &finding.start_byte, &finding.end_byte);
    if (finding.has_related) hunks_follow_loosely(hunks, &finding.related_start, &finding.related_end);
    finding_say(&finding, known->words ? known->words : known->message, text, arena);
    if (known->related_message)
        finding.related_message =
            arena_strndup(arena, known->related_message, strlen(known->related_message));
    finding.repairs = NULL;
    finding.repair_count = 0;
    return finding;
}

static void insert(struct analysis *analysis, struct finding finding) {
    size_t at = analysis->finding_count++;
    for (; at > 0 && analysis->findings[at - 1].start_byte > finding.start_byte; at--)
        analysis->findings[at] = analysis->findings[at - 1];
    analysis->findings[at] = finding;
}

static bool is_word(int byte) {
    return byte >= 0 && pp_is_word((unsigned char)byte);
}

/* The token at `byte` or behind it in its line; the end of the line when there is none. */
static void show_token(const struct text *text, uint32_t byte, struct region *region) {
    uint32_t line = text_line_of(text, byte), end = text_line_end(text, line), at = byte;
    while (at < end && (text_byte_at(text, at) == ' ' || text_byte_at(text, at) == '\t'))
        at++;
    region->start_byte = region->end_byte = at;
    if (at >= end) return;
    while (region->end_byte < end && is_word(text_byte_at(text, region->end_byte)))
        region->end_byte++;
    if (region->end_byte == at) region->end_byte++;
}

/* What a change took away, if that is one token; else NULL. */
static const char *lost_token(const struct text *earlier, const struct text_hunk *hunk, struct arena *arena) {
    char bytes[TOKEN_MAX];
    uint32_t length = hunk->old_end - hunk->old_start;
    if (hunk->new_start != hunk->new_end || !length || length > TOKEN_MAX) return NULL;
    text_copy(earlier, hunk->old_start, hunk->old_end, bytes);
    for (uint32_t i = 0; i < length; i++)
        if ((unsigned char)bytes[i] <= ' ' ||
            is_word((unsigned char)bytes[i]) != is_word((unsigned char)*bytes))
            return NULL;
    return arena_printf(arena, "missing `%.*s`", (int)length, bytes);
}

struct change {
    const struct text *earlier, *later;
    const struct hunks *hunks;
    bool alone; /* the earlier text had no mistake, and this is all that was changed in it */
};

static void show_hunk(const struct change *change, const struct text_hunk *hunk, struct region *region,
                      struct arena *arena) {
    show_token(change->later, hunk->new_start, region);
    if (change->alone) region->message = lost_token(change->earlier, hunk, arena);
    if (!region->message) return;
    region->code = FINDING_MISSING_TOKEN;
    region->end_byte = region->start_byte;
}

/* Where a new mistake is shown. An error of a tree may begin at the first line of the text, or where a block
 * ends that was left open; what the author has just written is the nearer place: within an error, and
 * anywhere when nothing was wrong before. */
static struct region at_change(const struct region *region, const struct change *change,
                               struct arena *arena) {
    struct region shown = *region;
    if (region->message || (region->missing && !change->alone)) return shown;
    for (size_t i = 0; i < change->hunks->count; i++) {
        const struct text_hunk *hunk = &change->hunks->items[i];
        uint32_t line = text_line_of(change->later, hunk->new_start);
        uint32_t first = text_line_of(change->later, region->start_byte);
        if (line != text_line_of(change->later, hunk->new_end)) continue;
        bool within = hunk->new_start >= region->extent_start && hunk->new_end <= region->extent_end;
        bool near = line <= first + 1 && (within || line + 1 >= first);
        if (near || (!within && !change->alone)) continue;
        shown.missing = 0;
        show_hunk(change, hunk, &shown, arena);
        break;
    }
    return shown;
}

struct analysis *early_findings(const struct syntax *syntax, const struct region_list *regions,
                                const struct analysis *known) {
    struct analysis *early = analysis_create(syntax_text(syntax));
    struct hunks hunks = {.count = 0};
    size_t known_count = known ? known->finding_count : 0;
    if (known) hunks = hunks_between(known->text, early->text);
    early->partial = true;
    early->findings = arena_alloc(&early->arena, (known_count + 1) * sizeof *early->findings);
    bool *said = arena_zalloc(&early->arena, regions->count + 1);
    for (size_t i = 0; i < known_count; i++) {
        struct finding finding = moved(&known->findings[i], &hunks, early->text, &early->arena);
        bool left = false;
        for (size_t k = 0; k < regions->count; k++) {
            if (!is_of(&regions->items[k], early->text, finding.start_byte, finding.end_byte)) continue;
            left = said[k] = true;
        }
        if (left) insert(early, finding);
    }
    for (size_t i = 0; known && i < known->echo_count; i++) {
        uint32_t start = known->echoes[i].start_byte, end = known->echoes[i].end_byte;
        hunks_follow_loosely(&hunks, &start, &end);
        for (size_t k = 0; k < regions->count; k++)
            said[k] |= regions->items[k].start_byte <= end && regions->items[k].end_byte >= start;
    }
    for (size_t k = 0; k < regions->count; k++) {
        if (said[k]) continue;
        struct change change = {known ? known->text : NULL, early->text, &hunks,
                                known && !known->finding_count && hunks.count == 1};
        struct region region = at_change(&regions->items[k], &change, &early->arena);
        struct finding finding;
        compose_region(early->text, syntax_language(syntax), &region, &early->arena, &finding);
        insert(early, finding);
        break;
    }
    return early;
}

struct analysis *early_finding(const struct region *region, const struct language *language,
                               struct text *text, const struct analysis *known) {
    struct analysis *early = analysis_create(text);
    struct hunks hunks = hunks_between(known->text, text);
    struct change change = {known->text, text, &hunks, true};
    struct region shown = *region;
    early->partial = true;
    early->findings = arena_alloc(&early->arena, sizeof *early->findings);
    early->finding_count = 1;
    if (!shown.message) show_hunk(&change, &hunks.items[0], &shown, &early->arena);
    compose_region(text, language, &shown, &early->arena, &early->findings[0]);
    return early;
}

void early_note_echoes(struct analysis *analysis, const struct region_list *regions) {
    analysis->echoes = arena_alloc(&analysis->arena, (regions->count + 1) * sizeof *analysis->echoes);
    for (size_t k = 0; k < regions->count; k++) {
        const struct region *region = &regions->items[k];
        bool own = false;
        for (size_t i = 0; i < analysis->finding_count && !own; i++)
            own = is_of(region, analysis->text, analysis->findings[i].start_byte,
                        analysis->findings[i].end_byte);
        if (!own)
            analysis->echoes[analysis->echo_count++] = (struct echo){region->start_byte, region->end_byte};
    }
}
