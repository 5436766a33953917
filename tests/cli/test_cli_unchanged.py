"""A folder checked again: files that are as they were are not read, and what changed is seen, however it changed."""
import json
import os
import re
import shutil
import subprocess
import time
import unittest

import cli_case
from cli_case import BROKEN_C, BROKEN_JSON, VALID_C, CliCase

SETTLED_S = 2.0  # until the times of a file are clearly past (cache/file_stamp.h)
VALID_PYTHON = "x = [1]\n"
BROKEN_PYTHON = "x = [1;\n"  # as long


class Unchanged(CliCase):
    def setUp(self):
        super().setUp()
        self.home = self.path("cache-home")
        self.env = cli_case.environment(XDG_CACHE_HOME=self.home)

    def check(self, *arguments, env=None, code=None):
        return self.run_program("check", "--format", "json", *arguments, env=env or self.env, code=code)

    def settle(self, *names):
        """Waits until the system's clock is clearly past all times of the files."""
        changed = max(os.lstat(self.path(name)).st_ctime for name in names)
        while time.time() <= changed + SETTLED_S:
            time.sleep(0.05)

    def stats(self):
        return self.run_program("cache", "stats", env=self.env, code=0).out

    def unchanged(self):
        return int(next(line for line in self.stats().splitlines() if line.startswith("unchanged")).split()[1])

    def hits(self):
        return int(next(line for line in self.stats().splitlines() if line.startswith("hits")).split()[1])

    def assert_as_fresh(self, *arguments):
        """With the cache, twice, the same as without, to the byte but for the time it took. Returns what is reported."""
        fresh = self.check("--no-cache", *arguments)
        for _ in range(2):
            known = self.check(*arguments)
            self.assertEqual(known.code, fresh.code)
            self.assertEqual(*(re.sub(rb'"elapsed_ms": ?[0-9.e+-]+', b"", result.out_bytes) for result in (known, fresh)))
        return json.loads(fresh.out)["files"]

    def fill(self):
        names = [f"src/{i}/{name}" for i in range(3) for name in ("a.py", "b.json", "c.c", "d.js")]
        for name in names:
            self.write(name, {"y": VALID_PYTHON, "n": "[1]\n", "c": "int x;\n", "s": "f();\n"}[name[-1]])
        self.write("src/broken.json", BROKEN_JSON)
        self.write("src/broken.c", BROKEN_C)
        self.settle(*names, "src/broken.json", "src/broken.c")
        return names

    def test_what_is_as_it_was_is_not_read(self):
        names = self.fill()
        self.check("src", code=1)
        self.assertEqual(self.unchanged(), len(names))  # those with mistakes are read, for their lines
        hits = self.hits()
        self.assertEqual(len(self.assert_as_fresh("src")), 2)
        self.assertEqual(self.hits(), hits + 2 * (len(names) + 2))
        # Without those with mistakes there is nothing to look up: no database is opened.
        os.remove(self.path("src/broken.json"))
        os.remove(self.path("src/broken.c"))
        self.check("src", code=0)
        folder = os.path.join(self.home, "noodle")
        for name in os.listdir(folder):
            if not name.startswith("stamps-"):
                os.remove(os.path.join(folder, name))
        self.assertEqual(self.check("src", code=0).json()["summary"]["files"], len(names))
        self.assertEqual([name for name in os.listdir(folder) if not name.startswith("stamps-")], [])

    def test_what_changed_is_seen(self):
        names = self.fill()
        self.check("src", code=1)
        path = self.path("src/0/a.py")
        before = os.stat(path)
        # The same size, and the time of modification put back.
        self.write("src/0/a.py", BROKEN_PYTHON)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        self.assertEqual(os.stat(path).st_size, before.st_size)
        self.assertEqual(len(self.assert_as_fresh("src")), 3)
        # Another file in its place.
        self.write("other", VALID_PYTHON)
        os.utime(self.path("other"), ns=(before.st_atime_ns, before.st_mtime_ns))
        os.replace(self.path("other"), path)
        self.assertEqual(len(self.assert_as_fresh("src")), 2)
        # Touched, and equal.
        os.utime(self.path("src/1/a.py"))
        self.assertEqual(len(self.assert_as_fresh("src")), 2)
        # Gone, come, renamed, no file any more.
        os.remove(self.path("src/0/b.json"))
        self.write("src/0/new.json", BROKEN_JSON)
        os.rename(self.path("src/1/d.js"), self.path("src/1/d.py"))
        os.remove(self.path("src/2/c.c"))
        os.symlink("../broken.c", self.path("src/2/c.c"))
        found = {file["path"] for file in self.assert_as_fresh("src")}
        self.assertEqual(found - {"src/1/d.py"}, {"src/0/new.json", "src/broken.c", "src/broken.json"})
        self.settle("src/0/new.json", "src/0/a.py", "src/1/a.py")
        self.assert_as_fresh("src")
        self.assertGreater(self.unchanged(), len(names) / 2)

    def test_what_is_around_is_seen(self):
        """Results of C that need headers: with these, with what is found in their place, with the build's word."""
        folders = ("p", "p/src", "p/include")
        self.write("p/src/a.c", '#include "a.h"\nint f(void) {\n    return 0 done\n}\n')
        self.write("p/src/b.c", '#include "b.h"\nint g(void) {\n    return 0 done\n}\n')
        self.write("p/src/c.c", VALID_C)
        self.write("p/include/a.h", "#define done ;\n")
        self.write("p/Makefile", "")
        changes = (
            lambda: self.write("p/include/a.h", "#define dome ;\n"),
            lambda: self.write("p/include/a.h", "#define done ;\n"),
            lambda: self.write("p/src/a.h", "int x;\n"),  # is found before the other
            lambda: os.remove(self.path("p/src/a.h")),
            lambda: self.write("p/src/b.h", "#define done ;\n"),  # was missing
            lambda: self.write("p/compile_flags.txt", "-Ddome=;\n-I/nowhere\n"),
            lambda: self.write("p/compile_flags.txt", "-Ddone=;\n-Iinclude\n"),
            lambda: os.remove(self.path("p/compile_flags.txt")),
            lambda: os.rename(self.path("p/include"), self.path("p/elsewhere")),
            lambda: os.rename(self.path("p/elsewhere"), self.path("p/include")),
            lambda: self.write("p/src/c.c", "#define dome ;\n"),  # what the workspace defines
            lambda: self.write("p/.gitignore", "*.h\n"))
        for change in changes:
            there = [folder for folder in folders if os.path.isdir(self.path(folder))]
            self.settle(*there, *(f"{folder}/{name}" for folder in there for name in os.listdir(self.path(folder))))
            self.assert_as_fresh("p")
            self.assertGreaterEqual(self.unchanged(), 1)
            change()
            self.assert_as_fresh("p")

    def test_each_change_of_many_is_seen(self):
        """Right after one another, within a tick of the clock or not."""
        self.write("src/a.json", "[1]\n")
        for i in range(20):
            text = BROKEN_JSON if i % 2 else "[1,2]\n"
            self.write("src/a.json", text)
            self.check("src", code=i % 2)

    def test_other_folders_and_languages_are_other_questions(self):
        names = self.fill()
        for arguments in (("src",), ("src/0", "src/1"), ("--language", "python", "src"), ("src/broken.json", "src"), (".",)):
            self.assert_as_fresh(*arguments)
        self.assert_as_fresh("src/0/a.py")
        self.assertGreater(self.unchanged(), len(names))

    def test_it_is_cleared_with_the_results(self):
        names = self.fill()
        self.check("src", code=1)
        for arguments, left in ((("--language", "python"), len(names) - 3), (("--path", "src/0"), len(names) - 6),
                                (("--older", "1h"), len(names) - 6), ((), 0)):
            self.run_program("cache", "clear", *arguments, env=self.env, code=0)
            self.assertEqual(self.unchanged(), left)
        self.assert_as_fresh("src")

    def test_several_at_a_time(self):
        self.fill()
        expected = self.check("--no-cache", "src", code=1).json()["files"]
        for _ in range(2):
            runs = [subprocess.Popen([cli_case.PROGRAM, "check", "--format", "json", "src"], cwd=self.folder, env=self.env,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
            for run in runs:
                out, err = run.communicate(timeout=120)
                self.assertEqual(json.loads(out)["files"], expected)
                self.assertEqual(err.count(b"\n"), 1, err)
        self.assertGreater(self.unchanged(), 0)

    def test_damage_is_a_miss(self):
        self.fill()
        self.check("src", code=1)
        folder = os.path.join(self.home, "noodle")
        name = next(name for name in os.listdir(folder) if name.startswith("stamps-"))
        with open(os.path.join(folder, name), "r+b") as file:
            file.seek(200)
            file.write(b"what is this")
        self.assertEqual(len(self.assert_as_fresh("src")), 2)
        with open(os.path.join(folder, name), "r+b") as file:
            file.truncate(100)
        self.assertEqual(len(self.assert_as_fresh("src")), 2)

    def test_a_disk_that_takes_nothing_changes_nothing(self):
        self.fill()
        self.check("src", code=1)
        shutil.rmtree(self.home)
        self.write("file", "")
        for home in (self.path("file"), "/proc/none"):
            env = cli_case.environment(XDG_CACHE_HOME=home)
            for _ in range(2):
                self.assertEqual(len(self.check("src", env=env, code=1).json()["files"]), 2)

    def test_without_a_cache_nothing_is_kept(self):
        self.fill()
        env = cli_case.environment(XDG_CACHE_HOME=self.home, NOODLE_SYNTAX_FIXER_CACHE_SIZE="0")
        self.check("src", env=env, code=1)
        self.assertFalse(os.path.exists(os.path.join(self.home, "noodle")))


if __name__ == "__main__":
    cli_case.main()
