/* macro_expand.h: replaces macro invocations in a stretch of C by what they stand for, with a map back to the
 * file.
 *
 * Textual and tolerant: tokens are read as C's preprocessor reads them, but nothing is an error. An
 * invocation that can't be expanded stays as it is: another number of arguments than parameters, a
 * parenthesis that is not closed within the input, a directive among the arguments, a limit. Arguments are
 * expanded before they are put in, results are read again together with what follows, a name is never
 * expanded inside itself; # and ##, __VA_ARGS__, GNU's `args...` and `, ## args`, __VA_OPT__ are as in GNU C.
 * A macro's name as #define's own operand is the caller's business: give no directives, or blank them.
 *
 * Every byte of the result has a place: bytes that were in the input keep their own (an argument that is
 * passed through too), bytes of a macro's body, of # and of ## get the range of the outermost invocation they
 * come from. Where two tokens would grow together that were not pasted, a space is between them.
 *
 * Owns    an expansion owns its bytes and spans, reused from call to call.
 * Threads one at a time; `find` is called on the caller's thread.
 * Errors  none; `cut_short` says that a limit ended the work: the rest of the input was then copied as it is.
 * Units   bytes. */
#ifndef NOODLE_MACRO_EXPAND_H
#define NOODLE_MACRO_EXPAND_H

#include "analysis/macro.h"
#include "analysis/reading.h"
#include "base/cancel.h"
#include "base/str.h"

#define EXPAND_DEPTH_MAX           64            /* invocations inside of each other */
#define EXPAND_OUTPUT_MAX          (256u * 1024) /* and never less than EXPAND_OUTPUT_FACTOR times the input */
#define EXPAND_OUTPUT_FACTOR       4
#define EXPAND_STEPS_MAX           500000 /* tokens read, all passes together; about 30 ms */
#define EXPAND_ARGUMENT_TOKENS_MAX 50000

/* Where a name stands that may be expanded. */
struct expand_site {
    const char *name; /* not terminated */
    uint32_t length;
    uint32_t name_hash; /* macro_name_hash */
    uint32_t start_byte,
        end_byte;   /* of the file: of the name, or of the outermost invocation it comes from */
    uint32_t depth; /* replacements it stands in; 0: none, or in an argument */
    bool called;    /* a ( follows */
};

struct expand_params {
    /* What to replace the name by, or NULL: leave it. This is where a caller chooses among origins and
     * alternatives. A function-like macro whose name is not followed by ( is left as well. */
    const struct macro *(*find)(const struct expand_site *site, void *payload);
    void *payload;
    const struct cancel *cancel; /* or NULL */
    uint32_t output_max_bytes;   /* 0: EXPAND_OUTPUT_MAX, or the factor */
};

struct expansion {
    struct str text;
    struct reading_spans spans;
    uint32_t replaced_count; /* invocations that were replaced; 0: text is the input */
    bool cut_short;
    struct expand_scratch *scratch;
};

void expansion_init(struct expansion *expansion);
void expansion_finish(struct expansion *expansion);

/* Replaces the expansion's contents. map (as a reading's) says where the bytes come from; NULL: byte k of the
 * input is byte k of the file. length has to be below 2^31. */
void macro_expand(const char *bytes, uint32_t length, const struct reading_spans *map,
                  const struct expand_params *params, struct expansion *expansion);

#endif
