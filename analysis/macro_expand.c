/* Declarations: macro_expand.h.
 *
 * Tokens are read from a stack of sources: the input at the bottom, above it what invocations were replaced
 * by. A macro is disabled while its replacement is on the stack, as in GCC's cpplib. Arguments are expanded
 * by a run of their own, whose stack stands on top of the one that asked. A token that lies in the input's
 * own bytes keeps its place; the address says which do. */
#include "analysis/macro_expand.h"

#include "analysis/pp_token.h"
#include "base/arena.h"
#include "base/vec.h"
#include <string.h>

#define CANCEL_STEPS 1024 /* tokens between two looks at the cancel token */
#define STEP_BYTES   64   /* this many bytes of a token count as another one */

struct pp_tokens {
    struct pp_token *items;
    size_t count, capacity;
};

struct source {
    struct source *below;
    const struct macro *macro; /* disabled while this is on the stack; NULL: tokens that were put back */
    const struct pp_token *items;
    size_t position, count;
};

struct run {
    struct source *top;
    const struct run *outer; /* of which this expands an argument */
    bool reads_input;
};

struct argument {
    const struct pp_token *raw;
    size_t raw_count;
    struct pp_tokens expanded;
    bool is_expanded;
};

/* Where to go back to when a limit is reached. */
struct mark {
    uint32_t input_at;
    size_t text_length, span_count;
    struct reading_span last_span;
    uint32_t copied_until, replaced_count;
    const char *emitted_end;
};

struct expand_scratch {
    struct arena arena;
    /* Of one call. */
    const struct expand_params *params;
    struct expansion *expansion;
    const struct reading_spans *map;
    const char *input, *input_end, *at;
    struct pp_quotes quotes;
    size_t map_hint;
    uint32_t outer_start, outer_end; /* the outermost invocation, in the input */
    uint32_t copied_until;   /* bytes of the file before this one are in the text, or were passed over */
    const char *emitted_end; /* of the token emitted last, where it came from */
    size_t output_max;
    uint32_t steps, depth;
    bool aborted;
    struct mark mark;
};

static bool step(struct expand_scratch *state, size_t bytes) {
    uint32_t before = state->steps;
    state->steps += 1 + (uint32_t)(bytes / STEP_BYTES);
    if (state->steps > EXPAND_STEPS_MAX) state->aborted = true;
    if (before / CANCEL_STEPS != state->steps / CANCEL_STEPS && cancel_reached(state->params->cancel))
        state->aborted = true;
    return !state->aborted;
}

/* What stands at the bottom. False: the input ends, or (where a directive must not be) one comes first. */
static bool read_input(struct expand_scratch *state, bool directives, struct pp_token *ret_token) {
    bool directive = false;
    const char *at = pp_skip_gap(state->input, state->at, state->input_end, &directive);
    if (at == state->input_end || (directive && !directives)) return false;
    *ret_token = pp_read_token(at, state->input_end, &state->quotes);
    ret_token->gap = (uint32_t)(at - state->at);
    ret_token->space = ret_token->gap > 0;
    ret_token->base = true;
    state->at = at + ret_token->length;
    return true;
}

static bool next_token(struct expand_scratch *state, struct run *run, bool directives,
                       struct pp_token *ret_token) {
    while (run->top && run->top->position == run->top->count)
        run->top = run->top->below;
    if (!step(state, 0)) return false;
    if (!run->top) return run->reads_input && read_input(state, directives, ret_token);
    *ret_token = run->top->items[run->top->position++];
    return true;
}

static bool is_called(const struct expand_scratch *state, const struct run *run) {
    const struct source *source = run->top;
    while (source && source->position == source->count)
        source = source->below;
    if (source) return *source->items[source->position].bytes == '(';
    if (!run->reads_input) return false;
    bool directive = false;
    const char *at = pp_skip_gap(state->input, state->at, state->input_end, &directive);
    return !directive && at < state->input_end && *at == '(';
}

/* ---- lists of tokens ---- */

static void append(struct expand_scratch *state, struct pp_tokens *list, struct pp_token token) {
    if (!step(state, token.length)) return;
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 16;
        struct pp_token *items = arena_alloc(&state->arena, capacity * sizeof *items);
        if (list->count > 0) memcpy(items, list->items, list->count * sizeof *items);
        list->items = items, list->capacity = capacity;
    }
    list->items[list->count++] = token;
}

