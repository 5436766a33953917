/* compile_flags.h: what a compiler's command line says about headers and macros; everything else in it is
 * passed over.
 *
 * Known: -I, -iquote, -isystem, -idirafter, -include, -imacros, -D, -U (value attached or next), -nostdinc.
 *
 * Owns    its strings, from compile_flags_init to compile_flags_finish.
 * Threads one at a time.
 * Errors  none: what is not understood says nothing. At most COMPILE_FLAGS_MAX flags count.
 * Units   paths are made absolute with the folder given. */
#ifndef NOODLE_COMPILE_FLAGS_H
#define NOODLE_COMPILE_FLAGS_H

#include "analysis/project.h"
#include "base/str.h"
#include "base/vec.h"

#define COMPILE_FLAGS_MAX 4096

struct compile_flags_paths {
    VEC_FIELDS(char *);
};

struct compile_flags {
    struct compile_flags_paths quote, folders, system, after, forced;
    struct str defines; /* lines: #define and #undef */
    bool no_system;     /* -nostdinc */
    size_t count;
};

void compile_flags_init(struct compile_flags *flags);
void compile_flags_finish(struct compile_flags *flags);

/* arguments without the compiler's name. folder is what relative paths start from. */
void compile_flags_add(struct compile_flags *flags, const char *const *arguments, size_t count,
                       const char *folder);
/* One flag too many is taken out again, as .clangd's Remove does: "-I*" all that begin so, "-DX" that macro.
 */
void compile_flags_remove(struct compile_flags *flags, const char *pattern);

/* Splits a command line as a shell does (quotes, backslashes; no variables), or the lines of
 * compile_flags.txt. */
void compile_flags_split_command(const char *command, struct compile_flags_paths *words);
void compile_flags_split_lines(const char *bytes, size_t length, struct compile_flags_paths *words);
/* The CompileFlags of a .clangd file: lists Add and Remove, and CompilationDatabase (NULL: none; else for
 * mem_free). Tolerant: whatever is not that is passed over. False: Add or Remove is there, but no list. */
bool compile_flags_read_clangd(const char *bytes, size_t length, struct compile_flags_paths *add,
                               struct compile_flags_paths *remove, char **ret_database);
void compile_flags_free_words(struct compile_flags_paths *words);

/* With the system's folders behind the flags' own. */
struct project *compile_flags_project(const struct compile_flags *flags, const char *const *system_folders,
                                      size_t system_count);

#endif
