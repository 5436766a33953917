/* format_sarif.c: SARIF 2.1.0 (OASIS), one run. Columns are UTF-16 units, as its default is; repairs are
 * `fixes`. */
#include "base/mem.h"
#include "cli/format.h"
#include "cli/pages.h"
#include "cli/source.h"
#include "lsp/position.h"
#include "lsp/uri.h"
#include <string.h>

#define SCHEMA "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/* A switch, so that the compiler names a code that has no description yet. */
static const char *description_of(enum finding_code code) {
    switch (code) {
    case FINDING_SYNTAX: return "The text does not follow the grammar here.";
    case FINDING_MISSING_TOKEN: return "A token is missing.";
    case FINDING_UNEXPECTED_TOKEN: return "A token has no place here.";
    case FINDING_WRONG_TOKEN: return "Another token belongs here.";
    case FINDING_MISSPELT_KEYWORD: return "A keyword is misspelt.";
    case FINDING_UNCLOSED_BRACKET: return "A bracket is never closed.";
    case FINDING_UNMATCHED_CLOSER: return "A closing bracket has no opening one.";
    case FINDING_UNCLOSED_STRING: return "A string is never closed.";
    case FINDING_UNCLOSED_COMMENT: return "A comment is never closed.";
    case FINDING_INDENTATION: return "The indentation does not fit.";
    case FINDING_MERGE_CONFLICT: return "A merge conflict is not resolved.";
    case FINDING_NOT_ALLOWED: return "The grammar would take this, and the language does not.";
    case FINDING_TRUNCATED: return "The text ends too early.";
    case FINDING_DUPLICATE: return "The same name stands here twice.";
    case FINDING_CODE_COUNT: break;
    }
    return NULL;
}

static void emit_message(struct emit *emit, const char *key, const char *text) {
    emit_key(emit, key);
    emit_open_object(emit);
    emit_text_at(emit, "text", text);
    emit_close_object(emit);
}

static void begin(struct str *out) {
    struct emit emit;
    char *pages = pages_uri();
    emit_init(&emit);
    emit_open_object(&emit);
    emit_text_at(&emit, "$schema", SCHEMA);
    emit_text_at(&emit, "version", "2.1.0");
    emit_key(&emit, "runs");
    emit_open_array(&emit);
    emit_open_object(&emit);
    emit_key(&emit, "tool");
    emit_open_object(&emit);
    emit_key(&emit, "driver");
    emit_open_object(&emit);
    emit_text_at(&emit, "name", "noodle-lsp");
    emit_text_at(&emit, "version", NOODLE_VERSION);
    emit_text_at(&emit, "semanticVersion", NOODLE_VERSION);
    emit_key(&emit, "rules");
    emit_open_array(&emit);
    for (int code = 0; code < FINDING_CODE_COUNT; code++) {
        emit_open_object(&emit);
        emit_text_at(&emit, "id", finding_code_name((enum finding_code)code));
        emit_message(&emit, "shortDescription", description_of((enum finding_code)code));
        if (pages) {
            struct str page;
            str_init(&page);
            str_addf(&page, "%s/%s.md", pages, finding_code_name((enum finding_code)code));
            emit_text_at(&emit, "helpUri", page.bytes);
            str_finish(&page);
        }
        emit_close_object(&emit);
    }
    mem_free(pages);
    emit_close_array(&emit);
    emit_close_object(&emit);
    emit_close_object(&emit);
    emit_text_at(&emit, "columnKind", "utf16CodeUnits");
    emit_key(&emit, "results");
    emit_open_array(&emit);
    /* Left open: the files' results follow, and end() closes everything. */
    str_add(out, emit.out.bytes, emit.out.length);
    emit_finish(&emit);
}

/* A relative reference for relative paths: bytes that a URI cannot hold are escaped, and so is a ':' that
 * would make the beginning look like a scheme. */
static char *uri_of(const char *path) {
    if (path[0] == '/') return uri_from_path(path);
    struct str whole;
    str_init(&whole);
    str_addf(&whole, "/%s", source_name(path));
    char *uri = uri_from_path(whole.bytes); /* "file:///..." */
    char *relative = mem_strdup(uri + strlen("file:///"));
    mem_free(uri);
    str_finish(&whole);
    return relative;
}