static void push_source(struct expand_scratch *state, struct run *run, const struct macro *macro,
                        const struct pp_token *items, size_t count) {
    struct source *source = arena_alloc(&state->arena, sizeof *source);
    *source = (struct source){run->top, macro, items, 0, count};
    run->top = source;
}

static struct pp_tokens read_body(struct expand_scratch *state, const struct macro *macro) {
    struct pp_tokens list = {0};
    const char *at = macro->body, *end = at + macro->body_length;
    struct pp_quotes quotes = {.open_from = {NULL}};
    bool space = false;
    while (at < end && !state->aborted) {
        if (pp_is_blank(*at)) {
            space = true;
            at++;
            continue;
        }
        struct pp_token token = pp_read_token(at, end, &quotes);
        if (*at == '#' && at + 1 < end && at[1] == '#') token.kind = PP_PASTE, token.length = 2;
        token.space = space;
        space = false;
        append(state, &list, token);
        at += token.length;
    }
    return list;
}

/* ---- arguments ---- */

/* What is in the parentheses that come next, all of it in *ret_read, which may be put back. False: not
 * closed, a directive is in the way, or too much. */
static bool read_parentheses(struct expand_scratch *state, struct run *run, struct pp_tokens *ret_read) {
    size_t depth = 0;
    struct pp_token token;
    while (ret_read->count < EXPAND_ARGUMENT_TOKENS_MAX && next_token(state, run, depth == 0, &token)) {
        append(state, ret_read, token);
        if (state->aborted) return false;
        if (token.kind != PP_OTHER) continue;
        if (*token.bytes == '(') depth++;
        if (*token.bytes == ')' && --depth == 0) return true;
    }
    return false;
}

/* Cuts what was read at its commas. False: it is another number of arguments than the macro takes. */
static bool cut_arguments(const struct macro *macro, struct pp_tokens *read, struct argument *arguments) {
    size_t count = 0, depth = 0, start = 1, wanted = macro->parameter_count;
    for (size_t i = 0; i < read->count; i++) {
        const struct pp_token *token = &read->items[i];
        if (token->kind != PP_OTHER) continue;
        if (*token->bytes == '(') depth++;
        bool closes = *token->bytes == ')' && --depth == 0;
        bool cuts = *token->bytes == ',' && depth == 1 && !(macro->variadic && count + 1 >= wanted);
        if (!closes && !cuts) continue;
        if (count == wanted && !(wanted == 0 && closes && start == i)) return false;
        if (count < wanted)
            arguments[count] = (struct argument){.raw = read->items + start, .raw_count = i - start};
        count++;
        start = i + 1;
    }
    if (macro->variadic && count + 1 == wanted) arguments[count++] = (struct argument){.raw = read->items};
    if (count != wanted && !(wanted == 0 && count == 1)) return false;
    for (size_t i = 0; i < read->count; i++)
        read->items[i].base = false;
    return true;
}

static bool expand_name(struct expand_scratch *state, struct run *run, struct pp_token *name);

static const struct pp_tokens *expand_argument(struct expand_scratch *state, const struct run *run,
                                               struct argument *argument) {
    if (argument->is_expanded) return &argument->expanded;
    struct run inner = {.outer = run};
    struct pp_token token;
    push_source(state, &inner, NULL, argument->raw, argument->raw_count);
    state->depth++; /* of this function's recursion; expand_name looks at it */
    while (next_token(state, &inner, false, &token))
        if (token.kind != PP_NAME || token.blocked || !expand_name(state, &inner, &token))
            append(state, &argument->expanded, token);
    state->depth--;
    argument->is_expanded = true;
    return &argument->expanded;
}

/* ---- replacing ---- */

struct substitution {
    struct expand_scratch *state;
    struct run *run;
    const struct macro *macro;
    struct argument *arguments;
    struct pp_tokens body, out;
    bool pasting;     /* ## was read: what comes next is joined to the last token of out */
    size_t opt_close; /* the parenthesis that ends __VA_OPT__ in the body; SIZE_MAX: none */
};

static bool is_token(const struct pp_token *token, const char *spelled) {
    return token->length == strlen(spelled) && memcmp(token->bytes, spelled, token->length) == 0;
}

static size_t find_parameter(const struct macro *macro, const struct pp_token *token) {
    if (token->kind != PP_NAME) return SIZE_MAX;
    for (size_t i = 0; i < macro->parameter_count; i++)
        if (macro->parameters[i].length == token->length &&
            memcmp(macro->parameters[i].bytes, token->bytes, token->length) == 0)
            return i;
    return SIZE_MAX;
}

