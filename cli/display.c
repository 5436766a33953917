#include "cli/display.h"
#include "lsp/utf8.h"
#include <stdint.h>

#define TAB_COLUMNS 8

struct span {
    uint32_t first, last;
};

/* Combining and other characters without width of their own: the blocks that turn up in source text. */
static const struct span zero_width[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD},   {0x0610, 0x061A},
    {0x064B, 0x065F}, {0x0E34, 0x0E3A}, {0x0E47, 0x0E4E},   {0x200B, 0x200F},
    {0x202A, 0x202E}, {0x2060, 0x2064}, {0x20D0, 0x20F0},   {0xFE00, 0xFE0F},
    {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0x1F3FB, 0x1F3FF}, {0xE0000, 0xE01EF},
};

/* East Asian wide and full-width characters, and emoji that terminals show as such (Unicode's EastAsianWidth
 * W and F). */
static const struct span double_width[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x2329, 0x232A},   {0x23E9, 0x23EC},   {0x25FD, 0x25FE},
    {0x2614, 0x2615},   {0x2648, 0x2653},   {0x26A1, 0x26A1},   {0x26BD, 0x26BE},   {0x26D4, 0x26D4},
    {0x2705, 0x2705},   {0x270A, 0x270B},   {0x2728, 0x2728},   {0x274C, 0x274C},   {0x274E, 0x274E},
    {0x2753, 0x2755},   {0x2757, 0x2757},   {0x2795, 0x2797},   {0x2B1B, 0x2B1C},   {0x2B50, 0x2B50},
    {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},
    {0xA960, 0xA97C},   {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},
    {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F7E0, 0x1F7EB}, {0x1F900, 0x1F9FF},
    {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD},
};

static bool within(const struct span *spans, size_t count, uint32_t point) {
    for (size_t i = 0; i < count && spans[i].first <= point; i++)
        if (point <= spans[i].last) return true;
    return false;
}

static uint32_t decode(const unsigned char *bytes, unsigned length) {
    switch (length) {
    case 1: return bytes[0];
    case 2: return (uint32_t)(bytes[0] & 0x1F) << 6 | (bytes[1] & 0x3F);
    case 3: return (uint32_t)(bytes[0] & 0x0F) << 12 | (uint32_t)(bytes[1] & 0x3F) << 6 | (bytes[2] & 0x3F);
    default:
        return (uint32_t)(bytes[0] & 0x07) << 18 | (uint32_t)(bytes[1] & 0x3F) << 12 |
               (uint32_t)(bytes[2] & 0x3F) << 6 | (bytes[3] & 0x3F);
    }
}

size_t display_add(struct str *out, const char *bytes, size_t length, size_t column) {
    size_t start = column;
    while (length) {
        struct utf8_step step = utf8_next((const unsigned char *)bytes, length);
        uint32_t point = step.valid ? decode((const unsigned char *)bytes, step.length) : 0xFFFD;
        bool bidi = (point >= 0x202A && point <= 0x202E) || (point >= 0x2066 && point <= 0x2069);
        bool control = (point < 0x20 && point != '\t') || (point >= 0x7F && point < 0xA0) || bidi;
        if (point == '\t') {
            size_t spaces = TAB_COLUMNS - column % TAB_COLUMNS;
            if (out) str_addf(out, "%*s", (int)spaces, "");
            column += spaces;
        } else if (control || !step.valid) {
            if (out) str_adds(out, "\xEF\xBF\xBD");
            column++;
        } else {
            if (out) str_add(out, bytes, step.length);
            if (within(double_width, sizeof double_width / sizeof *double_width, point))
                column += 2;
            else if (!within(zero_width, sizeof zero_width / sizeof *zero_width, point))
                column++;
        }
        bytes += step.length;
        length -= step.length;
    }
    return column - start;
}
