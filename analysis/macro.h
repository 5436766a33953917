/* macro.h: what one C file says to the preprocessor: its #defines and #includes, as a set.
 *
 * Nothing is undefined and nothing is evaluated here but conditions that are certain. Definitions keep their
 * order and the likelihood of the branch they lie in; one name may have many. Facts hold no places of the
 * file, so that all texts with the same directives share them: an edit that leaves the directives alone costs
 * a comparison, not new facts.
 *
 * Understood: object- and function-like macros, `...` and GNU's named `args...`, # and ## in bodies,
 * continued lines, comments anywhere (a body has one space for each), the digraphs %: and %:%:, #include "x"
 * and <x>, #include_next, #import, include guards, definitions inside comments and
 * strings (which are none). A macro's body is trimmed, its runs of blanks are one space, %: is #.
 *
 * Owns    macro_facts own everything they point to, by an atomic reference count.
 * Threads any: facts never change.
 * Errors  none: any bytes are ordinary input. What passes a limit below is left out, and `limited` says so.
 * Units   bytes. */
#ifndef NOODLE_MACRO_H
#define NOODLE_MACRO_H

#include "analysis/condition.h"
#include "analysis/text.h"
#include "base/hash.h"
#include <stdatomic.h>

#define MACRO_NAME_BYTES_MAX    255
#define MACRO_BODY_BYTES_MAX    (64u * 1024)
#define MACRO_PARAMETERS_MAX    127
#define MACRO_FILE_MACROS_MAX   50000 /* register lists of drivers have some 30,000 */
#define MACRO_FILE_BODIES_MAX   (8u * 1024 * 1024)
#define MACRO_FILE_INCLUDES_MAX 2000

struct macro_word {
    const char *bytes; /* not terminated */
    uint32_t length;
};

struct macro {
    const char *name; /* not terminated */
    uint32_t name_length;
    uint32_t name_hash; /* macro_name_hash */
    const char *body;   /* not terminated; length 0: defined as nothing */
    uint32_t body_length;
    bool function_like;
    bool
        variadic; /* the last parameter takes the rest; it is called __VA_ARGS__ unless it was given a name */
    uint8_t branch; /* enum condition: how likely the definition's branch is compiled */
    uint8_t parameter_count;
    const struct macro_word *parameters;
};

enum macro_include_kind { MACRO_INCLUDE_QUOTED, MACRO_INCLUDE_ANGLED };

struct macro_include {
    struct macro_word spelled; /* between the quotes */
    uint8_t kind;              /* enum macro_include_kind */
    bool next;                 /* #include_next */
    uint8_t branch;            /* enum condition */
};

struct macro_facts {
    atomic_uint references;
    struct hash128 hash;        /* of everything below: equal hashes, equal facts */
    const struct macro *macros; /* in order of the file */
    const struct macro_include *includes;
    uint32_t macro_count, include_count;
    struct macro_word guard; /* the macro of its include guard; length 0: none */
    bool limited;            /* something passed a limit and is missing */
    size_t size_bytes;       /* memory held */
};

uint32_t macro_name_hash(const char *name, uint32_t length);

/* Scans bytes. `previous` may be facts of an earlier version (or NULL): when nothing changed in them, they
 * are returned once more. The caller unrefs. */
struct macro_facts *macro_facts_scan(const char *bytes, size_t length, struct macro_facts *previous);
/* The same for a text. previous_text (NULL with previous NULL) is what `previous` was made from: an edit that
 * can't touch a directive is recognised from the difference of the two, without reading the text. */
struct macro_facts *macro_facts_of_text(const struct text *text, const struct text *previous_text,
                                        struct macro_facts *previous);

struct macro_facts *macro_facts_ref(struct macro_facts *facts);
void macro_facts_unref(struct macro_facts *facts); /* NULL is harmless */

/* Whether two macros expand to the same. */
bool macro_equal(const struct macro *a, const struct macro *b);

#endif
