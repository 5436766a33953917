"""corpus: source files of any size, put together from what Debian and npm packages on this machine ship.

A text is a row of whole files ("pieces"), drawn by seed and made fit to stand in one file, so that it looks to a parser
like one large source file. Pieces of C and JavaScript get names of their own, so that a compiler too finds the text
nearly free of errors. Files that the server under test reports as they stand are left out, so that every diagnostic
counted afterwards belongs to a token that was taken away; how many they were is told. Nothing of it is stored in the
project.
"""

import dataclasses
import glob
import json
import os
import random
import re
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
NPM = os.path.join(ROOT, "node_modules")
CORE = os.path.join(NPM, "tree-sitter", "vendor", "tree-sitter", "lib")

PIECE_MIN, PIECE_MAX = 500, 256 * 1024
BATCH = 200  # files checked at a time
LINE_MAX = 400  # longer lines are machine-made


class NoCorpus(Exception):
    """Nothing to build from; the text says which package would bring it."""


@dataclasses.dataclass
class Language:
    identifier: str           # the language server protocol's
    suffix: str
    patterns: list            # where files are looked for
    package: str              # Debian package that ships them
    excluded: str = r"(?!)"   # paths that hold broken or odd files on purpose
    fit: object = lambda text, number: text
    opening: str = ""
    between: str = "\n"
    closing: str = ""


@dataclasses.dataclass
class Text:
    text: str
    pieces: list              # (start, end) offsets of the files inside


# ---- making a file fit to stand among others ----

_C_FUNCTION = re.compile(r"^(?!typedef|return|else|#)[A-Za-z_][\w \t*]*?[ \t*](\w+)\(", re.M)
_C_DATA = re.compile(r"^(?:static|const)[^\n(=;]*?(\w+)(?:\[[^\]\n]*\])*\s*=", re.M)
_C_TAG = re.compile(r"^(?:typedef )?(?:struct|union|enum) (\w+) \{", re.M)
_C_TYPE = re.compile(r"^\}\s*(\w+);|^typedef [^\n({]*?(\w+);", re.M)
_C_MACRO = re.compile(r"^#define (\w+)", re.M)
_C_INCLUDE_OR_NAME = re.compile(r"^[ \t]*#[ \t]*include[^\n]*|\b[A-Za-z_]\w*\b", re.M)
_C_ENUM = re.compile(r"^(?:typedef )?enum\s*\w*\s*\{(.*?)\}", re.M | re.S)
_C_CONSTANT = re.compile(r"(?:^|,)\s*([A-Za-z_]\w*)")
_C_COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)


def fit_c(text, number):
    """Gives everything that the piece defines a name of its own."""
    tags = set(_C_TAG.findall(text))
    names = tags | set(_C_FUNCTION.findall(text)) | set(_C_DATA.findall(text)) | set(_C_MACRO.findall(text))
    names.update(name for found in _C_TYPE.findall(text) for name in found if name)
    for body in _C_ENUM.findall(text):
        names.update(_C_CONSTANT.findall(_C_COMMENT.sub("", body)))
    forward = "".join(f"typedef struct {tag}_{number} {tag}_{number};\n" for tag in sorted(tags)
                      if re.search(rf"^struct {tag} \{{", text, re.M))
    return forward + _C_INCLUDE_OR_NAME.sub(
        lambda m: f"{m.group()}_{number}" if m.group() in names else m.group(), text)


_GO_HEAD = re.compile(r"\A(?:\s|//[^\n]*|/\*.*?\*/)*?^package \w+[^\n]*$", re.M | re.S)


def fit_go(text, number):
    """Package clause and imports stand only at the head of a file."""
    text = _GO_HEAD.sub("package p" if number == 1 else "", text)
    if number > 1:
        text = re.sub(r"^import \(.*?^\)|^import [^\n(]*$", "", text, flags=re.M | re.S)
    return text


def fit_rust(text, _number):
    """Inner attributes and inner documentation stand only at the head of a file."""
    text = re.sub(r"^#!\[(?:[^\[\]]|\[[^\[\]]*\])*\]", "", text, flags=re.M)
    return re.sub(r"^(\s*)(//|/\*)!", r"\1\2", text, flags=re.M)


_SCRIPT_NAME = re.compile(r"^(?:export )?(?:default )?(?:const|let|class|(?:async )?function\*?) (\w+)", re.M)
_SCRIPT_WORDS = {"as", "async", "await", "class", "const", "default", "export", "extends", "from", "function", "if", "import", "in",
                 "let", "new", "of", "return", "static", "this", "typeof", "undefined"}
_SCRIPT_NAMES = re.compile(r"^(?:const|let) [{[]([^}\]=]*)[}\]]|^import ([^'\"]*) from", re.M)


def fit_script(text, number):
    """Gives everything that the piece declares a name of its own: a block declares a name once."""
    text = re.sub(r"\A#![^\n]*", "", text)
    names = set(_SCRIPT_NAME.findall(text))
    for found in _SCRIPT_NAMES.findall(text):
        names.update(re.findall(r"\w+", "".join(found)))
    names -= _SCRIPT_WORDS
    return re.sub(r"\b\w+\b", lambda m: f"{m.group()}_{number}" if m.group() in names else m.group(), text)


