"""`noodle-lsp check`: formats, folders, order, exit codes."""
import copy
import json
import os
import pty
import shutil
import subprocess
import unittest

import cli_case
import sarif_check
from cli_case import BROKEN_C, BROKEN_JSON, VALID_C, CliCase


class TextFormat(CliCase):
    def test_line_caret_and_repair(self):
        self.write("a.c", BROKEN_C)
        result = self.run_program("check", "a.c", code=1)
        self.assertEqual(result.out, "a.c:2:14: error: missing `;` [missing-token]\n"
                                     "    2 |     int x = 1\n"
                                     "      |              ^\n"
                                     "      = repair: insert `;`\n"
                                     "    2 +     int x = 1;\n")
        self.assertRegex(result.err, r"\Anoodle-lsp: 1 file checked, 1 problem in 1 file \(\d+ ms\)\n\Z")

    def test_hints_are_shown_and_no_problem(self):
        self.write("a.json", '{"a": 1, "a": 2}\n')
        result = self.run_program("check", "a.json", code=0)
        self.assertTrue(result.out.startswith("a.json:1:10: hint: this key"), result.out)
        self.assertRegex(result.err, r"1 file checked, 0 problems in 0 files")
        found = json.loads(self.run_program("check", "--format", "json", "a.json", code=0).out)
        self.assertEqual([d["severity"] for d in found["files"][0]["diagnostics"]], ["hint"])
        self.assertIn("::notice file=a.json", self.run_program("check", "--format", "github", "a.json", code=0).out)
        sarif = json.loads(self.run_program("check", "--format", "sarif", "a.json", code=0).out)
        self.assertEqual(sarif["runs"][0]["results"][0]["level"], "note")
        self.assertEqual(self.run_program("fix", "--stdout", "a.json", code=0).out, '{"a": 1, "a": 2}\n')

    def test_caret_stands_below_wide_characters_and_tabs(self):
        self.write("a.json", '["\u4e2d\U0001F600",\t1 2]\n')
        lines = self.run_program("check", "a.json", code=1).out.splitlines()
        self.assertTrue(lines[0].startswith("a.json:1:14: error: missing `,`"), lines[0])  # bytes
        self.assertEqual(lines[1], '    1 | ["\u4e2d\U0001F600",        1 2]')  # a tab stop at column 16
        self.assertEqual(lines[2], "      | " + " " * 17 + "^")

    def test_file_cannot_write_to_the_terminal(self):
        self.write("a.json", b'["\x1b[2J\x9b\xff", 1 2]\n')
        out = self.run_program("check", "--color", "never", "a.json", code=1).out_bytes
        self.assertNotIn(b"\x1b", out)
        self.assertNotIn(b"\xff", out)
        self.assertIn("\ufffd".encode(), out)

    def test_long_lines_are_cut(self):
        self.write(".noodle.json", '{"repairBudgetMs": 60000}')  # whatever the machine
        self.write("a.json", "[" + "1," * 100000 + "1 2" + ",1" * 100000 + "]\n")
        result = self.run_program("check", "a.json", code=1)
        self.assertLess(len(result.out), 2000)
        self.assertIn("missing `,`", result.out)

    def test_color(self):
        self.write("a.c", BROKEN_C)
        self.assertIn("\033[", self.run_program("check", "--color", "always", "a.c", code=1).out)
        self.assertNotIn("\033[", self.run_program("check", "--color", "auto", "a.c", code=1).out)

    def test_color_on_a_terminal(self):
        self.write("a.c", BROKEN_C)
        for variables, colored in (({"TERM": "xterm"}, True), ({"TERM": "xterm", "NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)):
            env = cli_case.environment(**{"NO_COLOR": "", **variables})
            master, slave = pty.openpty()
            try:
                done = subprocess.run([cli_case.PROGRAM, "check", "a.c"], cwd=self.folder, stdout=slave, stderr=subprocess.DEVNULL,
                                      env=env, timeout=60)
                shown = os.read(master, 65536)
            finally:
                os.close(slave)
                os.close(master)
            self.assertEqual((done.returncode, b"\033[" in shown), (1, colored), variables)
            self.assertIn(b"[missing-token]", shown)

    def test_clean_file_says_nothing(self):
        self.write("a.c", VALID_C)
        self.assertEqual(self.run_program("check", "a.c", code=0).out, "")

    def test_empty_file(self):
        for name in ("a.c", "a.py", "a.js", "a.ts", "a.tsx", "a.go", "a.rs", "a.java"):
            self.write(name, "")
        self.assertEqual(self.run_program("check", code=0).out, "")


class JsonFormat(CliCase):
    def test_fields(self):
        self.write("a.c", BROKEN_C)
        self.write("b.c", VALID_C)
        result = self.run_program("check", "--format", "json", code=1).json()
        self.assertEqual(list(result), ["files", "summary"])
        self.assertEqual(set(result["summary"]), {"files", "with_problems", "elapsed_ms"})
        self.assertEqual(result["summary"]["files"], 2)
        self.assertEqual(result["summary"]["with_problems"], 1)
        self.assertGreaterEqual(result["summary"]["elapsed_ms"], 0)
        [file] = result["files"]
        self.assertEqual((file["path"], file["language"]), ("a.c", "c"))
        [diagnostic] = file["diagnostics"]
        fix = diagnostic.pop("fix")
        self.assertEqual(diagnostic, {"start_byte": 27, "end_byte": 27, "line": 1, "character": 13,
                                      "message": "missing `;`", "severity": "error", "code": "missing-token"})
        self.assertEqual(fix["title"], "insert `;`")
        self.assertEqual(fix["edits"], [{"start_byte": 27, "end_byte": 27, "new_text": ";"}])
        self.assertTrue(0 <= fix["confidence"] <= 1)

    def test_characters_are_utf16(self):
        self.write("a.json", '["\U0001F600", 1 2]\n')
        [file] = self.run_program("check", "--format", "json", code=1).json()["files"]
        self.assertEqual(file["diagnostics"][0]["start_byte"], 10)
        self.assertEqual(file["diagnostics"][0]["character"], 8)

    def test_no_files(self):
        result = self.run_program("check", "--format", "json", code=0).json()
        self.assertEqual(result["files"], [])
        self.assertEqual(result["summary"]["files"], 0)

    def test_name_that_is_no_utf8(self):
        with open(os.path.join(os.fsencode(self.folder), b"a\xff.c"), "w") as file:
            file.write(BROKEN_C)
        [file] = self.run_program("check", "--format", "json", code=1).json()["files"]
        self.assertEqual(file["path"], "a\ufffd.c")


class SarifFormat(CliCase):
    def test_valid(self):
        self.write("src/a b:%.c", BROKEN_C)
        self.write("c.json", '{"a": [1, 2}\n')
        absolute = self.write("d.json", '["\U0001F600", 1 2]')
        result = self.run_program("check", "--format", "sarif", "src", "c.json", absolute, code=1)
        log = result.json()
        sarif_check.check(log)
        results = log["runs"][0]["results"]
        self.assertEqual(len(results), 3)
        uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in results]
        self.assertEqual(uris, ["src/a%20b%3A%25.c", "c.json", "file://" + absolute])
        self.assertEqual(results[2]["locations"][0]["physicalLocation"]["region"],
                         {"startLine": 1, "startColumn": 9, "endLine": 1, "endColumn": 9})
        self.assertEqual(results[0]["fixes"][0]["artifactChanges"][0]["replacements"],
                         [{"deletedRegion": {"startLine": 2, "startColumn": 14, "endLine": 2, "endColumn": 14},
                           "insertedContent": {"text": ";"}}])
        self.assertTrue(log["runs"][0]["invocations"][0]["executionSuccessful"])

    def test_valid_without_problems_and_after_a_failure(self):
        log = self.run_program("check", "--format", "sarif", code=0).json()
        sarif_check.check(log)
        self.assertEqual(log["runs"][0]["results"], [])
        log = self.run_program("check", "--format", "sarif", "missing.c", code=2).json()
        sarif_check.check(log)
        self.assertFalse(log["runs"][0]["invocations"][0]["executionSuccessful"])

    def test_the_check_itself_notices(self):
        self.write("c.json", BROKEN_JSON)
        good = self.run_program("check", "--format", "sarif", code=1).json()
        sarif_check.check(good)

        def spoiled(change):
            bad = copy.deepcopy(good)
            change(bad["runs"][0]["results"][0])
            return bad
        region = lambda one: one["locations"][0]["physicalLocation"]["region"]
        for change in (lambda one: one.pop("message"), lambda one: one.update(level="bad"),
                       lambda one: one.update(ruleIndex=0), lambda one: one.update(extra=1),
                       lambda one: region(one).update(startLine=0), lambda one: region(one).update(endLine=-1),
                       lambda one: one["locations"][0]["physicalLocation"]["artifactLocation"].update(uri="a b")):
            with self.assertRaises(sarif_check.SarifError):
                sarif_check.check(spoiled(change))


class GithubFormat(CliCase):
    def test_commands_are_escaped(self):
        self.write("a,b:%.c", BROKEN_C)
        self.assertEqual(self.run_program("check", "--format", "github", code=1).out,
                         "::error file=a%2Cb%3A%25.c,line=2,endLine=2,col=14,endColumn=14,title=missing-token::"
                         "missing `;`%0Arepair: insert `;`\n")


class Folders(CliCase):
    def checked(self, *arguments):
        result = self.run_program("check", "--format", "json", *arguments)
        return [file["path"] for file in result.json()["files"]]

    def test_what_is_left_out(self):
        for name in ("a.c", "sub/b.c", ".hidden/c.c", ".d.c", "build/e.c", "kept/f.c", "sub/gen.c", "sub/deep/gen.c",
                     "sub/other/gen.c", "notes.txt"):
            self.write(name, BROKEN_C)
        self.write(".gitignore", "/build/\n*.log\n")
        self.write("sub/.gitignore", "gen.c\n!other/gen.c\n")
        self.write("binary.c", b"int x\0\n" + BROKEN_C.encode())
        self.write("run", "#!/usr/bin/env python3\nx = (1\n")
        os.symlink(self.folder, self.path("kept/loop"))
        os.symlink("a.c", self.path("link.c"))
        self.assertEqual(self.checked(), ["a.c", "kept/f.c", "run", "sub/b.c", "sub/other/gen.c"])
        self.assertEqual(self.run_program("check", "--format", "json").json()["summary"]["files"], 5)
        self.assertEqual(self.checked("build", "./sub"), ["build/e.c", "./sub/b.c", "./sub/other/gen.c"])
        self.assertEqual(self.checked("--language", "python"), ["run"])
        # What is named is checked, whatever it is.
        self.assertEqual(self.checked("build/e.c", "link.c", ".d.c", "binary.c"), ["build/e.c", "link.c", ".d.c",
                                                                                  "binary.c"])

    def test_large_files_only_when_named(self):
        self.write("large.json", b"[" + b" " * (33 << 20) + b"1 2]")
        self.assertEqual(self.checked("."), [])
        self.assertEqual(self.checked("--deadline-ms", "60000", "large.json"), ["large.json"])

    def test_a_mistake_in_a_large_block_is_told_where_it_is(self):
        count, broken = 3000, 2000
        functions = [f"function visit{i}(all) {{\n  for (const key in all) {{\n    emit(key, all[key]);\n  }}\n}}\n"
                     for i in range(count)]
        functions[broken] = functions[broken].replace(" in ", " ")
        self.write("large.js", "(function () {\n" + "".join(functions) + "})();\n")
        result = self.run_program("check", "--format", "json", "--deadline-ms", "60000", "large.js", code=1)
        self.assertEqual([found["line"] for found in result.json()["files"][0]["diagnostics"]], [1 + 5 * broken + 1])

    def test_no_file_twice(self):
        self.write("a.c", BROKEN_C)
        os.symlink("a.c", self.path("link.c"))
        self.assertEqual(self.checked("a.c", ".", "./a.c", "link.c"), ["a.c"])

    def test_order_does_not_depend_on_threads(self):
        for number in range(300):  # more than wait for their turn at a time
            self.write(f"d{number % 7}/f{number:03}.c", "int x;\n" * (number * 7919 % 150) + BROKEN_C)
        time = ["--deadline-ms", "60000"]  # so that no search is cut short on a busy machine
        first = self.run_program("check", "--threads", "1", *time, code=1)
        for threads in ("2", "5", "16"):
            again = self.run_program("check", "--threads", threads, *time, code=1)
            self.assertEqual(again.out_bytes, first.out_bytes)
        self.assertEqual(first.out.count("missing `;`"), 300)

    def test_as_somebody_without_permission(self):
        self.write("a.c", BROKEN_C)
        self.write("closed/b.c", BROKEN_C)
        self.write("secret.c", BROKEN_C)
        program = shutil.copy(cli_case.PROGRAM, self.path("noodle"))  # the build folder may be closed to others
        more = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        os.chmod(self.folder, 0o755)
        os.chmod(self.path("closed"), 0)
        os.chmod(self.path("secret.c"), 0)
        if more:
            os.chown(self.path("closed"), 0, 0)
        process = subprocess.run([program, "check", "--format", "json"], cwd=self.folder, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                                 env=cli_case.environment(), **more)
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertIn(b"noodle-lsp: closed: cannot read the folder: Permission denied\n", process.stderr)
        self.assertIn(b"noodle-lsp: secret.c: cannot open: Permission denied\n", process.stderr)
        self.assertEqual([file["path"] for file in json.loads(process.stdout)["files"]], ["a.c"])
        os.chmod(self.path("closed"), 0o755)


class Input(CliCase):
    def test_standard_input(self):
        result = self.run_program("check", "--language", "c", "-", input=BROKEN_C, code=1)
        self.assertTrue(result.out.startswith("<stdin>:2:14: error: missing `;`"), result.out)

    def test_missing_file(self):
        self.write("a.c", BROKEN_C)
        result = self.run_program("check", "missing.c", "a.c", code=2)
        self.assertIn("noodle-lsp: missing.c: cannot open: No such file or directory\n", result.err)
        self.assertIn("a.c:2:14: error", result.out)  # the rest is done all the same

    def test_unknown_extension(self):
        self.write("a.xyz", BROKEN_C)
        result = self.run_program("check", "a.xyz", code=2)
        self.assertIn("a.xyz: no language is known for this name; add --language L", result.err)
        self.run_program("check", "--language", "c", "a.xyz", code=1)

    def test_name_that_looks_like_an_option(self):
        self.write("--odd.c", BROKEN_C)
        self.assertIn("--odd.c:2:14", self.run_program("check", "--", "--odd.c", code=1).out)

    def test_line_ends_and_bom(self):
        for name, content in (("crlf.c", BROKEN_C.replace("\n", "\r\n").encode()),
                              ("bom.c", b"\xef\xbb\xbf" + BROKEN_C.encode())):
            self.write(name, content)
            self.assertIn(f"{name}:2:14: error: missing `;`", self.run_program("check", name, code=1).out)


class Output(CliCase):
    def test_full_disk(self):
        self.write("a.c", BROKEN_C)
        for form in ("text", "json", "sarif", "github"):
            with open("/dev/full", "wb") as full:
                process = subprocess.run([cli_case.PROGRAM, "check", "--format", form], cwd=self.folder, stdout=full,
                                         stderr=subprocess.PIPE, timeout=60, env=cli_case.environment())
            self.assertEqual(process.returncode, 2)
            self.assertEqual(process.stderr.count(b"cannot write to standard output: No space left on device"), 1)

    def test_reader_that_leaves(self):
        for number in range(300):
            self.write(f"f{number:03}.c", BROKEN_C * 20)
        process = subprocess.Popen([cli_case.PROGRAM, "check"], cwd=self.folder, stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE, env=cli_case.environment())
        process.stdout.close()
        error = process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(timeout=60), 2)
        self.assertNotIn(b"cannot write", error)


if __name__ == "__main__":
    cli_case.main()
