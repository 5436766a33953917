#include "analysis/compose.h"

#include "analysis/rank.h"
#include "analysis/verify.h"
#include "base/clock.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

#define ALTERNATIVES_NS    (10 * NS_PER_MS) /* for proving repairs besides the best on a large text */
#define TEXTUAL_CONFIDENCE 0.9              /* of a repair that a rule knows */
#define DROPPED_MAX        6                /* mistakes of one solution that are tried without */

struct extent {
    uint32_t start_byte, end_byte;
};

struct findings {
    VEC_FIELDS(struct finding);
};

struct repairs {
    VEC_FIELDS(struct repair);
};

/* ---- from excerpt to text ---- */

/* A line that goes at the end of the excerpt takes along its end, which the excerpt may lack. */
static void take_line_end(const struct text *text, struct text_edit *edit) {
    uint32_t line = text_line_of(text, edit->end_byte), end = text_line_end(text, line);
    bool whole = edit->start_byte == text_line_start(text, line) && edit->end_byte == end;
    if (whole && edit->end_byte > edit->start_byte && !edit->new_length)
        edit->end_byte = text_line_start(text, line + 1);
}

static bool lift_repair(const struct excerpt *excerpt, const struct text *text, struct repair *repair,
                        struct arena *arena) {
    struct text_edit *edits = arena_alloc(arena, (repair->edit_count + 1) * sizeof *edits);
    for (size_t i = 0; i < repair->edit_count; i++) {
        edits[i] = repair->edits[i];
        if (!excerpt_to_text(excerpt, edits[i].start_byte, edits[i].end_byte, &edits[i].start_byte,
                             &edits[i].end_byte))
            return false;
        if (repair->edits[i].end_byte == excerpt->length) take_line_end(text, &edits[i]);
    }
    repair->edits = edits;
    return true;
}

static bool lift_solution(const struct excerpt *excerpt, const struct text *text, struct solution *solution,
                          struct arena *arena) {
    if (!lift_repair(excerpt, text, &solution->repair, arena)) return false;
    for (size_t i = 0; i < solution->mistake_count; i++) {
        struct mistake *mistake = &solution->mistakes[i];
        if (!lift_repair(excerpt, text, &mistake->repair, arena)) return false;
        if (!excerpt_to_text(excerpt, mistake->start_byte, mistake->end_byte, &mistake->start_byte,
                             &mistake->end_byte))
            return false;
        if (mistake->has_related && !excerpt_to_text(excerpt, mistake->related_start, mistake->related_end,
                                                     &mistake->related_start, &mistake->related_end))
            mistake->has_related = false;
    }
    return true;
}

/* All edits of the solution but those of one mistake. */
static struct repair without(const struct solution *solution, size_t index, struct arena *arena) {
    struct repair rest = solution->repair;
    rest.edit_count = 0;
    rest.edits = arena_alloc(arena, (solution->repair.edit_count + 1) * sizeof *rest.edits);
    rest.title = NULL;
    for (size_t i = 0; i < solution->mistake_count; i++) {
        const struct repair *repair = &solution->mistakes[i].repair;
        if (i == index) continue;
        memcpy(rest.edits + rest.edit_count, repair->edits, repair->edit_count * sizeof *repair->edits);
        rest.edit_count += repair->edit_count;
        rest.title = rest.title ? arena_printf(arena, "%s, %s", rest.title, repair->title) : repair->title;
    }
    return rest;
}

static void drop_mistake(struct solution *solution, size_t index, struct arena *arena) {
    solution->repair = without(solution, index, arena);
    solution->mistake_count--;
    memmove(solution->mistakes + index, solution->mistakes + index + 1,
            (solution->mistake_count - index) * sizeof *solution->mistakes);
    solution->repair.reasons[REASON_MISTAKES] = (float)solution->mistake_count;
}

/* What the text does not need is no mistake: an excerpt has less around the place than the text, and an edit
 * may be made on top of one that is enough. From the last on, because the first is where the text went wrong.
 */
