#include "analysis/preprocess.h"

#include "analysis/gap.h"
#include "analysis/item.h"
#include "analysis/macro_expand.h"
#include "analysis/positional.h"
#include "analysis/syntax.h"
#include "analysis/view.h"

#include <string.h>

#define SYMPTOMS_MAX     64  /* counted in one attempt; worse ones are alike */
#define ALTERNATIVES_MAX 3   /* definitions of one name that are tried */
#define VIOLATIONS_MAX   100 /* of one item */
#define JOINED_MAX       64  /* items that a macro's open brace puts together */

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

/* A root child of the piece's tree that has no error. */
struct sound_range {
    uint32_t start_byte, end_byte; /* in the text */
    bool joined;                   /* no error lies between it and the one before */
};

struct preprocessor {
    struct c_tokens tokens;
    struct branches branches;
    struct items items;
    struct {
        VEC_FIELDS(struct sound_range);
    } sound;
    struct expansion expansion;
    struct str work;
    struct gap_list gaps;
    struct positional_changes changes;
    struct rule_violations violations;
};

/* One item being judged. */
struct judgement {
    struct preprocessor *own;
    const struct preprocess_request *request;
    const struct language *language;
    const char *bytes; /* of the item */
    uint32_t length;
    uint32_t start_byte;    /* in the text */
    struct attempt best;    /* of those of the view that do not parse */
    struct attempt refused; /* the first of the view that parses and that a rule refuses */
    struct rule_violations refused_violations;
    struct attempt shown; /* the first refused attempt that had to do */
    struct reading *reading;
    bool expanded;   /* macros had a part in the verdict */
    int32_t balance; /* braces that its macros leave open (or close) */
    bool cancelled;
};

struct preprocessor *preprocessor_create(void) {
    struct preprocessor *preprocessor = mem_zalloc(sizeof *preprocessor);
    expansion_init(&preprocessor->expansion);
    str_init(&preprocessor->work);
    return preprocessor;
}

void preprocessor_destroy(struct preprocessor *preprocessor) {
    if (!preprocessor) return;
    vec_finish(&preprocessor->tokens);
    branches_finish(&preprocessor->branches);
    vec_finish(&preprocessor->items);
    vec_finish(&preprocessor->sound);
    expansion_finish(&preprocessor->expansion);
    str_finish(&preprocessor->work);
    vec_finish(&preprocessor->gaps);
    vec_finish(&preprocessor->changes);
    vec_finish(&preprocessor->violations);
    mem_free(preprocessor);
}

/* ---- attempts ---- */

