"""deletions: one token at a time is taken out of good files, and a server that has the package open is watched.

A deletion is drawn by seed from the tokens of the server's own scanner and counts when the language's parser accepts
the file with the token and refuses it without. The server gets the file under its real path and the deletion as a
keystroke; counted are the diagnostics that were not there before, how far the first is from the token, and whether the
first repair puts the token back.
"""

import collections
import dataclasses
import hashlib
import json
import os
import random
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "..", "bench"))

import lsp_client
from tokens import same_program
from typist import Lines

TRIES_PER_DELETION = 12  # how many draws may be accepted by the parser or meet a file that it refuses
FILE_MAX_BYTES = 400_000
START_TIMEOUT_S, OPEN_TIMEOUT_S, ANSWER_TIMEOUT_S = 30.0, 60.0, 20.0
QUIET_S = 0.25  # the first lists after opening are over when nothing came for so long
SECOND_LOOK_S = 1.0  # for a mistake that the first list for its version does not show
BRACKETS = "()[]{}"
IDENTIFIERS = {".c": "c", ".h": "c", ".go": "go", ".java": "java", ".js": "javascript", ".mjs": "javascript",
               ".cjs": "javascript", ".jsx": "javascriptreact", ".json": "json", ".py": "python", ".pyi": "python",
               ".rs": "rust", ".ts": "typescript", ".mts": "typescript", ".cts": "typescript",
               ".tsx": "typescriptreact"}


@dataclasses.dataclass
class Deletion:
    path: str
    start: int  # offsets in characters
    end: int
    line: int
    token: str


