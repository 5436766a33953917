#include "analysis/item_judge.h"

#include "analysis/definition.h"
#include "analysis/error_walk.h"
#include "analysis/fragment.h"
#include "analysis/gap.h"
#include "analysis/macro_expand.h"
#include "analysis/macro_reads.h"
#include "analysis/positional.h"
#include "analysis/pp_token.h"
#include "analysis/view.h"

#include <string.h>

#define SYMPTOMS_MAX   64   /* counted in one attempt; worse ones are alike */
#define VIOLATIONS_MAX 100  /* of one item */
#define HEAD_BYTES     1024 /* of an item, in which what it declares is named */
#define NEAR_SYMPTOMS  12   /* more of them tell of more than one slip */
#define NEAR_BYTES     200  /* around a symptom */

/* How wrong a tree is. */
struct score {
    uint32_t symptoms, bytes;
};

/* What the parser was shown of an item. */
struct attempt {
    struct text *text;
    TSTree *tree;
    struct reading_spans spans;
    struct score score;
    bool as_is;
    bool closed; /* without the grammar's gaps: nearer to the language than equals */
};

/* Bytes of the item. */
struct stretch {
    uint32_t start_byte, end_byte;
};

struct item_judge {
    struct expansion expansion;
    struct {
        VEC_FIELDS(struct stretch);
    } near; /* the lines of symptoms */
    struct str work;
    struct gap_list gaps;
    struct positional_changes changes;
    struct rule_violations violations;
};

/* One item being judged. */
struct judgement {
    struct item_judge *own;
    const struct item_question *question;
    uint32_t start;         /* of the item, in the piece */
    struct attempt best;    /* of those of the view that do not parse */
    struct attempt refused; /* the first of the view that parses and that a rule refuses */
    struct rule_violations refused_violations;
    struct attempt shown; /* the first refused attempt that had to do */
    struct reading *reading;
    bool expanded;   /* macros had a part in the verdict */
    int32_t balance; /* braces that its macros leave open (or close) */
    uint8_t hint;    /* how an earlier version was read; ITEM_STAGE_UNKNOWN */
    uint8_t stage;   /* the furthest that was needed */
    bool cancelled;
};

struct item_judge *item_judge_create(void) {
    struct item_judge *judge = mem_zalloc(sizeof *judge);
    expansion_init(&judge->expansion);
    str_init(&judge->work);
    return judge;
}

void item_judge_destroy(struct item_judge *judge) {
    if (!judge) return;
    expansion_finish(&judge->expansion);
    str_finish(&judge->work);
    vec_finish(&judge->gaps);
    vec_finish(&judge->near);
    vec_finish(&judge->changes);
    vec_finish(&judge->violations);
    mem_free(judge);
}

/* ---- attempts ---- */

static struct score score_of(const TSTree *tree) {
    struct score score = {0};
    struct error_walk walk;
    TSNode node;
    error_walk_init(&walk, tree, false);
    while (score.symptoms < SYMPTOMS_MAX && error_walk_next(&walk, &node)) {
        score.symptoms++;
        score.bytes += ts_node_end_byte(node) - ts_node_start_byte(node);
    }
    error_walk_finish(&walk);
    return score;
}

static bool is_better(struct score a, struct score b) {
    return a.symptoms != b.symptoms ? a.symptoms < b.symptoms : a.bytes < b.bytes;
}

static void attempt_finish(struct attempt *attempt) {
    text_unref(attempt->text);
    ts_tree_delete(attempt->tree);
    vec_finish(&attempt->spans);
    *attempt = (struct attempt){0};
}

/* What the rules say of a tree that parses, where its bytes are the item's own: own->violations. Returns how
 * many are errors. */
