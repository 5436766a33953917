"""sites: tokens whose loss breaks a text: brackets, and the separators that a language can't do without.

Brackets are the bulk of what people forget; separators are taken only where a missing one is a mistake. Strings,
comments, templates and regular expressions are skipped, well enough for code that is known to be whole.
"""

import random
import re

_SLASH_COMMENTS = r"//[^\n]*|/\*.*?\*/"
_QUOTED = r'"(?:\\.|[^"\\\n])*"|' + r"'(?:\\.|[^'\\\n])*'"

_SKIPPED = {
    "c": rf"{_SLASH_COMMENTS}|{_QUOTED}|^[ \t]*#(?:[^\n\\]|\\.)*",
    "go": rf"{_SLASH_COMMENTS}|`[^`]*`|{_QUOTED}",
    "javascript": rf"{_SLASH_COMMENTS}|`(?:\\.|[^`\\])*`|{_QUOTED}"
                  r"|(?<=[=(,:!&|?{};\s])/(?![*/\s])(?:\\.|\[(?:\\.|[^\]\n])*\]|[^/\n\[])+/\w*",
    "json": _QUOTED,
    "python": r'"""(?:\\.|.)*?"""|' + rf"'''(?:\\.|.)*?'''|{_QUOTED}|#[^\n]*",
    "rust": rf'{_SLASH_COMMENTS}|r(?P<hashes>#*)".*?"(?P=hashes)|"(?:\\.|[^"\\])*"|' + r"'(?:\\[^\n']*|[^\\'\n])'",
}

# A separator between two operands on one line, or at the end of a line where a statement or a suite hangs on it.
_SEPARATORS = {
    "c": r"(?<=[\w)]);(?=\n[ \t]+\w)|(?<=\w),(?= \w)",
    "go": r"(?<=\w),(?= \w)",
    "javascript": r"(?<=\w),(?= \w)",
    "json": r"[,:]",
    "python": r"(?<=[\w)]):(?=\n)|(?<=\w),(?= \w)",
    "rust": r"(?<=[\w)]);(?=\n[ \t]+\w)|(?<=\w),(?= \w)",
}

BRACKETS = r"[()\[\]{}]"


def _scanner(name):
    return re.compile(rf"(?P<skip>{_SKIPPED[name]})|(?P<site>{BRACKETS}|{_SEPARATORS[name]})", re.S | re.M)


def pick(name, text, count, seed):
    """`count` offsets of one-character tokens in `text` (a corpus.Text), spread over its pieces by seed."""
    generator = random.Random(seed)
    scanner = _scanner(name)
    of_piece = {}
    chosen = set()
    for _ in range(count * 20):
        if len(chosen) == count:
            break
        piece = generator.choice(text.pieces)
        if piece not in of_piece:
            of_piece[piece] = [m.start() for m in scanner.finditer(text.text, *piece) if m.lastgroup == "site"]
        if of_piece[piece]:
            chosen.add(generator.choice(of_piece[piece]))
    result = sorted(chosen)
    generator.shuffle(result)
    return result
