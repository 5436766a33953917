"""packages: `eval --packages`, false alarms over whole packages that compile and deletions of single tokens in them.

FOLDER/LANGUAGE/NAME holds the sources of each package, as fetch_packages.py lays them. The program checks the files
where they lie, as its user would: `noodle-lsp check` run in the package's folder. A file that it flags is a false alarm
unless the language's own parser refuses it too. Then single tokens are deleted in the files that were not flagged
(deletions.py). The same seed draws the same files and, for files that stay clean, the same tokens.
"""

import argparse
import concurrent.futures
import fnmatch
import json
import os
import subprocess
import sys

import deletions
import package_report
from fetch_packages import SUFFIXES, read_manifest, sha256_of
from judge_in_place import NoJudge, open_package_judge

CHECK_BATCH = 100  # files per run of the program
CHECK_TIMEOUT_S = 900.0
NOT_JUDGED = (".inc", ".def", ".tbl")  # included into others; no files of their own
LANGUAGES = sorted(set(SUFFIXES) - {"judges"})


class Unusable(Exception):
    """Nothing can be measured; the text says why."""


# ---- what there is ----

def entries_by_name():
    return {(entry["language"], entry["name"]): entry for entry in read_manifest()}


def files_of(folder, language, entry):
    """Relative paths of the files that are measured, sorted."""
    suffixes = tuple(suffix for suffix in SUFFIXES[language] if suffix not in NOT_JUDGED)
    include, exclude = entry.get("include", ["*"]), entry.get("exclude", [])
    found = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = os.path.relpath(os.path.join(place, name), folder)
            inside = path.split("/", 1)[-1]  # a package of packages has a folder for each
            if (name.endswith(suffixes) and os.path.isfile(os.path.join(folder, path))
                    and any(fnmatch.fnmatchcase(each, glob) for each in (path, inside) for glob in include)
                    and not any(fnmatch.fnmatchcase(path, glob) for glob in exclude)):
                found.append(path)
    return sorted(found)


def shares(available, total):
    """How many each gets when `total` is dealt out one by one; {name: count}."""
    result = dict.fromkeys(available, 0)
    left = min(total, sum(available.values()))
    while left:
        open_names = [name for name in available if result[name] < available[name]]
        each = max(1, left // len(open_names))
        for name in open_names:
            taken = min(each, available[name] - result[name], left)
            result[name] += taken
            left -= taken
    return result


def packages_of(root, language, limit, seed, listed_only=False):
    """{package: files}, drawn by seed, each package with an equal part of `limit` as far as it has files."""
    entries, found = entries_by_name(), {}
    place = os.path.join(root, language)
    for name in sorted(os.listdir(place)) if os.path.isdir(place) else []:
        folder = os.path.join(place, name)
        if os.path.isdir(folder) and ((language, name) in entries or not listed_only):
            files = files_of(folder, language, entries.get((language, name), {}))
            if files:
                found[name] = files
    if limit:
        for name, count in shares({name: len(files) for name, files in found.items()}, limit).items():
            generator = deletions.generator_for(seed, language, name, "files")
            found[name] = sorted(generator.sample(found[name], count))
    return found


# ---- false alarms ----

def check(server, package, paths, threads):
    """({path: diagnostics}, [what went wrong]) of one run of the program in the package's folder."""
    command = [server, "check", "--format", "json", "--no-cache", "--threads", str(threads), *paths]
    try:
        done = subprocess.run(command, cwd=package, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=CHECK_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        how = f"no answer within {CHECK_TIMEOUT_S:.0f} s"
    else:
        if done.returncode in (0, 1, 2) and done.stdout.strip():
            answer = json.loads(done.stdout)
            lost = [line for line in done.stderr.decode("utf-8", "replace").splitlines()
                    if "error:" in line] if done.returncode == 2 else []
            errors = {each["path"]: [d for d in each["diagnostics"] if d.get("severity", "error") == "error"]
                      for each in answer["files"]}
            return {path: found for path, found in errors.items() if found}, lost
        how = f"exit {done.returncode}" if done.returncode >= 0 else f"signal {-done.returncode}"
    if len(paths) == 1:
        return {}, [f"{paths[0]}: {how}"]
    found, lost = {}, []
    middle = len(paths) // 2
    for half in (paths[:middle], paths[middle:]):
        more, worse = check(server, package, half, threads)
        found.update(more)
        lost += worse
    return found, lost


def source_line(text, number):
    lines = text.split("\n")
    return lines[number].strip()[:200] if number < len(lines) else ""


def read_any(path):
    with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
        return file.read()


def flagged_file(package, path, found, judge):
    """One flagged file with its first findings; `refused`: the language's own parser does not take it either."""
    text = read_any(os.path.join(package, path))
    found = sorted(found, key=lambda each: each["start_byte"])
    return {
        "path": path,
        "refused": bool(judge) and judge.refuses(os.path.join(package, path), text,
                                                 sorted({each["line"] for each in found})),
        "findings": len(found),
        "first": [{"line": each["line"] + 1, "message": each["message"], "code": each.get("code"),
                   "source": source_line(text, each["line"])} for each in found[:3]],
    }


def measure_alarms(server, language, package, paths, judge, threads):
    flagged, lost = [], []
    for begin in range(0, len(paths), CHECK_BATCH):
        found, failures = check(server, package, paths[begin:begin + CHECK_BATCH], threads)
        lost += failures
        flagged += [flagged_file(package, path, found[path], judge) for path in sorted(found)]
    return {"language": language, "package": os.path.basename(package), "files": len(paths), "flagged": flagged,
            "lost": lost}


# ---- one package ----

def measure_package(options, language, name, paths, wanted):
    """Everything about one package as a plain dict; what it prints and how often it is run is decided elsewhere."""
    package = os.path.join(options.folder, language, name)
    flags = entries_by_name().get((language, name), {}).get("judge_flags", [])
    judge, reason = None, None
    try:
        judge = open_package_judge(language, package, flags, options.judge_cache)
    except NoJudge as missing:
        reason = str(missing)
    try:
        result = measure_alarms(options.server, language, package, paths, judge, 1)
        result["no_judge"] = reason
        result["wanted"] = wanted
        result["deletions"], result["editor_flagged"] = [], []
        if wanted and judge:
            clean = set(paths) - {each["path"] for each in result["flagged"]}
            drawn = deletions.draw(options.server, package, paths, clean, wanted, judge,
                                   f"{options.seed} {language} {name}")
            result["deletions"], result["editor_flagged"] = deletions.type_all(
                options.server, language, package, drawn)
    finally:
        if judge:
            judge.close()
    return result


class Checkpoint:
    """Results by package, one JSON object a line, so that an interrupted run goes on where it was."""

    def __init__(self, path, fingerprint):
        self._path, self.known = path, {}
        lines = []
        if os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                lines = file.read().splitlines()
        if lines and lines[0] == fingerprint:
            for line in lines[1:]:
                try:
                    each = json.loads(line)
                except ValueError:
                    break  # the run was cut off in the middle of this line
                self.known[each["language"], each["package"]] = each
        self._file = open(path, "w", encoding="utf-8")
        self._file.write(fingerprint + "\n")
        for each in self.known.values():
            self._file.write(json.dumps(each) + "\n")
        self._file.flush()

    def put(self, result):
        self._file.write(json.dumps(result) + "\n")
        self._file.flush()

    def close(self, finished):
        self._file.close()
        if finished:
            os.unlink(self._path)


def fingerprint(options):
    return json.dumps([sha256_of(options.server), options.folder, options.limit, options.deletions, options.seed, options.listed])


def run(options):
    add_judges(options.folder)
    work = []
    for language in options.language or LANGUAGES:
        found = packages_of(options.folder, language, options.limit, options.seed, options.listed)
        wanted = shares({name: 10**9 if files else 0 for name, files in found.items()}, options.deletions) \
            if options.deletions else {}
        work += [(language, name, paths, wanted.get(name, 0)) for name, paths in found.items()]
    if not work:
        raise Unusable(f"{options.folder}: no LANGUAGE/PACKAGE folders with sources in it"
                       " (tests/eval/fetch_packages.py fetches some)")
    store = Checkpoint(options.json + ".part", fingerprint(options)) if options.json else None
    results = dict(store.known) if store else {}
    left = [each for each in work if each[:2] not in results]
    try:
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            waiting = [pool.submit(measure_package, options, *each) for each in left]
            for number, each in enumerate(concurrent.futures.as_completed(waiting), 1):
                result = each.result()
                results[result["language"], result["package"]] = result
                if store:
                    store.put(result)
                say(f"{len(results)} of {len(work)} packages: {result['language']}/{result['package']}")
    except BaseException:
        if store:
            store.close(False)
        raise
    ordered = [results[each[:2]] for each in work]
    say("")
    measured = package_report.measured(ordered)
    print(package_report.printed(measured, ordered))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"measured": measured, "packages": ordered}, file, indent=1, ensure_ascii=True)
            file.write("\n")
        store.close(True)
    return 1 if any(each["lost"] for each in ordered) or any(
        row["outcome"] != "answered" for each in ordered for row in each["deletions"]) else 0


