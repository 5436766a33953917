"""broken_files: files with one mistake each, on a line with emoji before it, for the tests with real editors.

An editor's driver opens the file, notes each diagnostic as the text that stands before it on its line, applies the first
code action there, waits for the diagnostics to clear, saves, and writes what it saw as JSON. As text, the place is the
same in every encoding, and a server that counted bytes or characters where the client counts UTF-16 units would be off
by two or more here.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
SKIPPED = 77
EDITOR_TIMEOUT_S = 90
SETTINGS = '{"repairBudgetMs": 20000}\n'  # a busy machine finds the same repairs

# name: (lines, index of the broken line, text before the mistake, the broken line repaired)
CASES = {
    "semicolon.c": (
        ["#include <string.h>", "", "int main(void) {", "    int n;", '    n = strlen("\U0001f600\U0001f600") return n;', "}"],
        4, '    n = strlen("\U0001f600\U0001f600")', '    n = strlen("\U0001f600\U0001f600"); return n;'),
    "comma.py": (
        ["def greet(name):", "    return name", "", 'faces = ["\U0001f600\U0001f600" 1, 2]', "greet(faces)"],
        3, 'faces = ["\U0001f600\U0001f600"', 'faces = ["\U0001f600\U0001f600", 1, 2]'),
    "comma.json": (
        ["{", '  "face": "\U0001f600\U0001f600" "next": 1,', '  "last": 2', "}"],
        1, '  "face": "\U0001f600\U0001f600"', '  "face": "\U0001f600\U0001f600", "next": 1,'),
}


def server():
    path = os.environ.get("NOODLE_LSP")
    if not path:
        sys.exit("NOODLE_LSP names no program; run this through ctest")
    return os.path.abspath(path)


def need_editor(program):
    if not shutil.which(program):
        print(f"skipped: {program} is not installed")
        sys.exit(SKIPPED)


def ink(line):
    return "".join(line.split())


def check(name, seen):
    """What is wrong with what the editor saw, one line each."""
    lines, broken, before, repaired = CASES[name]
    if "error" in seen:
        return [seen["error"]]
    problems = []
    if len(seen["diagnostics"]) != 1:
        problems.append(f"one mistake, but {len(seen['diagnostics'])} diagnostics: {seen['diagnostics']}")
    for each in seen["diagnostics"][:1]:
        if each["line"] != broken or each["before"] != before:
            problems.append(f"the diagnostic stands on line {each['line']} after {each['before']!r}, "
                            f"not on line {broken} after {before!r}")
        if not each["message"]:
            problems.append("the diagnostic says nothing")
    if not seen["actions"]:
        problems.append("no code action is offered")
    wanted = lines[:broken] + [repaired] + lines[broken + 1:]
    if list(map(ink, seen["text"].rstrip("\n").split("\n"))) != list(map(ink, wanted)):
        problems.append(f"after the repair the text is {seen['text']!r}")
    if seen["left"] != 0:
        problems.append(f"{seen['left']} diagnostics are left after the repair")
    return problems


def run_editor(title, command, names):
    """Runs `command` once per case; exits with the status of the test. The driver finds its case in the environment."""
    failed = 0
    for name in names:
        with tempfile.TemporaryDirectory(prefix="noodle-client-") as folder:
            path, result = os.path.join(folder, name), os.path.join(folder, "seen.json")
            os.mkdir(os.path.join(folder, "home"))
            with open(path, "w", encoding="utf-8") as file:
                file.write("\n".join(CASES[name][0]) + "\n")
            with open(os.path.join(folder, ".noodle.json"), "w", encoding="utf-8") as file:
                file.write(SETTINGS)
            environment = dict(os.environ, HOME=os.path.join(folder, "home"), LC_ALL="C.UTF-8", NOODLE_LSP=server(),
                               NOODLE_ROOT=ROOT, NOODLE_FILE=path, NOODLE_SEEN=result,
                               NOODLE_BEFORE=CASES[name][2])
            try:
                done = subprocess.run(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=EDITOR_TIMEOUT_S)
                said = done.stdout
            except subprocess.TimeoutExpired as late:
                said = late.stdout or b""
            if os.path.exists(result):
                with open(result, encoding="utf-8") as file:
                    problems = check(name, json.load(file))
            else:
                problems = ["the editor left no result: " + said.decode("utf-8", "replace")[-2000:]]
        for problem in problems:
            print(f"{title}: {name}: {problem}")
        if problems:
            failed += 1
        else:
            print(f"{title}: {name}: found, repaired, cleared")
    sys.exit(1 if failed else 0)
