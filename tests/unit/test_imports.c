/* What texts import, language by language, and where the files may be: one line for each import, base and
 * folders above it, `*` for what is passed on, `/` behind a package; then the paths that are looked for. */
#include "analysis/import_paths.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void scan(const char *language_id, const char *text, size_t length, struct import_list *list) {
    struct token_list tokens = {0};
    const struct language *language = language_find(language_id);
    lexer_scan(language, text, length, &tokens);
    import_list_init(list);
    imports_scan(language, text, &tokens, list);
    vec_finish(&tokens);
}

static void check(const char *language_id, const char *text, const char *expected) {
    struct import_list list;
    struct str found;
    str_init(&found);
    scan(language_id, text, strlen(text), &list);
    for (size_t i = 0; i < list.count; i++) {
        const struct import *import = &list.items[i];
        if (i) str_addc(&found, ' ');
        str_adds(&found, import->base == IMPORT_ROOT ? "root:" : "here:");
        for (unsigned up = 0; up < import->up; up++)
            str_adds(&found, "../");
        str_add(&found, list.names.bytes + import->name, import->length);
        str_adds(&found, import->package ? "/" : import->onward ? "*" : "");
    }
    assert_string_equal(found.bytes, expected);
    str_finish(&found);
    import_list_finish(&list);
}

static void python_imports(void **state) {
    (void)state;
    check("python", "import os\nimport a.b as c, d\n", "root:os root:a/b root:d");
    check("python", "from a.b import c, d as e\n", "root:a/b root:a/b/c root:a/b/d");
    check("python", "from a import (b, # one\n    c,\n)\n", "root:a root:a/b root:a/c");
    check("python", "from . import x\nfrom .y import z\nfrom ... import w\n",
          "here: here:x here:y here:y/z here:../../ here:../../w");
    check("python", "from a import *\nfrom .b import *\n", "root:a* here:b*");
    check("python", "def f():\n    import a; import b\n", "root:a root:b");
    check("python", "x = 'import a'\n# import b\nfrom\nimport\nfrom a b\nyield from import\n", "");
    check("python", "from a import b\nc\n", "root:a root:a/b");
}

static void script_imports(void **state) {
    (void)state;
    check("javascript",
          "import a, { b as c } from './x';\nimport * as d from \"../y/z.js\";\nimport './w';\n",
          "here:x here:../y/z.js here:w");
    check("typescript", "import type { T } from '../../t';\nexport { a } from './b';\nexport * from './c';\n",
          "here:../../t here:b here:c*");
    check("javascript", "const a = require('./a'), b = await import('./b'), c = require('react');\n",
          "here:a here:b");
    check("javascript",
          "import x from 'react';\nimport y from './a/../b';\nfrom('./c');\nimport('a' + './d');\n", "");
    check("javascript", "import { a\n", "");
}

static void go_imports(void **state) {
    (void)state;
    check("go", "package a\nimport \"x/y\"\nimport z \"x/z\"\n", "here:/ root:x/y/ root:x/z/");
    check("go", "package a\nimport (\n\t\"fmt\"\n\t. \"x/y\"\n)\nfunc f() { import \"no\" }\n",
          "here:/ root:fmt/ root:x/y/");
    check("go", "import (", "here:/");
    check("go", "import \"m/../x\"\nimport \"m/./x\"\nimport \"m//x\"\nimport \"m/x/\"\nimport \"/m\"\n",
          "here:/");
    check("go", "import \"./m\"\nimport \"..\"\nimport \"m/..\"\nimport \"m/..x/...\"\n",
          "here:/ root:m/..x/.../");
}

static void rust_imports(void **state) {
    (void)state;
    check("rust", "mod a;\nmod b { }\nuse crate::c::D;\nuse std::io;\n", "here:a root:c/D");
    check("rust", "use crate::{a::{B, C as D}, e};\npub use self::f::*;\nuse super::super::g;\n",
          "root:a/B root:a/C root:e here:f* here:../../g");
    check("rust", "use crate::a::{b, c", "root:a/b");
    check("rust", "use crate::{{{{{{{{{{a}}}}}}}}}};", "");
}

static void java_imports(void **state) {
    (void)state;
    check("java",
          "package a.b;\nimport c.d.E;\nimport static c.d.F.g;\nimport h.*;\nclass A { }\nimport no.X;\n",
          "here:/ root:c/d/E root:c/d/F/g root:h/");
}

static void others_import_nothing(void **state) {
    (void)state;
    check("c", "#include \"a.h\"\n", "");
    check("json", "{\"import\": \"./a\"}", "");
}

