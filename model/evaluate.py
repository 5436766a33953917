#!/usr/bin/env python3
"""Scores a weights file on broken code of packages that training never saw.

    python3 -m model.evaluate WEIGHTS SHARDS [--part test] [--kinds]

Shards are made by model.samples. The table's columns are described in scores.py.
"""

import argparse
import json
import sys

from model import features

try:
    import torch
except ImportError as problem:
    features.usage_error(f"{problem.name} is missing (Debian: python3-torch, python3-numpy)")

from model import export, scores


def main():
    parser = argparse.ArgumentParser(prog="evaluate", description=__doc__.split("\n\n")[0])
    parser.add_argument("weights", metavar="WEIGHTS")
    parser.add_argument("shards", metavar="SHARDS")
    parser.add_argument("--part", choices=("validation", "test"), default="test")
    parser.add_argument("--windows", type=int, metavar="N", help="at most so many")
    parser.add_argument("--kinds", action="store_true", help="also by kind of mistake")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--threads", type=int, default=1, metavar="N")
    options = parser.parse_args()
    if options.threads < 1 or (options.windows is not None and options.windows < 1):
        features.usage_error("--windows and --threads take 1 or more")
    torch.set_num_threads(options.threads)
    network, _ = export.load_weights(options.weights)
    found = scores.score(network, export.shard_batches(options.shards, options.part), options.windows)
    print(json.dumps(found.table(options.kinds), indent=1) if options.json else found.text(options.kinds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
