#!/usr/bin/env python3
"""Trains the encoder on shards of broken code.

    python3 -m model.train CORPUS SHARDS OUT [--config small|cpu|gpu] [--minutes M]

While it trains, processes of model/samples.py make the shards that come next. A checkpoint is written every few minutes
(OUT/checkpoint.pt, whole or not at all) and taken up again by the next run, with what was left of its minutes. The
learning rate follows the clock, so that a run of any length ends with a settled network.

On CPUs one process a core, each with its part of the batch, is faster than threads, which wait for each other at every
matrix; above all on a machine that does other things too. Gradients are summed once a step. Shards are used in order.

A GPU reads from a pool of all shards there are, in its own memory. Several networks can learn from one pool's shards at
the same time: start one run with makers, the others with --makers 0.
"""

import argparse
import contextlib
import ctypes
import datetime
import json
import os
import sys
import time

from model import features

try:
    import numpy
    import torch
    from torch import distributed, multiprocessing
    from torch.nn import functional
except ImportError as problem:
    features.usage_error(f"{problem.name} is missing (Debian: python3-torch, python3-numpy)")

from model import batches, feed, pool, scores
from model.network import Encoder, Shape
from model.samples import IGNORED

# Sizes of the network, of a batch, and how it learns.
CONFIGS = {
    "small": {"layers": 1, "width": 32, "heads": 2, "feed_forward": 64, "tokens": 2048, "rate": 3e-3, "minutes": 0.5,
              "warmup": 20},
    "cpu": {"layers": 4, "width": 192, "heads": 6, "feed_forward": 768, "tokens": 3072, "rate": 1.6e-3, "minutes": 55,
            "warmup": 300},
    "gpu": {"layers": 4, "width": 256, "heads": 8, "feed_forward": 1024, "tokens": 65536, "rate": 2e-3, "minutes": 60,
            "warmup": 400},
    "gpu-deep": {"layers": 6, "width": 192, "heads": 6, "feed_forward": 768, "tokens": 65536, "rate": 2e-3, "minutes": 60,
                 "warmup": 400},
    "gpu-large": {"layers": 6, "width": 256, "heads": 8, "feed_forward": 1024, "tokens": 65536, "rate": 1.6e-3,
                  "minutes": 60, "warmup": 400},
}
RATE_LAST = 0.02  # of the peak, at the end
# Most places are to be kept. Of those only some are looked at, and each counts less than an edit.
KEEP_SEEN = 0.25
KEEP_WEIGHT = 0.25
FINE_WEIGHT = 0.5
CLIP = 1.0
WEIGHT_DECAY = 0.02
VALIDATION_WINDOWS = 700
MAKERS_SPARED = 2  # cores for training itself, where a GPU does the work
MEETING_PATIENCE = datetime.timedelta(minutes=30)


def keep_memory():
    """glibc gives large blocks back to the system at once; taking them again each step costs more than the arithmetic."""
    try:
        libc = ctypes.CDLL(None)
        for option, value in ((-4, 0), (-1, 2**31 - 1), (-2, 1 << 28), (-8, 1)):  # mmap max, trim, top pad, arenas
            libc.mallopt(option, value)
    except (OSError, AttributeError):
        pass  # another C library


def loss_of(network, batch, generator):
    """Weighted cross-entropy of a batch: all edits, some of the places to be kept."""
    h = network.hidden(batch)
    left, right = network.neighbours(h, batch.real)
    total, weights = 0, 0
    for truth, logits_of in ((batch.output, lambda seen: network.token_logits(h[seen])),
                             (batch.gap, lambda seen: network.gap_logits(left[seen], right[seen]))):
        drawn = torch.rand(truth.shape, generator=generator).to(truth.device) < KEEP_SEEN
        seen = (truth != IGNORED) & ((truth > 0) | drawn)
        wanted = truth[seen]
        weight = torch.where(wanted > 0, 1.0, KEEP_WEIGHT)
        losses = functional.cross_entropy(logits_of(seen).float(), wanted, reduction="none")
        total, weights = total + (losses * weight).sum(), weights + (wanted > 0).sum()
    return total / weights.clamp(min=1) + FINE_WEIGHT * fine_loss_of(network, batch, h)


def dense_loss_of(network, batch):
    """The same with all places to be kept, each at the weight that it has there on average: a GPU would wait to hear how
    many were drawn."""
    h = network.hidden(batch)
    total, weights = 0, 0
    for truth, logits in ((batch.output, network.token_logits(h)),
                          (batch.gap, network.gap_logits(*network.neighbours(h, batch.real)))):
        edits = (truth > 0) & (truth != IGNORED)
        weight = torch.where(edits, 1.0, torch.where(truth == IGNORED, 0.0, KEEP_SEEN * KEEP_WEIGHT))
        losses = functional.cross_entropy(logits.flatten(0, 1).float(), truth.flatten(), ignore_index=IGNORED,
                                          reduction="none")
        total, weights = total + (losses * weight.flatten()).sum(), weights + edits.sum()
    return total / weights.clamp(min=1) + FINE_WEIGHT * fine_loss_of(network, batch, h)


