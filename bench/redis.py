#!/usr/bin/env python3
"""redis: what a Redis server costs an editor when it is well, gone, halted, slow or not itself.

Servers run side by side: one without Redis, the others each with a Redis server of its own, which all are well at
first; then one is killed, one halted (SIGSTOP), one 100 ms late with every byte, one answers nonsense. Round by round all
are asked the same, in an order that changes, so that the machine's noise hits all alike: a document is opened whose text
nobody has seen, its repair is asked for, a token more is deleted. Prints p50/p95 in milliseconds, their ratios to those
of the server without Redis, and the median of the ratios round by round, which noise moves least. A seventh server, without
Redis too, shows how much of that is noise.

A Redis server in trouble passes when the p95 of diagnostics is within 5 % of that without one. Where it is not, or where the
seventh server is not, all is measured again, three times at most: each has to pass once beside a seventh server that does.

Exit status: 0 when all pass, 1 when not, when a server died or Redis was not asked, 2 for wrong usage.
"""

import argparse
import contextlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

import corpus
import lsp_client
import sites
from keystroke import DEFAULT_SERVER, number, quantile, reporter, table
from typist import Lines

WITHOUT, CONTROL, WELL = "without", "control", "well"
IN_TROUBLE = ["stopped", "halted", "slow", "garbage"]
WAYS = [WITHOUT, CONTROL, WELL] + IN_TROUBLE
RATIO_MAX = 1.05
TRIES = 3
STEPS = ["diagnostics", "repair", "keystroke"]
LANGUAGE, TEXT_BYTES, TEXTS = "python", 10_000, 20
LATE_S = 0.1
TIMEOUT_S = 30.0
FORK = multiprocessing.get_context("fork")
READY_S = 20.0  # for all servers at once to start and be connected
SETTLE_S = 0.02 # what a server does behind its answers is done before the next is asked


# ---- what is between a server and its Redis ----