static void drop_needless(const struct compose_input *input, const struct extent *extent,
                          const struct cancel *cancel, struct arena *arena, struct solution *solution) {
    if (solution->mistake_count < 2 && !solution->leftover_count) return;
    bool broken, broken_by_rest;
    size_t left = verify_left(input->means, input->syntax, &solution->repair, extent->start_byte,
                              extent->end_byte, cancel, &broken);
    if (left == 0) solution->leftover_count = 0; /* what is refused in the excerpt is not in the text */
    if (solution->mistake_count > DROPPED_MAX) return;
    for (size_t i = solution->mistake_count; i-- > 0 && solution->mistake_count > 1;) {
        struct repair rest = without(solution, i, arena);
        size_t left_by_rest = verify_left(input->means, input->syntax, &rest, extent->start_byte,
                                          extent->end_byte, cancel, &broken_by_rest);
        if (left_by_rest == SIZE_MAX || left_by_rest > left || broken_by_rest > broken) continue;
        left = left_by_rest;
        broken = broken_by_rest;
        drop_mistake(solution, i, arena);
    }
    if (left == 0) solution->leftover_count = 0;
}

static bool same_edit(const struct text_edit *a, const struct text_edit *b) {
    return a->start_byte == b->start_byte && a->end_byte == b->end_byte && a->new_length == b->new_length &&
           memcmp(a->new_bytes, b->new_bytes, a->new_length) == 0;
}

static bool same_repair(const struct repair *a, const struct repair *b) {
    if (a->edit_count != b->edit_count) return false;
    for (size_t i = 0; i < a->edit_count; i++)
        if (!same_edit(&a->edits[i], &b->edits[i])) return false;
    return true;
}

/* Excerpts may share what stands between their mistakes: what an earlier part repairs is its mistake. */
static void drop_known(const struct compose_input *input, const struct searched *part,
                       struct solution *solution, struct arena *arena) {
    for (const struct searched *before = input->parts; before < part; before++) {
        const struct solution *best = before->result.solutions;
        for (size_t k = 0; k < (before->result.solution_count ? best->mistake_count : 0); k++)
            for (size_t i = solution->mistake_count; i-- > 0;)
                if (same_repair(&best->mistakes[k].repair, &solution->mistakes[i].repair))
                    drop_mistake(solution, i, arena);
    }
}

/* The regions of a part and what a repair of it changes. */
static struct extent extent_of(const struct searched *part, const struct repair *repair) {
    struct extent extent = {UINT32_MAX, 0};
    for (size_t r = 0; r < part->region_count; r++) {
        if (part->regions[r].extent_start < extent.start_byte)
            extent.start_byte = part->regions[r].extent_start;
        if (part->regions[r].extent_end > extent.end_byte) extent.end_byte = part->regions[r].extent_end;
    }
    for (size_t e = 0; e < repair->edit_count; e++) {
        if (repair->edits[e].start_byte < extent.start_byte) extent.start_byte = repair->edits[e].start_byte;
        if (repair->edits[e].end_byte > extent.end_byte) extent.end_byte = repair->edits[e].end_byte;
    }
    return extent;
}

/* What a rule refuses because of something that the excerpt left out is not seen by its search. False when
 * the solution is of none of the part's regions, but of a mistake that the excerpt has besides. */
static bool note_refused(const struct compose_input *input, struct searched *part,
                         const struct solution *solution) {
    size_t refusals = 0, stays = 0;
    for (size_t r = 0; r < part->region_count; r++)
        refusals += region_is_refusal(&part->regions[r]);
    if (!refusals || part->whole || solution->leftover_count) return true;
    bool *refused = arena_zalloc(input->scratch, part->region_count * sizeof *refused);
    if (!verify_refused(input->means, input->syntax, &solution->repair, part->regions, part->region_count,
                        input->cancel, refused))
        return false;
    for (size_t r = 0; r < part->region_count; r++)
        stays += refused[r];
    part->stays = refused;
    part->stays_count = part->region_count;
    return stays < part->region_count;
}

