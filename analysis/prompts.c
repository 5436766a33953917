#include "analysis/prompts.h"

#include <ctype.h>
#include <string.h>

#define SPLICES_MAX  256
#define PROMPTS      0.3
#define WITH_RESULTS 0.6

/* The prompts of the Python shell, of IPython, and of the Node.js shell. `#` is a number. */
struct console {
    const char *language;
    const char *statement, *more, *result; /* result: NULL: without a prompt */
    bool indented;                         /* may be; what is a prompt at the start of a line only is not */
};

static const struct console consoles[] = {
    {"python", ">>>", "...", NULL, true},
    {"python", "In [#]:", "...:", "Out[#]:", true},
    {"javascript", "> ", "...", NULL, false},
};

/* The end of the prompt at `byte`; 0 when there is none. */
static uint32_t prompt_end(const struct tape *tape, uint32_t byte, const char *prompt) {
    if (!prompt) return 0;
    uint32_t at = byte;
    for (; *prompt; prompt++) {
        uint32_t before = at;
        if (*prompt != '#') {
            if (at >= tape->length || tape->bytes[at] != *prompt) return 0;
            at++;
            continue;
        }
        while (at < tape->length && isdigit((unsigned char)tape->bytes[at]))
            at++;
        if (at == before) return 0;
    }
    return at;
}

/* Not in the middle of a string of several lines. */
static bool begins_statement(const struct tape *tape, uint32_t byte, const struct console *console) {
    uint32_t token = layout_holding(&tape->layout, byte);
    if (!console->indented && tape_line_start(tape, byte) != byte) return false;
    return token != LAYOUT_NONE && tape->layout.tokens.items[token].start_byte == byte &&
           prompt_end(tape, byte, console->statement);
}

/* Behind the prompt of a further line one space is the prompt's, the others are the line's own. */
static uint32_t own_start(const struct tape *tape, uint32_t byte, bool further) {
    if (!further) return tape_text_start(tape, byte);
    return byte < tape->length && tape->bytes[byte] == ' ' ? byte + 1 : byte;
}

struct session {
    struct text_edit prompts[SPLICES_MAX], all[SPLICES_MAX]; /* all: results become comments as well */
    size_t prompt_count, count;
};

static void read_session(const struct tape *tape, const struct console *console, const char *mark,
                         struct session *session) {
    enum { OUTSIDE, STATEMENT, RESULT } state = OUTSIDE;
    uint32_t line = 0, column = 0; /* of the statement; prompts of further lines may be indented */
    for (; line < tape->length && session->count < SPLICES_MAX; line = tape_line_behind(tape, line)) {
        uint32_t start = tape_text_start(tape, line);
        if (start == tape_line_end(tape, line)) {
            state = OUTSIDE;
            continue;
        }
        bool statement = begins_statement(tape, start, console);
        uint32_t more = state == STATEMENT ? prompt_end(tape, start, console->more) : 0;
        uint32_t result = state != OUTSIDE ? prompt_end(tape, start, console->result) : 0;
        struct text_edit splice = {start, start, "", 0};
        if (statement || more) {
            splice.end_byte =
                own_start(tape, statement ? prompt_end(tape, start, console->statement) : more, !statement);
            if (statement) column = start - line;
            if (start - line > column) splice.start_byte = line + column;
            state = STATEMENT;
        } else if (state != OUTSIDE) {
            state = RESULT;
            splice.end_byte = result ? tape_text_start(tape, result) : start;
        } else {
            continue;
        }
        if (splice.end_byte > splice.start_byte) session->prompts[session->prompt_count++] = splice;
        if (state == RESULT) {
            splice.new_bytes = mark;
            splice.new_length = (uint32_t)strlen(mark);
        }
        session->all[session->count++] = splice;
    }
}

static bool prompt_is_near(const struct tape *tape, uint32_t stuck, const struct console *console) {
    const struct layout *layout = &tape->layout;
    uint32_t next = layout_next(layout, stuck), near[2] = {layout_previous(layout, stuck), next};
    for (int i = 0; i < 2; i++) {
        const struct token *token = near[i] == LAYOUT_NONE ? NULL : layout_token(layout, near[i]);
        if (!token) continue;
        uint32_t line = tape_line_start(tape, token->start_byte);
        if (begins_statement(tape, tape_text_start(tape, line), console)) return true;
    }
    return false;
}

void prompts_propose(const struct tape *tape, uint32_t stuck, struct variant_list *list) {
    const struct language *language = tape->layout.language;
    for (size_t i = 0; i < sizeof consoles / sizeof *consoles; i++) {
        const struct console *console = &consoles[i];
        if (strcmp(language->id, console->language) != 0 || !prompt_is_near(tape, stuck, console)) continue;
        struct session session = {.count = 0};
        read_session(tape, console, arena_printf(list->arena, "%s ", language->line_comment), &session);
        if (!session.prompt_count) continue;
        bool results = false;
        for (size_t k = 0; k < session.count; k++)
            results |= session.all[k].new_length > 0;
        const char *message = "the prompt of a console is no code";
        variant_add(list, session.prompts, session.prompt_count, PROMPTS, FINDING_UNEXPECTED_TOKEN,
                    session.prompt_count > 1 ? "remove the prompts" : "remove the prompt", message);
        list->items[list->count - 1].translates = true;
        if (!results) continue;
        variant_add(list, session.all, session.count, WITH_RESULTS, FINDING_UNEXPECTED_TOKEN,
                    "remove the prompts, make comments of what is printed", message);
        list->items[list->count - 1].translates = true;
    }
}
