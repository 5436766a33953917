"""The whole chain in small: corpus, shards, training, export, scores. And what the commands say to wrong arguments."""

import os
import subprocess
import sys
import tempfile
import unittest

import toy_lexer  # noqa: F401  (finds the sources, skips where numpy is missing)

from model import features

SERVER = os.environ.get("NOODLE_LSP", features.SERVER)


def has_torch():
    try:
        import torch  # noqa: F401
    except ImportError:
        return False
    return True


def run(module, *arguments, code=0):
    done = subprocess.run([sys.executable, "-m", f"model.{module}", *map(str, arguments)], cwd=features.ROOT,
                          capture_output=True, text=True)
    if done.returncode != code:
        raise AssertionError(f"model.{module} ended with {done.returncode}, not {code}:\n{done.stdout}{done.stderr}")
    return done


@unittest.skipUnless(os.path.exists(SERVER), "needs noodle-lsp: ./dev build")
class Chain(unittest.TestCase):
    @unittest.skipUnless(has_torch(), "needs torch")
    def test_from_sources_to_weights(self):
        with tempfile.TemporaryDirectory() as folder:
            shards, out, weights = (os.path.join(folder, name) for name in ("shards", "run", "small.safetensors"))
            server = ("--server", SERVER)
            run("corpus", folder, "--tree", features.ROOT, "--language", "c", "--language", "python", *server)
            for language in ("javascript", "typescript", "json", "go", "rust", "java"):
                run("corpus", folder, "--tree", features.ROOT, "--language", language, *server)
            for part in ("train", "validation"):
                run("samples", folder, shards, "--part", part, "--windows", 100, *server)
            said = run("train", folder, shards, out, "--config", "small", "--minutes", 0.1, "--threads", 1, *server).stdout
            self.assertIn("top1", said)
            said = run("train", folder, shards, out, "--config", "small", "--minutes", 0.12, "--threads", 1, "--pool",
                       *server).stdout
            self.assertIn("goes on at", said)
            self.assertIn("top1", said)
            said = run("export", os.path.join(out, "checkpoint.pt"), shards, weights, "--windows", 100,
                       "--loss-max", 100).stdout  # trained for seconds: its figures are chance
            self.assertIn("int8 costs", said)
            self.assertIn("python", run("evaluate", weights, shards, "--part", "validation", "--kinds").stdout)

    def test_samples_can_be_read(self):
        with tempfile.TemporaryDirectory() as folder:
            run("corpus", folder, "--tree", features.ROOT, "--language", "c", "--server", SERVER)
            said = run("corrupt", folder, "--language", "c", "--print", 3, "--server", SERVER).stdout
            self.assertGreaterEqual(said.count("===="), 3)


class Usage(unittest.TestCase):
    def check(self, complaint, module, *arguments):
        said = run(module, *arguments, code=2)
        self.assertEqual("", said.stdout)
        self.assertEqual(1, len(said.stderr.strip().splitlines()), said.stderr)
        self.assertIn(complaint, said.stderr)

    def test_wrong_arguments_get_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            self.check("cannot start /nowhere", "corpus", folder, "--tree", features.ROOT, "--server", "/nowhere")
            self.check("no directory", "corpus", folder, "--tree", "/nowhere")
            self.check("1 or more", "samples", folder, folder, "--shards", "0")
            self.check("has no kind", "corrupt", folder, "--language", "json", "--kind", "python2")
            if os.path.exists(SERVER):
                self.check("is no corpus", "samples", folder, folder, "--server", SERVER)
            if has_torch():
                self.check("take more than 0", "train", folder, folder, folder, "--minutes", "-1")
                self.check("for one process", "train", folder, folder, folder, "--pool", "--processes", "2")
                self.check("is no checkpoint", "export", os.path.join(folder, "x"), folder, folder)
                self.check("No such file", "evaluate", os.path.join(folder, "x"), folder)


if __name__ == "__main__":
    unittest.main()
