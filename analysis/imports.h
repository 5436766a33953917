/* imports.h: what a text imports, as its own tokens say; nothing is run, and no file is looked at.
 *
 * Each import is a path of names (`from ..a.b import c` is a/b and a/b/c, seen from two folders above): where
 * such a file may be is import_paths.h's subject. Go and Java know the other files of their package without
 * an import, which is one of their folder.
 *
 * Owns    a list owns its items and their names, released by import_list_finish.
 * Threads any.
 * Errors  none: what is no import is none; of a text with more than IMPORTS_MAX the rest is left out, and
 *         so are names longer than IMPORT_NAME_MAX. Work is linear in the tokens.
 * Units   bytes of the list's names. */
#ifndef NOODLE_IMPORTS_H
#define NOODLE_IMPORTS_H

#include "analysis/lexer.h"
#include "base/str.h"

#define IMPORTS_MAX     256
#define IMPORT_NAME_MAX 400

/* What the path begins at. */
enum import_base {
    IMPORT_ROOT,  /* the project, wherever its sources begin; Rust's crate */
    IMPORT_FOLDER /* the folder of the file, or what is below the file's own module in Rust */
};

struct import {
    uint32_t name, length; /* the path in list->names, parts with '/' between them */
    uint8_t base;          /* enum import_base */
    uint8_t up;            /* folders above the base */
    bool package;          /* all files of the folder */
    bool onward;           /* everything it brings is offered on: export * from */
};

struct import_list {
    VEC_FIELDS(struct import);
    struct str names;
    uint32_t package, package_length; /* what the file says its package is (Java), in names */
};

void import_list_init(struct import_list *list);
void import_list_finish(struct import_list *list);

/* Appends what the tokens of the bytes import; nothing for a language without imports. */
void imports_scan(const struct language *language, const char *bytes, const struct token_list *tokens,
                  struct import_list *list);

#endif