def fit_json(text, _number):
    return text.strip()


LANGUAGES = {
    # Headers would be easy to have, but rows of declarations are not what people type, and clangd takes minutes for 10 MB.
    "c": Language("c", ".c", [CORE + "/src/*.c", NPM + "/tree-sitter-*/src/scanner.c"], "(npm ci)",
                  excluded="wasm|/alloc.c", fit=fit_c),
    "python": Language("python", ".py", ["/usr/lib/python3.*/**/*.py", "/usr/lib/python3/dist-packages/**/*.py"],
                       "python3", excluded=r"/(?:tests?|lib2to3|idlelib)/"),
    "javascript": Language("javascript", ".js", ["/usr/lib/node_modules/**/*.js", "/usr/share/nodejs/**/*.js"],
                           "npm", excluded=r"\.min\.js|/tests?/|/corepack/", fit=fit_script),
    "json": Language("json", ".json", ["/usr/lib/node_modules/**/*.json", "/usr/share/nodejs/**/*.json",
                                       NPM + "/**/*.json", "/usr/share/iso-codes/json/*.json"],
                     "npm", excluded="tsconfig", fit=fit_json, opening="[\n", between=",\n", closing="\n]\n"),
    "go": Language("go", ".go", ["/usr/share/go-*/src/**/*.go", "/usr/lib/go-*/src/**/*.go"], "golang-1.19-src",
                   excluded=r"/testdata/|/vendor/|_test\.go", fit=fit_go),
    "rust": Language("rust", ".rs", ["/usr/src/rustc-*/library/**/*.rs"], "rust-src",
                     excluded="/(?:tests|testdata|benches)/|stdarch|portable-simd", fit=fit_rust),
}


def _paths(language):
    found = set()
    for pattern in language.patterns:
        found.update(os.path.realpath(path) for path in glob.iglob(pattern, recursive=True))
    return sorted(path for path in found if not re.search(language.excluded, path) and os.path.isfile(path))


def _read(path):
    """The file's text, or None when it is not a fit piece."""
    try:
        if not PIECE_MIN <= os.path.getsize(path) <= PIECE_MAX:
            return None
        with open(path, encoding="utf-8", newline="") as file:
            text = file.read()
    except (OSError, UnicodeDecodeError):
        return None
    if "\r" in text or "\0" in text or text.startswith("\ufeff") or max(map(len, text.split("\n"))) > LINE_MAX:
        return None
    return text


def _fits(language, text):
    """JSON's files are often JSON by name only."""
    if language.identifier != "json":
        return True
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


class Corpus:
    """The pieces of one language, found once, read and checked as they are needed.

    `reported(paths)` gives the paths that are not clean as they stand."""

    def __init__(self, name, seed, reported):
        self.language = LANGUAGES[name]
        self.checked = self.left_out = 0
        self._reported = reported
        self._waiting = _paths(self.language)
        random.Random(seed).shuffle(self._waiting)
        self._texts = []

    def _more(self):
        """Reads and checks the next files; False when there are none left."""
        batch = {}
        while self._waiting and len(batch) < BATCH:
            path = self._waiting.pop()
            text = _read(path)
            if text is not None and _fits(self.language, text):
                batch[path] = text
        if not batch:
            return False
        flagged = self._reported(list(batch))
        self.checked += len(batch)
        self.left_out += len(flagged)
        self._texts += [text for path, text in batch.items() if path not in flagged]
        return True

    def build(self, size_bytes):
        """A Text of about `size_bytes` (within a tenth); files are taken again when there are not enough of them."""
        parts, pieces, total, offset = [], [], len(self.language.opening), len(self.language.opening)
        position = begun = 0
        while total < size_bytes * 0.98:
            if position == len(self._texts) and not self._more():
                if total >= size_bytes * 0.9 or len(parts) == begun:
                    break
                position, begun = 0, len(parts)  # once more from the first file
                continue
            raw = self._texts[position]
            position += 1
            if total + len(raw) > size_bytes * 1.02:
                continue
            part = self.language.fit(raw, len(parts) + 1)
            parts.append(part)
            pieces.append((offset, offset + len(part)))
            offset += len(part) + len(self.language.between)
            total += len(part.encode()) + len(self.language.between)
        if not parts:
            raise NoCorpus(f"no source files; Debian's {self.language.package} brings some (--setup installs it)")
        return Text(self.language.opening + self.language.between.join(parts) + self.language.closing, pieces)


def compile_flags():
    """What a C compiler needs to find the headers that the pieces name and to go on to the end of a long text."""
    folders = [CORE + "/src", CORE + "/include"] + sorted(glob.glob(NPM + "/tree-sitter-*/src"))
    return ["-xc", "-std=gnu11", "-D_DEFAULT_SOURCE", "-w", "-ferror-limit=0"] + [f"-I{folder}" for folder in folders]


def setup():
    """Installs the Debian packages that sources are taken from."""
    packages = sorted({l.package for l in LANGUAGES.values() if not l.package.startswith("(") and not _paths(l)})
    if packages:
        subprocess.run(["apt-get", "install", "-y", "--no-install-recommends"] + packages, check=True)
    return packages