static struct pp_token stringify(struct expand_scratch *state, const struct argument *argument) {
    size_t size = 3;
    for (size_t i = 0; i < argument->raw_count; i++)
        size += 1 + 2 * (size_t)argument->raw[i].length;
    if (!step(state, size)) size = 3;
    char *bytes = arena_alloc(&state->arena, size), *at = bytes;
    *at++ = '"';
    for (size_t i = 0; i < argument->raw_count && size > 3; i++) {
        const struct pp_token *token = &argument->raw[i];
        if (token->space && i > 0) *at++ = ' ';
        for (uint32_t k = 0; k < token->length; k++) {
            char byte = token->bytes[k];
            if (token->kind == PP_STRING && (byte == '"' || byte == '\\')) *at++ = '\\';
            *at++ = byte == '\n' ? ' ' : byte;
        }
    }
    *at++ = '"';
    return (struct pp_token){.bytes = bytes, .length = (uint32_t)(at - bytes), .kind = PP_STRING};
}

/* Joins two tokens to what they then are. */
static void paste(struct substitution *s, struct pp_token right) {
    struct pp_token *left = &s->out.items[s->out.count - 1];
    if (right.kind == PP_PLACEMARKER) return;
    if (left->kind == PP_PLACEMARKER) {
        right.space = left->space;
        *left = right;
        return;
    }
    size_t length = (size_t)left->length + right.length;
    if (!step(s->state, length)) return;
    char *bytes = arena_alloc(&s->state->arena, length);
    memcpy(bytes, left->bytes, left->length);
    memcpy(bytes + left->length, right.bytes, right.length);
    bool space = left->space;
    struct pp_quotes quotes = {.open_from = {NULL}};
    s->out.count--;
    for (const char *at = bytes, *end = bytes + length; at < end;) {
        struct pp_token token = pp_read_token(at, end, &quotes);
        token.space = space;
        space = false;
        append(s->state, &s->out, token);
        at += token.length;
        if (s->state->aborted) return;
    }
}

static void put(struct substitution *s, const struct pp_token *items, size_t count, bool space) {
    static const struct pp_token placemarker = {.bytes = "", .kind = PP_PLACEMARKER};
    bool pasting = s->pasting && s->out.count > 0;
    s->pasting = false;
    if (count == 0) items = &placemarker, count = 1;
    for (size_t i = 0; i < count && !s->state->aborted; i++) {
        struct pp_token token = items[i];
        if (i == 0) token.space = space;
        if (i == 0 && pasting)
            paste(s, token);
        else
            append(s->state, &s->out, token);
    }
}

static void put_parameter(struct substitution *s, size_t index, size_t parameter) {
    struct argument *argument = &s->arguments[parameter];
    const struct pp_token *token = &s->body.items[index];
    bool before_paste = index + 1 < s->body.count && s->body.items[index + 1].kind == PP_PASTE;
    bool rest = s->macro->variadic && parameter + 1 == s->macro->parameter_count;
    if (s->pasting && rest && index >= 2 && is_token(&s->body.items[index - 2], ",")) {
        /* GNU: ", ## args" is nothing without args, and no pasting with them. */
        s->pasting = false;
        if (argument->raw_count == 0) {
            if (s->out.count > 0) s->out.count--;
            return;
        }
    } else if (s->pasting || before_paste) {
        put(s, argument->raw, argument->raw_count, token->space);
        return;
    }
    const struct pp_tokens *expanded = expand_argument(s->state, s->run, argument);
    put(s, expanded->items, expanded->count, token->space);
}

/* __VA_OPT__ at index; returns the index to go on behind. */
static size_t begin_va_opt(struct substitution *s, size_t index) {
    size_t depth = 0, close = index + 1;
    for (; close < s->body.count; close++) {
        if (s->body.items[close].kind != PP_OTHER) continue;
        if (*s->body.items[close].bytes == '(') depth++;
        if (*s->body.items[close].bytes == ')' && --depth == 0) break;
    }
    const struct argument *rest = &s->arguments[s->macro->parameter_count - 1];
    if (close < s->body.count && rest->raw_count > 0) {
        s->opt_close = close;
        return index + 1;
    }
    put(s, NULL, 0, s->body.items[index].space);
    return close;
}