/* Much of it, in one breath. */
static void hostile_texts_are_bounded(void **state) {
    (void)state;
    struct str text;
    struct import_list list;
    str_init(&text);
    for (int i = 0; i < 200000; i++)
        str_adds(&text, "import a.b, c\n");
    scan("python", text.bytes, text.length, &list);
    assert_int_equal(list.count, IMPORTS_MAX);
    import_list_finish(&list);

    str_clear(&text);
    str_adds(&text, "import a");
    for (int i = 0; i < 100000; i++)
        str_adds(&text, ".abcdefgh");
    str_adds(&text, "\nimport b\n");
    scan("python", text.bytes, text.length, &list);
    assert_int_equal(list.count, 1);
    assert_true(list.names.length < 10);
    import_list_finish(&list);

    str_clear(&text);
    str_adds(&text, "import x from './");
    for (int i = 0; i < 100000; i++)
        str_adds(&text, "../a/");
    str_adds(&text, "';");
    scan("javascript", text.bytes, text.length, &list);
    assert_int_equal(list.count, 0);
    import_list_finish(&list);
    str_finish(&text);
}

/* ---- paths ---- */

struct disk {
    const char *const *files; /* NULL-terminated; a folder ends with a slash */
    struct str asked;
    unsigned marks, modules; /* how often it was asked where the project begins */
};

static bool has(const struct disk *disk, const char *path, const char *end) {
    struct str whole;
    bool found = false;
    str_init(&whole);
    str_addf(&whole, "%s%s", path, end);
    for (const char *const *file = disk->files; *file; file++)
        found |= strcmp(*file, whole.bytes) == 0;
    str_finish(&whole);
    return found;
}

static bool probe_file(const char *path, bool wanted, void *payload) {
    struct disk *disk = payload;
    bool found = has(disk, path, "");
    disk->marks += !wanted;
    if (wanted) str_addf(&disk->asked, "%s%s ", found ? "+" : "", path);
    return found;
}

static bool probe_folder(const char *path, void *payload) {
    struct disk *disk = payload;
    bool found = has(disk, path, "/");
    str_addf(&disk->asked, "%s%s/ ", found ? "+" : "", path);
    return found;
}

static const char *probe_module(const char *path, void *payload) {
    ((struct disk *)payload)->modules++;
    return has(payload, path, "") ? "example.org/m" : NULL;
}

#define FILES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The paths that are asked for, in order, `+` before those that are there. */
static void check_paths(const char *language_id, const char *path, const char *text, const char *const *files,
                        const char *expected) {
    struct import_list list;
    struct disk disk = {.files = files};
    str_init(&disk.asked);
    scan(language_id, text, strlen(text), &list);
    struct path_probe probe = {probe_file, probe_folder, probe_module, &disk};
    import_paths_probe(language_find(language_id), path, &list, &probe);
    assert_string_equal(disk.asked.bytes, expected);
    str_finish(&disk.asked);
    import_list_finish(&list);
}

/* Once for all imports, whether there is a project or not. */
static void check_home(const char *language_id, const char *path, const char *text, const char *const *files,
                       unsigned marks, unsigned modules) {
    struct import_list list;
    struct disk disk = {.files = files};
    str_init(&disk.asked);
    scan(language_id, text, strlen(text), &list);
    struct path_probe probe = {probe_file, probe_folder, probe_module, &disk};
    import_paths_probe(language_find(language_id), path, &list, &probe);
    assert_int_equal(disk.marks, marks);
    assert_int_equal(disk.modules, modules);
    str_finish(&disk.asked);
    import_list_finish(&list);
}

static void a_project_is_looked_for_once(void **state) {
    (void)state;
    const char *python = "import x\nimport y.z\nfrom a import b, c\n", *rust = "use crate::a; use crate::b;";
    const char *go = "import \"example.org/m/x\"\nimport \"fmt\"\nimport \"example.org/m/y\"\n";
    check_home("python", "/p/a/m.py", python, FILES("/p/.git/HEAD"), 8, 0);
    check_home("python", "/p/a/m.py", python, FILES("/q"), 8, 0);
    check_home("rust", "/p/src/a.rs", rust, FILES("/p/Cargo.toml"), 2, 0);
    check_home("go", "/p/a/m.go", go, FILES("/p/go.mod"), 0, 2);
    check_home("go", "/p/a/m.go", go, FILES("/q"), 0, 2);
}

static void paths_of_python(void **state) {
    (void)state;
    check_paths("python", "/p/a/m.py", "import x\n", FILES("/p/a/x.py"), "+/p/a/x.py ");
    check_paths("python", "/p/a/m.py", "import x.y\n", FILES("/p/.git/HEAD", "/p/x/y/__init__.py"),
                "/p/a/x/y.py /p/a/x/y/__init__.py /p/a/x/y.pyi /p/x/y.py +/p/x/y/__init__.py ");
    check_paths("python", "/p/a/m.py", "import x\n", FILES("/p/a/setup.py", "/p/x.py", "/p/a/src/x.py"),
                "/p/a/x.py /p/a/x/__init__.py /p/a/x.pyi +/p/a/src/x.py ");
    check_paths("python", "/p/a/m.py", "from .. import x\n", FILES("/p/x.py"), "/p/__init__.py +/p/x.py ");
    check_paths("python", "/m.py", "from ......... import x\n", FILES("/x.py"), "/__init__.py +/x.py ");
}

