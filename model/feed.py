"""Processes that make training shards while the network learns."""

import os
import subprocess
import sys
import threading

from model import batches, features

AHEAD = 6  # shards, where they are used in order
NO_END = 1 << 20


def _maker(options, first, shards, step=1):
    return ["nice", "-n", "5", sys.executable, "-m", "model.samples", options.corpus, options.shards, "--first", str(first),
            "--shards", str(shards), "--step", str(step), "--server", options.server]


class Feeder(threading.Thread):
    """Keeps AHEAD shards ready beyond the one in use, made by one process at low priority."""

    def __init__(self, options, first):
        super().__init__(daemon=True)
        self._options, self.wanted = options, first + AHEAD
        self._ended, self._process = threading.Event(), None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        if self._process:
            self._process.terminate()
        self.join()

    def run(self):
        number = 0
        while not self._ended.is_set():
            if number >= self.wanted:
                self._ended.wait(0.5)
            elif not os.path.exists(batches.shard_path(self._options.shards, "train", number)):
                self._process = subprocess.Popen(_maker(self._options, number, AHEAD), stdout=subprocess.DEVNULL,
                                                 cwd=features.ROOT)
                if self._ended.is_set():
                    self._process.terminate()
                if self._process.wait():
                    return  # it has said why; training goes on with the shards there are
                number += AHEAD
            else:
                number += 1


class Makers:
    """`count` processes that make shards for as long as training lasts: a GPU reads faster than they write."""

    def __init__(self, options, count):
        self._processes = [subprocess.Popen(_maker(options, first, NO_END, count), stdout=subprocess.DEVNULL,
                                            cwd=features.ROOT) for first in range(count)]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.wait()