static size_t find_violations(struct judgement *judgement, const struct attempt *attempt) {
    struct rule_violations *found = &judgement->own->violations;
    vec_clear(found);
    rules_check(judgement->question->rules, attempt->tree, attempt->text, 0, 0, text_size(attempt->text),
                VIOLATIONS_MAX, found);
    struct reading map = {.spans = attempt->spans};
    size_t kept = 0, errors = 0;
    for (size_t i = 0; i < found->count; i++) {
        struct rule_violation violation = found->items[i];
        bool copied, from_copied;
        reading_to_stretch(&map, violation.start_byte, violation.end_byte, &violation.start_byte,
                           &violation.end_byte, &copied);
        reading_to_stretch(&map, violation.from_start, violation.from_end, &violation.from_start,
                           &violation.from_end, &from_copied);
        if (!from_copied) violation.from_start = violation.from_end = 0;
        if (!copied) continue;
        errors += violation.severity == SEVERITY_ERROR;
        found->items[kept++] = violation;
    }
    found->count = kept;
    return errors;
}

/* The view is read as the refused attempt reads it. */
static void accept_refused(struct judgement *judgement) {
    struct rule_violations *all = &judgement->reading->violations;
    for (size_t i = 0; i < judgement->refused_violations.count; i++) {
        struct rule_violation violation = judgement->refused_violations.items[i];
        bool known = false;
        for (size_t k = 0; k < all->count; k++)
            known |= all->items[k].start_byte == violation.start_byte;
        if (!known) vec_push(all, violation);
    }
    if (judgement->shown.tree)
        attempt_finish(&judgement->refused);
    else
        judgement->shown = judgement->refused;
    judgement->refused = (struct attempt){0};
}

/* Takes over the attempt, which has a text and spans. True: it parses, and no rule refuses it. */
static bool try(struct judgement *judgement, struct attempt *attempt) {
    const struct item_question *question = judgement->question;
    if (!judgement->cancelled)
        attempt->tree = parser_parse_range(question->parser, question->language, attempt->text, 0,
                                           text_size(attempt->text), NULL, question->cancel);
    judgement->cancelled |= !attempt->tree;
    bool good = attempt->tree && !ts_node_has_error(ts_tree_root_node(attempt->tree));
    if (good && find_violations(judgement, attempt)) {
        good = false;
        if (!judgement->refused.tree) {
            judgement->refused = *attempt;
            vec_clear(&judgement->refused_violations);
            for (size_t i = 0; i < judgement->own->violations.count; i++)
                vec_push(&judgement->refused_violations, judgement->own->violations.items[i]);
            return false;
        }
    } else if (!good && attempt->tree) {
        attempt->score = score_of(attempt->tree);
        bool better = attempt->closed ? !is_better(judgement->best.score, attempt->score)
                                      : is_better(attempt->score, judgement->best.score);
        if (!judgement->best.tree || better) {
            attempt_finish(&judgement->best);
            judgement->best = *attempt;
            return false;
        }
    }
    attempt_finish(attempt);
    return good;
}

static void copy_spans(const struct reading_spans *from, struct reading_spans *to) {
    for (size_t i = 0; i < from->count; i++)
        vec_push(to, from->items[i]);
}

static bool try_bytes(struct judgement *judgement, const char *bytes, uint32_t length,
                      const struct reading_spans *spans, bool as_is) {
    struct attempt attempt = {.as_is = as_is};
    if (text_create(bytes, length, &attempt.text) != STATUS_OK) return false;
    copy_spans(spans, &attempt.spans);
    return try(judgement, &attempt);
}

struct naming {
    const struct judgement *judgement;
    enum macro_origin limit;
    uint32_t alternative;
    uint32_t declared; /* where a name stands that is no macro; UINT32_MAX: nowhere */
    bool near;         /* only names in the lines of symptoms */
    bool last;         /* of several definitions in the document, the last before the name */
    bool ordered; /* names that are no macros there stay (definition_stays_function, definition_is_elsewhere)
                   */
};

/* The likeliest definition of a name, wherever it comes from. */
static const struct macro *find_known(const struct judgement *judgement, const char *name, uint32_t length) {
    return macro_env_find(judgement->question->env, name, length, macro_name_hash(name, length),
                          MACRO_WORKSPACE, 0)
        .macro;
}

/* What positional_rewrite is told about the names in own->work. */
struct name_source {
    const struct judgement *judgement;
    const struct reading_spans *spans;
};

