/* utf8.c: see utf8.h. The ranges of second bytes are table 3-7 of the Unicode standard. */
#include "lsp/utf8.h"

struct utf8_step utf8_next(const unsigned char *bytes, size_t length) {
    unsigned char lead = bytes[0];
    if (lead < 0x80) return (struct utf8_step){1, true};
    unsigned wanted = lead >= 0xC2 && lead <= 0xDF   ? 2
                      : lead >= 0xE0 && lead <= 0xEF ? 3
                      : lead >= 0xF0 && lead <= 0xF4 ? 4
                                                     : 0;
    if (!wanted) return (struct utf8_step){1, false};
    unsigned char low = 0x80, high = 0xBF;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F; /* surrogates */
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F; /* above U+10FFFF */
    for (unsigned i = 1; i < wanted; i++) {
        if (i >= length || bytes[i] < low || bytes[i] > high) return (struct utf8_step){i, false};
        low = 0x80, high = 0xBF;
    }
    return (struct utf8_step){wanted, true};
}
