#include "analysis/pipeline.h"

#include "analysis/compose.h"
#include "analysis/early.h"
#include "analysis/excerpt_blocks.h"
#include "analysis/excerpt_item.h"
#include "analysis/glance.h"
#include "analysis/lexer.h"
#include "analysis/rule_notes.h"
#include "analysis/search_cache.h"
#include "base/clock.h"
#include "base/mem.h"

#define FINDINGS_MAX      100          /* more say nothing to a person; the analysis says there are more */
#define WHOLE_TEXT_BYTES  (32u << 10)  /* texts up to this size are searched whole first */
#define EARLY_PLACE_BYTES (48u << 10)  /* larger pieces are scanned for brackets when repairs are searched */
#define PLACE_BYTES       (4u << 20)   /* larger ones not at all: all of it would be scanned */
#define FRESH_BYTES       (256u << 10) /* a fresh parse of so much JSON takes about 10 ms */
#define TEXTUAL_MAX       16           /* regions that are said of the text itself, with a repair each */
#define EXPLAINED_MAX     4  /* of these, and others beside them, when those are looked at for echoes */
#define PARTS_MAX         12 /* excerpts searched in one text */
#define PART_BYTES        (8u << 20) /* of one excerpt; a token may be longer, and to read it takes too long */
#define GLANCE_NS         (4 * NS_PER_MS) /* what takes longer can wait for the parse */
#define PART_NS_MIN       (8 * NS_PER_MS) /* the share of an excerpt when many wait */
#define REPAIR_BUDGET_NS  (500 * NS_PER_MS)
#define REPAIRS_DEFAULT   5

struct pipeline {
    struct parser *parser;
    struct reader *reader;
    struct search *search;
    struct arena scratch; /* of one search for repairs */
    const struct model *opinion_model;
    struct opinion *opinion; /* of opinion_model; NULL: none */
    const struct language *rules_language;
    struct rule_checker *rules; /* of rules_language; NULL when it has none */
};

struct pipeline *pipeline_create(void) {
    struct pipeline *pipeline = mem_zalloc(sizeof *pipeline);
    pipeline->parser = parser_create();
    pipeline->reader = reader_create();
    pipeline->search = search_create();
    arena_init(&pipeline->scratch);
    return pipeline;
}

void pipeline_destroy(struct pipeline *pipeline) {
    if (!pipeline) return;
    parser_destroy(pipeline->parser);
    reader_destroy(pipeline->reader);
    search_destroy(pipeline->search);
    opinion_destroy(pipeline->opinion);
    arena_finish(&pipeline->scratch);
    rule_checker_destroy(pipeline->rules);
    mem_free(pipeline);
}

static void fill_from_regions(const struct syntax *syntax, const struct region_list *regions,
                              struct analysis *analysis) {
    analysis->findings = arena_alloc(&analysis->arena, (regions->count + 1) * sizeof *analysis->findings);
    analysis->finding_count = regions->count;
    analysis->too_many = regions->too_many;
    analysis->partial = regions->count > 0;
    for (size_t i = 0; i < regions->count; i++)
        compose_region(syntax_text(syntax), syntax_language(syntax), &regions->items[i], &analysis->arena,
                       &analysis->findings[i]);
}

static void add_advice(const struct syntax *syntax, const struct region_list *regions,
                       struct analysis *analysis) {
    /* Half of a broken text's advice is an echo of its errors. */
    if (regions->count) return;
    const struct rule_violations *notes = rule_notes_of(syntax);
    size_t count = 0;
    for (size_t i = 0; i < notes->count; i++)
        count += notes->items[i].severity != SEVERITY_ERROR;
    if (!count) return;
    analysis->advice = arena_alloc(&analysis->arena, count * sizeof *analysis->advice);
    for (size_t i = 0; i < notes->count; i++) {
        const struct rule_violation *note = &notes->items[i];
        if (note->severity == SEVERITY_ERROR) continue;
        analysis->advice[analysis->advice_count++] = (struct finding){.start_byte = note->start_byte,
                                                                      .end_byte = note->end_byte,
                                                                      .code = note->code,
                                                                      .severity = note->severity,
                                                                      .message = note->message};
    }
}

static void report_early(const struct pipeline_request *request, const struct syntax *syntax,
                         const struct region_list *regions, const struct analysis *final, uint64_t start_ns) {
    struct analysis *early;
    if (request->want_repairs) {
        early = early_findings(syntax, regions, request->known);
    } else {
        early = analysis_create(request->text);
        fill_from_regions(syntax, regions, early);
    }
    early->open = final->open;
    early->half_judged = final->half_judged;
    early->times = final->times;
    early->elapsed_ns = clock_now_ns() - start_ns;
    request->on_findings(early, request->payload);
    analysis_unref(early);
}

