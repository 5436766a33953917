"""Rewrites valid code in other hands' style before it is broken.

Libraries are tidy and student code is not: a network trained on the one is lost in the other. Spacing, indentation,
line breaks, braces and names are changed; what the code means to its parser is not (samples.py checks that it is still
accepted, and uses the text as it was where it is not).
"""

import json
import re
import textwrap

from model import features

BRACES = ("c", "java", "javascript", "typescript", "rust")
BINARY = {"=", "==", "===", "!=", "!==", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "&&", "||", "+=", "-=", "*=",
          "/=", ":=", "->", "=>", "?", "|", "&", "<<", ">>", "and", "or"}
SHORT_NAMES = ("i", "j", "k", "n", "m", "x", "y", "z", "a", "b", "c", "s", "t", "p", "q", "r", "num", "sum", "temp",
               "arr", "count", "result", "total", "max", "min", "data", "value", "list1", "name", "item", "num1", "num2",
               "ans", "flag", "str1", "line", "index", "size", "len1", "user", "text", "foo", "bar", "val", "res", "ch",
               "my_list", "my_dict", "numbers", "choice", "score", "board", "row", "col", "head", "node", "ptr", "array",
               "input1", "answer", "guess", "player", "letters", "word", "words", "key", "obj", "tmp", "file1", "path1")


class Sheet:
    """The text as words and what stands before each: gaps[i] before words[i], the last behind all."""

    def __init__(self, source):
        self.source = source
        self.words = list(source.words)
        ends = [0] + source.ends
        self.gaps = [source.text[end:start] for end, start in zip(ends, source.starts + [len(source.text)])]

    def text(self):
        return "".join(gap + word for gap, word in zip(self.gaps, self.words + [""]))

    def tail(self, at):
        """(before, whitespace) of a gap that ends a line, or (None, None)."""
        head, newline, tail = self.gaps[at].rpartition("\n")
        return (head + newline, tail) if newline and not tail.strip() else (None, None)

    def indentation(self, at):
        """Of the line on which a word stands."""
        while at >= 0:
            head, tail = self.tail(at)
            if head is not None:
                return tail
            at -= 1
        return self.gaps[0]


def mergeable(left, right):
    """Whether two words can stand without a space between."""
    if not left or not right:
        return True
    if re.match(r"[\w'\"`#$@\\]", left[-1]) and re.match(r"[\w'\"`#$@\\]", right[0]):
        return False
    return bool(re.match(r"[\w()\[\]{};,'\"]", left[-1]) or re.match(r"[\w()\[\]{};,'\"]", right[0]))


def tight(sheet, rng):
    """Takes spaces away around signs."""
    share = rng.choice((0.3, 0.7, 1.0))
    signs = rng.choice((BINARY, {","}, BINARY | {",", "{", ":"}, {"(", ")", "{"} | BINARY | {",", ";", ":"}))
    for at in range(1, len(sheet.words)):
        if sheet.gaps[at] == " " and (sheet.words[at] in signs or sheet.words[at - 1] in signs) \
                and mergeable(sheet.words[at - 1], sheet.words[at]) and rng.random() < share:
            sheet.gaps[at] = ""


def wide(sheet, rng):
    """Puts spaces around signs, or inside brackets, or before them."""
    mode = rng.randrange(4)
    for at in range(1, len(sheet.words)):
        if sheet.gaps[at]:
            continue
        left, right = sheet.words[at - 1], sheet.words[at]
        inside = (left in ("(", "[") and right not in (")", "]")) or (right in (")", "]") and left not in ("(", "["))
        if (mode == 0 and inside) or (mode == 1 and right == "(" and re.match(r"\w", left)) \
                or (mode == 2 and right in (",", ";", ":")) or (mode == 3 and left in (",", ";")):
            if rng.random() < 0.9:
                sheet.gaps[at] = " "


def reindent(sheet, rng):
    """Another indentation unit."""
    widths = sorted({len(sheet.tail(at)[1].expandtabs(8)) for at in range(len(sheet.words)) if sheet.tail(at)[1]})
    if not widths:
        return
    unit = widths[0] if widths[0] > 1 else 4
    new = rng.choice((" ", "  ", "  ", "   ", "    ", "    ", "\t", "\t", "        "))
    for at in range(len(sheet.gaps)):
        head, tail = sheet.tail(at)
        if tail:
            levels, rest = divmod(len(tail.expandtabs(8)), unit)
            sheet.gaps[at] = head + new * levels + " " * (rest if "\t" not in new else 0)


