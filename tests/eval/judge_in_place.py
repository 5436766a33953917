"""judge_in_place: what a language's own parser says of a file of a package, as it stands there or with another text.

Most parsers judge a text by itself (judges.py). C depends on its headers: clang reads the text in the place of the
file, with the package's own headers behind the system's and an empty stand-in for each header that is nowhere. What
such a stand-in would have defined may make clang refuse good code, so clang's errors are compared, never just counted.
"""

import collections
import json
import os
import re
import subprocess
import tempfile

from judges import NoJudge, VerdictStore, need, open_judge

CLANG_TIMEOUT_S = 20.0
STAND_IN_ROUNDS = 12  # headers that name headers that are missing
SYNTAX_ERROR = re.compile(
    r"^<stdin>:(\d+):\d+: (?:fatal )?error: (.*) \[(?:Parse Issue|Lexical or Preprocessor Issue)\]$", re.M)
NOT_FOUND = re.compile(r"error: '([^'\n]+)' file not found")
NEAR_LINES = 2


class TextJudge:
    """A parser that needs nothing but the text."""

    def __init__(self, language, memory):
        self._judge = open_judge(language)
        self._store = VerdictStore(memory)
        self.name = self._judge.name

    def refuses(self, _path, text, _finding_lines):
        return not self._store.judge_all(self._judge, [text])[0]

    def is_broken_by(self, _path, intact, broken):
        """Whether `broken` is refused and `intact` is not."""
        accepted, still = self._store.judge_all(self._judge, [intact, broken])
        return accepted and not still

    def close(self):
        self._judge.close()
        self._store.close()


class ClangJudge:
    """clang with the headers of one package."""

    name = "clang-in-place"

    def __init__(self, package, flags=(), memory=None):
        self._store = VerdictStore(memory)
        self._stand_ins = tempfile.TemporaryDirectory(prefix="noodle-eval-headers-")
        folders = header_folders(package)
        self._command = [need("clang"), "-x", "c", "-std=gnu17", "-fsyntax-only", "-w", "-ferror-limit=0",
                         "-fno-caret-diagnostics", "-fdiagnostics-show-category=name",
                         *[flag.replace("{package}", package) for flag in flags]]
        for folder in folders + [self._stand_ins.name]:
            self._command += ["-idirafter", folder]
        self._intact = {}  # path: Counter of messages

    def errors(self, path, text):
        """[(line, message)] of the lexical and parse errors in the text itself, 0-based lines; None: no answer."""
        data = text.encode("utf-8", "surrogatepass")
        said = ""
        for _ in range(STAND_IN_ROUNDS):
            try:
                done = subprocess.run(self._command + ["-"], input=data, capture_output=True, cwd=os.path.dirname(path),
                                      timeout=CLANG_TIMEOUT_S, env=dict(os.environ, LC_ALL="C"))
            except subprocess.TimeoutExpired:
                return None
            said = done.stderr.decode("utf-8", "replace")
            if done.returncode < 0:
                return None
            # A header that is nowhere ends clang's reporting: give it an empty one and ask again.
            if not any([self._stand_in(name) for name in NOT_FOUND.findall(said)]):
                break
        return [(int(line) - 1, message) for line, message in SYNTAX_ERROR.findall(said)
                if "file not found" not in message]

    def _stand_in(self, name):
        path = os.path.normpath(os.path.join(self._stand_ins.name, name))
        if not path.startswith(self._stand_ins.name + os.sep) or os.path.exists(path):
            return False
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "x", encoding="ascii"):
                return True
        except OSError:
            return False  # the same name is wanted as a file and as a folder

    def refuses(self, path, text, finding_lines):
        """Whether every finding has an error of clang beside it."""
        errors = self.errors(path, text) or []
        return bool(finding_lines) and all(
            any(abs(line - wrong) <= NEAR_LINES for wrong, _ in errors) for line in finding_lines)

    def is_broken_by(self, path, intact, broken):
        """Whether clang has something to say of `broken` that it does not say of `intact`."""
        return self._store.judge_all(self, [json.dumps([path, intact, broken])])[0]

    def verdicts(self, questions):
        """What the store asks when it does not know."""
        return [self._breaks(*json.loads(question)) for question in questions]

    def _breaks(self, path, intact, broken):
        if path not in self._intact:
            before = self.errors(path, intact)
            self._intact[path] = None if before is None else collections.Counter(message for _, message in before)
        before, after = self._intact[path], self.errors(path, broken)
        if before is None or after is None:
            return False
        return bool(collections.Counter(message for _, message in after) - before)

    def close(self):
        self._stand_ins.cleanup()
        self._store.close()


def header_folders(package):
    """Folders of the package with headers: those called include first, then their likes, then the rest."""
    found = []
    for folder, folders, files in os.walk(package):
        folders.sort()
        if os.path.basename(folder) == "include" or any(name.endswith(".h") for name in files):
            found.append(folder)
    return sorted(found, key=lambda folder: ("/include" not in folder, folder.count("/"), folder))


def open_package_judge(language, package, flags=(), memory=None):
    """A judge to close after use, its verdicts remembered in the file `memory`; raises NoJudge with the reason."""
    if language == "c":
        return ClangJudge(package, flags, memory)
    return TextJudge(language, memory)


__all__ = ["NoJudge", "open_package_judge"]