static struct score score_of(const TSTree *tree) {
    struct score score = {0};
    TSTreeCursor cursor = ts_tree_cursor_new(ts_tree_root_node(tree));
    for (bool more = true; more && score.symptoms < SYMPTOMS_MAX;) {
        TSNode node = ts_tree_cursor_current_node(&cursor);
        bool error = ts_node_is_error(node);
        if (error || ts_node_is_missing(node)) {
            score.symptoms++;
            score.bytes += ts_node_end_byte(node) - ts_node_start_byte(node);
        }
        if (!error && ts_node_has_error(node) && ts_tree_cursor_goto_first_child(&cursor)) continue;
        while (!ts_tree_cursor_goto_next_sibling(&cursor)) {
            if (ts_tree_cursor_goto_parent(&cursor)) continue;
            more = false;
            break;
        }
    }
    ts_tree_cursor_delete(&cursor);
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
    rules_check(judgement->request->rules, attempt->tree, attempt->text, 0, 0, text_size(attempt->text),
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
    const struct preprocess_request *request = judgement->request;
    if (!judgement->cancelled)
        attempt->tree = parser_parse_range(request->parser, judgement->language, attempt->text, 0,
                                           text_size(attempt->text), NULL, request->cancel);
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
};

static bool is_macro(const char *name, uint32_t length, void *payload) {
    const struct judgement *judgement = payload;
    return macro_env_find(judgement->request->env, name, length, macro_name_hash(name, length),
                          MACRO_WORKSPACE, 0)
               .macro != NULL;
}

/* The bytes of own->work, rewritten where gaps and changes say. */
static bool try_work(struct judgement *judgement, const struct reading_spans *spans) {
    struct preprocessor *own = judgement->own;
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
    struct preprocessor *own = judgement->own;
    if (try_bytes(judgement, bytes, length, spans, as_is)) return true;
    if (judgement->cancelled) return false;
    str_clear(&own->work);
    str_add(&own->work, bytes, length);
    vec_clear(&own->gaps);
    vec_clear(&own->changes);
    if (gap_rewrite(judgement->request->syntax->language, own->work.bytes, length, 0, length, &own->gaps) &&
        try_work(judgement, spans))
        return true;
    if (judgement->refused.tree) return false; /* it parses: unknown names do not excuse what rules refuse */
    struct positional_params params = {.is_known = is_macro, .payload = judgement};
    positional_rewrite(own->work.bytes, length, &params, &own->changes);
    if (!own->changes.count || !try_work(judgement, spans)) return false;
    judgement->expanded = true; /* what is known decides what is unknown */
    return true;
}

/* ---- macros ---- */

/* An object-like macro that stands for one value reads as its name does. */
static bool is_value(const struct macro *macro) {
    if (macro->function_like || !macro->body_length) return false;
    const char *body = macro->body;
    uint32_t length = macro->body_length;
    if (body[0] >= '0' && body[0] <= '9') {
        for (uint32_t i = 1; i < length; i++)
            if (body[i] == ' ') return false;
        return true;
    }
    if (body[0] != '(' || body[length - 1] != ')') return false;
    unsigned depth = 0;
    for (uint32_t i = 0; i < length; i++) {
        if (body[i] == '{' || body[i] == '"' || body[i] == '\'') return false;
        depth += body[i] == '(';
        depth -= body[i] == ')';
        if (depth == 0 && i + 1 < length) return false;
    }
    /* (void) and (int *) are no values. */
    for (uint32_t i = 1; i + 1 < length; i++)
        if ((body[i] >= '0' && body[i] <= '9') || body[i] == '(') return true;
    return false;
}

static const struct macro *find_macro(const struct expand_site *site, void *payload) {
    const struct naming *naming = payload;
    const struct macro_env *env = naming->judgement->request->env;
    const struct macro *found = NULL;
    for (uint32_t i = 0; i <= naming->alternative; i++) {
        struct macro_env_entry entry =
            macro_env_find(env, site->name, site->length, site->name_hash, naming->limit, i);
        if (!entry.macro) break;
        found = entry.macro;
    }
    if (!found || (found->function_like && !site->called) || (site->depth == 0 && is_value(found)))
        return NULL;
    return found;
}

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

/* Stage by stage: more and more names are replaced. */
static bool try_macros(struct judgement *judgement, const struct view *view) {
    static const struct {
        enum macro_origin limit;
        uint32_t alternative;
    } stages[] = {{MACRO_PROJECT, 0},   {MACRO_INCLUDED, 0},  {MACRO_INCLUDED, 1}, {MACRO_PROJECT, 1},
                  {MACRO_WORKSPACE, 0}, {MACRO_WORKSPACE, 1}, {MACRO_INCLUDED, 2}};
    uint64_t seen[sizeof stages / sizeof *stages];
    struct expansion *expansion = &judgement->own->expansion;
    if (!judgement->request->env) return false;
    for (size_t i = 0; i < sizeof stages / sizeof *stages && !judgement->cancelled; i++) {
        struct naming naming = {judgement, stages[i].limit, stages[i].alternative};
        struct expand_params params = {
            .find = find_macro, .payload = &naming, .cancel = judgement->request->cancel};
        macro_expand(view->bytes, view->length, &view->spans, &params, expansion);
        seen[i] = expansion->replaced_count ? hash64(expansion->text.bytes, expansion->text.length, 0) : 0;
        bool known = !expansion->replaced_count;
        for (size_t k = 0; k < i; k++)
            known |= seen[k] == seen[i];
        if (known) continue;
        judgement->expanded = true;
        uint32_t length = (uint32_t)expansion->text.length;
        if (stages[i].limit <= MACRO_INCLUDED && stages[i].alternative == 0)
            judgement->balance =
                balance_of(expansion->text.bytes, length) - balance_of(view->bytes, view->length);
        if (try_forms(judgement, expansion->text.bytes, length, &expansion->spans, false)) return true;
    }
    return false;
}

static bool judge_view(struct judgement *judgement, const struct view *view, bool as_is) {
    if (try_forms(judgement, view->bytes, view->length, &view->spans, as_is)) return true;
    if (try_macros(judgement, view)) return true;
    if (!judgement->refused.tree) return false;
    accept_refused(judgement);
    return true;
}

/* ---- items ---- */

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\v' || c == '\f';
}

