#!/usr/bin/env python3
"""eval: measures `noodle-lsp fix --jsonl` on real broken programs and on tricky valid ones.

DATA_DIR holds LANG.jsonl, one object a line with id, lang, kind, broken and, where they are known, fixed, fixed_min,
min_edits and category; and valid_LANG.jsonl with id, lang and code. Every text goes to one server, one at a time; then
each language's own parser judges the best repair. Exact means: the same tokens as `fixed` or `fixed_min`.

With --packages FOLDER it measures whole packages instead (packages.py).

Exit status: 0 when everything was measured (whatever the numbers), 1 when the program under test died, hung or refused
a case, 2 for wrong usage or unreadable data.
"""

import argparse
import json
import os
import random
import sys

import measure
import packages
import report
from judges import NoJudge, VerdictStore, open_judge
from line_process import Died, LineProcess, TooSlow
from tokens import is_part_of, same_program

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
DEFAULT_SERVER = os.path.join(ROOT, "build", "release", "noodle-lsp")
HANG_S = 20.0  # far beyond any deadline: an answer this late counts as none


class BadData(Exception):
    """The data can't be read; the text names the file and the line."""


def read_cases(path, needed):
    cases = []
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                case = json.loads(line)
            except ValueError as problem:
                raise BadData(f"{path}:{number}: not JSON: {problem}") from None
            missing = [key for key in needed if not isinstance(case, dict) or key not in case]
            if missing:
                raise BadData(f"{path}:{number}: needs the field {missing[0]!r}")
            cases.append(case)
    return cases


def load(folder, languages, kinds, limit, seed):
    """{language: (broken cases, valid cases)}, each cut to `limit` by the same draw for the same seed."""
    try:
        names = sorted(os.listdir(folder))
    except OSError as problem:
        raise BadData(f"{folder}: {problem.strerror}") from None
    found = sorted({name.removeprefix("valid_").removesuffix(".jsonl") for name in names if name.endswith(".jsonl")})
    unknown = [language for language in languages or [] if language not in found]
    if unknown:
        raise BadData(f"{folder}: no {unknown[0]}.jsonl; it has {', '.join(found) or 'no data'}")
    data = {}
    for language in languages or found:
        sets = []
        for name, needed in ((f"{language}.jsonl", ("id", "kind", "broken")),
                             (f"valid_{language}.jsonl", ("id", "code"))):
            cases = read_cases(os.path.join(folder, name), needed) if name in names else []
            if kinds and "kind" in needed:
                cases = [case for case in cases if case["kind"] in kinds]
            if limit and len(cases) > limit:
                cases = random.Random(seed).sample(cases, limit)
            sets.append(cases)
        data[language] = tuple(sets)
    if not data:
        raise BadData(f"{folder}: no LANG.jsonl in it")
    return data


class Runner:
    """Asks the program under test, one case at a time; a case that kills it costs that case."""

    def __init__(self, server, deadline_ms, extra):
        command = [server, "fix", "--jsonl", "--max-fixes", str(measure.KEPT_REPAIRS), "--threads", "1", "--no-cache"]
        if deadline_ms:
            command += ["--deadline-ms", str(deadline_ms)]
        self._process = LineProcess(command + extra)
        self.incidents = []

    def ask(self, case, language, text):
        """(outcome, answer): the answer is an empty dict when there was none."""
        request = json.dumps({"id": case["id"], "language": language, "text": text}).encode()
        try:
            answer = json.loads(self._process.ask(request, HANG_S))
        except Died as how:
            return self._incident(case, "crashed", str(how))
        except TooSlow:
            return self._incident(case, "hung", f"no answer within {HANG_S:.0f} s")
        except ValueError as problem:
            return self._incident(case, "refused", f"the answer is not JSON: {problem}")
        if "error" in answer:
            return self._incident(case, "refused", str(answer["error"]))
        if answer.get("id") != case["id"]:
            return self._incident(case, "refused", f"the answer is for {answer.get('id')!r}")
        return "answered", answer

    def _incident(self, case, outcome, detail):
        self.incidents.append({"id": case["id"], "outcome": outcome, "detail": detail})
        return outcome, {}

    def close(self):
        self._process.close()