def pump(source, sink, trouble, way):
    """Passes on what the one says to the other; once there is trouble, late or as nonsense."""
    with contextlib.suppress(OSError):
        while True:
            data = source.recv(65536)
            if not data:
                break
            if trouble.value and way == "slow":
                time.sleep(LATE_S)
            sink.sendall(b"\x00garbage\r\n*1000000\r\n" if trouble.value and way == "garbage" else data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def relay(listener, port, trouble, way):
    """The body of a process of its own."""
    while True:
        client, _ = listener.accept()
        behind = socket.create_connection(("127.0.0.1", port))
        for end in (client, behind):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        quiet = FORK.Value("b", 0)  # questions are passed on as they are
        threading.Thread(target=pump, args=(client, behind, quiet, way), daemon=True).start()
        threading.Thread(target=pump, args=(behind, client, trouble, way), daemon=True).start()


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Redis:
    """A redis-server on the loopback, and what goes wrong with it."""

    def __init__(self, way, folder):
        self._way, self._trouble, self._relay = way, FORK.Value("b", 0), None
        self.port = port = free_port()
        self._process = subprocess.Popen(["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""],
                                         cwd=folder, stdout=subprocess.DEVNULL)
        end = time.monotonic() + READY_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                if time.monotonic() > end or self._process.poll() is not None:
                    raise SystemExit("redis: redis-server does not start")
                time.sleep(0.01)
        if way in ("slow", "garbage"):
            listener = socket.create_server(("127.0.0.1", 0))
            self.port = listener.getsockname()[1]
            self._relay = FORK.Process(target=relay, args=(listener, port, self._trouble, way), daemon=True)
            self._relay.start()
            listener.close()

    def go_wrong(self):
        self._trouble.value = 1
        if self._way == "stopped":
            self._process.kill()
        elif self._way == "halted":
            self._process.send_signal(signal.SIGSTOP)

    def end(self):
        if self._relay:
            self._relay.kill()
            self._relay.join()
        self._process.kill()
        self._process.wait()


# ---- servers ----

class Typing:
    """One server, and the times that it took."""

    def __init__(self, server, folder, redis):
        command = [server, "--stdio"] + (["--redis", f"redis://127.0.0.1:{redis.port}"] if redis else [])
        environment = dict(os.environ, XDG_CACHE_HOME=os.path.join(folder, "cache"), NOODLE_SYNTAX_FIXER_CACHE_WARMING="off")
        before = dict(os.environ)
        os.environ.update(environment)
        try:
            self._client = lsp_client.Client(command, folder)
        finally:
            os.environ.clear()
            os.environ.update(before)
        self._folder = folder
        self.times = {step: [] for step in STEPS}
        self._client.initialize(TIMEOUT_S)

    def cache(self):
        return self._client.request("noodle/status", {}, TIMEOUT_S)[2]["result"]["cache"]

    def round(self, name, text, offsets, keeps):
        """Opens `text` without the token at the first offset, asks for its repair, deletes the second token too."""
        client, uri = self._client, f"file://{self._folder}/{name}.py"
        first, second = sorted(offsets)
        broken = text[:first] + text[first + 1:]
        lines = Lines(broken, client.encoding)
        client.diagnostics.clear()
        begun = client.notify("textDocument/didOpen", {"textDocument": {
            "uri": uri, "languageId": LANGUAGE, "version": 1, "text": broken}})
        shown = client.wait_diagnostics(1, bool, TIMEOUT_S)
        if shown is None:
            raise lsp_client.ServerDied("no diagnostics in time")
        _, repaired, _ = client.request("textDocument/codeAction", {
            "textDocument": {"uri": uri}, "range": shown[1][0]["range"],
            "context": {"diagnostics": shown[1], "only": ["quickfix"]}}, TIMEOUT_S)
        client.diagnostics.clear()
        change = {"range": {"start": lines.position(second - 1), "end": lines.position(second)}, "text": ""}
        typed = client.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": 2},
                                                         "contentChanges": [change]})
        changed = client.wait_diagnostics(2, lambda found: True, TIMEOUT_S)
        client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        if repaired is None or changed is None:
            raise lsp_client.ServerDied("no answer in time")
        client.request("noodle/status", {}, TIMEOUT_S)
        if keeps:
            for step, seconds in zip(STEPS, (shown[0] - begun, repaired - begun, changed[0] - typed)):
                self.times[step].append(1000 * seconds)

    def stop(self):
        self._client.stop()


def wait_until_ready(typing):
    end = time.monotonic() + READY_S
    while typing.cache()["redisState"] != "ready":
        if time.monotonic() > end:
            raise SystemExit("redis: a server does not find its Redis")
        time.sleep(0.05)


def measure(server, folder, rounds, seed):
    """{way: Typing}, and what each server says of its cache."""
    generator = random.Random(seed)
    source = corpus.Corpus(LANGUAGE, seed, reporter(server))
    texts = []
    for _ in range(TEXTS):
        text = source.build(TEXT_BYTES)
        texts.append((text.text, sites.pick(LANGUAGE, text, 200, seed)))
    servers, redis = {}, {}
    with contextlib.ExitStack() as stack:
        for way in WAYS:
            home = os.path.join(folder, way)
            os.mkdir(home)
            if way not in (WITHOUT, CONTROL):
                redis[way] = Redis(way, home)
                stack.callback(redis[way].end)
            servers[way] = Typing(server, home, redis.get(way))
            stack.callback(servers[way].stop)
        for count in range(-5, rounds):  # five to warm up
            if count == 0:
                for way in redis:
                    wait_until_ready(servers[way])
                    redis[way].go_wrong()
            text, offsets = generator.choice(texts)
            two = generator.sample(offsets, 2)
            order = WAYS[:]
            generator.shuffle(order)
            for way in order:
                servers[way].round(f"n{count + 5}", f"{text}# {count}\n", two, count >= 0)
                time.sleep(SETTLE_S)
            if sys.stderr.isatty():
                print(f"\r{count + 1} of {rounds}", end="", file=sys.stderr, flush=True)
        if sys.stderr.isatty():
            print(file=sys.stderr)
        return servers, {way: servers[way].cache() for way in WAYS}


