"""Processes that make training shards while the network learns."""

import os
import subprocess
import sys
import threading
import time

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

    def run(self):
        number = 0
        while True:
            if number >= self.wanted:
                time.sleep(0.5)
            elif not os.path.exists(batches.shard_path(self._options.shards, "train", number)):
                done = subprocess.run(_maker(self._options, number, AHEAD), stdout=subprocess.DEVNULL, cwd=features.ROOT)
                if done.returncode:
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
