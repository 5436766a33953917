/* gap_script_module.c: gaps in what modules import and export (gap_script.h). */
#include "analysis/gap_script.h"

static bool is_assignment(const struct gap_scan *scan, size_t at) {
    return GAP_IS_ONE_OF(scan, at, "=", "+=", "-=", "*=", "/=", "%=", "**=", "<<=", ">>=", ">>>=", "&=", "|=",
                         "^=", "&&=", "||=", "?\?=");
}

/* `import("x")`, which as a type may be followed by `.T`, `<T>` or `[]`, is an expression to the grammar. */
void script_import_type(struct gap_scan *scan, size_t at) {
    size_t close = gap_partner(scan, at + 1), last = at + 3;
    if (!gap_is(scan, at + 1, "(") || close == GAP_NONE || !gap_is_kind(scan, at + 2, TOKEN_STRING)) return;
    if (gap_is(scan, last, ",") && gap_is(scan, last + 1, "{")) last = gap_partner(scan, last + 1) + 1;
    if (gap_is(scan, last, ",")) last++;
    bool begins = at == 0 || GAP_IS_ONE_OF(scan, at - 1, ";", "{", "}");
    if (begins && is_assignment(scan, close + 1)) return; /* a call, which nothing is assigned to */
    if (last == close) gap_name(scan, at, close);
}

/* import with / assert { key: "value" }, wherever the line ends. */
void script_import_attributes(struct gap_scan *scan, size_t at) {
    size_t close = gap_partner(scan, at + 1);
    if (!gap_is(scan, at + 1, "{") || close == GAP_NONE || !gap_is_kind(scan, at - 1, TOKEN_STRING)) return;
    for (size_t i = at + 2; i < close; i += 3) {
        bool key = gap_is_word(scan, i) || gap_is_kind(scan, i, TOKEN_STRING);
        if (!key || !gap_is(scan, i + 1, ":") || !gap_is_kind(scan, i + 2, TOKEN_STRING)) return;
        if (i + 3 < close && !gap_is(scan, i + 3, ",")) return;
        if (i + 3 < close) i++;
    }
    gap_put(scan, at, close, ";"); /* nothing can follow */
}

/* One name of `export { }` or `import { }`; TypeScript's `type` before it. */
static size_t specifier(struct gap_scan *scan, size_t at, bool exports, bool from) {
    size_t end = at;
    while (gap_is_word(scan, end) || gap_is_kind(scan, end, TOKEN_STRING))
        end++;
    size_t count = end - at;
    bool typed = (count == 2 || count == 4) && gap_is(scan, at, "type");
    size_t first = typed ? at + 1 : at, last = end - 1;
    bool fits = count == 1 || count == 2 ? typed || count == 1 : count <= 4 && gap_is(scan, first + 1, "as");
    if (!fits || (count == 4 && !typed)) return end;
    /* What is exported without `from` has a name of its own. */
    if (exports && !from && (script_is_reserved(scan, first) || gap_is_kind(scan, first, TOKEN_STRING)))
        return end;
    if (!exports && (script_is_reserved(scan, last) || gap_is_kind(scan, last, TOKEN_STRING))) return end;
    if (typed) gap_blank(scan, at, at);
    gap_name(scan, first, first);
    if (last != first) gap_name(scan, last, last);
    return end;
}

void script_specifiers(struct gap_scan *scan, size_t at) {
    size_t close = gap_partner(scan, at);
    bool exports = gap_is(scan, at - 1, "export") || gap_is(scan, at - 2, "export");
    bool clause = exports
                      ? gap_is(scan, at - 1, "export") || gap_is(scan, at - 1, "type")
                      : GAP_IS_ONE_OF(scan, at - 1, "import", "type", ",") && gap_is(scan, close + 1, "from");
    if (!clause || close == GAP_NONE) return;
    for (size_t i = at + 1; i < close;) {
        i = specifier(scan, i, exports, gap_is(scan, close + 1, "from"));
        if (i < close && !gap_is(scan, i, ",")) return;
        i++;
    }
}

void script_type_word(struct gap_scan *scan, size_t at) {
    if (gap_is(scan, at - 1, "export") && gap_is(scan, at + 1, "*")) {
        gap_blank(scan, at, at);
    } else if (gap_is(scan, at - 1, "import") && gap_is(scan, at + 1, "=") &&
               gap_is(scan, at + 2, "require")) {
        gap_name(scan, at, at);
    } else if (gap_is(scan, at - 1, "import") && script_is_name(scan, at + 1) &&
               (gap_is(scan, at + 2, "from") ||
                (gap_is(scan, at + 2, "=") && gap_is(scan, at + 3, "require")))) {
        gap_name(scan, at + 1, at + 1);
        gap_blank(scan, at, at);
    } else if (GAP_IS_ONE_OF(scan, at + 1, "as", "satisfies", "abstract", "asserts", "using", "out",
                             "accessor") &&
               GAP_IS_ONE_OF(scan, at + 2, "=", "<")) {
        gap_name(scan, at + 1, at + 1);
    } else if (GAP_IS_ONE_OF(scan, at + 1, "extends", "&", "|")) {
        gap_name(scan, at, at);
    }
}

/* export default function (): T; is a signature without a body and, in the grammar, needs a name. An import
 * that is exported may not be required. */
void script_export_word(struct gap_scan *scan, size_t at) {
    size_t function = at + 2,
           name = gap_is(scan, at + 2, "type") && !gap_is(scan, at + 3, "=") ? at + 3 : at + 2;
    if (gap_is(scan, at + 1, "import") && gap_is(scan, name + 1, "=") && gap_is(scan, name + 2, "require"))
        gap_blank(scan, at, at);
    if (!gap_is(scan, at + 1, "default")) return;
    if (gap_is(scan, function, "async")) function++;
    if (gap_is(scan, function, "function") && GAP_IS_ONE_OF(scan, function + 1, "(", "<"))
        gap_put(scan, at, function, "function f");
}

/* export { a }, and on the next line: from "x" */
void script_from_below(struct gap_scan *scan, size_t at) {
    size_t open = gap_partner(scan, at - 1), word = gap_is(scan, open - 1, "type") ? open - 2 : open - 1;
    if (gap_begins_line(scan, at) && gap_is(scan, at - 1, "}") && gap_is(scan, word, "export") &&
        gap_is_kind(scan, at + 1, TOKEN_STRING))
        gap_blank(scan, at, at + 1);
}
