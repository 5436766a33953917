"""rerank: fits how repairs are ordered, and how much each is worth believing, on broken validation texts.

    python3 -m model.rerank DATA_DIR [--server FILE] [--limit N]

DATA_DIR holds LANG.jsonl with id, lang, broken and fixed (model/corrupt.py --jsonl writes them from validation
packages). Every text goes to `noodle-lsp fix --jsonl --explain`; a repair is right when it makes the same program as
`fixed`. The score of a repair is a weighted sum of its reasons (analysis/rank.h), the lowest comes first, and its
probability is

    exp(-score) / (exp(-unseen) + sum over all repairs of exp(-score))

where `unseen` stands for the repairs that nobody proposed. Weights and `unseen` maximise the likelihood of the right
repairs together; the last fifth of the texts is left out of the fit and measured. Prints the table for analysis/rank.c
and a reliability table.
"""

import argparse
import json
import os
import sys

import numpy

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "tests", "eval"))

from line_process import Died, LineProcess, TooSlow  # noqa: E402
from tokens import same_program  # noqa: E402

SERVER = os.path.join(ROOT, "build", "release", "noodle-lsp")
HANG_S = 20.0
CANDIDATES = 8
STEPS = 3000
RATE = 0.02
DECAY = 1e-3  # keeps weights of reasons that say the same from growing against each other


def read_cases(folder, limit):
    cases = []
    for name in sorted(os.listdir(folder)):
        if name.endswith(".jsonl") and not name.startswith("valid_"):
            with open(os.path.join(folder, name), encoding="utf-8") as file:
                rows = [json.loads(line) for line in file if line.strip()]
            cases += [row for row in rows if row.get("fixed") is not None][:limit]
    return cases


def ask(server, server_options, cases):
    """For each case that was answered: (language, reasons of its repairs as a matrix, index of the right one or None)."""
    process = LineProcess([server, "fix", "--jsonl", "--no-cache", "--explain", "--max-fixes", str(CANDIDATES), *server_options])
    answered = []
    names = None
    for case in cases:
        request = json.dumps({"id": case["id"], "language": case["lang"], "text": case["broken"]}).encode()
        try:
            answer = json.loads(process.ask(request, HANG_S))
        except (Died, TooSlow) as problem:
            print(f"{case['id']}: {problem}", file=sys.stderr)
            continue
        fixes = answer.get("fixes", [])
        if not fixes:
            continue
        names = names or list(fixes[0]["reasons"])
        reasons = numpy.array([[fix["reasons"][name] for name in names] for fix in fixes])
        right = [i for i, fix in enumerate(fixes) if same_program(case["lang"], fix["text"], case["fixed"])]
        answered.append((case["lang"], reasons, right[0] if right else None))
    process.close()
    return names, answered


def pack(answered):
    """Arrays [cases, CANDIDATES, reasons], which of them exist, and the index of the right one (CANDIDATES: none)."""
    count, width = len(answered), answered[0][1].shape[1]
    reasons = numpy.zeros((count, CANDIDATES, width))
    exists = numpy.zeros((count, CANDIDATES), dtype=bool)
    right = numpy.full(count, CANDIDATES)
    for i, (_, matrix, index) in enumerate(answered):
        reasons[i, :len(matrix)] = matrix
        exists[i, :len(matrix)] = True
        if index is not None:
            right[i] = index
    return reasons, exists, right


def probabilities(weights, unseen, reasons, exists):
    scores = numpy.where(exists, -(reasons @ weights), -numpy.inf)
    scores = numpy.concatenate([scores, numpy.full((len(scores), 1), -unseen)], axis=1)
    scores -= scores.max(axis=1, keepdims=True)
    weighed = numpy.exp(scores)
    return weighed / weighed.sum(axis=1, keepdims=True)


def fit(reasons, exists, right):
    """Adam on the likelihood, from weights that trust cost alone."""
    width = reasons.shape[2]
    parameters = numpy.zeros(width + 1)
    parameters[0], parameters[-1] = 1.0, 3.0
    first, second = numpy.zeros(width + 1), numpy.zeros(width + 1)
    rows = numpy.arange(len(right))
    for step in range(1, STEPS + 1):
        chances = probabilities(parameters[:-1], parameters[-1], reasons, exists)
        error = chances.copy()
        error[rows, right] -= 1
        slope = numpy.append(-(error[:, :-1, None] * reasons).sum(axis=(0, 1)), -error[:, -1].sum()) / len(right)
        slope[:-1] += DECAY * parameters[:-1]
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope * slope
        parameters -= RATE * (first / (1 - 0.9 ** step)) / (numpy.sqrt(second / (1 - 0.999 ** step)) + 1e-8)
    return parameters[:-1], parameters[-1]


def report(title, languages, chances, right):
    best = chances[:, :-1].argmax(axis=1)
    hit = best == right
    print(f"\n{title}: {len(right)} texts with repairs; right first {100 * hit.mean():.1f} %, "
          f"among them at all {100 * (right < CANDIDATES).mean():.1f} %")
    for language in sorted(set(languages)):
        chosen = numpy.array([each == language for each in languages])
        print(f"  {language:12s} {chosen.sum():5d}   first {100 * hit[chosen].mean():5.1f}   "
              f"at all {100 * (right[chosen] < CANDIDATES).mean():5.1f}")
    print("  confidence      texts   mean of it   right")
    confidence = chances[numpy.arange(len(best)), best]
    for low in numpy.arange(0.0, 1.0, 0.1):
        chosen = (confidence >= low) & (confidence < low + 0.1 + (low > 0.85))
        if chosen.any():
            print(f"  {low:.1f} to {low + 0.1:.1f}   {chosen.sum():7d}   {confidence[chosen].mean():10.3f}   "
                  f"{hit[chosen].mean():.3f}")


def main():
    parser = argparse.ArgumentParser(prog="rerank", description=__doc__.split("\n\n")[0])
    parser.add_argument("data", metavar="DATA_DIR")
    parser.add_argument("--server", default=SERVER, metavar="FILE")
    parser.add_argument("--server-option", action="append", default=[], metavar="OPTION",
                        help="passed on, as in --server-option=--model=none (may be repeated)")
    parser.add_argument("--limit", type=int, default=1000, metavar="N", help="texts of each language at most")
    options = parser.parse_args()
    try:
        cases = read_cases(options.data, options.limit)
    except (OSError, ValueError) as problem:
        parser.error(f"{options.data}: {problem}")
    names, answered = ask(options.server, options.server_option, cases)
    if len(answered) < 50:
        parser.error(f"{options.data}: {len(answered)} texts have a repair; at least 50 are needed")
    order = numpy.random.default_rng(1).permutation(len(answered))
    answered = [answered[i] for i in order]
    split = len(answered) * 4 // 5
    languages = [language for language, _, _ in answered]
    reasons, exists, right = pack(answered)
    weights, unseen = fit(reasons[:split], exists[:split], right[:split])
    for name, weight in zip(names, weights):
        print(f"{name:14s} {weight:8.3f}")
    print(f"{'unseen':14s} {unseen:8.3f}")
    by_place = numpy.where(exists, -numpy.arange(CANDIDATES)[None, :].astype(float), -numpy.inf)
    print(f"\nas ordered now: right first {100 * (by_place[split:].argmax(axis=1) == right[split:]).mean():.1f} %")
    report("left out of the fit", languages[split:], probabilities(weights, unseen, reasons[split:], exists[split:]),
           right[split:])
    report("fitted on", languages[:split], probabilities(weights, unseen, reasons[:split], exists[:split]), right[:split])


if __name__ == "__main__":
    main()
