"""`noodle-lsp fix`: diffs, writing, standard output, confidence, interruption."""
import json
import os
import signal
import stat
import subprocess
import time
import unittest

import cli_case
from cli_case import BROKEN_C, BROKEN_JSON, FIXED_C, FIXED_JSON, VALID_C, CliCase


class Diff(CliCase):
    def test_is_the_default(self):
        self.write("a.c", BROKEN_C)
        expected = ("--- a/a.c\n+++ b/a.c\n@@ -1,4 +1,4 @@\n int f(void) {\n-    int x = 1\n+    int x = 1;\n"
                    "     return x;\n }\n")
        for arguments in (("fix", "a.c"), ("fix", "--diff", "a.c"), ("fix",)):
            self.assertEqual(self.run_program(*arguments, code=0).out, expected)
        self.assertEqual(self.read("a.c").decode(), BROKEN_C)

    def test_patch_takes_it(self):
        texts = {"a.c": BROKEN_C, "sub/b.json": "[1 2]", "sub/crlf.c": BROKEN_C.replace("\n", "\r\n"), "sub/c d.json": "[1 2]",
                 'sub/e\n+++ b/"f"\t\\ \x01.json': "[1 2]", "sub/\u00e9.json": "[1 2]"}
        for name, text in texts.items():
            self.write(name, text)
        diff = self.run_program("fix", code=0).out_bytes
        subprocess.run(["git", "init", "-q"], cwd=self.folder, check=True)
        subprocess.run(["git", "apply", "-p1", "-"], input=diff, cwd=self.folder, check=True)
        self.assertEqual(self.read("a.c").decode(), FIXED_C)
        for name in texts:
            self.assertTrue(name.endswith(".c") or self.read(name) == b"[1, 2]", name)
        self.assertEqual(self.read("sub/crlf.c").decode(), FIXED_C.replace("\n", "\r\n"))

    def test_nothing_to_do(self):
        self.write("a.c", VALID_C)
        self.assertEqual(self.run_program("fix", "a.c", code=0).out, "")

    def test_color(self):
        self.write("a.c", BROKEN_C)
        self.assertIn("\033[32m+    int x = 1;\033[0m", self.run_program("fix", "--color", "always", code=0).out)


class Write(CliCase):
    def test_content_mode_and_message(self):
        path = self.write("a.c", BROKEN_C)
        os.chmod(path, 0o751)
        result = self.run_program("fix", "--write", "a.c", code=0)
        self.assertEqual(result.out, "")
        self.assertIn("noodle-lsp: a.c: repaired (1 change)\n", result.err)
        self.assertEqual(self.read("a.c").decode(), FIXED_C)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o751)
        self.assertEqual(os.listdir(self.folder), ["a.c"])
        self.assertIn("0 repaired", self.run_program("fix", "--write", "a.c", code=0).err)

    def test_clean_file_is_not_touched(self):
        path = self.write("a.c", VALID_C)
        before = os.stat(path)
        self.run_program("fix", "--write", code=0)
        after = os.stat(path)
        self.assertEqual((before.st_ino, before.st_mtime_ns), (after.st_ino, after.st_mtime_ns))

    def test_every_other_byte_is_kept(self):
        for name, before, after in (
                ("crlf.c", BROKEN_C.replace("\n", "\r\n"), FIXED_C.replace("\n", "\r\n")),
                ("bom.c", "\ufeff" + BROKEN_C, "\ufeff" + FIXED_C),
                ("noend.json", "[1 2]", "[1, 2]")):
            self.write(name, before)
            self.run_program("fix", "--write", name, code=0)
            self.assertEqual(self.read(name).decode(), after)
        comment = b"// \xff\xfe\x80\n"
        self.write("bytes.c", comment + BROKEN_C.encode())
        self.run_program("fix", "--write", "bytes.c", code=0)
        self.assertEqual(self.read("bytes.c"), comment + FIXED_C.encode())

    def test_link_stays_a_link(self):
        self.write("sub/a.c", BROKEN_C)
        os.symlink("sub/a.c", self.path("link.c"))
        self.run_program("fix", "--write", "link.c", code=0)
        self.assertTrue(os.path.islink(self.path("link.c")))
        self.assertEqual(self.read("sub/a.c").decode(), FIXED_C)

    def test_one_file_by_two_names(self):
        self.write("a.c", BROKEN_C)
        os.symlink("a.c", self.path("link.c"))
        self.run_program("fix", "--write", "--threads", "4", "a.c", "link.c", "./a.c", code=0)
        self.assertEqual(self.read("a.c").decode(), FIXED_C)

    def test_many_files(self):
        for number in range(100):
            self.write(f"f{number:03}.c", BROKEN_C)
        result = self.run_program("fix", "--write", "--threads", "4", code=0)
        names = [line.split(": ")[1] for line in result.err.splitlines() if "repaired (" in line]
        self.assertEqual(names, [f"f{number:03}.c" for number in range(100)])
        for number in range(100):
            self.assertEqual(self.read(f"f{number:03}.c").decode(), FIXED_C)

    def test_failing_write_leaves_the_file(self):
        import resource
        text = BROKEN_C + "// " + "x" * 10000 + "\n"
        self.write("a.c", text)

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
        result = self.run_program("fix", "--write", "--deadline-ms", "60000", "a.c", code=2, preexec_fn=limit)
        self.assertIn("a.c: cannot write, left as it was: File too large", result.err)
        self.assertEqual(self.read("a.c").decode(), text)
        self.assertEqual(os.listdir(self.folder), ["a.c"])

    def test_interrupt_leaves_nothing_half_written(self):
        count = 400
        for number in range(count):
            self.write(f"f{number:03}.c", BROKEN_C * 5)
        before = self.read("f000.c")
        process = subprocess.Popen([cli_case.PROGRAM, "fix", "--write", "--threads", "2"], cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=cli_case.environment())
        line = process.stderr.readline()  # the first file is through
        self.assertIn(b"f000.c: repaired", line)
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(timeout=60), -signal.SIGINT)
        self.assertEqual(sorted(os.listdir(self.folder)), [f"f{number:03}.c" for number in range(count)])
        after = self.read("f000.c")
        self.assertNotEqual(after, before)
        contents = [self.read(f"f{number:03}.c") for number in range(count)]
        self.assertEqual(set(contents), {before, after})


