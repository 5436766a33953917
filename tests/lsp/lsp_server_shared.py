#!/usr/bin/env python3
"""One file of the cache for all: two servers and a `fix` run at the same time say what they would say without it."""
import os
import random
import select
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import lsp_transports
from lsp_transports import frame, parse

SERVER = os.environ.get("NOODLE_LSP", "")
PATIENCE_S = 120
FILES = 60
TEXTS = {
    "json": (".json", '{{"a": [{n} {n}], "b": {n}}}\n'),
    "python": (".py", "def f{n}(a, b:\n    return a\n\n\nif f{n}(1) f{n}:\n    pass\n"),
    "javascript": (".js", "function f{n}( {{\n  return [1, {n};\n}}\n"),
    "c": (".c", '#include "shared.h"\nint f{n}(void) {{\n    int x = {n}\n    return x done\n}}\n'),
}


def environment(home):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NOODLE_SYNTAX_FIXER_")}
    # What the clock decides may differ from run to run.
    return dict(kept, XDG_CACHE_HOME=home, NOODLE_SYNTAX_FIXER_LATENCY_DIAGNOSTICS="off")


class Client:
    """A server, and what it says of the documents it is shown."""

    def __init__(self, root, home, *arguments):
        self.root, self.number, self.data, self.answers, self.diagnostics = root, 0, b"", {}, {}
        self.process = subprocess.Popen([SERVER, "serve", "--model", "none", *arguments], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment(home))
        actions = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}
        self.request("initialize", {"processId": None, "rootUri": f"file://{root}",
                                    "capabilities": {"textDocument": {"codeAction": actions}},
                                    "initializationOptions": {"repairBudgetMs": 20000}})
        self.send({"method": "initialized", "params": {}})

    def send(self, message):
        self.process.stdin.write(frame(message))
        self.process.stdin.flush()

    def read(self, end):
        if not select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))[0]:
            raise AssertionError("what was waited for never came")
        more = os.read(self.process.stdout.fileno(), 1 << 20)
        if not more:
            raise AssertionError("the server ended")
        messages, self.data = parse(self.data + more)
        for message in messages:
            if message.get("method") == "textDocument/publishDiagnostics":
                self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
            elif "id" in message and "method" not in message:
                self.answers[message["id"]] = message["result"]

    def request(self, method, params):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params})
        end = time.monotonic() + PATIENCE_S
        while self.number not in self.answers:
            self.read(end)
        return self.answers.pop(self.number)

    def look_at(self, name, language, text):
        """Opened, judged and closed: diagnostics and repairs."""
        uri = f"file://{self.root}/{name}"
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 100, "character": 0}}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": uri, "languageId": language, "version": 1, "text": text}}})
        actions = self.request("textDocument/codeAction", {"textDocument": {"uri": uri}, "range": whole,
                                                           "context": {"diagnostics": [], "only": ["quickfix"]}})
        said = (self.diagnostics[uri], actions)
        self.send({"method": "textDocument/didClose", "params": {"textDocument": {"uri": uri}}})
        return said

    def end(self):
        cache = self.request("noodle/status", {})["cache"]
        self.request("shutdown", None)
        self.send({"method": "exit"})
        code = self.process.wait(PATIENCE_S)
        lsp_transports.Wires.end(self.process)
        return code, cache


class Shared(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="noodle-lsp-")
        self.addCleanup(folder.cleanup)
        self.home, self.root = (os.path.join(folder.name, name) for name in ("cache", "root"))
        os.mkdir(self.root)
        self.texts = {}
        for number in range(FILES):
            language = list(TEXTS)[number % len(TEXTS)]
            suffix, text = TEXTS[language]
            self.texts[f"f{number}{suffix}"] = (language, text.format(n=number))
        for name, (_, text) in {**self.texts, "shared.h": ("c", "#define done ;\n")}.items():
            with open(os.path.join(self.root, name), "w", encoding="utf-8") as file:
                file.write(text)

    def look_at_all(self, seed, *arguments):
        names = list(self.texts)
        random.Random(seed).shuffle(names)
        client = Client(self.root, self.home, *arguments)
        said = {name: client.look_at(name, *self.texts[name]) for name in names}
        return said, client.end()

    def fix(self, *arguments):
        done = subprocess.run([SERVER, "fix", "--model", "none", "--deadline-ms", "60000", *arguments, "."], cwd=self.root,
                              env=environment(self.home), capture_output=True, timeout=PATIENCE_S, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.stdout

    def test_all_say_what_they_would_without(self):
        expected, _ = self.look_at_all(0, "--no-cache")
        expected_fix = self.fix("--no-cache")
        self.assertEqual(len(expected), FILES)
        self.assertTrue(all(diagnostics and actions for diagnostics, actions in expected.values()))
        known = 0
        for turn in range(3):  # nothing is known, then all, then a header changes what some texts are
            results = {}
            threads = [threading.Thread(target=lambda seed=seed: results.update({seed: self.look_at_all(seed)}))
                       for seed in (2 * turn + 1, 2 * turn + 2)]
            threads.append(threading.Thread(target=lambda: results.update(fix=self.fix())))
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(results.pop("fix"), expected_fix)
            self.assertEqual(len(results), 2)
            for said, (code, cache) in results.values():
                self.assertEqual(code, 0)
                self.assertEqual(said, expected)
                self.assertEqual(sum(tier["damaged"] for tier in cache["lost"].values()), 0)
                known += cache["memoryHits"] + cache["diskHits"]
            if turn == 1:
                with open(os.path.join(self.root, "shared.h"), "w", encoding="utf-8") as file:
                    file.write("#define dome ;\n")
                expected, _ = self.look_at_all(0, "--no-cache")
                expected_fix = self.fix("--no-cache")
        self.assertGreater(known, 2 * FILES)


if __name__ == "__main__":
    if not os.path.exists(SERVER):
        print("skipped: NOODLE_LSP does not name the server's program")
        sys.exit(77)
    unittest.main()
