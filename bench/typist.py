"""typist: opens one text in one server, deletes one token at a time, takes it back, and notes when what was seen.

For each deletion: the time until a list of diagnostics for that very version shows the mistake, the answer to a request
for its repair, whether that repair puts the token back (spacing aside), how many diagnostics the one mistake made and
how far away the nearest stands; then the time until the undo has cleared it. What stood in the text before counts for
nothing. In the end: the time until a request is answered that no server knows, which is what the pipe costs.
"""

import bisect
import collections
import dataclasses
import os
import re
import time

import lsp_client

OPEN_TIMEOUT_S = 120.0
QUIET_S = 0.3        # the first lists after opening are over when nothing came for so long...
QUIET_S_PER_MB = 0.5 # ...and for large texts this besides: who opens one looks before typing
ASKED = 50           # requests that no server knows
ASKED_PAUSE_S = 0.01 # between them: who waits for the next one sleeps by then
SECOND_LOOK_S = 1.0  # for a mistake that the first list for its version does not show


@dataclasses.dataclass
class Notes:
    start_ms: float = None
    open_ms: float = None
    baseline: int = 0
    rss_mb: float = None
    asked_ms: list = dataclasses.field(default_factory=list)
    deletions: int = 0
    missed: int = 0
    not_cleared: int = 0
    died: str = None
    shown_ms: list = dataclasses.field(default_factory=list)
    cleared_ms: list = dataclasses.field(default_factory=list)
    repair_ms: list = dataclasses.field(default_factory=list)
    repairs_exact: int = 0
    counts: list = dataclasses.field(default_factory=list)
    lines_away: list = dataclasses.field(default_factory=list)


