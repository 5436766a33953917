"""Tests of `eval --packages` and of what fetches the packages: a tiny corpus, the real program, no network."""

import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import deletions
import fetch_packages
import judge_in_place
import package_report
import packages

SERVER = os.path.abspath(os.environ.get("NOODLE_LSP", ""))

GOOD_PYTHON = "import os\n\n\ndef paths(folder):\n    found = [os.path.join(folder, name) for name in os.listdir(folder)]\n" \
              "    return sorted(found, key=len)\n"
GOOD_C = '#include "names.h"\n#include "nowhere/at_all.h"\n\nint twice(OPTIONAL int a)\n{\n    return (a + a);\n}\n'


def put(folder, files):
    for path, text in files.items():
        full = os.path.join(folder, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)


class InFolder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name


class Manifest(unittest.TestCase):
    def test_every_entry_can_be_understood(self):
        seen = set()
        for entry in fetch_packages.read_manifest():
            with self.subTest(name=entry["name"]):
                self.assertIn(entry["language"], fetch_packages.SUFFIXES)
                self.assertIn(entry["kind"], ("apt", "apt-source", "npm"))
                self.assertNotIn((entry["language"], entry["name"]), seen)
                self.assertRegex(entry["name"], r"^[\w.-]+$")
                seen.add((entry["language"], entry["name"]))