static struct pp_tokens substitute(struct expand_scratch *state, struct run *run, const struct macro *macro,
                                   struct argument *arguments) {
    struct substitution s = {
        .state = state, .run = run, .macro = macro, .arguments = arguments, .opt_close = SIZE_MAX};
    s.body = read_body(state, macro);
    for (size_t i = 0; i < s.body.count && !state->aborted; i++) {
        const struct pp_token *token = &s.body.items[i];
        size_t parameter = SIZE_MAX;
        if (i == s.opt_close) continue;
        if (token->kind == PP_PASTE) {
            s.pasting = i > 0 && i + 1 < s.body.count;
            continue;
        }
        if (macro->variadic && i + 1 < s.body.count && is_token(token, "__VA_OPT__") &&
            is_token(token + 1, "(")) {
            i = begin_va_opt(&s, i);
            continue;
        }
        if (macro->function_like && *token->bytes == '#' && i + 1 < s.body.count &&
            (parameter = find_parameter(macro, token + 1)) != SIZE_MAX) {
            struct pp_token string = stringify(state, &arguments[parameter]);
            put(&s, &string, 1, token->space);
            i++;
            continue;
        }
        parameter = find_parameter(macro, token);
        if (parameter != SIZE_MAX)
            put_parameter(&s, i, parameter);
        else
            put(&s, token, 1, token->space);
    }
    size_t kept = 0;
    for (size_t i = 0; i < s.out.count; i++)
        if (s.out.items[i].kind != PP_PLACEMARKER) s.out.items[kept++] = s.out.items[i];
    s.out.count = kept;
    return s.out;
}

/* ---- emitting ---- */

static bool is_input(const struct expand_scratch *state, const char *bytes) {
    return bytes >= state->input && bytes < state->input_end;
}

static void add_span(struct expand_scratch *state, struct reading_span span) {
    struct reading_spans *spans = &state->expansion->spans;
    struct reading_span *last = spans->count > 0 ? &spans->items[spans->count - 1] : NULL;
    if (last && last->copied && span.copied && last->end_byte == span.start_byte)
        last->end_byte = span.end_byte;
    else if (!last || last->copied || span.copied || last->start_byte != span.start_byte ||
             last->end_byte != span.end_byte)
        vec_push(spans, span);
}

/* The span of the map that holds the input's byte. Most calls ask for the same one again or for the next. */
static const struct reading_span *find_span(struct expand_scratch *state, uint32_t at) {
    const struct reading_spans *map = state->map;
    size_t hint = state->map_hint, low = 0, high = map->count;
    if (hint < map->count && map->items[hint].at <= at) {
        low = hint;
        if (hint + 1 == map->count || map->items[hint + 1].at > at)
            high = hint + 1;
        else if (hint + 2 >= map->count || map->items[hint + 2].at > at)
            low = hint + 1, high = hint + 2;
    }
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (map->items[middle].at <= at)
            low = middle;
        else
            high = middle;
    }
    state->map_hint = low;
    return &map->items[low];
}

/* Where a range of the input is in the file. */
static void locate(struct expand_scratch *state, uint32_t start, uint32_t end, uint32_t *ret_start,
                   uint32_t *ret_end) {
    *ret_start = start, *ret_end = end;
    if (!state->map || state->map->count == 0) return;
    const struct reading_span *span = find_span(state, start);
    *ret_start = span->copied && start >= span->at ? span->start_byte + (start - span->at) : span->start_byte;
    if (end > start) {
        span = find_span(state, end - 1);
        *ret_end = span->copied && end > span->at ? span->start_byte + (end - span->at) : span->end_byte;
    } else {
        *ret_end = *ret_start;
    }
    if (*ret_end < *ret_start) *ret_end = *ret_start;
}

static void emit_made(struct expand_scratch *state, const char *bytes, size_t length) {
    if (length == 0) return;
    struct reading_span span = {.at = (uint32_t)state->expansion->text.length};
    locate(state, state->outer_start, state->outer_end, &span.start_byte, &span.end_byte);
    add_span(state, span);
    str_add(&state->expansion->text, bytes, length);
}

/* Bytes of the input with their own places, as far as the file has not passed them: what an argument's second
 * use would copy again belongs to the invocation. */
