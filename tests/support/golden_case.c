/* golden_case.c: see golden_case.h. */
#include "tests/support/golden_case.h"

#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum section {
    SECTION_HEADER,
    SECTION_INPUT,
    SECTION_DIAGNOSTIC,
    SECTION_REPAIR,
    SECTION_NO_REPAIR,
    SECTION_COUNT
};

static const char *const section_lines[SECTION_COUNT] = {
    [SECTION_INPUT] = "--- input",
    [SECTION_DIAGNOSTIC] = "--- diagnostic",
    [SECTION_REPAIR] = "--- repair",
    [SECTION_NO_REPAIR] = "--- no repair",
};

static enum section section_of(const char *line, size_t length) {
    for (int section = SECTION_INPUT; section < SECTION_COUNT; section++)
        if (strlen(section_lines[section]) == length && memcmp(section_lines[section], line, length) == 0)
            return (enum section)section;
    return SECTION_HEADER;
}

static int hex_value(char digit) {
    if (digit >= '0' && digit <= '9') return digit - '0';
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* Bytes of the engine from the bytes of the file. */
static bool decode(const struct golden_case *golden, const struct str *written, struct str *bytes) {
    for (size_t i = 0; i < written->length; i++) {
        char byte = written->bytes[i];
        if (byte == '\n' && golden->crlf) {
            str_adds(bytes, "\r\n");
        } else if (byte != '\\' || !golden->escapes) {
            str_addc(bytes, byte);
        } else if (++i < written->length) {
            int high, low;
            switch (written->bytes[i]) {
            case 'r': str_addc(bytes, '\r'); break;
            case 't': str_addc(bytes, '\t'); break;
            case '0': str_addc(bytes, '\0'); break;
            case '\\': str_addc(bytes, '\\'); break;
            case 'c': return true;
            case 'x':
                if (i + 2 >= written->length) return false;
                high = hex_value(written->bytes[i + 1]);
                low = hex_value(written->bytes[i + 2]);
                if (high < 0 || low < 0) return false;
                str_addc(bytes, (char)(high << 4 | low));
                i += 2;
                break;
            default: return false;
            }
        }
    }
    return true;
}

static void encode(const struct golden_case *golden, const struct str *bytes, struct str *written) {
    for (size_t i = 0; i < bytes->length; i++) {
        char byte = bytes->bytes[i];
        if (golden->crlf && byte == '\r' && i + 1 < bytes->length && bytes->bytes[i + 1] == '\n') continue;
        unsigned char value = (unsigned char)byte;
        if (!golden->escapes || (byte != '\\' && byte != '\r' && byte != '\0' && value < 0x80))
            str_addc(written, byte);
        else if (byte == '\\')
            str_adds(written, "\\\\");
        else if (byte == '\r')
            str_adds(written, "\\r");
        else if (byte == '\0')
            str_adds(written, "\\0");
        else
            str_addf(written, "\\x%02x", value);
    }
    if (golden->escapes && (bytes->length == 0 || bytes->bytes[bytes->length - 1] != '\n'))
        str_adds(written, "\\c\n");
}

static bool read_whole(const char *path, struct str *contents) {
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    char buffer[4096];
    for (size_t got; (got = fread(buffer, 1, sizeof buffer, file)) > 0;)
        str_add(contents, buffer, got);
    bool ok = !ferror(file);
    fclose(file);
    return ok;
}

/* "tests/golden/python/x.txt" is in Python. */
static void language_of_folder(const char *path, struct str *language) {
    const char *slash = strrchr(path, '/');
    if (!slash) return;
    const char *start = slash;
    while (start > path && start[-1] != '/')
        start--;
    str_add(language, start, (size_t)(slash - start));
}

static void read_header_line(struct golden_case *golden, const char *line, size_t length) {
    static const char language[] = "language: ";
    size_t prefix = sizeof language - 1;
    if (length > prefix && memcmp(line, language, prefix) == 0) {
        str_clear(&golden->language);
        str_add(&golden->language, line + prefix, length - prefix);
    }
    golden->crlf |= length == 10 && memcmp(line, "ends: crlf", 10) == 0;
    golden->escapes |= length == 12 && memcmp(line, "escapes: yes", 12) == 0;
    golden->related |= length == 12 && memcmp(line, "related: yes", 12) == 0;
    str_add(&golden->header, line, length);
    str_addc(&golden->header, '\n');
}

enum status golden_case_read(struct golden_case *golden, const char *path, struct error *error) {
    *golden = (struct golden_case){.path = mem_strdup(path)};
    struct str *own[] = {&golden->header, &golden->language, &golden->input, &golden->diagnostics,
                         &golden->repair};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        str_init(own[i]);
    language_of_folder(path, &golden->language);

    struct str contents, written[SECTION_COUNT];
    str_init(&contents);
    for (int i = 0; i < SECTION_COUNT; i++)
        str_init(&written[i]);
    enum status status = STATUS_OK;
    if (!read_whole(path, &contents)) {
        status = error_set(error, STATUS_IO, "%s: %s", path, strerror(errno));
        goto finish;
    }

    enum section section = SECTION_HEADER;
    for (size_t at = 0; at < contents.length;) {
        const char *line = contents.bytes + at;
        const char *end = memchr(line, '\n', contents.length - at);
        size_t length = end ? (size_t)(end - line) : contents.length - at;
        enum section next = section_of(line, length);
        if (next != SECTION_HEADER)
            section = next;
        else if (section == SECTION_HEADER)
            read_header_line(golden, line, length);
        else
            str_add(&written[section], line, length + (end != NULL));
        golden->has_repair |= next == SECTION_REPAIR;
        at += length + 1;
    }
    str_add(&golden->diagnostics, written[SECTION_DIAGNOSTIC].bytes, written[SECTION_DIAGNOSTIC].length);
    if (section == SECTION_HEADER)
        status = error_set(error, STATUS_MALFORMED, "%s: no '--- input' line", path);
    else if (!decode(golden, &written[SECTION_INPUT], &golden->input) ||
             !decode(golden, &written[SECTION_REPAIR], &golden->repair))
        status = error_set(error, STATUS_MALFORMED,
                           "%s: an unknown escape; there are \\r \\t \\0 \\xHH \\\\ and \\c", path);

finish:
    for (int i = 0; i < SECTION_COUNT; i++)
        str_finish(&written[i]);
    str_finish(&contents);
    return status;
}

enum status golden_case_write(const struct golden_case *golden, struct error *error) {
    struct str out;
    str_init(&out);
    str_add(&out, golden->header.bytes, golden->header.length);
    str_addf(&out, "%s\n", section_lines[SECTION_INPUT]);
    encode(golden, &golden->input, &out);
    str_addf(&out, "%s\n", section_lines[SECTION_DIAGNOSTIC]);
    str_add(&out, golden->diagnostics.bytes, golden->diagnostics.length);
    str_addf(&out, "%s\n", section_lines[golden->has_repair ? SECTION_REPAIR : SECTION_NO_REPAIR]);
    if (golden->has_repair) encode(golden, &golden->repair, &out);

    FILE *file = fopen(golden->path, "wb");
    bool ok = file && fwrite(out.bytes, 1, out.length, file) == out.length;
    if (file && fclose(file) != 0) ok = false;
    str_finish(&out);
    return ok ? STATUS_OK : error_set(error, STATUS_IO, "%s: %s", golden->path, strerror(errno));
}

void golden_case_finish(struct golden_case *golden) {
    mem_free(golden->path);
    str_finish(&golden->header);
    str_finish(&golden->language);
    str_finish(&golden->input);
    str_finish(&golden->diagnostics);
    str_finish(&golden->repair);
}