class Unpacking(InFolder):
    ENTRY = {"language": "c", "name": "p", "include": ["src/*"], "support": ["include/*"], "exclude": ["src/win/*"]}

    def test_only_what_is_wanted_is_kept(self):
        wanted = fetch_packages.Filter(self.ENTRY)
        self.assertTrue(wanted("src/deep/a.c", 10))
        self.assertTrue(wanted("include/a.h", 10))
        self.assertTrue(wanted("Makefile", 10))
        for path in ("a.c", "src/a.py", "src/win/a.c", "src/testdata/a.c"):
            self.assertFalse(wanted(path, 10), path)
        self.assertFalse(wanted("src/a.c", fetch_packages.FILE_MAX_BYTES + 1))

    def test_nothing_leaves_the_folder(self):
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w:gz") as tar:
            for name in ("p-1/src/a.c", "p-1/../../src/b.c", "p-1//src/../../c.c"):
                info = tarfile.TarInfo(name)
                info.size = 2
                tar.addfile(info, io.BytesIO(b"x\n"))
            link = tarfile.TarInfo("p-1/src/link.c")
            link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(link)
        archive.seek(0)
        inside = os.path.join(self.folder, "deep", "inside")
        self.assertEqual(fetch_packages.unpack_tar(archive, inside, fetch_packages.Filter(self.ENTRY), 1), 1)
        found = [os.path.join(place, name) for place, _, names in os.walk(self.folder) for name in names]
        self.assertEqual(found, [os.path.join(inside, "src", "a.c")])

    def test_without_its_client_a_package_is_named(self):
        done = subprocess.run(
            [sys.executable, os.path.join(HERE, "fetch_packages.py"), self.folder, "--name", "rxjs"],
            capture_output=True, text=True, env=dict(os.environ, PATH=self.folder), timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertIn("typescript/rxjs: npm is not installed", done.stderr)
        self.assertFalse(os.path.exists(os.path.join(self.folder, "typescript", "rxjs")))


class Drawing(InFolder):
    def test_each_package_has_its_part(self):
        self.assertEqual(packages.shares({"a": 2, "b": 100, "c": 100}, 20), {"a": 2, "b": 9, "c": 9})
        self.assertEqual(packages.shares({"a": 2, "b": 1}, 20), {"a": 2, "b": 1})
        self.assertEqual(packages.shares({}, 20), {})
        self.assertEqual(packages.shares({"a": 5, "b": 5}, 1), {"a": 1, "b": 0})

    def test_the_same_seed_draws_the_same_files(self):
        put(self.folder, {f"python/p/{n}.py": "a\n" for n in range(40)})
        drawn = [packages.packages_of(self.folder, "python", 8, seed) for seed in (1, 1, 2)]
        self.assertEqual(len(drawn[0]["p"]), 8)
        self.assertEqual(drawn[0], drawn[1])
        self.assertNotEqual(drawn[0], drawn[2])


class InPlace(InFolder):
    def judge(self, language):
        try:
            judge = judge_in_place.open_package_judge(language, self.folder)
        except judge_in_place.NoJudge as reason:
            self.skipTest(str(reason))
        self.addCleanup(judge.close)
        return judge

    def test_c_is_read_with_the_packages_headers(self):
        put(self.folder, {"src/a.c": GOOD_C, "inc/names.h": "#define OPTIONAL\n"})
        judge, path = self.judge("c"), os.path.join(self.folder, "src", "a.c")
        self.assertEqual(judge.errors(path, GOOD_C), [])
        self.assertTrue(judge.is_broken_by(path, GOOD_C, GOOD_C.replace(");", ")")))
        self.assertFalse(judge.is_broken_by(path, GOOD_C, GOOD_C.replace("+ a", "+ b")))

    def test_what_c_lacks_does_not_excuse_a_finding_elsewhere(self):
        text = "#include \"no.h\"\nDECLARE(int, a)\nint b;\n\n\n\n\nint c;\n"
        put(self.folder, {"a.c": text})
        judge, path = self.judge("c"), os.path.join(self.folder, "a.c")
        self.assertTrue(judge.errors(path, text))
        self.assertTrue(judge.refuses(path, text, [1]))
        self.assertFalse(judge.refuses(path, text, [1, 7]))
        self.assertFalse(judge.is_broken_by(path, text, text))

    def test_a_deletion_counts_when_it_alone_breaks(self):
        judge = self.judge("python")
        self.assertTrue(judge.is_broken_by("a.py", "a = [1]\n", "a = [1\n"))
        self.assertFalse(judge.is_broken_by("a.py", "a = [1]\n", "a = []\n"))
        self.assertFalse(judge.is_broken_by("a.py", "a = [1\n", "a = 1\n"))
        self.assertTrue(judge.refuses("a.py", "a = [1\n", [0]))


class Report(unittest.TestCase):
    @staticmethod
    def row(**fields):
        base = {"path": "a.py", "line": 1, "token": ")", "source": "f()", "bracket": True, "outcome": "answered",
                "diagnostics": 1, "away": 0, "offered": True, "exact": True, "shown_ms": 1.0, "repair_ms": 2.0,
                "found": []}
        return dict(base, **fields)

    def result(self, **fields):
        first = {"line": 3, "message": "missing `,`", "code": "c", "source": 'f("x" y 12)'}
        base = {"language": "python", "package": "p", "files": 10, "lost": [], "no_judge": None, "editor_flagged": [],
                "flagged": [{"path": "b.py", "refused": False, "findings": 2, "first": [first]},
                            {"path": "c.py", "refused": True, "findings": 1, "first": [first]}],
                "deletions": [self.row(), self.row(diagnostics=0, away=None, exact=False, shown_ms=None, repair_ms=None),
                              self.row(diagnostics=3, away=2, exact=False, bracket=False, token="if")]}
        return dict(base, **fields)

    def test_numbers(self):
        got = package_report.measured([self.result(), self.result(package="q", flagged=[], deletions=[])])["python"]
        self.assertEqual((got["summary"]["files"], got["summary"]["flagged"], got["summary"]["refused"]), (20, 1, 1))
        self.assertAlmostEqual(got["summary"]["flagged_share"], 100 / 19)
        of_p = got["packages"]["p"]
        self.assertAlmostEqual(of_p["detected"], 200 / 3)
        self.assertEqual((of_p["per_mistake"], of_p["per_mistake_p99"]), (2.0, 3))
        self.assertAlmostEqual(of_p["near"], 100 / 3)
        self.assertEqual((of_p["brackets"], of_p["bracket_near"], of_p["bracket_away_p50"]), (2, 50.0, 0))
        self.assertAlmostEqual(of_p["exact"], 100 / 3)
        self.assertIsNone(got["packages"]["q"]["detected"])
        self.assertEqual(got["reasons"], [{"files": 1, "message": "missing `,`", "source": 'f("" y 0)',
                                           "at": "p/b.py:3"}])
        self.assertEqual([(miss["token"], miss["misses"], miss["at"]) for miss in got["misses"]], [(")", 1, "p/a.py:1")])

    def test_what_is_missing_is_told(self):
        results = [self.result(no_judge="gofmt is not installed", lost=["a.py: signal 6"],
                               deletions=[self.row(outcome="crashed", how="signal 11")])]
        said = package_report.printed(package_report.measured(results), results)
        self.assertIn("gofmt is not installed", said)
        self.assertIn("python/p: a.py: signal 6", said)
        self.assertIn("python/p/a.py:1: crashed signal 11", said)


class Repairs(unittest.TestCase):
    def test_edits_apply_from_the_end(self):
        def edit(line, start, end, new_text):
            return {"range": {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}},
                    "newText": new_text}

        text = "é = f(1\nb = 2\n"
        self.assertEqual(deletions.repaired(text, "utf-8", [edit(1, 4, 5, "33"), edit(0, 8, 8, ")")]),
                         "é = f(1)\nb = 33\n")