/* Directives that no branch depends on, and that are wrong in themselves. */
static bool is_bad_directive(const char *bytes, const struct c_token *token) {
    uint32_t start, end;
    c_token_argument(bytes, token, &start, &end);
    uint32_t name_end = start;
    while (start < end && is_space(bytes[start]))
        start++;
    char first = start < end ? bytes[start] : 0;
    bool continued = first == '\\' || first == '/';
    if (name_end - token->start_byte >= 8 && !memcmp(bytes + name_end - 7, "include", 7)) {
        if (first == '<') return !memchr(bytes + start, '>', end - start);
        if (first == '"') return !memchr(bytes + start + 1, '"', end - start - 1);
        return !continued && !(first == '_' || ((first | 32) >= 'a' && (first | 32) <= 'z'));
    }
    if (name_end - token->start_byte >= 7 && !memcmp(bytes + name_end - 6, "define", 6))
        return !continued && !(first == '_' || first == '$' || (first & 0x80) ||
                               ((first | 32) >= 'a' && (first | 32) <= 'z'));
    return false;
}

/* Where the first symptom of an attempt lies in the item. */
static uint32_t first_symptom(const struct attempt *attempt) {
    TSNode node = ts_tree_root_node(attempt->tree);
    TSTreeCursor cursor = ts_tree_cursor_new(node);
    while (!ts_node_is_error(node) && !ts_node_is_missing(node) && ts_tree_cursor_goto_first_child(&cursor)) {
        while (!ts_node_has_error(ts_tree_cursor_current_node(&cursor)) &&
               ts_tree_cursor_goto_next_sibling(&cursor)) {
        }
        node = ts_tree_cursor_current_node(&cursor);
    }
    ts_tree_cursor_delete(&cursor);
    struct reading map = {.spans = attempt->spans};
    uint32_t start, end;
    reading_to_stretch(&map, ts_node_start_byte(node), ts_node_start_byte(node), &start, &end, NULL);
    return start;
}

