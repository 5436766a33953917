"""C files in the company of their headers: what compile_commands.json, other project files, includes and the rest of a
project say about macros decides what is a mistake."""
import json
import os

import cli_case
from cli_case import CliCase

USES = '#include "list.h"\nint f(struct n *l) {\n    struct n *p;\n    each(p, l) count(p) done\n    return 0;\n}\n'
LIST = "#define each(x, l) for (x = l; x; x = x->next)\n"


class Project(CliCase):
    def check(self, code, *arguments):
        return self.run_program("check", *arguments, code=code)

    def test_compile_commands(self):
        self.write("src/a.c", USES)
        self.write("other/list.h", LIST)
        self.write(".git/HEAD", "")
        self.write("nowhere.c", "int x;\n")
        command = "cc -I../other '-Ddone=;' -c ../src/a.c"
        self.check(1, "src/a.c")
        self.write("build/compile_commands.json",
                      json.dumps([{"directory": os.path.join(self.folder, "build"), "command": command,
                                   "file": "../src/a.c"}]))
        self.check(0, "src/a.c")
        self.check(0, "src")
        self.check(0, "src", "nowhere.c", "--threads", "4")

    def test_bad_project_file(self):
        self.write("src/a.c", USES)
        self.write("compile_commands.json", '[{"file": ')
        process = self.check(1, "src/a.c")
        lines = [line for line in process.err.splitlines() if "compile_commands.json" in line]
        self.assertEqual(len(lines), 1, process.err)
        self.assertIn("entry 1 is not valid JSON", lines[0])

    def test_compile_flags_and_headers_beside(self):
        self.write("src/a.c", USES)
        self.write("src/list.h", LIST)
        self.write("compile_flags.txt", "-Ddone=;\n")
        self.check(0, "src/a.c")

    def test_headers_found_by_name(self):
        self.write(".git/HEAD", "")
        self.write("src/a.c", USES)
        self.write("deep/in/the/tree/list.h", LIST + "#define done ;\n")
        self.check(0, "src/a.c")

    def test_fix_counts_macros(self):
        self.write("list.h", LIST + "#define done ;\n")
        self.write("a.c", USES.replace("return 0;", "return 0"))
        process = self.run_program("fix", "--stdout", "a.c", code=0)
        self.assertEqual(process.out, USES)

    def test_lines_have_the_system_headers(self):
        text = '#include <inttypes.h>\n#include <stdio.h>\nvoid f(uint64_t n) {\n    printf("%" PRIu64 "\\n", n);\n}\n'
        request = json.dumps({"id": 1, "language": "c", "text": text}) + "\n"
        process = self.run_program("fix", "--jsonl", code=0, input=request)
        self.assertEqual(process.json()["diagnostics"], [])

    def test_names_of_imported_files(self):
        self.write("shop.py", "def sellItem(x):\n    pass\n")
        self.write("a.py", "import shop\nx = shop.sell Item(1)\n")
        fixed = "import shop\nx = shop.sellItem(1)\n"
        self.assertEqual(self.run_program("fix", "--stdout", "a.py", code=0).out, fixed)
        self.assertEqual(self.run_program("fix", "--stdout", "a.py", code=0).out, fixed)
        self.write("shop.py", "def sellThings(x):\n    pass\n")
        self.assertNotEqual(self.run_program("fix", "--stdout", "a.py", code=0).out, fixed)

    def test_names_of_a_package(self):
        self.write("go.mod", "module example.org/m\n")
        self.write("add.go", "package main\n\nfunc addNumbers(a int, b int) int {\n\treturn a + b\n}\n")
        main = "package main\n\nfunc main() {\n\tprintln(add%sNumbers(1, 2))\n}\n"
        self.write("main.go", main % " ")
        self.assertEqual(self.run_program("fix", "--stdout", "main.go", code=0).out, main % "")


if __name__ == "__main__":
    cli_case.main()