void compose_lift(const struct compose_input *input, struct searched *part) {
    struct arena *arena = input->scratch;
    part->lifted = true;
    size_t kept = 0;
    struct cancel alternatives, late;
    cancel_init(&alternatives, NULL, clock_now_ns() + ALTERNATIVES_NS);
    cancel_init(&late, input->cancel, input->deadline_ns + ALTERNATIVES_NS);
    for (size_t i = 0; i < part->result.solution_count; i++) {
        /* Others than the best only while that costs little. */
        if (kept && !part->whole && cancel_reached(&alternatives)) break;
        if (cancel_reached(&late)) break;
        struct solution solution = part->result.solutions[i];
        if (!lift_solution(part->excerpt, syntax_text(input->syntax), &solution, arena)) continue;
        drop_known(input, part, &solution, arena);
        if (!solution.mistake_count) continue;
        struct extent extent = extent_of(part, &solution.repair);
        if (kept == 0) drop_needless(input, &extent, &late, arena, &solution);
        bool broken = false;
        if (!part->whole && !verify_region(input->means, input->syntax, &solution.repair, extent.start_byte,
                                           extent.end_byte, solution.leftover_count, input->cancel, &broken))
            continue;
        if (kept > 0 && broken && !part->broken) continue; /* the best leaves less wrong */
        if (kept == 0) part->broken = broken;
        if (kept == 0 && !note_refused(input, part, &solution)) break;
        if (rank_is_duplicate(part->result.solutions, kept, &solution)) continue;
        part->result.solutions[kept++] = solution;
    }
    part->result.solution_count = kept;
}

void compose_textual(const struct compose_input *input, struct searched *part) {
    const struct region *region = &part->regions[0];
    const struct rule_violation *said = region->textual;
    struct arena *arena = input->scratch;
    if (!said->write_count) return;
    struct solution *solution = arena_zalloc(arena, sizeof *solution);
    struct repair *repair = &solution->repair;
    repair->title = said->title;
    repair->confidence = TEXTUAL_CONFIDENCE;
    repair->reasons[REASON_MISTAKES] = 1;
    repair->edits = arena_alloc(arena, said->write_count * sizeof *repair->edits);
    repair->edit_count = said->write_count;
    for (size_t i = 0; i < said->write_count; i++)
        repair->edits[i] = (struct text_edit){said->writes[i].start_byte, said->writes[i].end_byte,
                                              said->writes[i].text, (uint32_t)strlen(said->writes[i].text)};
    solution->mistakes = arena_zalloc(arena, sizeof *solution->mistakes);
    solution->mistake_count = 1;
    solution->mistakes[0] = (struct mistake){.start_byte = region->start_byte,
                                             .end_byte = region->end_byte,
                                             .code = region->code,
                                             .message = region->message,
                                             .repair = *repair};
    struct extent extent = extent_of(part, repair);
    bool proven = said->from_end > said->from_start
                      ? verify_said(input->means, input->syntax, repair, input->cancel)
                      : verify_region(input->means, input->syntax, repair, extent.start_byte, extent.end_byte,
                                      0, input->cancel, &part->broken);
    if (!proven) return;
    part->result.solutions = solution;
    part->result.solution_count = 1;
}

size_t compose_explained(const struct compose_input *input, const struct searched *part,
                         const struct region *regions, size_t count) {
    if (!part->result.solution_count) return 0;
    return verify_gone(input->means, input->syntax, &part->result.solutions[0].repair, regions, count,
                       input->cancel);
}

/* ---- findings ---- */

/* The repair with which `other` replaces mistake `index` of `best`, if it leaves all others as they are; else
 * NULL. */