static void emit_copied(struct expand_scratch *state, uint32_t start, uint32_t end) {
    struct str *text = &state->expansion->text;
    while (start < end) {
        uint32_t piece_end = end;
        struct reading_span span = {(uint32_t)text->length, start, end, true};
        if (state->map && state->map->count > 0) {
            const struct reading_span *from = find_span(state, start);
            const struct reading_span *next = from + 1;
            if (next < state->map->items + state->map->count && next->at < end) piece_end = next->at;
            if (start < from->at) piece_end = from->at < end ? from->at : end; /* before the first one */
            span.copied = from->copied && start >= from->at;
            span.start_byte = from->start_byte + (span.copied ? start - from->at : 0);
            span.end_byte = span.copied ? span.start_byte + (piece_end - start) : from->end_byte;
        }
        if (span.copied && span.start_byte < state->copied_until) {
            emit_made(state, state->input + start, piece_end - start);
        } else {
            add_span(state, span);
            str_add(text, state->input + start, piece_end - start);
            if (span.copied) state->copied_until = span.end_byte;
        }
        start = piece_end;
    }
}

/* A space where the text would grow together with the bytes that come next and did not follow on it. */
static void keep_apart(struct expand_scratch *state, const char *next) {
    const struct str *text = &state->expansion->text;
    if (next != state->emitted_end && text->length > 0 &&
        pp_grow_together((unsigned char)text->bytes[text->length - 1], (unsigned char)*next))
        emit_made(state, " ", 1);
}

/* The blanks before a token that a replacement does not follow on. */
static void emit_gap(struct expand_scratch *state, const struct pp_token *token) {
    if (token->gap == 0) return;
    uint32_t start = (uint32_t)(token->bytes - state->input);
    keep_apart(state, token->bytes - token->gap);
    emit_copied(state, start - token->gap, start);
}

static void emit(struct expand_scratch *state, const struct pp_token *token) {
    struct str *text = &state->expansion->text;
    bool own = is_input(state, token->bytes);
    if (own && token->gap > 0 && (token->base || token->bytes - token->gap == state->emitted_end)) {
        emit_gap(state, token);
    } else {
        if (token->space && text->length > 0 && !pp_is_blank(text->bytes[text->length - 1]))
            emit_made(state, " ", 1);
        if (token->length > 0) keep_apart(state, token->bytes);
    }
    uint32_t start = (uint32_t)(token->bytes - state->input);
    if (own)
        emit_copied(state, start, start + token->length);
    else
        emit_made(state, token->bytes, token->length);
    state->emitted_end = token->bytes + token->length;
    if (text->length > state->output_max) state->aborted = true;
}

/* ---- the work ---- */

static bool is_same_name(const struct macro *macro, const struct pp_token *name, uint32_t name_hash) {
    return macro && macro->name_hash == name_hash && macro->name_length == name->length &&
           memcmp(macro->name, name->bytes, name->length) == 0;
}

/* Counts the replacements that the name stands in; one of its own macro blocks it. */
static uint32_t count_depth(const struct run *run, struct pp_token *name, uint32_t name_hash) {
    uint32_t depth = 0;
    for (; run; run = run->outer)
        for (const struct source *source = run->top; source; source = source->below) {
            if (source->macro) depth++;
            if (is_same_name(source->macro, name, name_hash)) name->blocked = true;
        }
    return depth;
}

/* Puts the replacement on the stack. False: the name stays, and what was read behind it will be read again.
 */
static bool expand_name(struct expand_scratch *state, struct run *run, struct pp_token *name) {
    uint32_t name_hash = macro_name_hash(name->bytes, name->length);
    uint32_t depth = count_depth(run, name, name_hash);
    if (name->blocked || depth + state->depth >= EXPAND_DEPTH_MAX) return false;
    struct expand_site site = {
        .name = name->bytes, .length = name->length, .name_hash = name_hash, .depth = depth};
    uint32_t start = (uint32_t)(name->bytes - state->input);
    bool own = is_input(state, name->bytes);
    locate(state, own ? start : state->outer_start, own ? start + name->length : state->outer_end,
           &site.start_byte, &site.end_byte);
    site.called = is_called(state, run);
    const struct macro *macro = state->params->find(&site, state->params->payload);
    if (!macro || (macro->function_like && !site.called)) return false;

    struct pp_tokens read = {0};
    struct argument *arguments = NULL;
    if (macro->function_like) {
        arguments = arena_zalloc(&state->arena, (macro->parameter_count + 1u) * sizeof *arguments);
        if (!read_parentheses(state, run, &read) || !cut_arguments(macro, &read, arguments)) {
            push_source(state, run, NULL, read.items, read.count);
            return false;
        }
    }
    if (name->base) {
        emit_gap(state, name);
        state->outer_start = start, state->outer_end = start + name->length;
    }
    /* Whatever of the input was read for it belongs to the outermost invocation. */
    if (run->reads_input && read.count > 0) {
        const struct pp_token *last = &read.items[read.count - 1];
        uint32_t end = (uint32_t)(last->bytes - state->input) + last->length;
        if (is_input(state, last->bytes) && end > state->outer_end) state->outer_end = end;
    }
    struct pp_tokens replacement = substitute(state, run, macro, arguments);
    if (replacement.count > 0) replacement.items[0].space = !name->base && name->space;
    push_source(state, run, macro, replacement.items, replacement.count);
    state->expansion->replaced_count++;
    return true;
}