/* The excerpt for the regions from `first` on; *ret_count is how many of them it holds. */
static struct excerpt *cut(struct pipeline *pipeline, const struct syntax *syntax,
                           const struct region_list *regions, size_t first, const struct cancel *cancel,
                           struct arena *arena, size_t *ret_count) {
    const struct region *region = &regions->items[first];
    if (region->reading != SIZE_MAX) {
        const struct placed_reading *placed = &readings_of(syntax)->placed.items[region->reading];
        struct excerpt *excerpt =
            excerpt_of_item(syntax, region->reading, region->shown_start, region->shown_end, arena);
        uint32_t end_byte = placed->end_byte;
        for (*ret_count = 1; first + *ret_count < regions->count; ++*ret_count) {
            const struct region *next = &regions->items[first + *ret_count];
            bool held = next->extent_end <= end_byte ||
                        (excerpt && excerpt_holds(excerpt, next->extent_start, next->extent_end));
            if (!held) break;
        }
        return excerpt;
    }
    size_t index = syntax_piece_index(syntax, region->extent_start);
    struct syntax_piece piece = syntax_piece_at(syntax, index);
    *ret_count = 1;
    TSTree *tree = syntax_piece_tree(syntax, index, pipeline->parser);
    if (!tree) return NULL;
    uint32_t end = region->extent_end < piece.end_byte ? region->extent_end : piece.end_byte;
    uint32_t start = excerpt_focus(region->extent_start, end);
    struct excerpt *excerpt = excerpt_around(syntax_parsed_text(syntax), tree, piece.start_byte,
                                             piece.end_byte, start, end, cancel, arena);
    ts_tree_delete(tree);
    if (excerpt) excerpt = excerpt_empty_blocks(excerpt, syntax_language(syntax), start, end, arena);
    while (excerpt && first + *ret_count < regions->count &&
           excerpt_holds(excerpt, regions->items[first + *ret_count].extent_start,
                         regions->items[first + *ret_count].extent_end))
        ++*ret_count;
    return excerpt;
}

/* Trailing commas that the dialect allows and the grammar does not know become spaces of the excerpt. Says
 * whether there were any: what is proven without them has to be proven on the text again. */
static bool blank_allowed_commas(const struct language *language, struct excerpt *excerpt) {
    uint32_t both = LANGUAGE_DATA | LANGUAGE_TRAILING_COMMA;
    bool found = false;
    if ((language->flags & both) != both) return false;
    struct token_list tokens = {0};
    lexer_scan(language, excerpt->bytes, excerpt->length, &tokens);
    const struct token *comma = NULL;
    bool value = false; /* an element stands before: `[,]` is wrong in every dialect */
    for (size_t i = 0; i < tokens.count; i++) {
        const struct token *token = &tokens.items[i];
        if (token->kind == TOKEN_COMMENT) continue;
        if (comma && token->kind == TOKEN_CLOSE) {
            excerpt->bytes[comma->start_byte] = ' ';
            found = true;
        }
        bool is_comma = excerpt->bytes[token->start_byte] == ',';
        comma = is_comma && value ? token : NULL;
        value = !is_comma && token->kind != TOKEN_OPEN;
    }
    vec_finish(&tokens);
    return found;
}

static void search_part(struct pipeline *pipeline, const struct pipeline_request *request,
                        struct searched *part, unsigned max_repairs, const struct cancel *cancel,
                        struct analysis *analysis) {
    struct search_request search = {.language = request->language,
                                    .bytes = part->excerpt->bytes,
                                    .length = part->excerpt->length,
                                    .rules = pipeline->rules,
                                    .opinion = pipeline->opinion,
                                    .names = request->names,
                                    .cancel = cancel,
                                    .max_solutions = max_repairs};
    if (blank_allowed_commas(request->language, part->excerpt)) part->whole = false;
    struct search_cache found = {.model_source = request->model_source};
    /* The result of a whole text is kept as a whole (cached.h). */
    if (!part->whole) found.cache = request->cache;
    search_cache_run(&found, pipeline->search, pipeline->parser, &search, &pipeline->scratch, &part->result);
    analysis->cut_short |= part->result.cut_short;
    analysis->times.ns[STAGE_PROPOSE] += part->result.propose_ns;
    analysis->times.ns[STAGE_SEARCH] += part->result.search_ns;
    analysis->times.ns[STAGE_VERIFY] += part->result.verify_ns;
    analysis->times.ns[STAGE_RANK] += part->result.rank_ns;
}

