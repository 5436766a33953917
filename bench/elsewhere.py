#!/usr/bin/env python3
"""elsewhere: a large file with several mistakes, and edits that touch none of them: how long until the repairs are ready
again, and for how many of the mistakes, with the cache and without.

The text is rows of small functions; in some of them, evenly spread, a token is missing. Each edit writes a space at the
end of another line. Prints a JSON line with the cache and one without.

Exit status: 0 when everything was measured, 1 when a server died, 2 for wrong usage.
"""

import argparse
import json
import os
import sys
import tempfile

import lsp_client
from keystroke import DEFAULT_SERVER, quantile

TIMEOUT_S = 60.0
QUIET_S = 0.5  # between edits: what is done at leisure is done
# A function, and what is lost in it.
LANGUAGES = {
    "python": (".py", "def f{n}(a, b):\n    if a > b:\n        return [a, b, {n}]\n    return (a + b) * {n}\n\n\n", " b:\n", " b\n"),
    "javascript": (".js", "function f{n}(a, b) {{\n  if (a > b) {{\n    return [a, b, {n}];\n  }}\n  return (a + b) * {n};\n}}\n\n",
                   "{n}];", "{n};"),
    "c": (".c", "int f{n}(int a, int b) {{\n    if (a > b) {{\n        return g(a, b, {n});\n    }}\n    return (a + b) * {n};\n}}\n\n",
          "{n});\n", "{n};\n"),
}


def make_text(name, size, mistakes):
    """The text, and offsets of line ends in whole functions."""
    _, function, right, wrong = LANGUAGES[name]
    count = max(size // len(function.format(n=1000)), 2 * mistakes)
    text, ends = [], []
    length = 0
    broken = {(2 * i + 1) * count // (2 * mistakes) for i in range(mistakes)}
    for number in range(count):
        part = function.format(n=number)
        if number in broken:
            part = part.replace(right.format(n=number), wrong.format(n=number), 1)
        else:
            ends.append(length + part.index("\n"))
        text.append(part)
        length += len(part)
    return "".join(text), ends


def position(text, offset):
    return {"line": text.count("\n", 0, offset), "character": offset - text.rfind("\n", 0, offset) - 1}


def settle(client):
    seen = -1
    while seen < len(client.diagnostics):
        seen = len(client.diagnostics)
        client.wait_diagnostics(0, lambda found: True, QUIET_S, seen)


def measure(command, name, text, places):
    """Milliseconds from each edit to the answer with the repairs, what was shown and repaired, and the server's word."""
    times, shown, repaired = [], [], []
    with tempfile.TemporaryDirectory(prefix="noodle-bench-") as folder:
        uri = f"file://{folder}/typed{LANGUAGES[name][0]}"
        client = lsp_client.Client(command, folder)
        try:
            client.initialize(TIMEOUT_S)
            document = {"uri": uri, "languageId": name, "version": 1, "text": text}
            client.notify("textDocument/didOpen", {"textDocument": document})
            client.wait_diagnostics(1, lambda found: True, TIMEOUT_S)
            settle(client)
            whole = {"start": {"line": 0, "character": 0}, "end": position(text, len(text))}
            for version, offset in enumerate(places, 2):
                at = position(text, offset)
                begun = client.notify("textDocument/didChange", {
                    "textDocument": {"uri": uri, "version": version},
                    "contentChanges": [{"range": {"start": at, "end": at}, "text": " "}]})
                _, answered, message = client.request("textDocument/codeAction", {
                    "textDocument": {"uri": uri}, "range": whole,
                    "context": {"diagnostics": [], "only": ["quickfix"]}}, TIMEOUT_S)
                if answered is None:
                    raise lsp_client.ServerDied("no answer to codeAction")
                settle(client)
                actions = message.get("result") or []
                times.append((answered - begun) * 1000)
                shown.append(len(client.diagnostics[-1][2]))
                fixed = (action["diagnostics"][0]["range"]["start"]["line"] for action in actions
                         if action.get("diagnostics"))
                repaired.append(len(set(fixed)))
            _, _, status = client.request("noodle/status", {}, TIMEOUT_S)
        finally:
            client.stop()
    return times, shown, repaired, status["result"]["cache"]


def main():
    parser = argparse.ArgumentParser(prog="elsewhere", description=__doc__.split("\n\n")[0])
    parser.add_argument("--server", default=DEFAULT_SERVER, metavar="PATH", help="default: build/release/noodle-lsp")
    parser.add_argument("--language", default="python", choices=list(LANGUAGES))
    parser.add_argument("--bytes", type=int, default=100_000, metavar="N")
    parser.add_argument("--mistakes", type=int, default=10, metavar="N")
    parser.add_argument("--edits", type=int, default=20, metavar="N")
    options = parser.parse_args()
    if min(options.bytes, options.mistakes, options.edits) < 1:
        parser.error("--bytes, --mistakes and --edits take numbers above 0")
    text, ends = make_text(options.language, options.bytes, options.mistakes)
    places = [ends[(i * 7919 + 1) % len(ends)] for i in range(options.edits)]
    server = os.path.abspath(options.server)
    with tempfile.TemporaryDirectory(prefix="noodle-bench-") as home:
        os.environ["XDG_CACHE_HOME"] = home
        for flags in (["--no-cache"], []):
            try:
                times, shown, repaired, cache = measure([server, "--stdio"] + flags, options.language, text, places)
            except lsp_client.ServerDied as how:
                print(f"elsewhere: {how}", file=sys.stderr)
                return 1
            print(json.dumps({"what": "elsewhere", "cache": cache is not None, "language": options.language, "bytes": len(text),
                              "mistakes": options.mistakes, "p50_ms": round(quantile(times, 0.5), 1),
                              "p95_ms": round(quantile(times, 0.95), 1), "shown": shown[-1], "repaired": repaired[-1],
                              "excerpt_hits": cache["excerptHits"] if cache else 0}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