static void emit_region(struct emit *emit, const char *key, struct text *text, uint32_t start_byte,
                        uint32_t end_byte) {
    struct position start = position_of_byte(text, start_byte, POSITION_UTF16);
    struct position end = position_of_byte(text, end_byte, POSITION_UTF16);
    emit_key(emit, key);
    emit_open_object(emit);
    emit_int_at(emit, "startLine", (int64_t)start.line + 1);
    emit_int_at(emit, "startColumn", (int64_t)start.character + 1);
    emit_int_at(emit, "endLine", (int64_t)end.line + 1);
    emit_int_at(emit, "endColumn", (int64_t)end.character + 1);
    emit_close_object(emit);
}

static void emit_artifact(struct emit *emit, const char *uri) {
    emit_key(emit, "artifactLocation");
    emit_open_object(emit);
    emit_text_at(emit, "uri", uri);
    emit_close_object(emit);
}

static void emit_location(struct emit *emit, struct text *text, const char *uri, uint32_t start_byte,
                          uint32_t end_byte) {
    emit_key(emit, "physicalLocation");
    emit_open_object(emit);
    emit_artifact(emit, uri);
    emit_region(emit, "region", text, start_byte, end_byte);
    emit_close_object(emit);
}

static void emit_fix(struct emit *emit, struct text *text, const char *uri, const struct repair *repair) {
    emit_key(emit, "fixes");
    emit_open_array(emit);
    emit_open_object(emit);
    emit_message(emit, "description", repair->title);
    emit_key(emit, "artifactChanges");
    emit_open_array(emit);
    emit_open_object(emit);
    emit_artifact(emit, uri);
    emit_key(emit, "replacements");
    emit_open_array(emit);
    for (size_t i = 0; i < repair->edit_count; i++) {
        const struct text_edit *edit = &repair->edits[i];
        emit_open_object(emit);
        emit_region(emit, "deletedRegion", text, edit->start_byte, edit->end_byte);
        if (edit->new_length) {
            emit_key(emit, "insertedContent");
            emit_open_object(emit);
            emit_key(emit, "text");
            emit_string(emit, edit->new_bytes, edit->new_length);
            emit_close_object(emit);
        }
        emit_close_object(emit);
    }
    emit_close_array(emit);
    emit_close_object(emit);
    emit_close_array(emit);
    emit_close_object(emit);
    emit_close_array(emit);
}

static void emit_result(struct emit *emit, const struct checked *checked, const char *uri,
                        const struct finding *finding) {
    emit_open_object(emit);
    emit_text_at(emit, "ruleId", finding_code_name(finding->code));
    emit_int_at(emit, "ruleIndex", finding->code);
    static const char *const levels[] = {"error", "warning", "note"};
    emit_text_at(emit, "level", levels[finding->severity]);
    emit_message(emit, "message", finding->message);
    emit_key(emit, "locations");
    emit_open_array(emit);
    emit_open_object(emit);
    emit_location(emit, checked->text, uri, finding->start_byte, finding->end_byte);
    emit_close_object(emit);
    emit_close_array(emit);
    if (finding->has_related) {
        emit_key(emit, "relatedLocations");
        emit_open_array(emit);
        emit_open_object(emit);
        emit_int_at(emit, "id", 1);
        emit_location(emit, checked->text, uri, finding->related_start, finding->related_end);
        emit_message(emit, "message", finding->related_message);
        emit_close_object(emit);
        emit_close_array(emit);
    }
    if (finding->repair_count) emit_fix(emit, checked->text, uri, &finding->repairs[0]);
    emit_close_object(emit);
}

static void file(struct str *out, const struct checked *checked) {
    char *uri = uri_of(checked->path);
    for (size_t i = 0; i < checked_count(checked); i++) {
        struct emit emit;
        emit_init(&emit);
        emit_result(&emit, checked, uri, checked_finding(checked, i));
        if (i) str_adds(out, ",\n");
        str_add(out, emit.out.bytes, emit.out.length);
        emit_finish(&emit);
    }
    mem_free(uri);
}

static void end(struct str *out, const struct check_totals *totals) {
    str_addf(out, "],\"invocations\":[{\"executionSuccessful\":%s}]}]}\n",
             totals->failures ? "false" : "true");
}

const struct format format_sarif = {.begin = begin, .file = file, .end = end, .separator = ",\n"};