/* Excerpts around the regions, one after the other, each with its share of the time; regions that the repair
 * of one before them explains are no mistakes. Returns how many were searched. */
static size_t search_regions(struct pipeline *pipeline, const struct pipeline_request *request,
                             const struct compose_input *input, const struct region_list *regions,
                             const struct cancel *limit, struct analysis *analysis) {
    struct searched *parts = input->parts;
    size_t count = 0, next = 0;
    while (next < regions->count && count < PARTS_MAX && !cancel_reached(limit)) {
        struct searched *part = &parts[count++];
        *part = (struct searched){.regions = &regions->items[next]};
        part->excerpt =
            cut(pipeline, input->syntax, regions, next, limit, &pipeline->scratch, &part->region_count);
        next += part->region_count;
        if (!part->excerpt && cancel_reached(limit)) analysis->cut_short = true;
        if (!part->excerpt || part->excerpt->length > PART_BYTES) continue;
        uint64_t now_ns = clock_now_ns();
        uint64_t share_ns = input->deadline_ns > now_ns ? input->deadline_ns - now_ns : 0;
        if (next < regions->count) share_ns /= 2; /* the rest waits for its turn */
        if (share_ns < PART_NS_MIN) share_ns = PART_NS_MIN;
        struct cancel cancel;
        cancel_init(&cancel, request->cancel, now_ns + share_ns);
        search_part(pipeline, request, part, input->max_repairs, &cancel, analysis);
        compose_lift(input, part);
        if (next == regions->count) break;
        size_t explained = compose_explained(input, part, &regions->items[next], regions->count - next);
        part->region_count += explained;
        next += explained;
    }
    if (next < regions->count) {
        analysis->cut_short = true;
        if (count == PARTS_MAX)
            parts[count - 1].region_count += regions->count - next;
        else
            parts[count++] =
                (struct searched){.regions = &regions->items[next], .region_count = regions->count - next};
    }
    return count;
}

static struct reader_means means_of(const struct pipeline *pipeline, const struct pipeline_request *request) {
    return (struct reader_means){.reader = pipeline->reader,
                                 .parser = pipeline->parser,
                                 .env = request->env,
                                 .rules = pipeline->rules};
}

/* A mistake far from its symptoms is searched where the layout says that it is. */
static void focus(const struct syntax *syntax, struct region_list *regions, const struct cancel *cancel,
                  struct arena *arena) {
    struct region *first = &regions->items[0];
    if (first->reading != SIZE_MAX) return;
    if (!first->placed) region_place(regions, syntax, PLACE_BYTES, cancel, arena);
    if (!first->placed) return;
    first->extent_start = first->extent_end = first->start_byte;
}

/* Takes the regions that need no search out of the list: those that are said of the text itself, with what
 * their repairs explain, and those that only their author can repair. Returns how many parts they are. */
static size_t repair_textual(const struct compose_input *input, struct region_list *regions,
                             struct arena *arena) {
    struct region *said = arena_alloc(arena, (regions->count + 1) * sizeof *said);
    struct region *others = arena_alloc(arena, (regions->count + 1) * sizeof *others);
    struct region *unrepairable = arena_alloc(arena, (regions->count + 1) * sizeof *unrepairable);
    size_t said_count = 0, unrepairable_count = 0, count = 0, parts = 0, kept = 0;
    struct cancel late;
    cancel_init(&late, input->cancel, input->deadline_ns);
    for (size_t i = 0; i < regions->count; i++) {
        if (regions->items[i].textual)
            said[said_count++] = regions->items[i];
        else if (regions->items[i].unrepairable)
            unrepairable[unrepairable_count++] = regions->items[i];
        else
            others[count++] = regions->items[i];
    }
    for (; parts < said_count && parts < TEXTUAL_MAX; parts++) {
        input->parts[parts] = (struct searched){.regions = &said[parts], .region_count = 1, .lifted = true};
        if (!cancel_reached(&late)) compose_textual(input, &input->parts[parts]);
    }
    if (parts == TEXTUAL_MAX) { /* what is more than that has no repair */
        input->parts[parts] =
            (struct searched){.regions = &said[parts], .region_count = said_count - parts, .lifted = true};
        parts += said_count > parts;
    }
    for (size_t i = 0; i < count; i++) {
        bool gone = false;
        for (size_t k = 0; k < parts && count <= EXPLAINED_MAX && parts <= EXPLAINED_MAX && !gone; k++)
            gone = !cancel_reached(&late) && compose_explained(input, &input->parts[k], &others[i], 1) > 0;
        if (!gone) others[kept++] = others[i];
    }
    regions->items = others;
    regions->count = kept;
    if (unrepairable_count)
        input->parts[parts++] =
            (struct searched){.regions = unrepairable, .region_count = unrepairable_count, .lifted = true};
    return parts;
}

