"""All windows made so far, in the memory of the GPU, where batches are put together.

Makers write shards more slowly than a GPU learns from them: a window is seen again once all are used up, those that were
never seen first. Windows are padded to one of two lengths, so that batches have few shapes.
"""

import time

import numpy
import torch

from model import batches, features
from model.samples import IGNORED, WIDE_TOKENS, WINDOW_TOKENS

LENGTHS = (WINDOW_TOKENS, WIDE_TOKENS)
ROOM = 1 << 22  # tokens; doubled when it is full
LOOK_S = 2  # for new shards, this often


class Column:
    """A growing tensor with a row for each token or window."""

    def __init__(self, device, kind, *size):
        self._used, self.values = 0, torch.empty((ROOM, *size), dtype=kind, device=device)

    def append(self, array):
        end = self._used + len(array)
        while end > len(self.values):
            self.values = torch.cat((self.values, torch.empty_like(self.values)))
        self.values[self._used:end] = torch.from_numpy(numpy.ascontiguousarray(array)).to(self.values)
        self._used = end


class PoolBatch:
    """Windows padded to `longest`, as batches.Batch has them but for the grams: [tokens][12], each with its weight."""

    def __init__(self, pool, windows, longest):
        device = pool.device
        begin, length = pool.begin.values[windows], pool.length.values[windows]
        place = torch.arange(longest + 1, device=device)
        self.real = place[None, :-1] < length[:, None]
        at = torch.where(self.real, begin[:, None] + place[:-1], 0)
        self.token = torch.where(self.real, pool.token.values[at].long(), features.PADDING)
        self.features = pool.features.values[at].long()
        count = torch.where(self.real, pool.gram_count.values[at].long(), 0).view(-1, 1)
        self.grams = pool.grams.values[at].long().flatten(0, 1)
        self.gram_weights = (torch.arange(self.grams.shape[1], device=device) < count) / count.clamp(min=1).float()
        self.output = torch.where(self.real, pool.output.values[at].long(), IGNORED)
        gap_real = place[None, :] <= length[:, None]
        gap_at = torch.where(gap_real, (begin + windows)[:, None] + place, 0)
        self.gap = torch.where(gap_real, pool.gap.values[gap_at].long(), IGNORED)
        edits = ((self.output != IGNORED) & (self.output > 0)).any(1) | ((self.gap != IGNORED) & (self.gap > 0)).any(1)
        self.fine = (~edits).float()


class Pool:
    """Shards as they appear in a folder, and batches of them without an end."""

    def __init__(self, folder, tokens, device, seed):
        self.device, self._folder, self._tokens = device, folder, tokens
        self._rng = numpy.random.RandomState(seed)
        self._read, self._looked = set(), 0
        self._lengths = numpy.zeros(0, numpy.int64)
        self._next = [[], []]  # windows not yet seen in this round, by place in LENGTHS
        self.token, self.output = Column(device, torch.int16), Column(device, torch.int32)
        self.gap = Column(device, torch.int32)
        self.features, self.grams = Column(device, torch.uint8, 8), Column(device, torch.int16, 12)
        self.gram_count = Column(device, torch.uint8)
        self.begin, self.length = Column(device, torch.int64), Column(device, torch.int64)

    @property
    def shards(self):
        return len(self._read)

    def _add(self, number):
        shard = batches.read_shard(batches.shard_path(self._folder, "train", number))
        first, tokens = len(self._lengths), int(self._lengths.sum())
        for name in ("token", "features", "grams", "gram_count", "length"):
            getattr(self, name).append(shard[name].astype(numpy.int16) if shard[name].dtype == numpy.uint16 else shard[name])
        for name in ("output", "gap"):
            getattr(self, name).append(shard[name].astype(numpy.int32))
        self.begin.append(shard["begin"] + tokens)
        self._lengths = numpy.concatenate((self._lengths, shard["length"].astype(numpy.int64)))
        self._queue(numpy.arange(first, len(self._lengths)))
        self._read.add(number)

    def _queue(self, windows):
        """The windows are the next to be seen, in random order."""
        windows = self._rng.permutation(windows)
        wide = self._lengths[windows] > LENGTHS[0]
        for place, some in enumerate((windows[~wide], windows[wide])):
            self._next[place].extend(some.tolist())

    def _look(self):
        if time.monotonic() - self._looked < LOOK_S:
            return
        for number in batches.shard_numbers(self._folder, "train"):
            if number not in self._read:
                self._add(number)
        self._looked = time.monotonic()

    def wait(self, patience_s=300):
        """Returns when there is something to begin with."""
        end = time.monotonic() + patience_s
        while not self._read:
            if time.monotonic() > end:
                features.usage_error(f"no train shards in {self._folder}")
            time.sleep(0.2)
            self._looked = 0
            self._look()

    def next(self):
        """(PoolBatch, real tokens in it)."""
        self._look()
        # The list that has the most left to say; both are used up at about the same time.
        counts = [len(some) * length for some, length in zip(self._next, LENGTHS)]
        if not any(counts):
            self._queue(numpy.arange(len(self._lengths)))
            counts = [len(some) * length for some, length in zip(self._next, LENGTHS)]
        place = 0 if self._rng.random_sample() < counts[0] / sum(counts) else 1
        wanted = max(1, self._tokens // LENGTHS[place])
        windows = self._next[place][-wanted:]
        del self._next[place][-wanted:]
        batch = PoolBatch(self, torch.tensor(windows, device=self.device), LENGTHS[place])
        return batch, int(self._lengths[windows].sum())
