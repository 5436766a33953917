"""tokens: a text as the list of tokens that decides whether two texts are the same program.

Comments and spacing are left out. Python's line ends and indentation come out as NEWLINE, INDENT and DEDENT, so that
layout is compared as block depth. Line ends of C directives are tokens. The scanners never fail: in a broken text a
string without its closing quote ends with the line, and a stray byte is a token of its own.
"""

import re

NEWLINE, INDENT, DEDENT = "\x00newline", "\x00indent", "\x00dedent"

_WORD = r"[^\W\d][\w$]*|\$[\w$]*"
_NUMBER = r"\.?\d(?:[eEpP][+-]|\.(?!\.)|\w)*"
_DOUBLE = r'"(?:\\.|[^"\\\n])*"?'
_SINGLE = r"'(?:\\.|[^'\\\n])*'?"
_BLOCK_COMMENT = r"/\*.*?(?:\*/|\Z)"
_LINE_COMMENT = r"//[^\n]*"


def _operators(text):
    """An alternation of operators, longest first."""
    return "|".join(re.escape(op) for op in sorted(text.split(), key=len, reverse=True))


def _scanner(**groups):
    parts = [f"(?P<{name}>{pattern})" for name, pattern in groups.items()]
    return re.compile("|".join(parts), re.S)


_C = _scanner(
    skip=rf"[ \t\r\f\v]+|{_LINE_COMMENT}|{_BLOCK_COMMENT}",
    newline=r"\n",
    string=rf"(?:u8|[uUL])?{_DOUBLE}|(?:u8|[uUL])?{_SINGLE}",
    number=_NUMBER,
    word=_WORD,
    op=_operators("... <<= >>= -> ++ -- << >> <= >= == != && || += -= *= /= %= &= ^= |= ##"),
    other=r".",
)

# `>` stands alone wherever it may close type arguments, so that `> >` and `>>` are the same.
_JAVA = _scanner(
    skip=rf"\s+|{_LINE_COMMENT}|{_BLOCK_COMMENT}",
    string=rf'"""(?:\\.|.)*?(?:"""|\Z)|{_DOUBLE}|{_SINGLE}',
    number=_NUMBER,
    word=_WORD,
    op=_operators("... -> :: ++ -- << <= == != && || += -= *= /= %= &= ^= |="),
    other=r".",
)

_GO = _scanner(
    skip=rf"\s+|{_LINE_COMMENT}|{_BLOCK_COMMENT}",
    string=rf"`[^`]*`?|{_DOUBLE}|{_SINGLE}",
    number=_NUMBER,
    word=_WORD,
    op=_operators("... <<= >>= &^= <- ++ -- << >> <= >= == != && || += -= *= /= %= &= ^= |= := &^"),
    other=r".",
)

_RUST = _scanner(
    skip=rf"\s+|{_LINE_COMMENT}",
    nested=r"/\*",
    string=r'(?:br|cr|r)(?P<hashes>#*)".*?(?:"(?P=hashes)|\Z)|[bc]?"(?:\\.|[^"\\])*"?',
    char=r"b?'(?:\\(?:[^'\n]|')[^'\n]*|[^\\'\n])'",
    lifetime=r"'\w*",
    number=r"\d(?:[eE][+-]\d|\.(?=\d)|\w)*",
    word=r"r#\w+|" + _WORD,
    op=_operators("... ..= .. <<= -> => :: << <= == != && || += -= *= /= %= &= ^= |="),
    other=r".",
)

# JSON has no comments: one that stands there is part of the mistake.
_JSON = _scanner(
    skip=r"\s+",
    string=_DOUBLE,
    word=r"[\w.+-]+",
    other=r".",
)

_SCRIPT = _scanner(
    skip=rf"\s+|{_LINE_COMMENT}|{_BLOCK_COMMENT}",
    string=r'"(?:\\.|[^"\\\n])*"?|' + _SINGLE,
    template=r"`",
    number=r"\.?\d(?:[eE][+-]|\.(?!\.)|\w)*",
    word=r"#?(?:" + _WORD + r")",
    op=_operators("... => **= ** ++ -- <<= << <= === == !== != &&= ||= ??= && || ?? ?. += -= *= %= &= ^= |="),
    other=r".",
)
_REGEX = re.compile(r"/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/\w*")
_TEMPLATE_PART = re.compile(r"(?:\\.|\$(?!\{)|[^`\\$])*(?:`|\$\{|\Z)", re.S)
# After these words an operand begins, so a slash opens a regular expression.
_OPERAND_NEXT = frozenset(
    "return typeof instanceof in of new delete void throw case do else yield await default extends".split()
)

_PYTHON = _scanner(
    skip=r"[ \t\f]+|\\\r?\n|#[^\n]*",
    newline=r"\r?\n|\r",
    string=r"(?i:[rbuf]{0,2})(?:'''(?:\\.|.)*?(?:'''|\Z)|" + r'"""(?:\\.|.)*?(?:"""|\Z)'
    + r"|'(?:\\.|[^'\\\n])*'?|" + r'"(?:\\.|[^"\\\n])*"?)',
    number=r"\.?\d(?:[eE][+-](?=\d)|\.(?!\.)|\w)*",
    word=r"[^\W\d]\w*",
    op=_operators("... **= //= <<= >>= ** // << >> <= >= == != <> -> := += -= *= /= %= &= |= ^= @="),
    other=r".",
)


