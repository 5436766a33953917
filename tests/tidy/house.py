"""Checks the rules of the house that a machine can check.

Headers open with their contract, files stay short, nothing is put off to later, and package-lock.json names no registry
(npm then asks whichever one the user has configured).
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
LINES_MAX = 700
SKIPPED_FOLDERS = ("build/", "node_modules/", ".git/", ".cache/")
DATA_FOLDERS = ("tests/golden/", "tests/fuzz/corpus/", "examples/")  # broken on purpose, of any length
CODE_SUFFIXES = {".c", ".h", ".py", ".sh", ".js", ".ts", ".lua", ".el", ".cmake", ".java", ".1", ".bash", ".fish"}
CODE_NAMES = {"dev", "run", "CMakeLists.txt", "_noodle-lsp"}
PUT_OFF = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")) + r")\b")


def our_files():
    """What git keeps; without git or in an unpacked archive, everything that was not built."""
    names = []
    if shutil.which("git") and (ROOT / ".git").exists():
        listing = subprocess.run(["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z"], cwd=ROOT,
                                 capture_output=True, check=False)
        names = [name for name in listing.stdout.decode("utf-8").split("\0") if name]
    if not names:
        names = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
    return [name for name in sorted(names)
            if not name.startswith(SKIPPED_FOLDERS + DATA_FOLDERS) and (ROOT / name).is_file()]


def check_code(name, text):
    lines = text.count("\n")
    if lines > LINES_MAX:
        yield f"{name}: {lines} lines; no file has more than {LINES_MAX}: split off its second subject"
    for match in PUT_OFF.finditer(text):
        yield f"{name}:{text.count(chr(10), 0, match.start()) + 1}: '{match.group()}': do it, or leave it out"


def check_header(name, text):
    base = name.rsplit("/", 1)[-1]
    contract = text.split("*/", 1)[0]
    if not contract.startswith(f"/* {base}: "):
        yield f"{name}: a header opens with its contract: '/* {base}: what it is for'"
        return
    for word in ("Owns", "Threads", "Errors"):
        if not re.search(rf"\b{word}\b", contract):
            yield f"{name}: the contract says nothing after '{word}'"
    for glued in re.findall(r"[.;] (Owns|Threads|Errors|Units) ", contract):
        yield f"{name}: '{glued}' of the contract begins a line of its own"


def check_lock(text):
    lock = json.loads(text)
    for package, entry in lock["packages"].items():
        if "resolved" in entry:
            yield f"package-lock.json: {package} names a registry in 'resolved'"
        if package and "integrity" not in entry:
            yield f"package-lock.json: {package} has no integrity hash"


def main():
    problems, count, headers = [], 0, 0
    for name in our_files():
        path = pathlib.PurePosixPath(name)
        if path.suffix not in CODE_SUFFIXES and path.name not in CODE_NAMES:
            continue
        text = (ROOT / name).read_text(encoding="utf-8")
        problems += check_code(name, text)
        if path.suffix == ".h":
            problems += check_header(name, text)
            headers += 1
        count += 1
    problems += check_lock((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    print("\n".join(problems))
    print(f"{count} files checked, {headers} of them headers, {len(problems)} problems")
    sys.exit(1 if problems or not headers else 0)


if __name__ == "__main__":
    main()