def fine_loss_of(network, batch, h):
    return functional.binary_cross_entropy_with_logits(network.fine_logit(h, batch.real).float(), batch.fine)


def make_optimizer(network, rate, device):
    """Weight decay on matrices only."""
    matrices = [value for value in network.parameters() if value.ndim > 1]
    others = [value for value in network.parameters() if value.ndim <= 1]
    return torch.optim.AdamW([{"params": matrices, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0}],
                             lr=rate, betas=(0.9, 0.98), **({"fused": True} if device == "cuda" else {}))


def rate_at(config, step, progress):
    """The learning rate: a short rise, then a cosine down to RATE_LAST."""
    rise = min(1, (step + 1) / config["warmup"])
    fall = RATE_LAST + (1 - RATE_LAST) * 0.5 * (1 + numpy.cos(numpy.pi * min(1, progress)))
    return config["rate"] * rise * fall


class Run:
    """One training run: the network, its optimizer and how far it is. One in each process; the first one speaks."""

    def __init__(self, options, rank):
        self.options, self.rank = options, rank
        self.config = dict(CONFIGS[options.config])
        if options.minutes:
            self.config["minutes"] = options.minutes
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.path = os.path.join(options.out, "checkpoint.pt")
        with features.Stream(options.server) as stream:
            self.header = stream.header
        shape = Shape(features.FIRST_LITERAL + len(self.header["vocabulary"]), self.header["gram_rows"],
                      tuple(self.header["feature_sizes"]),
                      **{name: self.config[name] for name in ("layers", "width", "heads", "feed_forward")})
        torch.manual_seed(options.seed)
        self.network = Encoder(shape).to(self.device)
        self.optimizer = make_optimizer(self.network, self.config["rate"], self.device)
        self.state = {"step": 0, "tokens": 0, "seconds": 0.0, "shard": 0}
        self.history = []
        if os.path.exists(self.path):
            self._resume(shape)

    def _resume(self, shape):
        saved = torch.load(self.path, map_location=self.device)
        if saved["shape"] != shape.to_dict() or saved["header"]["vocabulary"] != self.header["vocabulary"]:
            features.usage_error(f"{self.path} is of another network; give another folder")
        self.network.load_state_dict(saved["network"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.state, self.history = saved["state"], saved["history"]
        if self.rank == 0:
            print(f"goes on at {self.state['tokens'] / 1e6:.1f} M tokens, {self.state['seconds'] / 60:.1f} minutes",
                  flush=True)

    def save(self):
        torch.save({"shape": self.network.shape.to_dict(), "header": self.header, "network": self.network.state_dict(),
                    "optimizer": self.optimizer.state_dict(), "state": self.state, "history": self.history,
                    "config": self.config}, self.path + ".part")
        os.replace(self.path + ".part", self.path)

    def validate(self):
        options = self.options
        numbers = batches.shard_numbers(options.shards, "validation")
        if not numbers:
            return
        shard = batches.read_shard(batches.shard_path(options.shards, "validation", numbers[0]))
        rng = numpy.random.RandomState(5)
        found = scores.score(self.network, batches.batches_of(shard, 4096, rng, self.device), VALIDATION_WINDOWS)
        self.history.append({"tokens": self.state["tokens"], "seconds": round(self.state["seconds"]),
                             "scores": found.table()})
        with open(os.path.join(options.out, "history.json"), "w", encoding="utf-8") as file:
            json.dump(self.history, file)
        print(found.text(), flush=True)

    def _exchange(self, loss, tokens, seconds):
        """Averages the gradients over the processes; (loss, tokens, the first process's seconds) of all of them."""
        world = self.options.processes
        if world == 1:
            return loss, tokens, seconds
        said = torch.tensor([loss / world, tokens, seconds if self.rank == 0 else 0], dtype=torch.float32)
        gradients = [value.grad for value in self.network.parameters()]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients] + [said])
        distributed.all_reduce(flat)
        place = 0
        for gradient in gradients:
            gradient.copy_(flat[place:place + gradient.numel()].view_as(gradient)).div_(world)
            place += gradient.numel()
        return flat[place:].tolist()

    def _learn(self, loss_of_batch, tokens):
        """One step. Seconds are counted from the end of the last one, or from where the clock was set: waiting for
        shards is no training."""
        state, rate = self.state, rate_at(self.config, self.state["step"], self.state["seconds"] / self.budget)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        with torch.autocast(self.device, torch.bfloat16, enabled=self.device == "cuda"):
            loss = loss_of_batch()
        self.optimizer.zero_grad()
        loss.backward()
        now = time.monotonic()
        loss, tokens, seconds = self._exchange(loss.detach(), tokens, now - self.clock)
        self.clock = now
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), CLIP)
        self.optimizer.step()
        self.smooth = loss if self.smooth is None else 0.98 * self.smooth + 0.02 * loss
        state["step"] += 1
        state["tokens"] += int(tokens)
        state["seconds"] += seconds
        if self.rank == 0 and now - self.last_report > self.options.report_s:
            speed = (state["tokens"] - self.reported) / (now - self.last_report)
            print(f"{state['seconds'] / 60:6.1f} min  step {state['step']}  {state['tokens'] / 1e6:.2f} M tokens  "
                  f"{speed:.0f}/s  loss {float(self.smooth):.3f}  rate {rate:.2e}  shard {state['shard']}", flush=True)
            self.last_report, self.reported = now, state["tokens"]

    def _look_up(self, at_the_end=False):
        """Scores and a checkpoint, when it is time."""
        if self.rank == 0 and (at_the_end or time.monotonic() - self.last_save > self.options.save_s):
            self.validate()
            self.save()
            self.last_save = self.clock = time.monotonic()

    def _train_in_order(self):
        options, config, state = self.options, self.config, self.state
        generator = torch.Generator().manual_seed(options.seed + state["step"] * options.processes + self.rank)
        feeder = feed.Feeder(options, state["shard"])
        with feeder if self.rank == 0 else contextlib.nullcontext():
            while state["seconds"] < self.budget:
                shard = batches.read_shard(batches.wait_for(options.shards, "train", state["shard"]))
                self.clock = time.monotonic()
                groups = batches.groups_of(shard, config["tokens"] // options.processes,
                                           numpy.random.RandomState(state["shard"]))
                for first in range(0, len(groups) - options.processes + 1, options.processes):
                    batch = batches.Batch(shard, groups[first + self.rank], self.device)
                    self._learn(lambda: loss_of(self.network, batch, generator), batch.tokens)
                    if state["seconds"] >= self.budget:
                        break
                state["shard"] += 1
                feeder.wanted = state["shard"] + feed.AHEAD
                self._look_up()

    def _train_from_pool(self):
        options, state = self.options, self.state
        with feed.Makers(options, options.makers):
            source = pool.Pool(options.shards, self.config["tokens"], self.device, options.seed + state["step"])
            source.wait()
            self.clock = time.monotonic()
            while state["seconds"] < self.budget:
                batch, tokens = source.next()
                self._learn(lambda: dense_loss_of(self.network, batch), tokens)
                state["shard"] = source.shards
                self._look_up()

    def train(self):
        self.network.train()
        self.budget = self.config["minutes"] * 60
        self.smooth, self.reported = None, self.state["tokens"]
        self.clock = self.last_save = self.last_report = time.monotonic()
        if self.options.pool:
            self._train_from_pool()
        else:
            self._train_in_order()
        self._look_up(at_the_end=True)