def _plain(scanner, text):
    return [m.group() for m in scanner.finditer(text) if m.lastgroup != "skip"]


def _c_tokens(text):
    text = text.replace("\\\r\n", "").replace("\\\n", "")
    result = []
    in_directive, line_start = False, True
    for match in _C.finditer(text):
        kind, value = match.lastgroup, match.group()
        if kind == "newline":
            if in_directive:
                result.append(NEWLINE)
            in_directive, line_start = False, True
        elif kind != "skip":
            in_directive = in_directive or (line_start and value == "#")
            line_start = False
            result.append(value)
    if in_directive:
        result.append(NEWLINE)
    return result


def _rust_tokens(text):
    result, pos = [], 0
    while pos < len(text):
        match = _RUST.match(text, pos)
        kind, pos = match.lastgroup, match.end()
        if kind == "nested":
            pos = _after_nested_comment(text, pos)
        elif kind != "skip":
            result.append(match.group())
    return result


def _after_nested_comment(text, pos):
    depth = 1
    for match in re.compile(r"/\*|\*/").finditer(text, pos):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    return len(text)


def _script_tokens(text):
    """JavaScript and TypeScript: regular expressions are told from division by the token before."""
    result, pos = [], 0
    depths = []  # one number per open `${`: braces open inside it
    while pos < len(text):
        if text[pos] == "/" and _operand_expected(result):
            match = _REGEX.match(text, pos)
            if match:
                result.append(match.group())
                pos = match.end()
                continue
        match = _SCRIPT.match(text, pos)
        kind, value, pos = match.lastgroup, match.group(), match.end()
        if kind == "skip":
            continue
        closes_part = value == "}" and depths and depths[-1] == 0
        if kind == "template" or closes_part:
            if closes_part:
                depths.pop()
            part = _TEMPLATE_PART.match(text, pos)
            value, pos = value + part.group(), part.end()
            if value.endswith("${"):
                depths.append(0)
        elif depths and value in "{}":
            depths[-1] += 1 if value == "{" else -1
        result.append(value)
    return result


def _operand_expected(result):
    if not result:
        return True
    last = result[-1]
    if last in _OPERAND_NEXT:
        return True
    return not (last[-1].isalnum() or last[-1] in "_$)]}\"'`/" or last in ("++", "--"))


def _python_tokens(text):
    result, indents = [], [0]
    depth, at_line_start = 0, True
    pos, line_begin = 0, 0
    while pos < len(text):
        match = _PYTHON.match(text, pos)
        kind, value, pos = match.lastgroup, match.group(), match.end()
        if kind == "newline":
            if depth == 0:
                if not at_line_start:
                    result.append(NEWLINE)
                at_line_start = True
            line_begin = pos
            continue
        if kind == "skip":
            if at_line_start and value.startswith("\\"):
                line_begin = pos
            continue
        if at_line_start:
            _python_indent(result, indents, text[line_begin:match.start()])
            at_line_start = False
        if value in ("(", "[", "{"):
            depth += 1
        elif value in (")", "]", "}"):
            depth = max(0, depth - 1)
        result.append(value)
    if not at_line_start:
        result.append(NEWLINE)
    result.extend([DEDENT] * (len(indents) - 1))
    return result


def _python_indent(result, indents, space):
    column = 0
    for char in space:
        column = 0 if char == "\f" else (column // 8 + 1) * 8 if char == "\t" else column + 1
    if column > indents[-1]:
        indents.append(column)
        result.append(INDENT)
        return
    while column < indents[-1]:
        indents.pop()
        result.append(DEDENT)
    if column > indents[-1]:  # a level that was never opened: keep it as a level of its own
        indents.append(column)
        result.append(INDENT)


_BY_LANGUAGE = {
    "c": _c_tokens,
    "go": lambda text: _plain(_GO, text),
    "java": lambda text: _plain(_JAVA, text),
    "javascript": _script_tokens,
    "json": lambda text: _plain(_JSON, text),
    "python": _python_tokens,
    "rust": _rust_tokens,
    "typescript": _script_tokens,
}


def tokens(language, text):
    """The tokens of `text`; raises KeyError for a language without a scanner."""
    return _BY_LANGUAGE[language](text.removeprefix("\ufeff"))


def same_program(language, left, right):
    return left == right or tokens(language, left) == tokens(language, right)


def steps(left, right):
    """How many tokens have to be taken out and put in to make one list of the other, at least (Myers 1986, "An O(ND) Difference
    Algorithm and Its Variations")."""
    farthest = {1: 0}
    for count in range(len(left) + len(right) + 1):
        for diagonal in range(-count, count + 1, 2):
            down = diagonal == -count or (diagonal != count and farthest[diagonal - 1] < farthest[diagonal + 1])
            x = farthest[diagonal + 1] if down else farthest[diagonal - 1] + 1
            while x < len(left) and x - diagonal < len(right) and left[x] == right[x - diagonal]:
                x += 1
            farthest[diagonal] = x
            if x >= len(left) and x - diagonal >= len(right):
                return count


def is_part_of(language, broken, repaired, fixed):
    """Whether all that was done to `broken` to make `repaired` was also done to make `fixed`."""
    start, middle, end = (tokens(language, text) for text in (broken, repaired, fixed))
    return middle != start and steps(start, middle) + steps(middle, end) == steps(start, end)