static const struct repair *alternative(const struct solution *best, size_t index,
                                        const struct solution *other, struct arena *arena) {
    size_t prefix = 0, suffix = 0;
    while (prefix < best->mistake_count && prefix < other->mistake_count &&
           same_repair(&best->mistakes[prefix].repair, &other->mistakes[prefix].repair))
        prefix++;
    while (suffix < best->mistake_count - prefix && suffix < other->mistake_count - prefix &&
           same_repair(&best->mistakes[best->mistake_count - 1 - suffix].repair,
                       &other->mistakes[other->mistake_count - 1 - suffix].repair))
        suffix++;
    if (prefix != index || best->mistake_count - prefix - suffix != 1) return NULL;
    size_t count = other->mistake_count - prefix - suffix;
    if (count == 0) return NULL;
    if (count == 1) return &other->mistakes[prefix].repair;
    struct repair *joined = arena_zalloc(arena, sizeof *joined);
    for (size_t i = 0; i < count; i++)
        joined->edit_count += other->mistakes[prefix + i].repair.edit_count;
    joined->edits = arena_alloc(arena, (joined->edit_count + 1) * sizeof *joined->edits);
    size_t written = 0;
    joined->title = other->mistakes[prefix].repair.title;
    for (size_t i = 0; i < count; i++) {
        const struct repair *repair = &other->mistakes[prefix + i].repair;
        memcpy(joined->edits + written, repair->edits, repair->edit_count * sizeof *repair->edits);
        written += repair->edit_count;
        if (i) joined->title = arena_printf(arena, "%s, %s", joined->title, repair->title);
    }
    joined->confidence = other->repair.confidence;
    return joined;
}

/* Each repair offered is a member of a solution that was proven as a whole: with the other members it leaves
 * no error, so on its own it leaves just the mistakes that the others repair. */
static void add_finding(const struct compose_input *input, const struct searched *part, size_t index,
                        struct arena *arena, struct findings *findings) {
    const struct solution *best = &part->result.solutions[0];
    const struct mistake *mistake = &best->mistakes[index];
    struct finding finding = {.start_byte = mistake->start_byte,
                              .end_byte = mistake->end_byte,
                              .code = mistake->code,
                              .has_related = mistake->has_related,
                              .related_start = mistake->related_start,
                              .related_end = mistake->related_end,
                              .related_message = mistake->related_message};
    finding_say(&finding, mistake->message, syntax_text(input->syntax), arena);
    struct repairs repairs = {0};
    for (size_t i = 0; i < part->result.solution_count && repairs.count < input->max_repairs; i++) {
        const struct solution *solution = &part->result.solutions[i];
        const struct repair *repair = i == 0 ? &mistake->repair : alternative(best, index, solution, arena);
        if (!repair) continue;
        bool known = false;
        for (size_t k = 0; k < repairs.count; k++)
            known |= same_repair(&repairs.items[k], repair);
        if (known) continue;
        vec_push(&repairs, *repair);
    }
    finding.repair_count = repairs.count;
    finding.repairs = arena_alloc(arena, (repairs.count + 1) * sizeof *finding.repairs);
    if (repairs.count) memcpy(finding.repairs, repairs.items, repairs.count * sizeof *finding.repairs);
    vec_finish(&repairs);
    vec_push(findings, finding);
}

/* Whether a rule refused it before the repair, too: else it is the repair that is not right. */
static bool was_refused(const struct searched *part, uint32_t start, uint32_t end) {
    for (size_t r = 0; r < part->region_count; r++)
        if (region_is_refusal(&part->regions[r]) && part->regions[r].extent_start <= end &&
            part->regions[r].extent_end >= start)
            return true;
    return false;
}

/* Whether the line has a mistake of the solution: what is refused there may be so for the same reason. */
static bool shares_line(const struct text *text, const struct solution *solution, uint32_t byte) {
    uint32_t line = text_line_of(text, byte);
    for (size_t i = 0; i < solution->mistake_count; i++)
        if (text_line_of(text, solution->mistakes[i].start_byte) == line) return true;
    return false;
}

/* What stays wrong after the best repair there is. */
static void add_leftovers(const struct compose_input *input, const struct searched *part, struct arena *arena,
                          struct findings *findings) {
    const struct solution *best = &part->result.solutions[0];
    for (size_t i = 0; i < best->leftover_count; i++) {
        const struct rule_violation *violation = &best->leftovers[i];
        struct finding finding = {.code = violation->code, .message = violation->message};
        if (!excerpt_to_text(part->excerpt, violation->start_byte, violation->end_byte, &finding.start_byte,
                             &finding.end_byte) ||
            !was_refused(part, finding.start_byte, finding.end_byte) ||
            shares_line(syntax_text(input->syntax), best, finding.start_byte))
            continue;
        finding.repairs = arena_zalloc(arena, sizeof *finding.repairs);
        vec_push(findings, finding);
    }
}