class Lines:
    """Offsets of a text to positions of the protocol and back."""

    def __init__(self, text, encoding):
        self._text = text
        self._starts = [0] + [m.end() for m in re.finditer("\n", text)]
        self._unit = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding]

    def position(self, offset):
        line = bisect.bisect_right(self._starts, offset) - 1
        codec, width = self._unit
        return {"line": line, "character": len(self._text[self._starts[line]:offset].encode(codec)) // width}

    def offset(self, position, text, removed_line):
        """In `text`, which is this one less one character on `removed_line`."""
        line = min(position["line"], len(self._starts) - 1)
        start = self._starts[line] - (line > removed_line)
        end = text.find("\n", start)
        codec, width = self._unit
        row = text[start:end if end >= 0 else len(text)].encode(codec)
        return start + len(row[:position["character"] * width].decode(codec, "ignore"))


def _key(diagnostic):
    start = diagnostic["range"]["start"]
    return start["line"], diagnostic["message"]


def _ink(text):
    return "".join(text.split())


class Typist:
    def __init__(self, command, language, text, folder, timeout_s):
        self._language, self._text, self._timeout_s = language, text, timeout_s
        self._ink = None
        self._version = 0
        name = f"typed{language.suffix}"
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        self._uri = f"file://{folder}/{name}"
        self.notes = Notes()
        self._client = lsp_client.Client(command, folder)

    def work(self, offsets, seconds, least):
        """Opens the text and goes through `offsets` for `seconds`, but for `least` of them at any rate."""
        try:
            self.notes.start_ms = self._client.initialize(OPEN_TIMEOUT_S)
            self._open()
            end = time.perf_counter() + seconds
            for number, offset in enumerate(offsets):
                if number >= least and time.perf_counter() > end:
                    break
                self._delete_and_undo(offset)
            self.notes.rss_mb = self._client.resident_mb()
            self._ask_nothing()
        except lsp_client.ServerDied as how:
            self.notes.died = str(how)
        finally:
            self._client.stop()
        return self.notes

    def _ask_nothing(self):
        for _ in range(ASKED):
            time.sleep(ASKED_PAUSE_S)
            begun, answered, _ = self._client.request("bench/nothing", {}, OPEN_TIMEOUT_S)
            if answered is not None:
                self.notes.asked_ms.append(1000 * (answered - begun))

    def _open(self):
        self._version = 1
        document = {"uri": self._uri, "languageId": self._language.identifier, "version": 1, "text": self._text}
        begun = self._client.notify("textDocument/didOpen", {"textDocument": document})
        first = self._client.wait_diagnostics(1, lambda found: True, OPEN_TIMEOUT_S)
        if first is None:
            raise lsp_client.ServerDied("no diagnostics after opening")
        self.notes.open_ms = 1000 * (first[0] - begun)
        seen = 0
        quiet_s = QUIET_S + QUIET_S_PER_MB * len(self._text) / 1e6
        while seen < len(self._client.diagnostics):
            seen = len(self._client.diagnostics)
            self._client.wait_diagnostics(1, lambda found: True, quiet_s, seen)
        base = self._client.diagnostics[-1][2]
        self._base = collections.Counter(map(_key, base))
        self.notes.baseline = len(base)
        self._lines = Lines(self._text, self._client.encoding)

    def _change(self, start, end, new_text):
        self._version += 1
        self._client.diagnostics.clear()
        return self._client.notify("textDocument/didChange", {
            "textDocument": {"uri": self._uri, "version": self._version},
            "contentChanges": [{"range": {"start": start, "end": end}, "text": new_text}]})

    def _delete_and_undo(self, offset):
        notes = self.notes
        start, end = self._lines.position(offset), self._lines.position(offset + 1)
        begun = self._change(start, end, "")
        notes.deletions += 1
        shown = self._wait_for_mistake()
        if shown is None:
            notes.missed += 1
        else:
            notes.shown_ms.append(1000 * (shown[0] - begun))
            self._ask_repair(offset, start["line"], begun, shown[1])
            latest = [found for _, version, found in self._client.diagnostics if version in (self._version, None)][-1]
            notes.counts.append(self._fresh(latest).total())

        begun = self._change(start, start, self._text[offset])
        cleared = self._client.wait_diagnostics(self._version, lambda found: not self._fresh(found), self._timeout_s)
        if cleared is None:
            notes.not_cleared += 1
        else:
            notes.cleared_ms.append(1000 * (cleared[0] - begun))

    def _fresh(self, found):
        """What was not there before the deletion, counted."""
        return collections.Counter(map(_key, found)) - self._base

    def _wait_for_mistake(self):
        first = self._client.wait_diagnostics(self._version, lambda found: True, self._timeout_s)
        if first is None or self._fresh(first[1]):
            return first
        return self._client.wait_diagnostics(self._version, self._fresh, SECOND_LOOK_S)

    def _ask_repair(self, offset, line, begun, found):
        fresh = self._fresh(found)
        nearest = min((d for d in found if _key(d) in fresh), key=lambda d: abs(d["range"]["start"]["line"] - line))
        self.notes.lines_away.append(abs(nearest["range"]["start"]["line"] - line))
        _, answered, message = self._client.request("textDocument/codeAction", {
            "textDocument": {"uri": self._uri}, "range": nearest["range"],
            "context": {"diagnostics": [nearest], "only": ["quickfix"]}}, self._timeout_s)
        actions = [a for a in (message or {}).get("result") or [] if a.get("kind", "").startswith("quickfix")]
        if not actions:
            return
        self.notes.repair_ms.append(1000 * (answered - begun))
        self.notes.repairs_exact += self._puts_it_back(offset, line, actions[0])

    def _puts_it_back(self, offset, line, action):
        text = self._text[:offset] + self._text[offset + 1:]
        edits = (action.get("edit") or {}).get("changes", {}).get(self._uri, [])
        spans = [(self._lines.offset(e["range"]["start"], text, line),
                  self._lines.offset(e["range"]["end"], text, line), e["newText"]) for e in edits]
        for start, end, new_text in sorted(spans, reverse=True):
            text = text[:start] + new_text + text[end:]
        if self._ink is None:
            self._ink = _ink(self._text)
        return bool(edits) and _ink(text) == self._ink