/* Names that have a definition, and those that came out of one: __printf_chk is a function. WINAPI that came
 * out of a macro is one more macro. */
static bool is_macro(const char *name, uint32_t length, void *payload) {
    const struct name_source *source = payload;
    struct reading map = {.spans = *source->spans};
    uint32_t start, end, at = (uint32_t)(name - source->judgement->own->work.bytes);
    bool copied;
    reading_to_stretch(&map, at, at + length, &start, &end, &copied);
    if (!copied && !pp_is_upper(name, length)) return true;
    return find_known(source->judgement, name, length) != NULL;
}

/* The bytes of own->work, rewritten where gaps and changes say. */
static bool try_work(struct judgement *judgement, const struct reading_spans *spans) {
    struct item_judge *own = judgement->own;
    uint32_t length = (uint32_t)own->work.length;
    struct attempt attempt = {.closed = !own->changes.count};
    if (text_create(own->work.bytes, length, &attempt.text) != STATUS_OK) return false;
    copy_spans(spans, &attempt.spans);
    for (size_t i = 0; i < own->gaps.count; i++)
        reading_spans_rewritten(&attempt.spans, length, own->gaps.items[i].start_byte,
                                own->gaps.items[i].end_byte);
    for (size_t i = 0; i < own->changes.count; i++)
        reading_spans_rewritten(&attempt.spans, length, own->changes.items[i].start_byte,
                                own->changes.items[i].end_byte);
    return try(judgement, &attempt);
}

/* The bytes as they are, without the grammar's gaps, and with what positions say of unknown names. */
static bool try_forms(struct judgement *judgement, const char *bytes, uint32_t length,
                      const struct reading_spans *spans, bool as_is) {
    struct item_judge *own = judgement->own;
    if (try_bytes(judgement, bytes, length, spans, as_is)) return true;
    if (judgement->cancelled) return false;
    str_clear(&own->work);
    str_add(&own->work, bytes, length);
    vec_clear(&own->gaps);
    vec_clear(&own->changes);
    if (gap_rewrite(judgement->question->language, own->work.bytes, length, 0, &own->gaps) &&
        try_work(judgement, spans))
        return true;
    if (judgement->refused.tree) return false; /* it parses: unknown names do not excuse what rules refuse */
    struct name_source source = {judgement, spans};
    struct positional_params params = {.is_known = is_macro, .payload = &source};
    positional_rewrite(own->work.bytes, length, &params, &own->changes);
    if (!own->changes.count || !try_work(judgement, spans)) return false;
    judgement->expanded = true; /* what is known decides what is unknown */
    return true;
}

/* ---- macros ---- */

/* Braces opened and not closed, strings and comments aside. */
static int32_t balance_of(const char *bytes, uint32_t length) {
    struct c_tokens tokens = {0};
    int32_t balance = 0;
    c_token_scan(bytes, length, &tokens);
    for (size_t i = 0; i < tokens.count; i++) {
        if (tokens.items[i].byte == '{' && tokens.items[i].kind == C_OPEN) balance++;
        if (tokens.items[i].byte == '}' && tokens.items[i].kind == C_CLOSE) balance--;
    }
    vec_finish(&tokens);
    return balance;
}

static bool is_near(const struct judgement *judgement, uint32_t byte) {
    for (size_t i = 0; i < judgement->own->near.count; i++)
        if (judgement->own->near.items[i].start_byte <= byte && byte < judgement->own->near.items[i].end_byte)
            return true;
    return false;
}