static const char *keep_string(struct arena *arena, const char *string) {
    return string ? arena_strndup(arena, string, strlen(string)) : NULL;
}

void compose_region(const struct text *text, const struct language *language, const struct region *region,
                    struct arena *arena, struct finding *finding) {
    *finding = (struct finding){
        .start_byte = region->start_byte, .end_byte = region->end_byte, .code = FINDING_SYNTAX};
    if (region->message) {
        finding->code = region->code;
        finding->has_related = region->related_message;
        finding->related_start = region->related_start;
        finding->related_end = region->related_start + 1;
        finding->related_message = keep_string(arena, region->related_message);
        finding_say(finding, region->message, text, arena); /* it lives longer than regions */
        return;
    }
    if (region->missing) {
        const char *name = ts_language_symbol_name(language->grammar(), region->missing);
        finding->code = FINDING_MISSING_TOKEN;
        finding->message = arena_printf(arena, "missing `%s`", name ? name : "token");
        return;
    }
    uint32_t length = region->end_byte - region->start_byte;
    enum { SHOWN_MAX = 32 };
    if (length == 0) {
        finding->message = "something is missing here";
    } else if (length > SHOWN_MAX) {
        finding->message = "this does not fit the language's syntax";
    } else {
        char shown[SHOWN_MAX + 1];
        text_copy(text, region->start_byte, region->end_byte, shown);
        shown[length] = 0;
        for (uint32_t i = 0; i < length; i++)
            if ((unsigned char)shown[i] < ' ') shown[i] = ' ';
        finding->message = arena_printf(arena, "unexpected `%s`", shown);
    }
}

/* Whether the repair of another part takes a region away for which none was found. */
static bool is_echo(const struct compose_input *input, const struct region *region) {
    struct cancel late;
    cancel_init(&late, input->cancel, input->deadline_ns + ALTERNATIVES_NS);
    for (size_t i = 0; i < input->part_count; i++) {
        const struct search_result *result = &input->parts[i].result;
        if (!result->solution_count) continue;
        const struct repair *repair = &result->solutions[0].repair;
        bool refused = true;
        if (verify_gone(input->means, input->syntax, repair, region, 1, &late) ||
            (region->unrepairable &&
             verify_refused(input->means, input->syntax, repair, region, 1, &late, &refused) && !refused))
            return true;
    }
    return false;
}

/* The region where the automaton was stuck, when it can be said: an error of the tree may begin far before.
 */
static struct region narrowed(const struct compose_input *input, const struct searched *part,
                              const struct region *region) {
    struct region narrow = *region;
    const struct search_result *result = &part->result;
    uint32_t start, end;
    if (region->message || region->missing || !result->stuck || result->stuck_start == result->stuck_end ||
        !excerpt_to_text(part->excerpt, result->stuck_start, result->stuck_end, &start, &end) ||
        end > text_size(syntax_text(input->syntax)))
        return narrow;
    narrow.start_byte = start;
    narrow.end_byte = end;
    return narrow;
}

/* ---- repairs of the whole text ---- */

/* One solution of each part, joined; choice[i] is its number. Parts without a solution are left as they are.
 */
static int by_edit(const void *a, const void *b) {
    const struct text_edit *x = a, *y = b;
    if (x->start_byte != y->start_byte) return x->start_byte < y->start_byte ? -1 : 1;
    return x->end_byte < y->end_byte ? -1 : x->end_byte > y->end_byte;
}

/* Appends the repair's edits, but for those that are there: excerpts of two regions may both hold a third
 * mistake. Returns how many there are now. */
static size_t add_edits(struct text_edit *edits, size_t count, const struct repair *repair) {
    size_t before = count;
    for (size_t i = 0; i < repair->edit_count; i++) {
        bool known = false;
        for (size_t k = 0; k < before && !known; k++)
            known = same_edit(&edits[k], &repair->edits[i]);
        if (!known) edits[count++] = repair->edits[i];
    }
    return count;
}

