"""judges: whether a language's own parser accepts a text. One judge per language, made by `open_judge`.

Only lexical and parse errors count; names, types and missing files do not. A language whose parser is not installed has
no judge, and the reason is kept for the report. Verdicts are remembered by content, in a file when one is named.
"""

import base64
import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

from line_process import Died, LineProcess, TooSlow

HERE = os.path.dirname(os.path.abspath(__file__))
TEXT_TIMEOUT_S = 10.0
BATCH = 200  # texts per gofmt run
PARALLEL = max(1, os.cpu_count() or 1)


class NoJudge(Exception):
    """The parser is not here; the text says what is missing."""


class WorkerJudge:
    """A parser kept running: one line in, `true` or `false` out."""

    def __init__(self, name, command, encode):
        self.name = name
        self._encode = encode
        self._process = LineProcess(command)

    def verdicts(self, texts):
        return [self._verdict(text) for text in texts]

    def _verdict(self, text):
        try:
            return self._process.ask(self._encode(text), TEXT_TIMEOUT_S) == b"true"
        except (Died, TooSlow):
            return False  # a text that its own parser can't survive is not accepted

    def close(self):
        self._process.close()


class CommandJudge:
    """A parser started once per text, a few at a time; `accepted` reads exit status and messages."""

    def __init__(self, name, suffix, command, accepted, prepare=None):
        self.name = name
        self._suffix = suffix
        self._command = command
        self._accepted = accepted
        self._prepare = prepare
        self._folder = tempfile.TemporaryDirectory(prefix="noodle-eval-")

    def verdicts(self, texts):
        with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
            return list(pool.map(self._verdict, range(len(texts)), texts))

    def _verdict(self, index, text):
        path = os.path.join(self._folder.name, f"{index}{self._suffix}")
        write_text(path, text)
        command = list(self._command)
        if self._prepare:
            command += self._prepare(self._folder.name, text)
        try:
            done = subprocess.run(command + [path], stdin=subprocess.DEVNULL, capture_output=True,
                                  timeout=TEXT_TIMEOUT_S, cwd=self._folder.name,
                                  env=dict(os.environ, RUSTC_BOOTSTRAP="1", LC_ALL="C"))
        except subprocess.TimeoutExpired:
            return False
        finally:
            os.unlink(path)
        return self._accepted(done)

    def close(self):
        self._folder.cleanup()


class GofmtJudge:
    """gofmt reads many files at once and names the file in each message."""

    def __init__(self, gofmt):
        self.name = "gofmt"
        self._gofmt = gofmt

    def verdicts(self, texts):
        result = []
        for begin in range(0, len(texts), BATCH):
            result += self._batch(texts[begin:begin + BATCH])
        return result

    def _batch(self, texts):
        with tempfile.TemporaryDirectory(prefix="noodle-eval-") as folder:
            names = [f"{index}.go" for index in range(len(texts))]
            for name, text in zip(names, texts):
                write_text(os.path.join(folder, name), text)
            done = subprocess.run([self._gofmt, "-e", "-l"] + names, cwd=folder, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=TEXT_TIMEOUT_S * 6)
        rejected = set(re.findall(r"^(\d+\.go):\d", done.stderr.decode("utf-8", "replace"), re.M))
        return [name not in rejected for name in names]

    def close(self):
        pass


class JsonJudge:
    """Strict JSON as JSON.parse takes it."""

    name = "json"

    def verdicts(self, texts):
        return [self._verdict(text) for text in texts]

    @staticmethod
    def _verdict(text):
        def refuse(name):
            raise ValueError(name)

        try:
            json.loads(text, parse_constant=refuse)
        except (ValueError, RecursionError):
            return False
        return True

    def close(self):
        pass


def write_text(path, text):
    with open(path, "wb") as file:
        file.write(text.encode("utf-8", "surrogatepass"))


def json_line(**fields):
    return json.dumps(fields).encode()


def need(program):
    path = shutil.which(program)
    if not path:
        raise NoJudge(f"{program} is not installed")
    return path


# ---- C ----

INCLUDE = re.compile(r"^[ \t]*#[ \t]*(?:include|import|include_next)[ \t]*[<\"]([^>\"\n]+)[>\"]", re.M)
SYNTAX_ERROR = re.compile(r"error: .*\[(?:Parse Issue|Lexical or Preprocessor Issue)\]$", re.M)


def c_include_folders():
    """Where clang looks for `#include <...>`, by its own account."""
    said = subprocess.run([need("clang"), "-E", "-v", "-x", "c", os.devnull], capture_output=True, text=True).stderr
    listed = re.search(r"search starts here:\n(.*?)End of search list", said, re.S)
    return re.findall(r"^ (/\S+)", listed.group(1), re.M) if listed else []