class Kept(InFolder):
    def test_an_interrupted_run_goes_on(self):
        path = os.path.join(self.folder, "part")
        store = packages.Checkpoint(path, '["one"]')
        store.put({"language": "c", "package": "p", "files": 3})
        store.close(False)
        with open(path, "a", encoding="utf-8") as file:
            file.write('{"language": "c", "pac')
        again = packages.Checkpoint(path, '["one"]')
        self.assertEqual(list(again.known), [("c", "p")])
        again.close(False)
        other = packages.Checkpoint(path, '["another program"]')
        self.assertEqual(other.known, {})
        other.close(True)
        self.assertFalse(os.path.exists(path))


@unittest.skipUnless(os.access(SERVER, os.X_OK) and os.path.isfile(SERVER), "NOODLE_LSP names no program")
class WholeRun(InFolder):
    def eval(self, *options):
        return subprocess.run([sys.executable, os.path.join(HERE, "eval.py"), "--packages", self.folder, "--server",
                               SERVER, *options], capture_output=True, text=True, timeout=300)

    def test_a_package_is_checked_and_its_deletions_found(self):
        put(self.folder, {"python/good/a.py": GOOD_PYTHON, "python/good/b/c.py": GOOD_PYTHON,
                          "python/bad/broken.py": "def f(:\n    pass\n", "python/bad/notes.txt": "(\n"})
        out = os.path.join(self.folder, "out.json")
        done = self.eval("--deletions", "6", "--json", out, "--language", "python")
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertFalse(os.path.exists(out + ".part"))
        with open(out, encoding="utf-8") as file:
            got = json.load(file)
        numbers = got["measured"]["python"]["summary"]
        self.assertEqual((numbers["files"], numbers["flagged"], numbers["refused"]), (3, 0, 1))
        of_good = got["measured"]["python"]["packages"]["good"]
        self.assertEqual(of_good["deletions"], 3)
        self.assertEqual(of_good["not_answered"], 0)
        self.assertGreater(of_good["detected"], 0)
        for row in (row for each in got["packages"] for row in each["deletions"]):
            self.assertIn(row["token"], row["source"])
        self.assertRegex(done.stdout, r"(?m)^  good +2 +0 +0\.00 +0 +0$")

    def test_a_program_that_dies_costs_the_file(self):
        put(self.folder, {"python/p/a.py": GOOD_PYTHON, "python/p/b.py": GOOD_PYTHON})
        server = os.path.join(self.folder, "server")
        put(self.folder, {"server": '#!/bin/sh\ncase "$*" in *b.py*) kill -6 $$;; esac\nexec "' + SERVER + '" "$@"\n'})
        os.chmod(server, 0o755)
        done = self.eval("--server", server, "--deletions", "0", "--language", "python")
        self.assertEqual(done.returncode, 1)
        self.assertIn("python/p: b.py: signal 6", done.stdout)
        self.assertTrue(re.search(r"^  p +2 +0 +0\.00 +0 +1$", done.stdout, re.M), done.stdout)

    def test_an_empty_folder_is_named(self):
        done = self.eval()
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"{self.folder}: no LANGUAGE/PACKAGE folders", done.stderr)


if __name__ == "__main__":
    unittest.main()