/* All branches in turn. Views that fail at one place fail for a reason that no branch has. */
static bool judge_views(struct judgement *judgement, const struct item *item, const char *piece_bytes) {
    struct preprocessor *own = judgement->own;
    struct view_maker *maker = view_maker_create(piece_bytes, &own->tokens, &own->branches, item);
    struct view view;
    struct attempt kept = {0};
    uint32_t failed_at = UINT32_MAX;
    bool hopeless = false;
    while (!judgement->cancelled && !hopeless && view_next(maker, &view)) {
        bool accepted = judge_view(judgement, &view, false);
        attempt_finish(&judgement->refused);
        if (accepted) {
            view_accept(maker);
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

/* The verdict on one item. Reffed; NULL when cancelled. */
static struct reading *judge(struct judgement *judgement, const struct item *item, const char *piece_bytes) {
    struct reading *reading = judgement->reading = reading_create();
    bool good;
    if (item->directives) {
        good = judge_views(judgement, item, piece_bytes);
    } else {
        struct reading_span span = {.end_byte = judgement->length, .copied = true};
        struct view view = {
            .bytes = judgement->bytes, .length = judgement->length, .spans = {.items = &span, .count = 1}};
        good = judge_view(judgement, &view, true);
        reading->as_is = good && !judgement->expanded && !judgement->best.tree &&
                         (!judgement->shown.tree || judgement->shown.as_is);
    }
    attempt_finish(&judgement->refused);
    vec_finish(&judgement->refused_violations);
    if (judgement->cancelled) {
        reading_unref(reading);
        attempt_finish(&judgement->best);
        attempt_finish(&judgement->shown);
        return NULL;
    }
    reading->broken = !good;
    struct attempt *kept = good ? &judgement->shown : &judgement->best;
    attempt_finish(good ? &judgement->best : &judgement->shown);
    reading->shown = kept->text;
    reading->tree = kept->tree;
    reading->spans = kept->spans;
    if (!good) reading->as_is = kept->as_is;
    return reading;
}

static struct hash128 salted(struct hash128 key, uint64_t salt) {
    key.low ^= salt * UINT64_C(0x9e3779b97f4a7c15);
    key.high += salt;
    return key;
}

/* *ret_balance: braces that the item's macros leave open. */
static struct reading *read_item(struct preprocessor *own, const struct preprocess_request *request,
                                 const struct item *item, const char *piece_bytes, int32_t *ret_balance) {
    uint32_t start = own->tokens.items[item->first_token].start_byte;
    uint32_t end = own->tokens.items[item->end_token - 1].end_byte;
    struct hash128 hash = hash128(piece_bytes + start, end - start);
    struct hash128 key = salted(hash, 1), env_key = salted(hash, macro_env_id(request->env) * 2 + 2);
    struct reading *known = readings_lookup(request->previous, key);
    if (!known) known = readings_lookup(request->previous, env_key);
    *ret_balance = 0;
    if (known) return reading_ref(known);
    struct judgement judgement = {.own = own,
                                  .request = request,
                                  .language = syntax_language(request->syntax),
                                  .bytes = piece_bytes + start,
                                  .length = end - start};
    struct reading *reading = judge(&judgement, item, piece_bytes);
    if (reading) reading->key = judgement.expanded || reading->broken ? env_key : key;
    *ret_balance = judgement.balance;
    return reading;
}

/* Braces that the macros of one item leave open or close. */
static int32_t macro_balance(struct preprocessor *own, const struct preprocess_request *request,
                             const struct item *item, const char *piece_bytes) {
    uint32_t start = own->tokens.items[item->first_token].start_byte;
    uint32_t length = own->tokens.items[item->end_token - 1].end_byte - start;
    struct judgement judgement = {.own = own, .request = request};
    struct naming naming = {&judgement, MACRO_INCLUDED, 0};
    struct expand_params params = {.find = find_macro, .payload = &naming, .cancel = request->cancel};
    struct reading_span span = {.end_byte = length, .copied = true};
    struct reading_spans spans = {.items = &span, .count = 1};
    macro_expand(piece_bytes + start, length, &spans, &params, &own->expansion);
    return balance_of(own->expansion.text.bytes, (uint32_t)own->expansion.text.length);
}

/* The item that failed at `index` and those behind it, up to where all braces of macros are closed again: one
 * item when that is good. NULL: it is not. *ret_count: how many items. */
static struct reading *read_joined(struct preprocessor *own, const struct preprocess_request *request,
                                   size_t index, int32_t balance, const char *piece_bytes,
                                   size_t *ret_count) {
    struct item joined = own->items.items[index];
    for (size_t i = index + 1; i < own->items.count && i < index + JOINED_MAX && balance > 0; i++) {
        const struct item *next = &own->items.items[i];
        balance += macro_balance(own, request, next, piece_bytes);
        joined.end_token = next->end_token;
        *ret_count = i + 1 - index;
    }
    if (balance != 0) return NULL;
    for (uint32_t i = joined.first_token; i < joined.end_token; i++) {
        if (own->tokens.items[i].kind != C_DIRECTIVE) continue;
        joined.directives = true;
        joined.conditional |= own->tokens.items[i].byte != C_DIRECTIVE_OTHER;
    }
    struct reading *reading = read_item(own, request, &joined, piece_bytes, &balance);
    if (!reading || !reading->broken) return reading;
    reading_unref(reading);
    return NULL;
}

/* A directive that is wrong in itself, shown as it is. */
static struct reading *read_directive(const struct preprocess_request *request, uint32_t start_byte,
                                      uint32_t end_byte) {
    struct reading *reading = reading_create();
    reading->broken = reading->as_is = true;
    reading->shown = text_slice(syntax_text(request->syntax), start_byte, end_byte);
    reading->tree = parser_parse_range(request->parser, syntax_language(request->syntax), reading->shown, 0,
                                       end_byte - start_byte, NULL, request->cancel);
    vec_push(&reading->spans, (struct reading_span){.end_byte = end_byte - start_byte, .copied = true});
    if (reading->tree && ts_node_has_error(ts_tree_root_node(reading->tree))) return reading;
    reading_unref(reading);
    return NULL;
}

/* ---- the piece ---- */

/* Root children without an error. */
static void find_sound(const TSTree *tree, uint32_t offset, struct preprocessor *own) {
    TSNode root = ts_tree_root_node(tree);
    vec_clear(&own->sound);
    if (ts_node_is_error(root)) return;
    TSTreeCursor cursor = ts_tree_cursor_new(root);
    bool joined = false;
    if (ts_tree_cursor_goto_first_child(&cursor)) {
        do {
            TSNode node = ts_tree_cursor_current_node(&cursor);
            bool sound = !ts_node_has_error(node) && !ts_node_is_missing(node);
            if (sound)
                vec_push(&own->sound, (struct sound_range){ts_node_start_byte(node) + offset,
                                                           ts_node_end_byte(node) + offset, joined});
            joined = sound;
        } while (ts_tree_cursor_goto_next_sibling(&cursor));
    }
    ts_tree_cursor_delete(&cursor);
}

/* Whether children without an error hold all of the item. Items ascend; *next goes with them. */
static bool is_sound(const struct preprocessor *own, size_t *next, uint32_t start, uint32_t end) {
    while (*next + 1 < own->sound.count && own->sound.items[*next + 1].start_byte <= start)
        ++*next;
    size_t i = *next;
    if (i >= own->sound.count || own->sound.items[i].start_byte > start) return false;
    while (own->sound.items[i].end_byte < end) {
        i++;
        if (i >= own->sound.count || !own->sound.items[i].joined) return false;
    }
    return true;
}

/* Nothing of the piece is hidden from the parser. */
static bool is_plain(const struct branches *branches) {
    for (size_t i = 0; i < branches->items.count; i++)
        if (branches->items.items[i].dead) return false;
    return true;
}

static void place(struct readings *readings, uint32_t start, uint32_t end, struct reading *reading) {
    readings->broken_count += reading->broken;
    readings->plain &= reading->as_is;
    vec_push(&readings->placed, (struct placed_reading){start, end, reading});
}

/* Wrong directives are items of their own: between items and, when the item itself is good, instead of it. */
static void place_directives(const struct preprocess_request *request, const struct preprocessor *own,
                             const char *bytes, uint32_t piece_start, uint32_t first, uint32_t last,
                             struct readings *readings) {
    for (uint32_t i = first; i < last; i++) {
        const struct c_token *token = &own->tokens.items[i];
        if (token->kind != C_DIRECTIVE) continue;
        bool unpaired = i == own->branches.stray_token || i == own->branches.unclosed_token;
        if (!unpaired && (token->byte != C_DIRECTIVE_OTHER || !is_bad_directive(bytes, token))) continue;
        uint32_t around = branches_around(&own->branches, i);
        if (around != BRANCH_NONE && own->branches.items.items[around].dead) continue;
        uint32_t start = piece_start + token->start_byte, end = piece_start + token->end_byte;
        struct reading *reading = read_directive(request, start, end);
        if (reading) place(readings, start, end, reading);
    }
}

bool preprocess_piece(struct preprocessor *own, const struct preprocess_request *request,
                      struct readings *readings) {
    struct syntax_piece piece = syntax_piece_at(request->syntax, request->piece);
    TSTree *tree = syntax_piece_tree(request->syntax, request->piece, request->parser);
    if (!tree) return false;
    size_t placed = readings->placed.count, trusted = readings->trusted.count,
           broken = readings->broken_count;
    size_t next_sound = 0;
    find_sound(tree, piece.start_byte, own);
    ts_tree_delete(tree);
    char *bytes = text_dup(syntax_text(request->syntax), piece.start_byte, piece.end_byte);
    vec_clear(&own->tokens);
    vec_clear(&own->items);
    c_token_scan(bytes, piece.end_byte - piece.start_byte, &own->tokens);
    branches_find(bytes, &own->tokens, &own->branches);
    items_split(bytes, &own->tokens, &own->branches, &own->items);
    readings->plain &= is_plain(&own->branches);
    bool done = true;
    size_t doubt = 0;
    uint32_t at = 0; /* token behind the last item */
    for (size_t i = 0; i < own->items.count && done; i++) {
        const struct item *item = &own->items.items[i];
        place_directives(request, own, bytes, piece.start_byte, at, item->first_token, readings);
        at = item->end_token;
        uint32_t start = piece.start_byte + own->tokens.items[item->first_token].start_byte;
        uint32_t end = piece.start_byte + own->tokens.items[item->end_token - 1].end_byte;
        while (doubt < request->doubts.count && request->doubts.items[doubt] < start)
            doubt++;
        bool doubted = doubt < request->doubts.count && request->doubts.items[doubt] < end;
        if (is_sound(own, &next_sound, start, end) && !doubted) {
            vec_push(&readings->trusted, (struct trusted_range){start, end});
            continue;
        }
        int32_t balance;
        struct reading *reading = read_item(own, request, item, bytes, &balance);
        done = reading != NULL;
        if (!done) break;
        size_t joined_count = 1;
        struct reading *joined = reading->broken && balance > 0
                                     ? read_joined(own, request, i, balance, bytes, &joined_count)
                                     : NULL;
        if (joined) {
            reading_unref(reading);
            reading = joined;
            i += joined_count - 1;
            at = own->items.items[i].end_token;
            end = piece.start_byte + own->tokens.items[at - 1].end_byte;
        }
        size_t count = readings->placed.count;
        if (!reading->broken && item->directives)
            place_directives(request, own, bytes, piece.start_byte, item->first_token, item->end_token,
                             readings);
        if (readings->placed.count > count)
            reading_unref(reading);
        else
            place(readings, start, end, reading);
    }
    if (done) {
        place_directives(request, own, bytes, piece.start_byte, at, (uint32_t)own->tokens.count, readings);
        vec_push(&readings->pieces, request->piece);
        readings->read_broken_count += piece.has_error;
    } else {
        while (readings->placed.count > placed)
            reading_unref(readings->placed.items[--readings->placed.count].reading);
        readings->trusted.count = trusted;
        readings->broken_count = broken;
    }
    mem_free(bytes);
    return done;
}