static const struct macro *find_macro(const struct expand_site *site, void *payload) {
    const struct naming *naming = payload;
    const struct macro_env *env = naming->judgement->question->env;
    const struct macro *found = NULL;
    if (site->depth == 0 && site->start_byte == naming->declared) return NULL;
    for (uint32_t i = 0; i <= naming->alternative; i++) {
        struct macro_env_entry entry =
            macro_env_find(env, site->name, site->length, site->name_hash, naming->limit, i);
        if (!entry.macro) break;
        found = entry.macro;
    }
    if (naming->last && found) {
        const struct item_question *question = naming->judgement->question;
        struct definition_site text = {env, question->bytes, question->tokens};
        const struct macro *last = definition_before(&text, naming->judgement->start + site->start_byte,
                                                     site->name, site->length, site->name_hash);
        if (last) found = last;
    }
    if (naming->ordered && found) {
        const struct item_question *question = naming->judgement->question;
        struct definition_site text = {env, question->bytes, question->tokens};
        uint32_t byte = naming->judgement->start + site->start_byte;
        if (found->function_like ? definition_stays_function(&text, byte, site)
                                 : definition_is_elsewhere(&text, byte, site))
            return NULL;
    }
    /* What opens a block and leaves it open reaches further than its lines. */
    if (naming->near && found && site->depth == 0 && !is_near(naming->judgement, site->start_byte) &&
        !balance_of(found->body, found->body_length))
        return NULL;
    if (!found || (found->function_like && !site->called) || (site->depth == 0 && macro_is_value(found)))
        return NULL;
    return found;
}

/* What is expanded, one after the other: more and more names. */
static const struct {
    enum macro_origin limit;
    uint32_t alternative;
    bool declared; /* the names that the item declares may be macros too, and what is one only later */
    bool near;     /* only what stands in the lines of symptoms */
    bool last;     /* of several definitions in the document, the last before the name */
} stages[] = {{MACRO_PROJECT, 0, true, false, false},   {MACRO_INCLUDED, 0, true, false, false},
              {MACRO_INCLUDED, 0, false, false, false}, {MACRO_INCLUDED, 1, true, false, false},
              {MACRO_PROJECT, 1, true, false, false},   {MACRO_WORKSPACE, 0, true, false, false},
              {MACRO_WORKSPACE, 1, true, false, false}, {MACRO_INCLUDED, 2, true, false, false},
              {MACRO_INCLUDED, 0, true, false, true},   {MACRO_INCLUDED, 0, false, true, false},
              {MACRO_WORKSPACE, 0, false, true, false}};
enum { EXPANSION_COUNT = sizeof stages / sizeof *stages };

/* The name before the parameter list of the item: a function may have the name of a macro. Attributes before
 * it are called like macros are: the first name with a small letter, or the first of all. */
static uint32_t declared_name(const struct view *view) {
    struct c_tokens tokens = {0};
    uint32_t length = view->length < HEAD_BYTES ? view->length : HEAD_BYTES, depth = 0;
    uint32_t found = UINT32_MAX;
    bool small = false;
    c_token_scan(view->bytes, length, &tokens);
    for (size_t i = 1; i < tokens.count && !small; i++) {
        const struct c_token *token = &tokens.items[i], *name = token - 1;
        if (token->byte == '{' || token->byte == ';') break;
        if (token->kind == C_CLOSE && depth) depth--;
        if (token->kind != C_OPEN || depth++ || token->byte != '(' || name->kind != C_WORD || i < 2) continue;
        small = !pp_is_upper(view->bytes + name->start_byte, name->end_byte - name->start_byte);
        if (small || found == UINT32_MAX) found = name->start_byte;
    }
    vec_finish(&tokens);
    if (found == UINT32_MAX) return found;
    struct reading map = {.spans = view->spans};
    uint32_t start, end;
    reading_to_stretch(&map, found, found, &start, &end, NULL);
    return start;
}

/* The lines of the best attempt's symptoms, and the line before each. */
static void find_near(struct judgement *judgement) {
    const struct attempt *best = &judgement->best;
    vec_clear(&judgement->own->near);
    if (!best->tree) return;
    struct reading map = {.spans = best->spans};
    uint32_t size = text_size(best->text), symptoms = 0;
    struct error_walk walk;
    TSNode node;
    error_walk_init(&walk, best->tree, false);
    while (symptoms++ < SYMPTOMS_MAX && error_walk_next(&walk, &node)) {
        uint32_t first = text_line_of(best->text, ts_node_start_byte(node));
        uint32_t last = text_line_of(best->text, ts_node_end_byte(node));
        struct stretch lines;
        reading_to_stretch(&map, text_line_start(best->text, first ? first - 1 : 0),
                           last + 1 < text_line_count(best->text) ? text_line_start(best->text, last + 1)
                                                                  : size,
                           &lines.start_byte, &lines.end_byte, NULL);
        vec_push(&judgement->own->near, lines);
    }
    error_walk_finish(&walk);
}

