"""A valid text with its tokens, as the kinds of mistakes look at it, and a mistake made in one."""

import re
from dataclasses import dataclass, field

from model import features

OPENERS = {"(": ")", "[": "]", "{": "}"}
CLOSERS = {closer: opener for opener, closer in OPENERS.items()}


@dataclass
class Mistake:
    """What was broken: edits in the valid text, in order and apart."""
    kind: str
    edits: list
    lines: bool = False  # line ends were touched
    parts: list = field(default_factory=list)  # the edits of each single mistake, where there are several


@dataclass
class Source:
    """A valid text with its tokens. The text is latin-1: one character a byte."""
    language: str
    text: str
    starts: list
    ends: list
    ids: list
    lines: list
    words: list = field(default_factory=list)
    partner: list = field(default_factory=list)  # of brackets: the other one, or -1
    innermost: list = field(default_factory=list)  # opener around each token, or -1

    @classmethod
    def from_records(cls, language, text, records):
        source = cls(language, text, records["start"].tolist(), records["end"].tolist(), records["token"].tolist(),
                     records["line"].tolist())
        source._complete()
        return source

    def _complete(self):
        self.words = [self.text[start:end] for start, end in zip(self.starts, self.ends)]
        self.partner = [-1] * len(self.words)
        stack = []
        for at, word in enumerate(self.words):
            if word in CLOSERS and stack:
                opener = stack.pop()
                self.partner[at], self.partner[opener] = opener, at
            self.innermost.append(stack[-1] if stack else -1)
            if word in OPENERS:
                stack.append(at)

    def __len__(self):
        return len(self.words)

    def where(self, *words):
        return [at for at, word in enumerate(self.words) if word in words]

    def kind_is(self, *kinds):
        return [at for at, kind in enumerate(self.ids) if kind in kinds]

    def keywords(self):
        return [at for at, kind in enumerate(self.ids)
                if kind >= features.FIRST_LITERAL and self.words[at][0].isalpha()]

    def signs(self):
        return [at for at, kind in enumerate(self.ids)
                if kind >= features.FIRST_LITERAL and not self.words[at][0].isalnum()]

    def is_first(self, at):
        return at == 0 or self.lines[at] != self.lines[at - 1]

    def is_last(self, at):
        return at + 1 == len(self.words) or self.lines[at] != self.lines[at + 1]

    def before(self, at):
        return self.words[at - 1] if at > 0 else ""

    def after(self, at):
        return self.words[at + 1] if at + 1 < len(self.words) else ""

    def line_start(self, at):
        """Offset at which the line of a token begins."""
        return self.text.rfind("\n", 0, self.starts[at]) + 1

    def line_end(self, at):
        """Offset of the line end behind a token."""
        end = self.text.find("\n", self.ends[at])
        return len(self.text) if end < 0 else end

    def indentation(self, at):
        start = self.line_start(at)
        return self.text[start:start + len(self.text[start:]) - len(self.text[start:].lstrip(" \t"))]

    def line_firsts(self):
        return [at for at in range(len(self.words)) if self.is_first(at)]

    def remove(self, at, rng):
        """Deletes a token, sometimes with the space beside it; never so that its neighbours become one word."""
        start, end = self.starts[at], self.ends[at]
        text = self.text
        left, right = text[start - 1:start], text[end:end + 1]
        if left.isspace() and right == " " and left != "\n":
            end += 1
        elif right == " " and self.is_first(at):
            end += 1
        elif left == " " and self.is_last(at) and rng.random() < 0.8:
            start -= 1
        elif re.match(r"\w", left or "-") and re.match(r"\w", right or "-"):
            return (start, end, " ")
        return (start, end, "")

    def remove_line_or_token(self, at, rng, share):
        """A token alone on its line goes with the line, in `share` of the cases."""
        if self.is_first(at) and self.is_last(at) and rng.random() < share:
            end = self.line_end(at)
            if not self.text[self.ends[at]:end].strip():
                return (self.line_start(at), min(end + 1, len(self.text)), "")
        return self.remove(at, rng)

    def replace(self, at, word):
        return (self.starts[at], self.ends[at], word)

    def insert_after(self, at, text):
        return (self.ends[at], self.ends[at], text)

    def insert_before(self, at, text):
        return (self.starts[at], self.starts[at], text)