def work(rank, options):
    """One process of a run."""
    keep_memory()
    torch.set_num_threads(max(1, options.threads // options.processes))
    if options.processes > 1:
        distributed.init_process_group("gloo", init_method=f"file://{os.path.abspath(options.meeting)}", rank=rank,
                                       world_size=options.processes, timeout=MEETING_PATIENCE)
    Run(options, rank).train()


def main():
    parser = argparse.ArgumentParser(prog="train", description=__doc__.split("\n\n")[0])
    parser.add_argument("corpus", metavar="CORPUS")
    parser.add_argument("shards", metavar="SHARDS")
    parser.add_argument("out", metavar="OUT")
    parser.add_argument("--config", choices=sorted(CONFIGS), default="cpu")
    parser.add_argument("--minutes", type=float, metavar="M", help="training time (default: the configuration's)")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), metavar="N")
    parser.add_argument("--processes", type=int, metavar="N", help="default: one a thread, or one with a GPU")
    parser.add_argument("--makers", type=int, metavar="N", help="processes that make shards for a pool (default: a core each)")
    parser.add_argument("--pool", action="store_true", help="as on a GPU: learn from all shards there are, in any order")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save-s", type=float, default=480, metavar="S", help="seconds between checkpoints")
    parser.add_argument("--report-s", type=float, default=30, metavar="S", help="seconds between lines of progress")
    features.add_server_option(parser)
    options = parser.parse_args()
    options.pool = options.pool or torch.cuda.is_available()
    if options.processes is None:
        options.processes = 1 if options.pool else options.threads
    if options.makers is None:
        options.makers = max(1, options.threads - MAKERS_SPARED)
    if options.pool and options.processes > 1:
        features.usage_error("a pool is for one process")
    if min(options.threads, options.processes) < 1 or (options.minutes is not None and options.minutes <= 0):
        features.usage_error("--threads, --processes and --minutes take more than 0")
    os.makedirs(options.out, exist_ok=True)
    if options.processes == 1:
        work(0, options)
        return 0
    # Read when the children load their libraries. OpenBLAS would start a thread a core in each of them.
    os.environ["OPENBLAS_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(max(1, options.threads // options.processes))
    options.meeting = os.path.join(options.out, f"meeting.{os.getpid()}")
    try:
        multiprocessing.spawn(work, (options,), nprocs=options.processes)
    finally:
        if os.path.exists(options.meeting):
            os.unlink(options.meeting)
    return 0


if __name__ == "__main__":
    sys.exit(main())
