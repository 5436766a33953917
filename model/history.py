"""history: texts that people broke and mended, from the histories of git repositories.

    python3 -m model.history OUT_DIR REPOSITORY... [--server FILE]

A pair is a version of a file in which the program finds something broken, and the next one, in which it does not, when
the two differ in at most LINES lines; of each file the last one, since a broken file is often changed many times. Adds
to OUT_DIR/LANG.jsonl, as `dev eval` and model/chances.py read them. They say what people change beside their mistake,
which no breaking by a program can know.
"""

import argparse
import difflib
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "eval"))

from line_process import Died, LineProcess, TooSlow  # noqa: E402

SERVER = os.path.join(ROOT, "build", "release", "noodle-lsp")
KIND = "history"
ENDINGS = {".py": "python", ".c": "c", ".h": "c", ".java": "java", ".json": "json", ".js": "javascript",
           ".ts": "typescript", ".go": "go", ".rs": "rust"}
BYTES_MAX = 16_000
LINES = 24  # removed and added together
HANG_S = 20.0


def changes(repository):
    """(path, blob before, blob after) of every change to a file of a language, once, the newest first."""
    command = ["git", "-C", repository, "log", "--all", "--raw", "--no-abbrev", "--no-renames", "--diff-filter=M",
               "--format=", "--", *("*" + ending for ending in ENDINGS)]
    seen = set()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        for line in process.stdout:
            facts, _, path = line.decode("utf-8", "replace").rstrip("\n").partition("\t")
            fields = facts.split()
            if len(fields) == 5 and (fields[2], fields[3]) not in seen:
                seen.add((fields[2], fields[3]))
                yield path, fields[2], fields[3]


class Blobs:
    def __init__(self, repository):
        self._process = subprocess.Popen(["git", "-C", repository, "cat-file", "--batch"], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE)

    def text(self, blob):
        """None: not there, empty, too large or no UTF-8."""
        self._process.stdin.write(blob.encode() + b"\n")
        self._process.stdin.flush()
        head = self._process.stdout.readline().split()
        if len(head) < 3:
            return None
        data = self._process.stdout.read(int(head[2]) + 1)[:-1]
        try:
            return data.decode("utf-8") if 0 < len(data) <= BYTES_MAX else None
        except UnicodeDecodeError:
            return None

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def differ_little(before, after):
    lines = [line for line in difflib.unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
             if line[:1] in "+-" and line[:3] not in ("+++", "---")]
    return 0 < len(lines) <= LINES


class Reader:
    """What the program says of texts, each asked about once."""

    def __init__(self, server):
        self._process = LineProcess([server, "fix", "--jsonl", "--no-cache", "--max-fixes", "1"])
        self._known = {}

    def is_broken(self, language, blob, text):
        """None: no answer."""
        if blob not in self._known:
            request = json.dumps({"id": blob, "language": language, "text": text}).encode()
            try:
                self._known[blob] = bool(json.loads(self._process.ask(request, HANG_S)).get("diagnostics"))
            except (Died, TooSlow):
                self._known[blob] = None
        return self._known[blob]

    def close(self):
        self._process.close()


def pairs(repository, reader):
    """(language, path, broken text, mended text)."""
    blobs = Blobs(repository)
    done = set()
    for path, before, after in changes(repository):
        language = ENDINGS[os.path.splitext(path)[1]]
        if path in done:
            continue
        broken = blobs.text(before)
        if broken is None or not reader.is_broken(language, before, broken):
            continue
        mended = blobs.text(after)
        if mended is None or not differ_little(broken, mended) or reader.is_broken(language, after, mended) is not False:
            continue
        done.add(path)
        yield language, path, broken, mended
    blobs.close()


def main():
    parser = argparse.ArgumentParser(prog="history", description=__doc__.split("\n\n")[0])
    parser.add_argument("out", metavar="OUT_DIR")
    parser.add_argument("repositories", metavar="REPOSITORY", nargs="+", help="a working tree or a git directory")
    parser.add_argument("--server", default=SERVER, metavar="FILE")
    options = parser.parse_args()
    for repository in options.repositories:
        asked = subprocess.run(["git", "-C", repository, "rev-parse", "--git-dir"], capture_output=True, check=False)
        if asked.returncode != 0:
            parser.error(f"{repository}: not a git repository")
    os.makedirs(options.out, exist_ok=True)
    reader = Reader(options.server)
    for repository in options.repositories:
        count = 0
        for language, path, broken, mended in pairs(repository, reader):
            row = {"id": f"{os.path.basename(os.path.abspath(repository))}/{path}", "lang": language, "kind": KIND,
                   "broken": broken, "fixed": mended}
            with open(os.path.join(options.out, f"{language}.jsonl"), "a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")
            count += 1
        print(f"{repository}: {count} pairs")
    reader.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