/* Whether what the stage makes of the view is tried; *seen: what was tried before. */
static bool expand_stage(struct judgement *judgement, const struct view *view, size_t stage) {
    struct expansion *expansion = &judgement->own->expansion;
    struct naming naming = {.judgement = judgement,
                            .limit = stages[stage].limit,
                            .alternative = stages[stage].alternative,
                            .declared = stages[stage].declared ? UINT32_MAX : declared_name(view),
                            .near = stages[stage].near,
                            .last = stages[stage].last,
                            .ordered = !stages[stage].declared};
    struct expand_params params = {
        .find = find_macro, .payload = &naming, .cancel = judgement->question->cancel};
    macro_expand(view->bytes, view->length, &view->spans, &params, expansion);
    return expansion->replaced_count > 0;
}

static bool try_stage(struct judgement *judgement, const struct view *view, size_t stage) {
    struct expansion *expansion = &judgement->own->expansion;
    uint32_t length = (uint32_t)expansion->text.length;
    judgement->expanded = true;
    if (stages[stage].limit <= MACRO_INCLUDED && stages[stage].alternative == 0)
        judgement->balance =
            balance_of(expansion->text.bytes, length) - balance_of(view->bytes, view->length);
    if (!try_forms(judgement, expansion->text.bytes, length, &expansion->spans, false)) return false;
    if (judgement->stage < stage + 1) judgement->stage = (uint8_t)(stage + 1);
    return true;
}

static bool try_macros(struct judgement *judgement, const struct view *view) {
    uint64_t seen[EXPANSION_COUNT];
    struct expansion *expansion = &judgement->own->expansion;
    if (!judgement->question->env) return false;
    for (size_t i = 0; i < EXPANSION_COUNT && !judgement->cancelled; i++) {
        bool known = !expand_stage(judgement, view, i);
        seen[i] = known ? 0 : hash64(expansion->text.bytes, expansion->text.length, 0);
        for (size_t k = 0; k < i; k++)
            known |= seen[k] == seen[i];
        if (!known && try_stage(judgement, view, i)) return true;
    }
    return false;
}

/* Whether a word among bytes [start, end) of the text is a macro that changes how it reads. */
static bool holds_macro(const struct judgement *judgement, const struct text *text, uint32_t start,
                        uint32_t end) {
    char *bytes = text_dup(text, start, end);
    struct c_tokens tokens = {0};
    bool found = false;
    c_token_scan(bytes, end - start, &tokens);
    for (size_t i = 0; i < tokens.count && !found; i++) {
        const struct c_token *token = &tokens.items[i];
        const char *name = bytes + token->start_byte;
        uint32_t length = token->end_byte - token->start_byte;
        if (token->kind != C_WORD) continue;
        const struct macro *macro = find_known(judgement, name, length);
        found = macro && !macro_is_value(macro) && !macro_reads_as_call(macro, bytes, &tokens, i);
    }
    vec_finish(&tokens);
    mem_free(bytes);
    return found;
}

/* Whether a macro stands near a symptom of the best attempt: if none does, no definition will help. */
static bool macro_is_near(const struct judgement *judgement) {
    const struct attempt *best = &judgement->best;
    if (!best->tree || best->score.symptoms >= NEAR_SYMPTOMS) return true;
    uint32_t size = text_size(best->text);
    bool near = false;
    struct error_walk walk;
    TSNode node;
    error_walk_init(&walk, best->tree, false);
    while (!near && error_walk_next(&walk, &node)) {
        uint32_t start = ts_node_start_byte(node), end = ts_node_end_byte(node);
        start = text_line_start(best->text,
                                text_line_of(best->text, start > NEAR_BYTES ? start - NEAR_BYTES : 0));
        end = size - end > NEAR_BYTES ? end + NEAR_BYTES : size;
        near = holds_macro(judgement, best->text, start, end);
    }
    error_walk_finish(&walk);
    return near;
}