/* Searches for repairs of what is no textual region: of the whole text, else around the regions. */
static void search_others(struct pipeline *pipeline, const struct pipeline_request *request,
                          struct compose_input *input, struct region_list *regions, uint64_t budget_ns,
                          struct analysis *analysis) {
    const struct syntax *syntax = input->syntax;
    const struct readings *readings = readings_of(syntax);
    struct compose_input rest = *input;
    struct searched *first = &input->parts[input->textual_count];
    rest.parts = first;
    rest.textual_count = 0;
    if (text_size(request->text) <= WHOLE_TEXT_BYTES && (!readings || readings->plain)) {
        struct cancel cancel;
        cancel_init(&cancel, request->cancel,
                    input->deadline_ns - budget_ns / 10 * (regions->count > 1 ? 4 : 1));
        first->excerpt = excerpt_whole(request->text, 0, text_size(request->text), &pipeline->scratch);
        first->regions = regions->items;
        first->region_count = regions->count;
        first->whole = true;
        rest.part_count = 1;
        search_part(pipeline, request, first, input->max_repairs, &cancel, analysis);
    }
    /* A text that cannot be repaired whole may still have mistakes that can. */
    if (!first->result.solution_count) {
        struct cancel limit;
        cancel_init(&limit, request->cancel, input->deadline_ns);
        focus(syntax, regions, &limit, &analysis->arena);
        rest.part_count = search_regions(pipeline, request, &rest, regions, &limit, analysis);
    }
    input->part_count = input->textual_count + rest.part_count;
}

static void repair(struct pipeline *pipeline, const struct pipeline_request *request,
                   const struct syntax *syntax, struct region_list *regions, struct analysis *analysis) {
    uint64_t budget_ns = request->repair_budget_ns ? request->repair_budget_ns : REPAIR_BUDGET_NS;
    unsigned max_repairs = request->max_repairs ? request->max_repairs : REPAIRS_DEFAULT;
    uint64_t start_ns = clock_now_ns();
    struct searched parts[TEXTUAL_MAX + 2 + PARTS_MAX] = {0};
    struct reader_means means = means_of(pipeline, request);
    struct compose_input input = {.means = &means,
                                  .scratch = &pipeline->scratch,
                                  .syntax = syntax,
                                  .cancel = request->cancel,
                                  .deadline_ns = start_ns + budget_ns,
                                  .max_repairs = max_repairs,
                                  .parts = parts};
    struct region_list others = *regions;
    input.part_count = input.textual_count = repair_textual(&input, &others, &pipeline->scratch);
    if (others.count) search_others(pipeline, request, &input, &others, budget_ns, analysis);
    uint64_t verify_ns = clock_now_ns();
    compose_analysis(&input, analysis);
    arena_reset(&pipeline->scratch);
    analysis->times.ns[STAGE_VERIFY] += clock_now_ns() - verify_ns;
}

static void use_rules_of(struct pipeline *pipeline, const struct language *language) {
    if (pipeline->rules_language == language) return;
    rule_checker_destroy(pipeline->rules);
    pipeline->rules = rule_checker_create(language);
    pipeline->rules_language = language;
}

/* The encoder is there and did not answer: another run may come to more. */
static bool lacks_opinion(const struct pipeline *pipeline, uint64_t failures) {
    return pipeline->opinion_model && (!pipeline->opinion || opinion_failures(pipeline->opinion) != failures);
}

static void use_model(struct pipeline *pipeline, const struct model_source *source) {
    const struct model *model = source ? source->get(source->payload) : NULL;
    if (pipeline->opinion_model == model) return;
    opinion_destroy(pipeline->opinion);
    pipeline->opinion = opinion_create(model);
    pipeline->opinion_model = model;
}

/* To the grammar of a dialect with trailing commas every such comma is an error to recover from, and an
 * incremental parse recovers in other ways than a fresh one: before anything is said, a text of ordinary size
 * is parsed afresh. */