def untidy(sheet, rng):
    """Indentation as nobody would defend it; only where it means nothing."""
    if sheet.source.language == "python":
        return
    mode = rng.randrange(3)
    for at in range(len(sheet.gaps)):
        head, tail = sheet.tail(at)
        if head is None:
            continue
        if mode == 0:
            sheet.gaps[at] = head
        elif rng.random() < (0.15 if mode == 1 else 0.5):
            sheet.gaps[at] = head + " " * max(0, len(tail) + rng.choice((-4, -2, -1, 1, 2, 4)))


def braces_apart(sheet, rng):
    """Braces on lines of their own."""
    if sheet.source.language not in BRACES:
        return
    for at in range(1, len(sheet.words)):
        if sheet.words[at] == "{" and sheet.gaps[at] in ("", " ") and (sheet.words[at - 1] in (")", "else", "do", "try")):
            sheet.gaps[at] = "\n" + sheet.indentation(at)
        elif sheet.words[at] in ("else", "catch", "finally") and sheet.words[at - 1] == "}" and sheet.gaps[at] in ("", " "):
            sheet.gaps[at] = "\n" + sheet.indentation(at)


def braces_joined(sheet, rng):
    """Braces at the ends of lines."""
    if sheet.source.language not in BRACES:
        return
    for at in range(1, len(sheet.words)):
        if sheet.words[at] == "{" and sheet.gaps[at].isspace() and "\n" in sheet.gaps[at]:
            sheet.gaps[at] = rng.choice((" ", " ", ""))
        elif sheet.words[at] == "else" and sheet.words[at - 1] == "}" and sheet.gaps[at].isspace():
            sheet.gaps[at] = " "


def collapse(sheet, rng):
    """Short brackets that spread over lines come onto one."""
    source = sheet.source
    openers = ("(", "[") if source.language in ("python", "go") else ("(", "[", "{")
    for at in range(len(source)):
        close = source.partner[at]
        if source.words[at] in openers and close > at and source.lines[close] > source.lines[at] \
                and source.ends[close] - source.starts[at] < 300 and rng.random() < 0.6:
            inner = range(at + 1, close + 1)
            if all(not sheet.gaps[each].strip() for each in inner):
                for each in inner:
                    if "\n" in sheet.gaps[each]:
                        beside = source.words[each] in ")]" or source.words[each - 1] in "(["
                        sheet.gaps[each] = "" if beside else " "


def spread(sheet, rng):
    """Brackets with commas spread over lines."""
    source = sheet.source
    pairs = [at for at in range(len(source)) if source.words[at] in ("(", "[", "{") and source.partner[at] > at + 3]
    for at in rng.sample(pairs, min(len(pairs), rng.choice((1, 2, 4)))):
        close = source.partner[at]
        commas = [each for each in range(at + 1, close) if source.words[each] == "," and source.innermost[each] == at]
        if not commas or (source.words[at] == "{" and ";" in source.words[at:close]):
            continue
        outer = sheet.indentation(at)
        inner = "\n" + outer + rng.choice(("    ", "  ", "\t", "    "))
        if rng.random() < 0.6:
            if not sheet.gaps[at + 1].strip():
                sheet.gaps[at + 1] = inner
            if not sheet.gaps[close].strip() and source.language != "go":
                sheet.gaps[close] = "\n" + outer
        for comma in commas:
            if not sheet.gaps[comma + 1].strip():
                sheet.gaps[comma + 1] = inner


def braceless(sheet, rng):
    """Bodies of one statement lose their braces."""
    source = sheet.source
    if source.language not in ("c", "java", "javascript", "typescript"):
        return
    for at in range(1, len(source)):
        close = source.partner[at]
        if source.words[at] != "{" or close < at or rng.random() < 0.3:
            continue
        before = source.words[at - 1]
        opener = source.partner[at - 1] if before == ")" else -1
        heads = before == "else" or (opener > 0 and source.words[opener - 1] in ("if", "for", "while"))
        body = source.words[at + 1:close]
        if heads and body.count(";") == 1 and body[-1] == ";" and "{" not in body and "if" not in body:
            sheet.words[at] = sheet.words[close] = ""
            if not sheet.gaps[at].strip():
                sheet.gaps[at] = ""
            if not sheet.gaps[close].strip():
                sheet.gaps[close] = ""