/* One call that no definition makes sense of: its arguments are its own affair. */
static bool try_call(struct judgement *judgement, const struct view *view) {
    struct item_judge *own = judgement->own;
    if (judgement->cancelled || judgement->refused.tree) return false;
    struct positional_params params = {.whole_call = true};
    str_clear(&own->work);
    str_add(&own->work, view->bytes, view->length);
    vec_clear(&own->gaps);
    vec_clear(&own->changes);
    positional_rewrite(own->work.bytes, view->length, &params, &own->changes);
    if (!own->changes.count || !try_work(judgement, &view->spans)) return false;
    judgement->expanded = true;
    return true;
}

/* An item that was good before an edit is read the same way first; when that fails and no macro is near, the
 * edit is the reason. */
static bool judge_view(struct judgement *judgement, const struct view *view, bool as_is) {
    uint8_t hint = judgement->hint;
    bool known = hint != ITEM_STAGE_UNKNOWN;
    if (known && hint > 0 && judgement->question->env && expand_stage(judgement, view, hint - 1u)) {
        if (try_stage(judgement, view, hint - 1u)) return true;
        if (judgement->cancelled || judgement->question->broken ||
            (!judgement->refused.tree && !macro_is_near(judgement)))
            return false;
    }
    if (try_forms(judgement, view->bytes, view->length, &view->spans, as_is)) return true;
    if (judgement->cancelled || (known && judgement->question->broken)) return false;
    if (known && hint == 0 && !judgement->refused.tree && !macro_is_near(judgement)) return false;
    find_near(judgement);
    if (try_macros(judgement, view) || try_call(judgement, view)) return true;
    if (!judgement->refused.tree) return false;
    accept_refused(judgement);
    return true;
}

/* Elements of a list, in a list. */
static bool judge_elements(struct judgement *judgement, const struct view *view) {
    const uint32_t head = sizeof FRAGMENT_HEAD - 1, tail = sizeof FRAGMENT_TAIL - 1;
    struct str bytes;
    struct view list = {.length = head + view->length + tail};
    str_init(&bytes);
    str_add(&bytes, FRAGMENT_HEAD, head);
    str_add(&bytes, view->bytes, view->length);
    str_add(&bytes, FRAGMENT_TAIL, tail);
    list.bytes = bytes.bytes;
    vec_push(&list.spans, (struct reading_span){0});
    uint32_t end_byte = 0;
    for (size_t i = 0; i < view->spans.count; i++) {
        struct reading_span span = view->spans.items[i];
        span.at += head;
        end_byte = span.end_byte;
        vec_push(&list.spans, span);
    }
    vec_push(&list.spans,
             (struct reading_span){.at = head + view->length, .start_byte = end_byte, .end_byte = end_byte});
    bool good = judge_view(judgement, &list, false);
    vec_finish(&list.spans);
    str_finish(&bytes);
    return good;
}

/* ---- the verdict ---- */

/* Where the first symptom of an attempt lies in the item. */
static uint32_t first_symptom(const struct attempt *attempt) {
    struct error_walk walk;
    TSNode node = ts_tree_root_node(attempt->tree);
    error_walk_init(&walk, attempt->tree, false);
    error_walk_next(&walk, &node);
    error_walk_finish(&walk);
    struct reading map = {.spans = attempt->spans};
    uint32_t start, end;
    reading_to_stretch(&map, ts_node_start_byte(node), ts_node_start_byte(node), &start, &end, NULL);
    return start;
}

static bool is_denied(const struct c_token *directive, void *payload) {
    const struct item_question *question = ((const struct judgement *)payload)->question;
    struct definition_site site = {question->env, question->bytes, question->tokens};
    return definition_denies(&site, directive);
}