static void settle_recovery(struct pipeline *pipeline, const struct pipeline_request *request,
                            struct syntax **syntax, struct region_list *regions, struct arena *arena) {
    uint32_t both = LANGUAGE_DATA | LANGUAGE_TRAILING_COMMA;
    if ((request->language->flags & both) != both || !request->previous || !regions->count ||
        text_size(request->text) > FRESH_BYTES)
        return;
    struct syntax *fresh;
    if (syntax_parse(pipeline->parser, request->language, request->text, NULL, request->finish,
                     request->cancel, &fresh) != STATUS_OK)
        return;
    struct reader_means means = means_of(pipeline, request);
    reader_read(&means, fresh, NULL, NULL, request->cancel);
    syntax_unref(*syntax);
    *syntax = fresh;
    if (!syntax_is_broken(fresh))
        regions->count = 0;
    else
        *regions = region_find(fresh, pipeline->parser, FINDINGS_MAX, arena);
}

/* In a text that had no mistakes, what a change broke is said before the text is parsed. */
static bool glance_early(const struct reader_means *means, const struct pipeline_request *request,
                         uint64_t start_ns, struct broken_stretch *ret_broken) {
    const struct analysis *known = request->known;
    if (!request->on_findings || !request->previous || !known || known->finding_count) return false;
    if (known->half_judged || known->text != syntax_text(request->previous)) return false;
    struct arena arena;
    struct region region;
    struct cancel limit;
    arena_init(&arena);
    cancel_init(&limit, request->cancel, start_ns + GLANCE_NS);
    bool found = glance(means, request->previous, request->text, &limit, &arena, &region);
    if (found) {
        *ret_broken = (struct broken_stretch){region.extent_start, region.extent_end};
        struct analysis *early = early_finding(&region, request->language, request->text, known);
        early->elapsed_ns = early->times.ns[STAGE_REGIONS] = clock_now_ns() - start_ns;
        request->on_findings(early, request->payload);
        analysis_unref(early);
    }
    arena_finish(&arena);
    return found;
}

enum status pipeline_run(struct pipeline *pipeline, const struct pipeline_request *request,
                         struct analysis **ret_analysis, struct syntax **ret_syntax) {
    uint64_t start_ns = clock_now_ns();
    struct syntax *syntax;
    use_rules_of(pipeline, request->language);
    struct reader_means means = means_of(pipeline, request);
    struct broken_stretch broken;
    bool glanced = glance_early(&means, request, start_ns, &broken);
    uint64_t reached_count = cancel_reached_count();
    enum status status = syntax_parse(pipeline->parser, request->language, request->text, request->previous,
                                      request->finish, request->cancel, &syntax);
    if (status != STATUS_OK) return status;
    struct analysis *analysis = analysis_create(request->text);
    analysis->times.ns[STAGE_PARSE] = clock_now_ns() - start_ns;
    analysis->open = syntax_is_open(syntax);
    analysis->repairs_done = request->want_repairs;
    uint64_t regions_ns = clock_now_ns();
    struct region_list regions = {0};
    rule_notes_make(&means, syntax, request->previous, request->finish);
    reader_read(&means, syntax, request->previous, glanced ? &broken : NULL, request->cancel);
    if (syntax_is_broken(syntax))
        regions = region_find(syntax, pipeline->parser, FINDINGS_MAX, &analysis->arena);
    settle_recovery(pipeline, request, &syntax, &regions, &analysis->arena);
    rule_notes_make(&means, syntax, request->previous, request->finish); /* when recovery was settled anew */
    region_add_violations(&regions, rule_notes_of(syntax), syntax, &analysis->arena);
    region_place(&regions, syntax, EARLY_PLACE_BYTES, NULL, &analysis->arena);
    add_advice(syntax, &regions, analysis);
    analysis->half_judged = syntax_is_half_read(syntax);
    analysis->times.ns[STAGE_REGIONS] = clock_now_ns() - regions_ns;
    if (regions.count) {
        if (request->on_findings && !glanced) report_early(request, syntax, &regions, analysis, start_ns);
        if (request->want_repairs && !analysis->half_judged) {
            use_model(pipeline, request->model_source);
            uint64_t failures = opinion_failures(pipeline->opinion);
            uint64_t device_windows = opinion_device_windows(pipeline->opinion);
            repair(pipeline, request, syntax, &regions, analysis);
            analysis->on_device = opinion_device_windows(pipeline->opinion) > device_windows;
            analysis->hurried = lacks_opinion(pipeline, failures) || names_are_incomplete(request->names);
            analysis->too_many = regions.too_many;
            early_note_echoes(analysis, &regions);
        } else {
            fill_from_regions(syntax, &regions, analysis);
        }
    }
    analysis->hurried |=
        analysis->cut_short || cancel_reached_count() != reached_count || cancel_requested(request->cancel);
    analysis->elapsed_ns = clock_now_ns() - start_ns;
    if (ret_syntax)
        *ret_syntax = syntax;
    else
        syntax_unref(syntax);
    *ret_analysis = analysis;
    return STATUS_OK;
}
