"""Input that nobody writes by hand: random bytes, deep nesting, endless lines. The answer is ordinary, or one clear line,
and comes within the deadline plus a fifth (of the process's own time, so that a busy machine does not fail the test)."""
import os
import random
import resource
import subprocess
import unittest

import cli_case
from cli_case import CliCase

DEADLINE_MS = 1000 if cli_case.SANITIZED else 2000
LANGUAGES = {"c": "c", "python": "py", "javascript": "js", "typescript": "ts", "typescriptreact": "tsx", "json": "json",
             "go": "go", "rust": "rs", "java": "java"}
SLOWER = 10 if cli_case.SANITIZED else 1  # the deadline is kept by instrumented code too, only freeing takes longer
SMALLER = 10 if cli_case.SANITIZED else 1  # faults of memory show at a tenth of the size as well


class Hostile(CliCase):
    def check_in_time(self, name, language, command="check"):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.run([cli_case.PROGRAM, command, "--threads", "1", "--deadline-ms", str(DEADLINE_MS),
                                  "--language", language, name], cwd=self.folder, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, timeout=300, env=cli_case.environment())
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.assertIn(process.returncode, (0, 1, 2), f"{language} {name}: {process.stderr[-2000:]!r}")
        if process.returncode == 2:
            self.assertIn(f"{name}: not finished within {DEADLINE_MS} ms".encode(), process.stderr)
        self.assertLess(used, DEADLINE_MS / 1000 * 1.2 * SLOWER, f"{language} {name}: {used:.2f} s")
        return process

    def test_random_bytes(self):
        self.write("random", random.Random(5).randbytes((20 << 20) // SMALLER))
        for language in LANGUAGES:
            with self.subTest(language):
                self.check_in_time("random", language)

    def test_random_text(self):
        words = ["(", ")", "[", "]", "{", "}", ";", ",", ":", '"', "'", "`", "if", "for", "x", "1", "\n", " ", "/*", "*/",
                 "//", "#", "=", "<", ">", "=>", "fn", "def", "class", "\\", "${", "\t"]
        choice = random.Random(6)
        self.write("text", " ".join(choice.choice(words) for _ in range(200000 // SMALLER)))
        for language in LANGUAGES:
            with self.subTest(language):
                self.check_in_time("text", language)

    def test_nested_brackets(self):
        depth = 100000 // SMALLER
        for opener, closer in ("()", "[]", "{}"):
            self.write("open", "x = " + opener * depth)
            self.write("both", "x = " + opener * depth + closer * (depth - 1))
            for language in LANGUAGES:
                with self.subTest(language=language, opener=opener):
                    self.check_in_time("open", language)
                    self.check_in_time("both", language)

    def test_long_chains(self):
        """Trees as deep as the text is long, though nothing is nested in it."""
        count = 20000 // SMALLER
        self.write("sum", "x = 1" + " + 1" * 2 * count + " +")
        self.write("assignments", "a = " * 2 * count)
        self.write("branches", "int f(){" + "if (a) b; else " * count + "}")
        self.write("functions", "x = " + "a => " * count + "b")
        for name, language in (("sum", "c"), ("sum", "javascript"), ("assignments", "rust"), ("branches", "javascript"),
                               ("branches", "c"), ("functions", "javascript"), ("functions", "python")):
            with self.subTest(language=language, name=name):
                self.check_in_time(name, language)

    def test_nested_brackets_are_repaired_or_reported(self):
        self.write("open", "[" * 100000)
        process = self.check_in_time("open", "json", "fix")
        self.assertIn(process.returncode, (0, 1))

    def test_long_line_without_end(self):
        self.write("line", '"' + "a" * ((20 << 20) // SMALLER))
        for language in LANGUAGES:
            with self.subTest(language):
                self.check_in_time("line", language)

    def test_quotes_that_nothing_closes(self):
        """Each could be looked for to the end of the line again."""
        self.write("quotes", "#define M(x) x\nint f(void) { M(1; \"" + '\\"' * ((1 << 20) // SMALLER) + ";\n}\n")
        self.write("lists", 'int x[] = {"a, ' + ", ".join(["\"b\""] * ((1 << 20) // SMALLER)) + "};\n")
        for language in ("c", "javascript", "json"):
            with self.subTest(language):
                self.check_in_time("quotes", language)
                self.check_in_time("lists", language)

    def test_directives_that_say_much(self):
        """An #endif is missing: which group lacks it is told by what stands behind the directives, among others."""
        words = 250000 // SMALLER
        self.write("directives", "#if " + "abc " * words + "\n#if 1\n#endif /* " + "abd " * words + "*/\nint x;\n")
        self.write("macros", "".join(f"#define A{i}_ f(x y\n" for i in range(10000 // SMALLER)) + "int x\n")
        self.check_in_time("directives", "c")
        self.check_in_time("macros", "c")

    def test_values_for_an_array(self):
        """What is included between braces has an error at every comma, were it a file of its own."""
        self.write("values", "0x7f, 0x45, 0x4c, X_A,\n" * (15000 // SMALLER))
        self.assertEqual(self.check_in_time("values", "c").returncode, 0)

    def test_memory_that_is_refused(self):
        """A text that does not fit into the address space is one clear line."""
        self.write("large.json", b"[" + b" " * (200 << 20) + b"]")
        limit = 150 << 20

        def tight():
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        if cli_case.SANITIZED:
            self.skipTest("sanitizers reserve more address space than that")
        process = subprocess.run([cli_case.PROGRAM, "check", "--threads", "1", "large.json"], cwd=self.folder,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, preexec_fn=tight,
                                 env=cli_case.environment())
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertIn(b"large.json: not enough memory for its content\n", process.stderr)

    def test_files_of_every_size_around_the_limits(self):
        for size in (0, 1, 2, 4095, 4096, 4097, 8191, 8192, 8193, 65535, 65536, 65537):
            self.write("a.py", b"#" * size)
            self.assertEqual(self.run_program("check", "a.py", code=0).out, "")
            self.assertEqual(self.run_program("fix", "--stdout", "a.py", code=0).out_bytes, b"#" * size)
        os.remove(self.path("a.py"))


if __name__ == "__main__":
    cli_case.main()