static struct repair join(const struct compose_input *input, const size_t *choice, struct arena *arena) {
    struct repair joined = {.confidence = 1, .title = ""};
    size_t used = 0;
    for (size_t i = 0; i < input->part_count; i++)
        if (input->parts[i].result.solution_count)
            joined.edit_count += input->parts[i].result.solutions[choice[i]].repair.edit_count;
    joined.edits = arena_alloc(arena, (joined.edit_count + 1) * sizeof *joined.edits);
    size_t written = 0;
    for (size_t i = 0; i < input->part_count; i++) {
        if (!input->parts[i].result.solution_count) continue;
        const struct repair *repair = &input->parts[i].result.solutions[choice[i]].repair;
        written = add_edits(joined.edits, written, repair);
        joined.confidence *= repair->confidence / repair_chance(repair);
        for (int k = 0; k < REASON_COUNT; k++)
            joined.reasons[k] += repair->reasons[k];
        joined.title = used++ ? arena_printf(arena, "%s, %s", joined.title, repair->title) : repair->title;
    }
    joined.edit_count = written;
    if (input->textual_count && joined.edit_count > 1)
        qsort(joined.edits, joined.edit_count, sizeof *joined.edits, by_edit);
    joined.confidence *= repair_chance(&joined);
    if (used > 3) joined.title = arena_printf(arena, "make %zu repairs", used);
    return joined;
}

static int by_confidence(const void *a, const void *b) {
    const struct repair *x = a, *y = b;
    if (x->confidence != y->confidence) return x->confidence > y->confidence ? -1 : 1;
    return (int)repair_is_made_up(x) - (int)repair_is_made_up(y);
}

static bool edits_ascend(const struct repair *repair) {
    for (size_t i = 1; i < repair->edit_count; i++)
        if (repair->edits[i].start_byte < repair->edits[i - 1].end_byte) return false;
    return true;
}

static void keep_repair(struct arena *arena, const struct repair *repair, struct repair *kept) {
    *kept = *repair;
    kept->title = keep_string(arena, repair->title);
    kept->edits = arena_alloc(arena, (repair->edit_count + 1) * sizeof *kept->edits);
    for (size_t i = 0; i < repair->edit_count; i++) {
        kept->edits[i] = repair->edits[i];
        kept->edits[i].new_bytes =
            arena_strndup(arena, repair->edits[i].new_bytes, repair->edits[i].new_length);
    }
}

static void keep_finding(struct arena *arena, const struct finding *finding, struct finding *kept) {
    *kept = *finding;
    kept->message = keep_string(arena, finding->message);
    kept->words = keep_string(arena, finding->words);
    kept->related_message = keep_string(arena, finding->related_message);
    kept->repairs = arena_alloc(arena, (finding->repair_count + 1) * sizeof *kept->repairs);
    for (size_t i = 0; i < finding->repair_count; i++)
        keep_repair(arena, &finding->repairs[i], &kept->repairs[i]);
}

/* Parts were proven one by one; what several of them make together has to be looked at once more.
 * *ret_broken: when it holds, whether the text is broken after it all the same. */
static bool holds(const struct compose_input *input, const struct repair *joined, bool *ret_broken) {
    size_t solved = 0;
    for (size_t i = 0; i < input->part_count; i++) {
        if (!input->parts[i].result.solution_count) continue;
        solved++;
        *ret_broken = input->parts[i].broken;
    }
    struct cancel late;
    cancel_init(&late, NULL, input->deadline_ns + ALTERNATIVES_NS);
    return edits_ascend(joined) &&
           (solved < 2 || (!cancel_reached(&late) &&
                           verify_fewer(input->means, input->syntax, joined, input->cancel, ret_broken)));
}