def c_judge():
    folders = c_include_folders()

    def empty_headers(folder, text):
        """An empty stand-in for each header that this machine lacks, so that it costs names and not the parse."""
        root = os.path.join(folder, "headers")
        for name in INCLUDE.findall(text):
            inside = os.path.normpath(name.strip())
            if os.path.isabs(inside) or inside.startswith("..") or len(inside) > 120 or "\0" in inside:
                continue
            if any(os.path.exists(os.path.join(found, inside)) for found in folders):
                continue
            path = os.path.join(root, inside)
            try:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                open(path, "a").close()
            except OSError:
                continue  # the same name is wanted as a file and as a folder
        return ["-idirafter", root]

    def accepted(done):
        said = done.stderr.decode("utf-8", "replace")
        errors = [e for e in SYNTAX_ERROR.findall(said) if "file not found" not in e]
        return done.returncode >= 0 and not errors

    command = [need("clang"), "-x", "c", "-std=gnu17", "-fsyntax-only", "-w", "-ferror-limit=0",
               "-fno-caret-diagnostics", "-fdiagnostics-show-category=name"]
    return CommandJudge("clang", ".c", command, accepted, empty_headers)


# ---- the others ----

def python_judge():
    return WorkerJudge(f"ast-{sys.version_info[0]}.{sys.version_info[1]}",
                       [sys.executable, os.path.join(HERE, "judge_python.py")], lambda text: json_line(text=text))


def script_judge(language, package=None):
    command = [need("node"), "--experimental-vm-modules", "--no-warnings", os.path.join(HERE, "judge_script.js")]
    return WorkerJudge(f"node-{language}", command + ([package] if package else []),
                       lambda text: json_line(language=language, text=text))


def typescript_package():
    """The `typescript` package, looked for where NODE_PATH says and beside this project."""
    folders = os.environ.get("NODE_PATH", "").split(os.pathsep) + [os.path.join(HERE, "..", "..", "node_modules")]
    for folder in filter(None, folders):
        path = os.path.abspath(os.path.join(folder, "typescript", "lib", "typescript.js"))
        if os.path.exists(path):
            return path
    raise NoJudge("the typescript package is not installed (NODE_PATH names its node_modules)")


def java_judge():
    command = [need("java"), "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", os.path.join(HERE, "JudgeJava.java")]
    need("javac")
    return WorkerJudge("javac", command,
                       lambda text: base64.b64encode(text.encode("utf-8", "surrogatepass")))


def gofmt_judge():
    gofmt = shutil.which("gofmt") or shutil.which("gofmt", path="/usr/lib/go-1.19/bin:/usr/lib/go/bin")
    if not gofmt:
        raise NoJudge("gofmt is not installed")
    return GofmtJudge(gofmt)


def rust_judge():
    """rustc that stops after parsing; the flag's name changed over the years."""
    rustc = need("rustc")
    listed = subprocess.run([rustc, "-Z", "help"], capture_output=True, text=True,
                            env=dict(os.environ, RUSTC_BOOTSTRAP="1")).stdout
    for flag in ("parse-crate-root-only", "parse-crate-only", "parse-only"):
        if re.search(rf"\s{flag}=", listed):
            return CommandJudge("rustc", ".rs", [rustc, "--edition", "2021", "--crate-type", "lib", "-Z", flag],
                                lambda done: done.returncode == 0)
    raise NoJudge("rustc has no flag that stops after parsing")


MAKERS = {
    "c": c_judge,
    "go": gofmt_judge,
    "java": java_judge,
    "javascript": lambda: script_judge("javascript"),
    "json": JsonJudge,
    "python": python_judge,
    "rust": rust_judge,
    "typescript": lambda: script_judge("typescript", typescript_package()),
}


class VerdictStore:
    """Verdicts by judge and content; appended to a file when one is named."""

    def __init__(self, path=None):
        self._known = {}
        self._file = None
        if path:
            if os.path.exists(path):
                with open(path, encoding="ascii") as file:
                    for line in file:
                        key, verdict = line.split()
                        self._known[key] = verdict == "1"
            self._file = open(path, "a", encoding="ascii")

    def judge_all(self, judge, texts):
        """One verdict per text; only texts that are new are put before the judge."""
        keys = [hashlib.sha256(f"{judge.name}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()
                for text in texts]
        fresh = {key: text for key, text in zip(keys, texts) if key not in self._known}
        for key, verdict in zip(fresh, judge.verdicts(list(fresh.values()))):
            self._known[key] = verdict
            if self._file:
                self._file.write(f"{key} {int(verdict)}\n")
        if self._file:
            self._file.flush()
        return [self._known[key] for key in keys]

    def close(self):
        if self._file:
            self._file.close()


def open_judge(language):
    """A judge to close after use; raises NoJudge with the reason."""
    if language not in MAKERS:
        raise NoJudge(f"no parser is known for {language}")
    return MAKERS[language]()
