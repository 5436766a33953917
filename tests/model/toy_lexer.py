"""A small lexer that makes the records of the feature stream, so that these tests need no program that is built."""

import os
import re
import sys
import zlib

try:
    import numpy
except ImportError:
    print("skipped: needs numpy")
    sys.exit(77)

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
from model import features  # noqa: E402  (from the root of the sources)

VOCABULARY = ["!=", "\"", "'", "(", ")", "*", "+", "++", ",", "-", ".", ":", ";", "<", "<>", "=", "==", ">", "[", "\\",
              "]", "as", "class", "def", "elif", "else", "except", "for", "if", "in", "int", "pass", "print", "return",
              "while", "{", "}"]
LITERALS = {word: features.FIRST_LITERAL + at for at, word in enumerate(VOCABULARY)}
SIGN = r"!=|<>|==|\+\+|<<<<<<<[^\n]*|=======[^\n]*|>>>>>>>[^\n]*|[^\s\w]"
WHOLE = re.compile(rf"\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'|[A-Za-z_]\w*|\d[\w.]*|{SIGN}")
OPEN = re.compile(rf"[A-Za-z_]\w*|\d[\w.]*|{SIGN}")


def kind_of(word):
    if word in LITERALS:
        return LITERALS[word]
    if word[0] in "\"'":
        return features.STRING
    if word[0].isdigit():
        return features.NUMBER
    if re.match(r"<<<<<<<|=======|>>>>>>>", word):
        return features.CONFLICT
    return features.WORD if re.match(r"[A-Za-z_]", word) else features.OTHER


def records_of(text):
    """Strings are tokens, but on a line with a quote too many every quote is one."""
    rows, place = [], 0
    for number, line in enumerate(text.split("\n")):
        closed = not re.search(r"[\"']", re.sub(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'", "", line))
        indent = len(line) - len(line.lstrip())
        for found in (WHOLE if closed else OPEN).finditer(line):
            rows.append((place + found.start(), place + found.end(), found.group(), number, indent))
        place += len(line) + 1
    records = numpy.zeros(len(rows), features.RECORD)
    for record, (start, end, word, line, indent) in zip(records, rows):
        record["start"], record["end"], record["line"], record["indent"] = start, end, line, indent
        record["hash"], record["token"] = zlib.crc32(word.encode()), kind_of(word)
    return records