static void add_fixes(const struct compose_input *input, struct analysis *analysis) {
    size_t *choice = arena_zalloc(input->scratch, (input->part_count + 1) * sizeof *choice);
    struct repairs fixes = {0};
    struct repair best = join(input, choice, input->scratch);
    bool broken = false, other_broken;
    if (best.edit_count && holds(input, &best, &broken)) {
        vec_push(&fixes, best);
        /* What was taken for the echo of a mistake may be one of its own. */
        analysis->partial |= broken;
        for (size_t i = 0; i < input->part_count; i++) {
            for (size_t k = 1; k < input->parts[i].result.solution_count; k++) {
                choice[i] = k;
                struct repair other = join(input, choice, input->scratch);
                /* One that leaves more wrong than the best does is no other way to repair the text. */
                if (holds(input, &other, &other_broken) && (!other_broken || broken)) vec_push(&fixes, other);
            }
            choice[i] = 0;
        }
        qsort(fixes.items + 1, fixes.count - 1, sizeof *fixes.items, by_confidence);
        if (fixes.count > input->max_repairs) fixes.count = input->max_repairs;
    }
    analysis->fix_count = fixes.count;
    analysis->fixes = arena_alloc(&analysis->arena, (fixes.count + 1) * sizeof *analysis->fixes);
    for (size_t i = 0; i < fixes.count; i++)
        keep_repair(&analysis->arena, &fixes.items[i], &analysis->fixes[i]);
    vec_finish(&fixes);
}

static int by_place(const void *a, const void *b) {
    const struct finding *x = a, *y = b;
    return x->start_byte < y->start_byte ? -1 : x->start_byte > y->start_byte;
}

/* Excerpts of two regions may both hold a third mistake. */
static void drop_repeated(struct findings *findings) {
    size_t kept = 0;
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *next = &findings->items[i], *last = kept ? &findings->items[kept - 1] : NULL;
        if (last && next->start_byte == last->start_byte && next->end_byte == last->end_byte &&
            next->code == last->code && strcmp(next->message, last->message) == 0)
            continue;
        findings->items[kept++] = *next;
    }
    findings->count = kept;
}

void compose_analysis(const struct compose_input *input, struct analysis *analysis) {
    struct arena *arena = input->scratch;
    struct findings findings = {0};
    for (size_t i = 0; i < input->part_count; i++)
        if (!input->parts[i].lifted) compose_lift(input, &input->parts[i]);
    /* The piece in which a symptom without a repair was shown: those behind it there may be its echo. */
    size_t unexplained = SIZE_MAX;
    for (size_t i = 0; i < input->part_count; i++) {
        const struct searched *part = &input->parts[i];
        if (!part->result.solution_count) {
            analysis->partial = true;
            for (size_t r = 0; r < part->region_count; r++) {
                struct finding finding;
                size_t piece = syntax_piece_index(input->syntax, part->regions[r].extent_start);
                if (piece == unexplained && !part->regions[r].message) continue;
                if (is_echo(input, &part->regions[r])) continue;
                if (!part->regions[r].unrepairable) unexplained = piece;
                struct region region = r == 0 ? narrowed(input, part, &part->regions[r]) : part->regions[r];
                compose_region(syntax_text(input->syntax), syntax_language(input->syntax), &region, arena,
                               &finding);
                vec_push(&findings, finding);
            }
            continue;
        }
        analysis->partial |= part->result.solutions[0].leftover_count > 0;
        add_leftovers(input, part, arena, &findings);
        for (size_t r = 0; r < part->stays_count; r++) {
            if (!part->stays[r]) continue;
            struct finding finding;
            compose_region(syntax_text(input->syntax), syntax_language(input->syntax), &part->regions[r],
                           arena, &finding);
            vec_push(&findings, finding);
            analysis->partial = true;
        }
        for (size_t k = 0; k < part->result.solutions[0].mistake_count; k++)
            add_finding(input, part, k, arena, &findings);
    }
    if (findings.count > 1) qsort(findings.items, findings.count, sizeof *findings.items, by_place);
    drop_repeated(&findings);
    analysis->finding_count = findings.count;
    analysis->findings = arena_alloc(&analysis->arena, (findings.count + 1) * sizeof *analysis->findings);
    for (size_t i = 0; i < findings.count; i++)
        keep_finding(&analysis->arena, &findings.items[i], &analysis->findings[i]);
    vec_finish(&findings);
    add_fixes(input, analysis);
}