static void set_mark(struct expand_scratch *state, uint32_t input_at) {
    const struct expansion *expansion = state->expansion;
    struct mark *mark = &state->mark;
    mark->input_at = input_at;
    mark->text_length = expansion->text.length;
    mark->span_count = expansion->spans.count;
    if (mark->span_count > 0) mark->last_span = expansion->spans.items[mark->span_count - 1];
    mark->copied_until = state->copied_until;
    mark->replaced_count = expansion->replaced_count;
    mark->emitted_end = state->emitted_end;
}

static void emit_rest(struct expand_scratch *state, uint32_t start, uint32_t end) {
    if (start < end) keep_apart(state, state->input + start);
    emit_copied(state, start, end);
}

/* What was done since the mark did not work out: from there on everything stays as it is. */
static void give_up(struct expand_scratch *state, uint32_t length) {
    struct expansion *expansion = state->expansion;
    const struct mark *mark = &state->mark;
    expansion->text.length = mark->text_length;
    expansion->text.bytes[mark->text_length] = '\0';
    expansion->spans.count = mark->span_count;
    if (mark->span_count > 0) expansion->spans.items[mark->span_count - 1] = mark->last_span;
    state->copied_until = mark->copied_until;
    expansion->replaced_count = mark->replaced_count;
    state->emitted_end = mark->emitted_end;
    expansion->cut_short = true;
    emit_rest(state, mark->input_at, length);
}

void expansion_init(struct expansion *expansion) {
    memset(expansion, 0, sizeof *expansion);
    str_init(&expansion->text);
    expansion->scratch = mem_zalloc(sizeof *expansion->scratch);
    arena_init(&expansion->scratch->arena);
}

void expansion_finish(struct expansion *expansion) {
    str_finish(&expansion->text);
    vec_finish(&expansion->spans);
    if (expansion->scratch) arena_finish(&expansion->scratch->arena);
    mem_free(expansion->scratch);
    expansion->scratch = NULL;
}

void macro_expand(const char *bytes, uint32_t length, const struct reading_spans *map,
                  const struct expand_params *params, struct expansion *expansion) {
    struct expand_scratch *state = expansion->scratch;
    struct arena arena = state->arena;
    arena_reset(&arena);
    str_clear(&expansion->text);
    vec_clear(&expansion->spans);
    expansion->replaced_count = 0;
    expansion->cut_short = false;
    size_t factor_max = (size_t)length * EXPAND_OUTPUT_FACTOR;
    *state = (struct expand_scratch){.arena = arena,
                                     .params = params,
                                     .expansion = expansion,
                                     .map = map,
                                     .input = bytes,
                                     .input_end = bytes + length,
                                     .at = bytes,
                                     .output_max = params->output_max_bytes         ? params->output_max_bytes
                                                   : factor_max > EXPAND_OUTPUT_MAX ? factor_max
                                                                                    : EXPAND_OUTPUT_MAX};
    if (state->output_max < length) state->output_max = length;
    struct run run = {.reads_input = true};
    struct pp_token token;
    while (!state->aborted && next_token(state, &run, true, &token)) {
        if (!run.top) {
            set_mark(state, (uint32_t)(token.bytes - bytes) - token.gap);
            state->steps = state->steps > 0 ? state->steps - 1 : 0; /* the input alone costs nothing */
        }
        if (token.kind != PP_NAME || token.blocked || !expand_name(state, &run, &token)) emit(state, &token);
    }
    if (state->aborted)
        give_up(state, length);
    else
        emit_rest(state, (uint32_t)(state->at - bytes), length);
}