static void paths_of_scripts(void **state) {
    (void)state;
    check_paths("typescript", "/p/a/m.ts", "import '../x';\n", FILES("/p/x.ts"), "+/p/x.ts ");
    check_paths("typescript", "/p/m.ts", "import './x.js';\n", FILES("/p/x.ts"), "/p/x.js +/p/x.ts ");
    check_paths(
        "javascript", "/p/m.js", "import './x';\n", FILES("/p/x/index.js"),
        "/p/x.ts /p/x.tsx /p/x.d.ts /p/x.js /p/x.jsx /p/x.mjs /p/x.cjs /p/x.mts /p/x.cts /p/x/index.ts "
        "/p/x/index.tsx /p/x/index.d.ts +/p/x/index.js ");
    check_paths("javascript", "/p/a/m.js", "import '..';\n", FILES("/p/index.ts"), "+/p/index.ts ");
}

static void paths_of_go(void **state) {
    (void)state;
    check_paths("go", "/p/cmd/m.go",
                "import \"example.org/m/x\"\nimport \"fmt\"\nimport \"example.org/mx\"\n",
                FILES("/p/go.mod", "/p/x/", "/p/cmd/"), "+/p/cmd/ +/p/x/ ");
    check_paths("go", "/p/m.go", "import \"example.org/m\"\n", FILES("/p/go.mod", "/p/"), "+/p/ +/p/ ");
    check_paths("go", "/p/m.go", "import \"example.org/m/x\"\n", FILES("/p/"), "+/p/ ");
}

static void paths_of_rust(void **state) {
    (void)state;
    check_paths("rust", "/p/src/main.rs", "mod a;", FILES("/p/src/a/mod.rs"),
                "/p/src/a.rs +/p/src/a/mod.rs ");
    check_paths("rust", "/p/src/a.rs", "mod b; use super::c::D;", FILES("/p/src/a/b.rs", "/p/src/c.rs"),
                "+/p/src/a/b.rs /p/src/c/D.rs /p/src/c/D/mod.rs +/p/src/c.rs ");
    check_paths("rust", "/p/src/a/b.rs", "use crate::x::y::Z;", FILES("/p/Cargo.toml", "/p/src/x/y.rs"),
                "/p/src/x/y/Z.rs /p/src/x/y/Z/mod.rs +/p/src/x/y.rs ");
    check_paths("rust", "/p/src/a.rs", "use crate::Z;", FILES("/p/Cargo.toml", "/p/src/main.rs"),
                "/p/src/Z.rs /p/src/Z/mod.rs /p/src/lib.rs +/p/src/main.rs ");
    check_paths("rust", "/p/src/.rs", "mod b;", FILES("/p/src/b.rs"), "+/p/src/b.rs ");
    check_paths("rust", "/p/src/a.rust", "mod b;", FILES("/p/src/b.rs"), "+/p/src/b.rs ");
}

static void paths_of_java(void **state) {
    (void)state;
    check_paths("java", "/p/src/main/java/a/b/M.java",
                "package a.b;\nimport c.D;\nimport c.E.F;\nimport c.*;\n",
                FILES("/p/src/main/java/a/b/", "/p/src/main/java/c/D.java", "/p/src/main/java/c/E.java",
                      "/p/src/main/java/c/"),
                "+/p/src/main/java/a/b/ +/p/src/main/java/c/D.java /p/src/main/java/c/E/F.java "
                "+/p/src/main/java/c/E.java +/p/src/main/java/c/ /p/src/main/java/c.java ");
    check_paths(
        "java", "/p/src/test/java/a/T.java", "package a;\nimport c.D;\n", FILES("/p/src/main/java/c/D.java"),
        "/p/src/test/java/a/ /p/src/test/java/c/D.java /p/src/test/java/c.java +/p/src/main/java/c/D.java ");
    check_paths("java", "/p/x/M.java", "package a.b;\nimport c.D;\n", FILES("/p/c/D.java"), "/p/x/ ");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(python_imports),
        cmocka_unit_test(script_imports),
        cmocka_unit_test(go_imports),
        cmocka_unit_test(rust_imports),
        cmocka_unit_test(java_imports),
        cmocka_unit_test(others_import_nothing),
        cmocka_unit_test(hostile_texts_are_bounded),
        cmocka_unit_test(paths_of_python),
        cmocka_unit_test(paths_of_scripts),
        cmocka_unit_test(paths_of_go),
        cmocka_unit_test(paths_of_rust),
        cmocka_unit_test(paths_of_java),
        cmocka_unit_test(a_project_is_looked_for_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
