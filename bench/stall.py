#!/usr/bin/env python3
"""stall: how long the server's loop keeps a message waiting while ten thousand results are put into the cache.

A folder of small files, each another text, is judged as a whole (workspace/diagnostic), which puts a result for each; all
the while the cheapest request there is is sent, again and again. Prints a JSON line without the cache and one with it: what
the loop's turns took by the server's own count (the stage `loop` of noodle/status), what the requests took from here, and
what was put and dropped. A turn that has to wait for a processor takes longer, too: when one takes more than 1 ms (p99,
with the cache), all is measured again, three times at most.

Exit status: 0 when all was put, nothing dropped, and a turn of the loop takes 1 ms at most, 1 when not, or when a server died,
2 for wrong usage.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time

import lsp_client
from keystroke import DEFAULT_SERVER, quantile

TIMEOUT_S = 300.0
PAUSE_S = 0.0005  # between requests
LOOP_MS_MAX = 1.0
TRIES = 3
PUTS_SHARE_MIN = 0.99  # of the files: what the clock decided is not kept


def make_files(folder, count):
    for number in range(count):
        part = os.path.join(folder, str(number // 500))
        os.makedirs(part, exist_ok=True)
        with open(os.path.join(part, f"f{number}.json"), "w", encoding="utf-8") as file:
            json.dump({"number": number, "items": [number + i for i in range(20)]}, file)


def measure(command, folder):
    """What the server says of its loop and its cache, and milliseconds of each request."""
    client = lsp_client.Client(command, folder)
    times = []
    try:
        capabilities = dict(lsp_client.CAPABILITIES["textDocument"], diagnostic={})
        client.request("initialize", {"processId": os.getpid(), "rootUri": f"file://{folder}",
                                      "capabilities": {"textDocument": capabilities},
                                      "initializationOptions": {"cacheWarming": False, "cacheSize": 100000}}, TIMEOUT_S)
        client.notify("initialized", {})
        number = client.begin("workspace/diagnostic", {"previousResultIds": []})
        begun = time.perf_counter()
        while client.answer(number) is None:
            if time.perf_counter() - begun > TIMEOUT_S:
                raise lsp_client.ServerDied("no answer to workspace/diagnostic")
            sent, answered, _ = client.request("noodle/nothing", {}, TIMEOUT_S)
            times.append((answered - sent) * 1000)
            time.sleep(PAUSE_S)
        seconds = time.perf_counter() - begun
        _, _, status = client.request("noodle/status", {}, TIMEOUT_S)
        deadline = time.perf_counter() + TIMEOUT_S
        while status["result"]["cache"] and status["result"]["cache"]["waiting"] and time.perf_counter() < deadline:
            time.sleep(0.05)
            _, _, status = client.request("noodle/status", {}, TIMEOUT_S)
    finally:
        client.stop()
    return status["result"], times, seconds


def compare(server, folder, files):
    """Prints a line without the cache and one with it. What is wrong, or None."""
    wrong = None
    for flags in (["--no-cache"], []):
        status, times, seconds = measure([server, "--stdio", "--model", "none", *flags], folder)
        loop, cache = status["stages"]["loop"], status["cache"]
        row = {"what": "stall", "cache": cache is not None, "files": files, "seconds": round(seconds, 2),
               "turns": loop["count"], "loop_p50_ms": round(loop["p50Ms"], 3), "loop_p99_ms": round(loop["p99Ms"], 3),
               "loop_max_ms": round(loop["maxMs"], 3), "requests": len(times),
               "request_p50_ms": round(quantile(times, 0.5), 3), "request_p99_ms": round(quantile(times, 0.99), 3)}
        if cache:
            dropped = cache["lost"]["disk"]["dropped"]
            row.update(puts=cache["puts"], written=cache["diskWritten"], dropped=dropped)
            if loop["p99Ms"] > LOOP_MS_MAX:
                wrong = f"a turn of the loop took {loop['p99Ms']:.2f} ms (p99)"
            if cache["puts"] < PUTS_SHARE_MIN * files or dropped:
                wrong = f"{cache['puts']} of {files} results were put, {dropped} dropped"
        print(json.dumps(row), flush=True)
    return wrong


def main():
    parser = argparse.ArgumentParser(prog="stall", description=__doc__.split("\n\n")[0])
    parser.add_argument("--server", default=DEFAULT_SERVER, metavar="PATH", help="default: build/release/noodle-lsp")
    parser.add_argument("--files", type=int, default=10000, metavar="N", help="default: 10000")
    options = parser.parse_args()
    if options.files < 1:
        parser.error("--files takes a number above 0")
    home = tempfile.mkdtemp(prefix="noodle-stall-")
    folder = os.path.join(home, "files")
    try:
        make_files(folder, options.files)
        for attempt in range(TRIES):
            os.environ["XDG_CACHE_HOME"] = os.path.join(home, f"cache{attempt}")
            wrong = compare(os.path.abspath(options.server), folder, options.files)
            if wrong is None:
                return 0
            print(f"stall: {wrong}", file=sys.stderr)
    except lsp_client.ServerDied as how:
        print(f"stall: {how}", file=sys.stderr)
    finally:
        shutil.rmtree(home)
    return 1


if __name__ == "__main__":
    sys.exit(main())
