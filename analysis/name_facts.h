/* name_facts.h: what a file is to those that import it: the names that it defines, and what it passes on.
 *
 * Names are found by the tokens alone (a word behind `def`, a member of a class at the top of the file), so
 * that a file that is being edited has them too. Whether its language calls a name exported is not asked: a
 * repair is as likely to mean one that is not. Names are kept as hashes; two that collide are one.
 *
 * Facts of a folder are the names of its files, those of a go.mod the path of its module.
 *
 * Owns    facts own everything in them, by an atomic reference count.
 * Threads any: they never change.
 * Errors  none: of any bytes there are facts; of more than NAME_FACTS_MAX names some are left out.
 * Units   bytes. */
#ifndef NOODLE_NAME_FACTS_H
#define NOODLE_NAME_FACTS_H

#include "analysis/imports.h"
#include "analysis/text.h"
#include <stdatomic.h>

#define NAME_FACTS_MAX 20000
#define MODULE_FILE    "go.mod"

struct name_facts {
    atomic_uint references;
    uint64_t *names; /* name_hash of each, ascending, each once */
    size_t count;
    struct import_list imports; /* those whose names it passes on */
    char *module;               /* of a go.mod; or NULL */
    char *files;                /* of a folder: each with a NUL behind it; or NULL */
    size_t files_length;
    struct hash128 hash; /* of all that: equal hashes, equal facts */
    size_t size_bytes;   /* memory */
};

uint64_t name_hash(const char *bytes, size_t length);

/* The path says the language. A file of none has no names. */
struct name_facts *name_facts_of_file(const char *path, const char *bytes, size_t length);
struct name_facts *name_facts_of_text(const struct language *language, const char *bytes, size_t length);
struct name_facts *name_facts_of_folder(const char *files, size_t length); /* sorted, NUL behind each */
struct name_facts *name_facts_ref(struct name_facts *facts);
void name_facts_unref(struct name_facts *facts); /* NULL is harmless */

bool name_facts_have(const struct name_facts *facts, uint64_t hash);

#endif