def say(text):
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="" if text else "\r", file=sys.stderr, flush=True)


def add_judges(root):
    """Parsers that were fetched beside the packages stand behind the machine's own."""
    place = os.path.join(root, "judges")
    os.environ["NODE_PATH"] = os.pathsep.join(filter(None, [os.environ.get("NODE_PATH"), place]))
    for folder, _, names in os.walk(os.path.join(place, "gofmt")):
        if "gofmt" in names:
            os.environ["PATH"] += os.pathsep + folder


def parse_arguments(arguments, default_server):
    parser = argparse.ArgumentParser(prog="eval --packages", description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", metavar="FOLDER", help="holds LANGUAGE/PACKAGE/..., see fetch_packages.py")
    parser.add_argument("--language", action="append", metavar="L", choices=LANGUAGES,
                        help="only this language (may be repeated)")
    parser.add_argument("--listed", action="store_true", help="only packages that packages.json lists")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N files of each language, drawn by --seed")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--deletions", type=int, default=300, metavar="N", help="per language (default 300; 0: none)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="packages at a time (default 2)")
    parser.add_argument("--server", default=default_server, metavar="PATH", help="default: build/release/noodle-lsp")
    parser.add_argument("--judge-cache", metavar="FILE", help="remember the parsers' verdicts between runs")
    parser.add_argument("--json", metavar="FILE", help="write all that was found; FILE.part keeps what an interrupted"
                                                       " run has got, and the next run goes on from it")
    options = parser.parse_args(arguments)
    for name, least in (("limit", 1), ("deletions", 0), ("jobs", 1)):
        if getattr(options, name) is not None and getattr(options, name) < least:
            parser.error(f"--{name} takes a number from {least}")
    if not os.access(options.server, os.X_OK):
        parser.error(f"{options.server}: not a program; build it first or name it with --server")
    options.server, options.folder = os.path.abspath(options.server), os.path.abspath(options.folder)
    if not os.path.isdir(options.folder):
        parser.error(f"{options.folder}: no such folder")
    return options
