/* format_github.c: workflow commands, which GitHub shows beside the lines of a change. */
#include "cli/format.h"
#include "cli/source.h"
#include "lsp/position.h"

/* The runner splits commands at these; property values also end at ':' and ','. */
static void add_escaped(struct str *out, const char *text, bool property) {
    for (; *text; text++) {
        switch (*text) {
        case '%': str_adds(out, "%25"); break;
        case '\r': str_adds(out, "%0D"); break;
        case '\n': str_adds(out, "%0A"); break;
        case ':':
        case ',':
            if (property)
                str_addf(out, "%%%02X", *text);
            else
                str_addc(out, *text);
            break;
        default: str_addc(out, *text);
        }
    }
}

static void file(struct str *out, const struct checked *checked) {
    static const char *const commands[] = {"error", "warning", "notice"};
    for (size_t i = 0; i < checked_count(checked); i++) {
        const struct finding *finding = checked_finding(checked, i);
        struct position start = position_of_byte(checked->text, finding->start_byte, POSITION_UTF16);
        struct position end = position_of_byte(checked->text, finding->end_byte, POSITION_UTF16);
        str_addf(out, "::%s file=", commands[finding->severity]);
        add_escaped(out, source_name(checked->path), true);
        str_addf(out, ",line=%u,endLine=%u", start.line + 1, end.line + 1);
        /* Columns are taken only when both ends lie in one line, and the last one counts as marked. */
        if (start.line == end.line)
            str_addf(out, ",col=%u,endColumn=%u", start.character + 1,
                     end.character > start.character ? end.character : start.character + 1);
        str_adds(out, ",title=");
        add_escaped(out, finding_code_name(finding->code), true);
        str_adds(out, "::");
        add_escaped(out, finding->message, false);
        if (finding->repair_count) {
            str_adds(out, "%0Arepair: ");
            add_escaped(out, finding->repairs[0].title, false);
        }
        str_addc(out, '\n');
    }
}

const struct format format_github = {.file = file, .separator = ""};
