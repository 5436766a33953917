"""chances: fits how likely it is that people change nothing beside their mistake, on pairs from histories.

    python3 -m model.chances PAIRS_DIR [--server FILE] [--limit N]

PAIRS_DIR holds LANG.jsonl as model/history.py writes them. Among texts that a program broke, the share of a repair
among all repairs (model/rerank.py) is how often it is right. People change other things as well, and how often depends on
what the repair does: each reason named below has a chance, and the confidence of a repair is its share times the chances
of its mistakes. Fitted on first repairs whose share is SURE or more, since that is where it decides what is applied
without a look; a fifth of the texts is left out and measured. Prints the chances for analysis/repair.c and a
reliability table.
"""

import argparse
import os
import re
import sys

import numpy

from model import rerank

RANK = os.path.join(rerank.ROOT, "analysis", "rank.c")
REASONS = ("parted", "taken", "translated")
ONCE = ("translated",)  # counted once a text
SURE = 0.9  # what is promised of confidences is promised from here on
STEP = 0.005
ROUNDS = 20
BINS = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 1.0001)


def shipped():
    """The weights and `unseen` of the program, as analysis/rank.c has them."""
    with open(RANK, encoding="utf-8") as file:
        source = file.read()
    weights = {name.lower(): float(value) for name, value in re.findall(r"\[REASON_(\w+)\] = ([\d.]+)", source)}
    return weights, float(re.search(r"#define SCORE_UNSEEN ([\d.]+)", source).group(1))


def tell(names, answered):
    """For each text: the share of the first repair, how often each reason applies to it, whether it is right."""
    weights, unseen = shipped()
    row = numpy.array([weights.get(name, 0.0) for name in names])
    reasons, exists, right = rerank.pack(answered)
    shares = rerank.probabilities(row, unseen, reasons, exists)[:, 0]
    counts = reasons[:, 0, [names.index(name) for name in REASONS]]
    for place, name in enumerate(REASONS):
        if name in ONCE:
            counts[:, place] = numpy.minimum(counts[:, place], 1)
    return shares, counts, right == 0


def confidences(chances, shares, counts):
    return shares * numpy.exp(counts @ numpy.log(chances))


def likelihood(chances, shares, counts, right):
    confidence = numpy.clip(confidences(chances, shares, counts), 1e-6, 1 - 1e-6)
    return numpy.where(right, numpy.log(confidence), numpy.log(1 - confidence)).sum()


def fit(shares, counts, right):
    """The likeliest chances, one after the other and over again; 1 where nothing speaks for less."""
    chances = numpy.ones(len(REASONS))
    grid = numpy.arange(STEP, 1 + STEP / 2, STEP)[::-1]  # of equals, the nearest to 1
    for _ in range(ROUNDS):
        before = chances.copy()
        for place in range(len(REASONS)):
            tried = [likelihood(numpy.concatenate([chances[:place], [value], chances[place + 1:]]), shares, counts, right)
                     for value in grid]
            chances[place] = grid[int(numpy.argmax(tried))]
        if (chances == before).all():
            break
    return chances


def report(title, confidence, right):
    print(f"\n{title}: {len(right)} texts\n  confidence       texts   mean of it   right")
    for low, high in zip(BINS, BINS[1:]):
        chosen = (confidence >= low) & (confidence < high)
        if chosen.any():
            print(f"  {low:.2f} to {min(high, 1):.2f}   {chosen.sum():7d}   {confidence[chosen].mean():10.3f}   "
                  f"{right[chosen].mean():.3f}")


def main():
    parser = argparse.ArgumentParser(prog="chances", description=__doc__.split("\n\n")[0])
    parser.add_argument("pairs", metavar="PAIRS_DIR")
    parser.add_argument("--server", default=rerank.SERVER, metavar="FILE")
    parser.add_argument("--limit", type=int, default=10_000, metavar="N", help="texts of each language at most")
    options = parser.parse_args()
    try:
        cases = rerank.read_cases(options.pairs, options.limit)
    except (OSError, ValueError) as problem:
        parser.error(f"{options.pairs}: {problem}")
    names, answered = rerank.ask(options.server, [], cases)
    if len(answered) < 50:
        parser.error(f"{options.pairs}: {len(answered)} texts have a repair; at least 50 are needed")
    order = numpy.random.default_rng(1).permutation(len(answered))
    shares, counts, right = (part[order] for part in tell(names, answered))
    split = len(order) * 4 // 5
    sure = numpy.flatnonzero(shares[:split] >= SURE)
    chances = fit(shares[sure], counts[sure], right[sure])
    for place, name in enumerate(REASONS):
        print(f"{name:14s} {chances[place]:6.3f}   {(counts[sure, place] > 0).sum():5d} texts")
    report("left out of the fit, shares alone", shares[split:], right[split:])
    report("left out of the fit, with chances", confidences(chances, shares, counts)[split:], right[split:])


if __name__ == "__main__":
    sys.exit(main())