def candidates(answer):
    """The repaired texts, best first, without repeats; the best text stands first even when `fixes` leaves it out."""
    texts = [answer.get("text")] + [fix.get("text") for fix in answer.get("fixes", [])]
    return list(dict.fromkeys(text for text in texts if text is not None))


def confidence_of(answer, text):
    for fix in answer.get("fixes", []):
        if fix.get("text") == text:
            return fix.get("confidence")
    return None


def exact_rank(language, case, texts):
    wanted = [case[key] for key in ("fixed", "fixed_min") if case.get(key) is not None]
    for rank, text in enumerate(texts[:measure.KEPT_REPAIRS], 1):
        if any(same_program(language, text, each) for each in wanted):
            return rank
    return None


def is_part(language, case, text):
    """Whether the human did all that was done to make `text`: what else they changed is no mistake of the repair."""
    wanted = [case[key] for key in ("fixed", "fixed_min") if case.get(key) is not None]
    return any(same_program(language, text, each) or is_part_of(language, case["broken"], text, each) for each in wanted)


def broken_row(language, case, outcome, answer):
    texts = candidates(answer)
    has_fix = case.get("fixed") is not None
    return {
        "id": case["id"],
        "language": language,
        "kind": case["kind"],
        "category": case.get("category"),
        "min_edits": case.get("min_edits"),
        "outcome": outcome,
        "diagnostics": len(answer.get("diagnostics", [])),
        "elapsed_ms": answer.get("elapsed_ms"),
        "offered": bool(texts),
        "confidence": confidence_of(answer, texts[0]) if texts else None,
        "judged": False,
        "parse_fixed": False,
        "has_fix": has_fix,
        "rank": exact_rank(language, case, texts) if has_fix else None,
        "is_part": bool(has_fix and texts) and is_part(language, case, texts[0]),
        "got": texts[0] if texts else None,
        "messages": [d.get("message") for d in answer.get("diagnostics", [])],
    }


def valid_row(case, outcome, answer):
    return {
        "id": case["id"],
        "outcome": outcome,
        "diagnostics": len(answer.get("diagnostics", [])),
        "messages": [d.get("message") for d in answer.get("diagnostics", [])],
        "refused": False,
    }


def judge_rows(language, cases, rows, valid, valid_rows, store):
    """Fills in `judged`, `parse_fixed` and `refused`; returns why there is no judge, or None."""
    try:
        judge = open_judge(language)
    except NoJudge as reason:
        return str(reason)
    try:
        broken_accepted = store.judge_all(judge, [case["broken"] for case in cases])
        offered = [row for row in rows if row["offered"]]
        verdicts = store.judge_all(judge, [row["got"] for row in offered])
        flagged = [(case["code"], row) for case, row in zip(valid, valid_rows) if row["diagnostics"]]
        valid_accepted = store.judge_all(judge, [code for code, _ in flagged])
    finally:
        judge.close()
    for row, accepted in zip(rows, broken_accepted):
        row["judged"] = not accepted
    for row, verdict in zip(offered, verdicts):
        row["parse_fixed"] = verdict
    for (_, row), accepted in zip(flagged, valid_accepted):
        row["refused"] = not accepted
    return None


def failure_of(row):
    """What went wrong with a broken case, or None when it was repaired as the human did (or as well as can be told)."""
    if row["outcome"] != "answered":
        return row["outcome"]
    if row["diagnostics"] == 0:
        return "missed"
    if not row["offered"]:
        return "no repair"
    if row["judged"] and not row["parse_fixed"]:
        return "does not parse"
    if row["has_fix"] and row["rank"] != 1:
        return "not exact" if row["rank"] is None else f"exact at {row['rank']}"
    return None