def rename(sheet, rng):
    """Names become short ones."""
    source = sheet.source
    names, fixed = {}, set()
    for at, kind in enumerate(source.ids):
        if kind == features.WORD:
            word = source.words[at]
            names[word] = names.get(word, 0) + 1
            if source.before(at) in (".", "->", "::", "@", "'") or (source.after(at) == "(" and rng.random() < 0.8) \
                    or not re.fullmatch(r"[A-Za-z_]\w*", word):
                fixed.add(word)
    free = [name for name in SHORT_NAMES if name not in names]
    rng.shuffle(free)
    chosen = {}
    for word in sorted(names):
        if word not in fixed and free and rng.random() < 0.8:
            chosen[word] = free.pop()
    for at, kind in enumerate(source.ids):
        if kind == features.WORD and source.words[at] in chosen:
            sheet.words[at] = chosen[source.words[at]]


def plain_prints(sheet, rng):
    """Python's calls as statements become prints, which is what beginners mostly call."""
    source = sheet.source
    if source.language != "python":
        return
    for at in range(len(source)):
        if source.is_first(at) and source.ids[at] == features.WORD and source.innermost[at] < 0:
            end = at
            while source.after(end) == "." and end + 2 < len(source):
                end += 2
            if source.after(end) == "(" and source.partner[end + 1] > end + 2 and source.is_last(source.partner[end + 1]) \
                    and "=" not in source.words[end:source.partner[end + 1]] and rng.random() < 0.6:
                for each in range(at, end + 1):
                    sheet.words[each] = ""
                    if each > at:
                        sheet.gaps[each] = ""
                sheet.words[at] = "print"


def blank_lines(sheet, rng):
    """Empty lines between statements, or none."""
    more = rng.random() < 0.5
    for at in range(1, len(sheet.words)):
        head, tail = sheet.tail(at)
        if head is None or head.strip():
            continue
        if more and rng.random() < 0.3:
            sheet.gaps[at] = "\n\n" + tail
        elif not more:
            sheet.gaps[at] = "\n" + tail


STYLES = ((tight, 0.35), (wide, 0.15), (reindent, 0.35), (untidy, 0.12), (braces_apart, 0.15), (braces_joined, 0.12),
          (collapse, 0.2), (spread, 0.2), (rename, 0.35), (plain_prints, 0.3), (blank_lines, 0.2), (braceless, 0.25))


def restyle(source, rng):
    """Another text with the same code."""
    sheet = Sheet(source)
    for style, share in STYLES:
        if rng.random() < share:
            style(sheet, rng)
    return sheet.text()


# ---- other cuts of a text ----

def python_snippet(text, rng):
    """A function's body as a script of its own, or with a body replaced by `pass`; None where there is no such part."""
    lines = text.splitlines(keepends=True)
    headers = [at for at, line in enumerate(lines) if re.match(r"\s*(def|class|if|for|while|with|else|try)\b.*:\s*$", line)]
    if not headers:
        return None
    at = rng.choice(headers)
    shift = len(lines[at]) - len(lines[at].lstrip())
    end = at + 1
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > shift):
        end += 1
    while end > at + 1 and not lines[end - 1].strip():
        end -= 1
    if end == at + 1:
        return None
    if rng.random() < 0.25:
        return "".join(lines[:at + 1]) + " " * (shift + 4) + "pass\n" + "".join(lines[end:])
    body = textwrap.dedent("".join(lines[at + 1:end]))
    return body if len(body) >= 40 else None


def json_part(text, rng):
    """A part of a JSON value in one of the usual layouts."""
    try:
        value = json.loads(text.encode("latin-1"))
    except (ValueError, RecursionError):
        return None
    limit = rng.choice((150, 300, 600, 1200, 2500))
    for _ in range(12):
        children = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        children = [child for child in children if isinstance(child, (dict, list)) and child]
        if not children or len(json.dumps(value)) < limit:
            break
        value = rng.choice(children)
    if isinstance(value, dict) and len(json.dumps(value)) > limit:
        keys = list(value)
        begin = rng.randrange(len(keys))
        value = {key: value[key] for key in keys[begin:begin + rng.choice((3, 5, 8, 12))]}
    elif isinstance(value, list) and len(json.dumps(value)) > limit:
        begin = rng.randrange(len(value))
        value = value[begin:begin + rng.choice((3, 5, 8, 20))]
    indent = rng.choice((2, 2, 2, 4, 4, "\t", None, None, 0, 3))
    separators = rng.choice(((",", ": "), (",", ": "), (",", ":"))) if indent is not None else \
        rng.choice(((", ", ": "), (",", ":")))
    return json.dumps(value, indent=indent, separators=separators, ensure_ascii=False).encode().decode("latin-1") + "\n"