class Stdout(CliCase):
    def test_text(self):
        self.write("a.c", BROKEN_C)
        result = self.run_program("fix", "--stdout", "a.c", code=0)
        self.assertEqual((result.out, result.err), (FIXED_C, ""))
        self.write("b.c", VALID_C)
        self.assertEqual(self.run_program("fix", "--stdout", "b.c", code=0).out, VALID_C)

    def test_standard_input(self):
        result = self.run_program("fix", "-", "--language", "json", "--stdout", input=BROKEN_JSON, code=0)
        self.assertEqual(result.out, FIXED_JSON)
        result = self.run_program("fix", "--language", "json", "-", input=BROKEN_JSON, code=0)
        self.assertEqual(result.out, "--- a/<stdin>\n+++ b/<stdin>\n@@ -1 +1 @@\n-[1 2]\n+[1, 2]\n")

    def test_full_disk(self):
        self.write("a.c", BROKEN_C)
        with open("/dev/full", "wb") as full:
            process = subprocess.run([cli_case.PROGRAM, "fix", "a.c"], cwd=self.folder, stdout=full, timeout=60,
                                     stderr=subprocess.PIPE, env=cli_case.environment())
        self.assertEqual(process.returncode, 2)
        self.assertIn(b"cannot write to standard output", process.stderr)


class Confidence(CliCase):
    def test_only_what_is_certain_enough(self):
        self.write("a.c", BROKEN_C)
        found = self.run_program("check", "--format", "json", code=1).json()
        confidence = found["files"][0]["diagnostics"][0]["fix"]["confidence"]
        self.assertLess(confidence, 1)
        result = self.run_program("fix", "--write", "--min-confidence", "1", "a.c", code=1)
        self.assertEqual(self.read("a.c").decode(), BROKEN_C)
        self.assertIn("a.c:2:14: error: missing `;`", result.err)  # what remains is named
        self.assertIn("1 with problems that remain", result.err)
        self.run_program("fix", "--write", "--min-confidence", "0", "a.c", code=0)
        self.assertEqual(self.read("a.c").decode(), FIXED_C)

    def test_result_of_a_fix_is_checked_again(self):
        texts = {"a.json": '{"a": [1 2, "b": {"c": 1,}\n', "b.py": "def f(:\n    retrun [1\n", "c.js": "f(1, [2);\nif (x {\n}\n",
                 "d.rs": "fn f() { let x = (1; }\n", "e.go": "package p\nfunc f() {\n\tx := []int{1, 2\n}\n"}
        for name, text in texts.items():
            self.write(name, text)
            code = self.run_program("fix", "--write", name).code
            self.assertEqual(self.run_program("check", name).code, code, name)


if __name__ == "__main__":
    cli_case.main()