/* All branches in turn. Views that fail at one place fail for a reason that no branch has. */
static bool judge_views(struct judgement *judgement, const struct item *item) {
    const struct item_question *question = judgement->question;
    struct view_maker *maker = view_maker_create(question->bytes, question->tokens, question->branches, item);
    struct view view;
    struct attempt kept = {0};
    uint32_t failed_at = UINT32_MAX;
    bool hopeless = false;
    while (!judgement->cancelled && !hopeless && view_next(maker, &view)) {
        bool accepted =
            item->elements ? judge_elements(judgement, &view) : judge_view(judgement, &view, false);
        attempt_finish(&judgement->refused);
        if (accepted) {
            view_accept(maker);
        } else if (view_deny(maker, is_denied, judgement)) {
            judgement->expanded = true; /* what macros are decides it */
        } else if (judgement->best.tree) {
            uint32_t at = first_symptom(&judgement->best);
            hopeless = at == failed_at;
            failed_at = at;
            if (!kept.tree || is_better(judgement->best.score, kept.score)) {
                attempt_finish(&kept);
                kept = judgement->best;
                judgement->best = (struct attempt){0};
            }
        }
        attempt_finish(&judgement->best);
    }
    bool good = !hopeless && view_all_good(maker);
    view_maker_destroy(maker);
    judgement->best = kept;
    return good;
}

static uint32_t start_of(const struct item_question *question, const struct item *item) {
    return question->tokens->items[item->first_token].start_byte;
}

static uint32_t length_of(const struct item_question *question, const struct item *item) {
    return question->tokens->items[item->end_token - 1].end_byte - start_of(question, item);
}

bool item_judge_read(struct item_judge *judge, const struct item_question *question, const struct item *item,
                     uint8_t hint, struct item_verdict *ret_verdict) {
    struct reading *reading = reading_create();
    uint32_t length = length_of(question, item);
    struct judgement judgement = {.own = judge,
                                  .question = question,
                                  .start = start_of(question, item),
                                  .reading = reading,
                                  .hint = hint};
    bool good;
    if (item->directives) {
        good = judge_views(&judgement, item);
    } else {
        struct reading_span span = {.end_byte = length, .copied = true};
        struct view view = {.bytes = question->bytes + start_of(question, item),
                            .length = length,
                            .spans = {.items = &span, .count = 1}};
        good = item->elements ? judge_elements(&judgement, &view) : judge_view(&judgement, &view, true);
        reading->as_is = good && !item->elements && !judgement.expanded && !judgement.best.tree &&
                         (!judgement.shown.tree || judgement.shown.as_is);
    }
    attempt_finish(&judgement.refused);
    vec_finish(&judgement.refused_violations);
    if (judgement.cancelled) {
        reading_unref(reading);
        attempt_finish(&judgement.best);
        attempt_finish(&judgement.shown);
        return false;
    }
    reading->broken = !good;
    reading->stage = good ? judgement.stage : hint;
    reading->balance = judgement.balance;
    struct attempt *kept = good ? &judgement.shown : &judgement.best;
    attempt_finish(good ? &judgement.best : &judgement.shown);
    reading->shown = kept->text;
    reading->tree = kept->tree;
    reading->spans = kept->spans;
    if (!good) reading->as_is = kept->as_is;
    *ret_verdict = (struct item_verdict){reading, judgement.expanded};
    return true;
}

int32_t item_judge_balance(struct item_judge *judge, const struct item_question *question,
                           const struct item *item) {
    uint32_t length = length_of(question, item);
    struct judgement judgement = {.own = judge, .question = question};
    struct naming naming = {.judgement = &judgement, .limit = MACRO_INCLUDED, .declared = UINT32_MAX};
    struct expand_params params = {.find = find_macro, .payload = &naming, .cancel = question->cancel};
    struct reading_span span = {.end_byte = length, .copied = true};
    struct reading_spans spans = {.items = &span, .count = 1};
    macro_expand(question->bytes + start_of(question, item), length, &spans, &params, &judge->expansion);
    return balance_of(judge->expansion.text.bytes, (uint32_t)judge->expansion.text.length);
}
