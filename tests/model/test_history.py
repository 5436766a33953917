"""Pairs from histories, and the chances that are fitted on them."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import toy_lexer  # noqa: F401  (finds the sources, skips where numpy is missing)

import numpy

from model import chances, features, history, rerank

SERVER = os.environ.get("NOODLE_LSP", features.SERVER)


@unittest.skipUnless(os.path.exists(SERVER), "needs noodle-lsp: ./dev build")
@unittest.skipUnless(shutil.which("git"), "needs git")
class Histories(unittest.TestCase):
    def commit(self, folder, path, text):
        with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
            file.write(text)
        me = ["-c", "user.name=n", "-c", "user.email=n@localhost", "-c", "commit.gpgsign=false"]
        for command in (["add", path], [*me, "commit", "-q", "-m", "change"]):
            subprocess.run(["git", "-C", folder, *command], check=True, capture_output=True)

    def run_history(self, *arguments, code=0):
        done = subprocess.run([sys.executable, "-m", "model.history", *arguments, "--server", SERVER], cwd=features.ROOT,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def test_a_broken_version_and_the_next_one(self):
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as out:
            subprocess.run(["git", "init", "-q", folder], check=True, capture_output=True)
            self.commit(folder, "a.json", '{"a": 1}\n')
            self.commit(folder, "a.json", '{"a": 1 "b": 2}\n')
            self.commit(folder, "a.json", '{"a": 1, "b": 3}\n')  # mended, and more than that
            self.commit(folder, "a.json", '{"a": 1, "b": 4}\n')  # nothing was broken
            self.commit(folder, "b.py", "def f(:\n    pass\n")
            self.commit(folder, "b.py", "def f(x:\n    pass\n")  # still broken
            self.commit(folder, "c.json", '{"a": 1,}\n')
            self.commit(folder, "c.json", "[\n" + "1,\n" * 100 + "2]\n")  # another text
            said = self.run_history(out, folder).stdout
            self.assertIn(": 1 pairs", said)
            self.assertEqual(os.listdir(out), ["json.jsonl"])
            with open(os.path.join(out, "json.jsonl"), encoding="utf-8") as file:
                rows = [json.loads(line) for line in file]
            self.assertEqual([(row["broken"], row["fixed"]) for row in rows],
                             [('{"a": 1 "b": 2}\n', '{"a": 1, "b": 3}\n')])
            names, answered = rerank.ask(SERVER, [], rerank.read_cases(out, 10))
            shares, counts, right = chances.tell(names, answered)
            self.assertEqual(list(counts[0]), [1, 0, 0])
            self.assertTrue(0 < shares[0] < 1)
            self.assertFalse(right[0])

    def test_what_is_no_repository(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIn("not a git repository", self.run_history(folder, os.path.join(folder, "none"), code=2).stderr)


class Chances(unittest.TestCase):
    def test_the_shipped_order_is_read(self):
        weights, unseen = chances.shipped()
        self.assertTrue({"cost", "odds", "placeholders"} <= set(weights))
        self.assertGreater(unseen, 0)

    def test_what_was_put_in_is_found_again(self):
        random = numpy.random.default_rng(7)
        truth = numpy.array([0.7, 0.9, 0.3])
        counts = numpy.eye(3)[random.integers(0, 3, 6000)]
        shares = random.uniform(0.9, 0.99, 6000)
        right = random.uniform(size=6000) < chances.confidences(truth, shares, counts)
        self.assertTrue((abs(chances.fit(shares, counts, right) - truth) < 0.04).all())

    def test_nothing_speaks_for_less_than_one(self):
        shares, counts = numpy.full(100, 0.9), numpy.zeros((100, 3))
        self.assertEqual(list(chances.fit(shares, counts, numpy.arange(100) % 10 > 0)), [1, 1, 1])


if __name__ == "__main__":
    unittest.main()