def token_list(server, path, data):
    """[(start_byte, end_byte)] by the server's own scanner."""
    done = subprocess.run([server, "tokens", path], stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    if done.returncode:
        return []
    rows = [json.loads(line) for line in done.stdout.splitlines()[1:]]
    return [(row["start_byte"], row["end_byte"]) for row in rows if row["start_byte"] < row["end_byte"] <= len(data)]


def read_source(path):
    """The text, or None when it is no fit file: too large, not UTF-8, or with line ends that are not '\\n'."""
    try:
        if os.path.getsize(path) > FILE_MAX_BYTES:
            return None
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return None
    return None if "\r" in text or "\0" in text or not text.strip() or text.startswith("\ufeff") else text


def draw(server, package, paths, clean, count, judge, seed):
    """Up to `count` deletions that count, spread over the `clean` ones of `paths`, ordered by file. Each file has a draw
    of its own, so that a file that becomes clean changes nothing for the others."""
    order = sorted(paths, key=lambda path: hashlib.sha256(f"{seed} {path}".encode()).digest())
    files = [_File(server, package, path, seed) for path in order if path in clean]
    result, tries = [], 0
    while files and len(result) < count and tries < TRIES_PER_DELETION * count:
        for each in list(files):
            if len(result) == count or tries == TRIES_PER_DELETION * count:
                break
            tries += 1
            deletion = each.next_deletion()
            if deletion is None:
                files.remove(each)
            elif not judge or judge.is_broken_by(os.path.join(package, each.path), each.text, each.without(deletion)):
                result.append(deletion)
    return sorted(result, key=lambda each: (each.path, each.start))


class _File:
    """A file and the deletions to try in it, one after the other."""

    def __init__(self, server, package, path, seed):
        self.path, self.text = path, None
        self._server, self._full = server, os.path.join(package, path)
        self._generator = generator_for(seed, path)
        self._tokens = None

    def next_deletion(self):
        """None when there is none left, or the file is not fit for it."""
        if self._tokens is None:
            self.text = read_source(self._full)
            self._data = (self.text or "").encode()
            self._tokens = token_list(self._server, self._full, self._data) if self.text else []
        if not self._tokens:
            return None
        start_byte, end_byte = self._tokens.pop(self._generator.randrange(len(self._tokens)))
        start = len(self._data[:start_byte].decode("utf-8", "replace"))
        token = self._data[start_byte:end_byte].decode("utf-8", "replace")
        return Deletion(self.path, start, start + len(token), self.text.count("\n", 0, start), token)

    def without(self, deletion):
        return self.text[:deletion.start] + self.text[deletion.end:]


# ---- the server ----

class Editor(lsp_client.Client):
    """One document open at a time; what is published for others is not looked at."""

    def __init__(self, command, folder):
        super().__init__(command, folder)
        self.uri = None
        self._version = 0

    def _receive(self, now, message):
        if message.get("method") == "textDocument/publishDiagnostics" and message["params"]["uri"] != self.uri:
            return
        super()._receive(now, message)

    def open(self, path, text):
        """The diagnostics of the file as it stands, or None when none came."""
        self.uri = f"file://{path}"
        self._version += 1
        self.diagnostics.clear()
        language = IDENTIFIERS.get(os.path.splitext(path)[1], "c")
        self.notify("textDocument/didOpen", {"textDocument": {
            "uri": self.uri, "languageId": language, "version": self._version, "text": text}})
        if self.wait_diagnostics(self._version, lambda found: True, OPEN_TIMEOUT_S) is None:
            return None
        seen = 0
        while seen < len(self.diagnostics):
            seen = len(self.diagnostics)
            self.wait_diagnostics(self._version, lambda found: True, QUIET_S, seen)
        return self.diagnostics[-1][2]

    def change(self, start, end, new_text):
        """The time before the change left."""
        self._version += 1
        self.diagnostics.clear()
        return self.notify("textDocument/didChange", {
            "textDocument": {"uri": self.uri, "version": self._version},
            "contentChanges": [{"range": {"start": start, "end": end}, "text": new_text}]})

    def first(self, wanted, timeout_s):
        return self.wait_diagnostics(self._version, wanted, timeout_s)

    def latest(self):
        return self.diagnostics[-1][2] if self.diagnostics else []

    def quickfixes(self, diagnostic):
        """(time of the answer, actions)."""
        _, answered, message = self.request("textDocument/codeAction", {
            "textDocument": {"uri": self.uri}, "range": diagnostic["range"],
            "context": {"diagnostics": [diagnostic], "only": ["quickfix"]}}, ANSWER_TIMEOUT_S)
        actions = (message or {}).get("result") or []
        return answered, [a for a in actions if a.get("kind", "").startswith("quickfix")]

    def shut(self):
        self.notify("textDocument/didClose", {"textDocument": {"uri": self.uri}})
        self.uri = None


def _key(diagnostic):
    return diagnostic["message"]


def _fresh(found, base):
    """What was not there before, in the order of the text."""
    left = collections.Counter(base)
    fresh = []
    for each in sorted(found, key=lambda d: (d["range"]["start"]["line"], d["range"]["start"]["character"])):
        if left[_key(each)] > 0:
            left[_key(each)] -= 1
        else:
            fresh.append(each)
    return fresh


def repaired(text, encoding, edits):
    lines = Lines(text, encoding)
    no_line = len(text) + 1
    spans = [(lines.offset(e["range"]["start"], text, no_line), lines.offset(e["range"]["end"], text, no_line),
              e["newText"]) for e in edits]
    for start, end, new_text in sorted(spans, reverse=True):
        text = text[:start] + new_text + text[end:]
    return text


def _puts_it_back(language, editor, intact, broken, action):
    edits = (action.get("edit") or {}).get("changes", {}).get(editor.uri, [])
    if not edits:
        return False
    text = repaired(broken, editor.encoding, edits)
    return text == intact or same_program(language, text, intact)


def _type_one(language, editor, lines, text, deletion, base):
    """One deletion and its undo, as a row."""
    broken = text[:deletion.start] + text[deletion.end:]
    row = {"path": deletion.path, "line": deletion.line + 1,
           "column": deletion.start - text.rfind("\n", 0, deletion.start), "token": deletion.token[:80],
           "source": text.split("\n")[deletion.line][:200], "bracket": deletion.token in tuple(BRACKETS),
           "outcome": "answered", "diagnostics": 0, "away": None, "offered": False, "exact": False,
           "shown_ms": None, "repair_ms": None, "found": []}
    start = lines.position(deletion.start)
    begun = editor.change(start, lines.position(deletion.end), "")
    shown = editor.first(lambda found: True, ANSWER_TIMEOUT_S)
    if shown is None:
        row["outcome"] = "silent"
    elif not _fresh(shown[1], base):
        shown = editor.first(lambda found: bool(_fresh(found, base)), SECOND_LOOK_S)
    if shown is not None:
        row["shown_ms"] = 1000 * (shown[0] - begun)
        fresh = _fresh(shown[1], base)
        answered, actions = editor.quickfixes(fresh[0])
        fresh = _fresh(editor.latest(), base) or fresh
        row["diagnostics"] = len(fresh)
        row["away"] = abs(fresh[0]["range"]["start"]["line"] - deletion.line)
        row["found"] = [[d["range"]["start"]["line"] + 1, d["message"]] for d in fresh[:5]]
        if actions:
            row["offered"] = True
            row["repair_ms"] = 1000 * (answered - begun) if answered else None
            row["title"] = actions[0].get("title")
            row["exact"] = _puts_it_back(language, editor, text, broken, actions[0])
    editor.change(start, start, deletion.token)
    return row


def _crashed(deletion, how):
    return {"path": deletion.path, "line": deletion.line + 1, "token": deletion.token[:80], "source": "",
            "bracket": deletion.token in tuple(BRACKETS), "outcome": "crashed", "diagnostics": 0, "away": None,
            "offered": False, "exact": False, "shown_ms": None, "repair_ms": None, "found": [], "how": how}


def type_all(server, language, package, deletions):
    """(rows, files that the editor flags as they stand); a server that dies costs the file that killed it."""
    rows, flagged, editor = [], [], None
    groups = {}
    for each in deletions:
        groups.setdefault(each.path, []).append(each)
    try:
        for path, group in groups.items():
            full = os.path.join(package, path)
            text = read_source(full)
            if text is None:
                continue
            done = 0
            try:
                if editor is None:
                    editor = Editor([server, "serve", "--stdio"], package)
                    editor.initialize(START_TIMEOUT_S)
                base = editor.open(full, text)
                if base:
                    flagged.append({"path": path, "line": base[0]["range"]["start"]["line"] + 1,
                                    "message": base[0]["message"]})
                lines = Lines(text, editor.encoding)
                for done, each in enumerate(group):
                    rows.append(_type_one(language, editor, lines, text, each, [_key(d) for d in base or []]))
                done = len(group)
                editor.shut()
            except lsp_client.ServerDied as how:
                rows += [_crashed(each, str(how)) for each in group[done:]]
                if editor:
                    editor.stop()
                editor = None
    finally:
        if editor:
            editor.stop()
    return rows, flagged


def generator_for(*parts):
    """The same draw for the same parts, whatever else is measured."""
    return random.Random(" ".join(map(str, parts)))
