#!/usr/bin/env python3
"""Writes a checkpoint as a weights file, and says what its number format costs.

    python3 -m model.export CHECKPOINT SHARDS OUT [--format fp32|fp16|int8]

Training counts an edit more than a token that stays, so the network thinks edits likelier than they are. What that is
worth is measured on validation windows and taken out of the biases of output 0; probabilities are then what they say.
OUT.report.json has the scores of the float32 network and of the one in the file.
"""

import argparse
import json
import os
import sys

from model import corpus, features

try:
    import numpy
    import torch
except ImportError as problem:
    features.usage_error(f"{problem.name} is missing (Debian: python3-torch, python3-numpy)")

from model import batches, scores, weights_file
from model.network import Encoder, Shape

WINDOWS = 1500  # of validation, for the report
LOSS_MAX = 0.5  # points of top-1 that a number format may cost


def stored_name(name):
    """embed.token.weight of the module is embed.token in the file."""
    return name.removesuffix(".weight") if name.startswith("embed.") else name


def load_checkpoint(path):
    """(network, checkpoint)."""
    try:
        saved = torch.load(path, map_location="cpu")
        shape = Shape(**{**saved["shape"], "feature_sizes": tuple(saved["shape"]["feature_sizes"])})
    except (OSError, KeyError, RuntimeError, ValueError, TypeError) as problem:
        features.usage_error(f"{path} is no checkpoint: {problem}")
    network = Encoder(shape)
    network.load_state_dict(saved["network"])
    return network.eval(), saved


def tensors_of(network):
    return {stored_name(name): value.detach().float().cpu().numpy() for name, value in network.named_parameters()}


def network_of(tensors, shape):
    """A network with the values of a weights file."""
    network = Encoder(shape)
    with torch.no_grad():
        for name, value in network.named_parameters():
            value.copy_(torch.from_numpy(tensors[stored_name(name)].copy()))
    return network.eval()


def load_weights(path):
    """(network, metadata) of a weights file."""
    try:
        stored, metadata = weights_file.read_tensors(path)
        numbers = {name: int(metadata[name])
                   for name in ("tokens", "grams", "layers", "width", "heads", "feed_forward", "reach")}
        shape = Shape(feature_sizes=tuple(map(int, metadata["feature_sizes"].split(","))), **numbers)
        return network_of(weights_file.as_floats(stored), shape), metadata
    except (OSError, ValueError, KeyError, RuntimeError) as problem:
        features.usage_error(f"{path}: {problem}")


def shard_batches(folder, part, seed=11):
    """Batches of all shards of a part, in one fixed random order."""
    numbers = batches.shard_numbers(folder, part)
    if not numbers:
        features.usage_error(f"no {part} shards in {folder}; make them with model.samples")
    rng = numpy.random.RandomState(seed)
    for number in numbers[::-1]:  # the first is what training looks at
        yield from batches.batches_of(batches.read_shard(batches.shard_path(folder, part, number)), rng=rng)


def main():
    parser = argparse.ArgumentParser(prog="export", description=__doc__.split("\n\n")[0])
    parser.add_argument("checkpoint", metavar="CHECKPOINT")
    parser.add_argument("shards", metavar="SHARDS")
    parser.add_argument("out", metavar="OUT")
    parser.add_argument("--format", choices=("fp32", "fp16", "int8"), default="int8")
    parser.add_argument("--windows", type=int, default=WINDOWS, metavar="N", help="validation windows to score")
    parser.add_argument("--loss-max", type=float, default=LOSS_MAX, metavar="POINTS",
                        help=f"of top-1 that the format may cost, else the status is 1 (default {LOSS_MAX})")
    parser.add_argument("--threads", type=int, default=1, metavar="N")
    options = parser.parse_args()
    if min(options.windows, options.threads) < 1:
        features.usage_error("--windows and --threads take 1 or more")
    torch.set_num_threads(options.threads)
    network, saved = load_checkpoint(options.checkpoint)
    shift = scores.keep_bias(network, shard_batches(options.shards, "validation", 12), options.windows)
    with torch.no_grad():
        network.head.token.bias[0] += shift[0]
        network.head.gap.out.bias[0] += shift[1]
    stored = weights_file.in_format(tensors_of(network), options.format)
    packed = network_of(weights_file.as_floats(stored), network.shape)
    report = {"keep_bias": shift, "trained": saved["state"], "format": options.format}
    for name, each in (("fp32", network), (options.format, packed)):
        found = scores.score(each, shard_batches(options.shards, "validation"), options.windows)
        report[name] = found.table()
        print(f"{name}\n{found.text()}", flush=True)
    cost = report["fp32"]["all"]["top1"] - report[options.format]["all"]["top1"]
    report["cost_top1"] = round(cost, 2)
    judged = {"int8_cost": f"{max(0, cost):.2f}"} if options.format == "int8" else {}
    metadata = weights_file.metadata_of(
        network.shape, saved["header"], corpus=corpus.manifest_sha256(),
        scores=json.dumps({name: {key: row[key] for key in ("exact", "top1", "top5", "clean")}
                           for name, row in report[options.format].items()}),
        trained=json.dumps(saved["state"]), calibration=json.dumps({"keep_bias": shift}), **judged)
    os.makedirs(os.path.dirname(os.path.abspath(options.out)), exist_ok=True)
    weights_file.write_tensors(options.out, stored, metadata)
    with open(options.out.removesuffix(".safetensors") + ".report.json", "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1)
        file.write("\n")
    print(f"{options.out}: {os.path.getsize(options.out) / 1e6:.2f} MB, {options.format} costs {cost:.2f} points of top-1")
    if cost > options.loss_max:
        print(f"export: {options.format} costs more than {options.loss_max} points", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
