"""Batches of windows for the network, read from shards."""

import glob
import os
import time

import numpy
import torch

from model import features
from model.samples import IGNORED, shard_path

BATCH_TOKENS = 4096


class Batch:
    """Windows padded to one length, as tensors."""

    def __init__(self, shard, windows, device="cpu"):
        begins, lengths = shard["begin"][windows], shard["length"][windows]
        longest = int(lengths.max())
        place = begins[:, None] + numpy.arange(longest)
        real = numpy.arange(longest) < lengths[:, None]
        place = numpy.where(real, place, 0)

        def tensor(array, kind=torch.int64):
            return torch.from_numpy(numpy.ascontiguousarray(array)).to(kind).to(device)

        self.real = tensor(real, torch.bool)
        self.token = tensor(numpy.where(real, shard["token"][place], 0).astype(numpy.int64))
        self.features = tensor(shard["features"][place].astype(numpy.int64))
        counts = numpy.where(real, shard["gram_count"][place], 0).astype(numpy.int64).ravel()
        grams = shard["grams"][place].reshape(-1, shard["grams"].shape[1]).astype(numpy.int64)
        self.grams = tensor(grams[numpy.arange(grams.shape[1]) < counts[:, None]])
        self.gram_starts = tensor(numpy.cumsum(counts) - counts)
        output = numpy.where(real, shard["output"][place], IGNORED)
        # Window w has length + 1 gaps, so its gaps begin w places later than its tokens.
        gap_place = (begins + windows)[:, None] + numpy.arange(longest + 1)
        gap_real = numpy.arange(longest + 1) <= lengths[:, None]
        gap = numpy.where(gap_real, shard["gap"][numpy.where(gap_real, gap_place, 0)], IGNORED)
        self.output, self.gap = tensor(output.astype(numpy.int64)), tensor(gap.astype(numpy.int64))
        edits = ((output != IGNORED) & (output > 0)).any(1) | ((gap != IGNORED) & (gap > 0)).any(1)
        self.fine = tensor(~edits, torch.float32)
        self.language, self.kind, self.edits = (shard[name][windows] for name in ("language", "kind", "edits"))
        self.tokens = int(lengths.sum())


def read_shard(path):
    with numpy.load(path) as file:
        shard = {name: file[name] for name in file.files}
    shard["begin"] = numpy.cumsum(shard["length"].astype(numpy.int64)) - shard["length"]
    return shard


def groups_of(shard, tokens=BATCH_TOKENS, rng=None):
    """Windows of like length together, at most `tokens` with the padding; in random order when there is an `rng`."""
    groups, group = [], []
    for window in numpy.argsort(shard["length"], kind="stable").tolist():
        if group and (len(group) + 1) * int(shard["length"][window]) > tokens:
            groups.append(numpy.array(group))
            group = []
        group.append(window)
    groups.append(numpy.array(group))
    if rng is not None:
        rng.shuffle(groups)
    return groups


def batches_of(shard, tokens=BATCH_TOKENS, rng=None, device="cpu"):
    for group in groups_of(shard, tokens, rng):
        yield Batch(shard, group, device)


def shard_numbers(folder, part):
    return sorted(int(os.path.basename(path)[len(part) + 1:-4]) for path in glob.glob(os.path.join(folder, f"{part}-*.npz")))


def wait_for(folder, part, number, patience_s=300):
    """The path of a shard that another process may still be writing; of an earlier one where it does not come."""
    path, end = shard_path(folder, part, number), time.monotonic() + patience_s
    while not os.path.exists(path):
        there = shard_numbers(folder, part)
        if time.monotonic() > end:
            if not there:
                features.usage_error(f"no {part} shards in {folder}")
            return shard_path(folder, part, there[number % len(there)])
        time.sleep(1)
    return path