def write_failures(path, data, broken_rows, valid_rows):
    with open(path, "w", encoding="utf-8") as file:
        def put(**fields):
            file.write(json.dumps(fields, ensure_ascii=False) + "\n")

        for language, (broken, valid) in data.items():
            for case, row in zip(broken, broken_rows[language]):
                failure = failure_of(row)
                if failure:
                    put(failure=failure, id=row["id"], language=language, kind=row["kind"], category=row["category"],
                        min_edits=row["min_edits"], confidence=row["confidence"], elapsed_ms=row["elapsed_ms"],
                        messages=row["messages"], broken=case["broken"], fixed=case.get("fixed"),
                        fixed_min=case.get("fixed_min"), got=row["got"])
            for case, row in zip(valid, valid_rows[language]):
                if (row["diagnostics"] and not row["refused"]) or row["outcome"] != "answered":
                    put(failure="false alarm" if row["diagnostics"] else row["outcome"], id=row["id"],
                        language=language, messages=row["messages"], broken=case["code"])


def say(text):
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="" if text else "\r", file=sys.stderr, flush=True)


def run(options):
    data = load(options.data, options.lang, options.kind, options.limit, options.seed)
    runner = Runner(options.server, options.deadline_ms, options.server_option)
    broken_rows, valid_rows = {}, {}
    try:
        for language, (broken, valid) in data.items():
            broken_rows[language], valid_rows[language] = [], []
            for number, case in enumerate(broken, 1):
                say(f"{language}: {number} of {len(broken)} broken")
                broken_rows[language].append(
                    broken_row(language, case, *runner.ask(case, language, case["broken"])))
            for number, case in enumerate(valid, 1):
                say(f"{language}: {number} of {len(valid)} valid")
                valid_rows[language].append(valid_row(case, *runner.ask(case, language, case["code"])))
    finally:
        runner.close()

    # Judged afterwards, so that the parsers do not take time from what is being timed.
    store = VerdictStore(options.judge_cache)
    judges = {}
    for language, (broken, valid) in data.items():
        say(f"{language}: judging")
        judges[language] = judge_rows(language, broken, broken_rows[language], valid, valid_rows[language], store)
    store.close()
    say("")

    measured = {language: measure.measured(broken_rows[language], valid_rows[language]) for language in data}
    measured["total"] = measure.measured(sum(broken_rows.values(), []), sum(valid_rows.values(), []))
    print(report.printed(measured, judges, runner.incidents, options.categories))
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump({"languages": measured, "no_judge": {k: v for k, v in judges.items() if v},
                       "incidents": runner.incidents}, file, indent=1)
            file.write("\n")
    if options.failures:
        write_failures(options.failures, data, broken_rows, valid_rows)
    return 1 if runner.incidents else 0


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="eval", description=__doc__.split("\n\n")[0])
    parser.add_argument("data", metavar="DATA_DIR")
    parser.add_argument("--lang", action="append", metavar="L", help="only this language (may be repeated)")
    parser.add_argument("--kind", action="append", metavar="K", help="only broken cases of this kind (may be repeated)")
    parser.add_argument("--limit", type=int, metavar="N", help="at most N cases of each set, drawn by --seed")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--server", default=DEFAULT_SERVER, metavar="PATH", help="default: build/release/noodle-lsp")
    parser.add_argument("--server-option", action="append", default=[], metavar="OPTION",
                        help="passed on, as in --server-option=--model=none (may be repeated)")
    parser.add_argument("--deadline-ms", type=int, metavar="N", help="per repair; default: the program's own")
    parser.add_argument("--categories", action="store_true", help="a table by category of mistake too")
    parser.add_argument("--json", metavar="FILE", help="write the numbers as JSON")
    parser.add_argument("--failures", metavar="FILE", help="write what failed, with its texts, as JSON lines")
    parser.add_argument("--judge-cache", metavar="FILE", help="remember the parsers' verdicts between runs")
    options = parser.parse_args(arguments)
    if options.limit is not None and options.limit < 1:
        parser.error("--limit takes a number above 0")
    if not os.access(options.server, os.X_OK):
        parser.error(f"{options.server}: not a program; build it first or name it with --server")
    return options


def main():
    arguments = sys.argv[1:]
    over_packages = "--packages" in arguments
    if over_packages:
        arguments.remove("--packages")
    try:
        if over_packages:
            return packages.run(packages.parse_arguments(arguments, DEFAULT_SERVER))
        return run(parse_arguments(arguments))
    except (BadData, packages.Unusable, OSError) as problem:
        print(f"eval: {problem}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