def rows_of(servers, caches):
    for way in WAYS:
        row = {"redis": way, "rounds": len(servers[way].times[STEPS[0]])}
        for step in STEPS:
            for share, name in ((0.5, "p50"), (0.95, "p95")):
                value, base = (quantile(servers[each].times[step], share) for each in (way, WITHOUT))
                row[f"{step}_{name}_ms"], row[f"{step}_{name}_ratio"] = round(value, 3), round(value / base, 3)
            both = zip(servers[way].times[step], servers[WITHOUT].times[step])
            row[f"{step}_paired_ratio"] = round(quantile([mine / base for mine, base in both], 0.5), 3)
        row.update({key: caches[way][key] for key in ("redisState", "redisLate", "redisFailures")})
        yield row


def show(rows):
    lines = []
    for row in rows:
        cells = [row["redis"], row["redisState"], str(row["redisLate"]), str(row["redisFailures"])]
        for step in STEPS:
            cells.append("/".join(number(row[f"{step}_{name}_ms"]) for name in ("p50", "p95")))
            cells.append("/".join(f"{row[f'{step}_{name}_ratio']:.2f}" for name in ("p50", "p95", "paired")))
        lines.append(cells)
    header = ["Redis", "state", "late", "failures"]
    for step in STEPS:
        header += [step, "ratio"]
    print(table(header, lines))
    print("\nTimes are p50/p95 in milliseconds: from opening to diagnostics, from opening to the repair, from a change to"
          "\ndiagnostics; ratios are to the server without Redis, of p50, p95 and round by round (median). late: answers that nobody waited for any more.")


def main():
    parser = argparse.ArgumentParser(prog="redis", description=__doc__.split("\n\n")[0])
    parser.add_argument("--server", default=DEFAULT_SERVER, metavar="PATH", help="default: build/release/noodle-lsp")
    parser.add_argument("--rounds", type=int, default=1500, metavar="N", help="default: 1500, ten minutes")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--json", action="store_true", help="one JSON object for each server")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("--rounds takes a number above 0")
    if not shutil.which("redis-server"):
        parser.error("there is no redis-server (Debian: apt-get install redis-server)")
    passed, well, quiet_once = set(), True, False
    for attempt in range(TRIES):
        folder = tempfile.mkdtemp(prefix="noodle-redis-")
        try:
            rows = list(rows_of(*measure(os.path.abspath(options.server), folder, options.rounds, options.seed + attempt)))
        except (lsp_client.ServerDied, corpus.NoCorpus) as reason:
            print(f"redis: {reason}", file=sys.stderr)
            return 1
        finally:
            shutil.rmtree(folder)
        if options.json:
            for row in rows:
                print(json.dumps(row))
        else:
            show(rows)
        ratios = {row["redis"]: row[f"{STEPS[0]}_p95_ratio"] for row in rows}
        states = {row["redis"]: row["redisState"] for row in rows}
        well = well and states[WITHOUT] == "off" and states[WELL] == "ready"
        quiet = 2 - RATIO_MAX <= ratios[CONTROL] <= RATIO_MAX
        quiet_once = quiet_once or quiet
        if quiet:
            passed |= {way for way in IN_TROUBLE if ratios[way] <= RATIO_MAX}
        if not well or passed == set(IN_TROUBLE):
            break
        said = "slower than 5 %" if quiet else f"noise: the p95 of the control is {ratios[CONTROL]:.2f} times the other's"
        print(f"redis: {said}" + ("; once more" if attempt + 1 < TRIES else ""), file=sys.stderr)
    if not quiet_once:
        print("redis: the machine is too busy to tell what Redis costs", file=sys.stderr)
    for way in IN_TROUBLE:
        if quiet_once and way not in passed:
            print(f"redis: {way}: the p95 of diagnostics is not within 5 % of that without Redis", file=sys.stderr)
    return 0 if well and passed == set(IN_TROUBLE) else 1


if __name__ == "__main__":
    sys.exit(main())
