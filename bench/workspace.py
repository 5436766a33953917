#!/usr/bin/env python3
"""workspace: what the cache is worth: a folder checked again, and its files opened again in the server.

Checks a folder without a cache, once with a new one and then with what that kept, compares what was reported byte by byte, then opens files that
are known, in a server, one after the other. Prints JSON lines.

Exit status: 0 when everything was measured, was equal and was as fast as --ratio asks, 1 when not, 2 for wrong usage.
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

import lsp_client
from keystroke import DEFAULT_SERVER, quantile

RUNS = 3  # without a cache, and with a full one: the shortest counts, since other work on the machine only adds
FILES_MAX, SIZE_MAX = 200, 100_000  # opened in the server
TIMEOUT_S = 60.0
UNHURRIED = ["--deadline-ms", "60000"]  # what the clock decides may differ from run to run
LANGUAGES = {".c": "c", ".h": "c", ".py": "python", ".js": "javascript", ".ts": "typescript", ".json": "json", ".go": "go",
             ".rs": "rust", ".java": "java"}


def check(server, folder, *arguments):
    """Seconds, seconds of the processor, what was reported, how many files."""
    started, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.run([server, "check", "--format", "json", *UNHURRIED, *arguments, "."], cwd=folder,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    seconds, now = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    report = json.loads(process.stdout)
    return seconds, cpu, report["files"], report["summary"]["files"]


def open_files(server, folder, count):
    """Milliseconds from didOpen to diagnostics, one document at a time, and what the server says of its cache."""
    paths = [path for path in sorted(pathlib.Path(folder).resolve().rglob("*"))
             if path.is_file() and path.suffix in LANGUAGES and path.stat().st_size < SIZE_MAX][:count]
    client = lsp_client.Client([server, "--stdio"], folder)
    times = []
    try:
        client.initialize(TIMEOUT_S)
        for version, path in enumerate(paths, 1):
            document = {"uri": path.as_uri(), "languageId": LANGUAGES[path.suffix], "version": version,
                        "text": path.read_text(encoding="utf-8", errors="replace")}
            begun = client.notify("textDocument/didOpen", {"textDocument": document})
            told = client.wait_diagnostics(version, lambda found: True, TIMEOUT_S)
            times.append((told[0] - begun) * 1000)
        _, _, status = client.request("noodle/status", {}, TIMEOUT_S)
    finally:
        client.stop()
    return times, status["result"]["cache"]


def main():
    parser = argparse.ArgumentParser(prog="workspace", description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", help="with many source files")
    parser.add_argument("--server", default=DEFAULT_SERVER, metavar="PATH", help="default: build/release/noodle-lsp")
    parser.add_argument("--ratio", type=float, default=1.0, metavar="R",
                        help="how many times faster a folder has to be checked again, at least (default: 1)")
    options = parser.parse_args()
    if not os.path.isdir(options.folder):
        parser.error(f"{options.folder} is no folder")
    server = os.path.abspath(options.server)
    home = tempfile.mkdtemp(prefix="noodle-workspace-")
    os.environ["XDG_CACHE_HOME"] = home
    try:
        cold = [check(server, options.folder, "--no-cache") for _ in range(RUNS)]
        fill_s, _, first, files = check(server, options.folder)
        warm = [check(server, options.folder) for _ in range(RUNS)]
        expected = cold[0][2]
        equal = all(run[2] == expected for run in cold + warm) and first == expected
        (cold_s, cold_cpu_s), (warm_s, warm_cpu_s) = ([min(run[i] for run in runs) for i in (0, 1)] for runs in (cold, warm))
        print(json.dumps({"what": "check", "files": files, "with_problems": len(expected), "cold_s": round(cold_s, 3),
                          "fill_s": round(fill_s, 3), "warm_s": round(warm_s, 4), "ratio": round(cold_s / warm_s, 1),
                          "cpu_ratio": round(cold_cpu_s / warm_cpu_s, 1), "equal": equal}))
        subprocess.run([server, "cache", "warm", "."], cwd=options.folder, stderr=subprocess.DEVNULL, check=False)
        times, cache = open_files(server, options.folder, FILES_MAX)
        print(json.dumps({"what": "open", "files": len(times), "p50_ms": round(quantile(times, 0.5), 2),
                          "p95_ms": round(quantile(times, 0.95), 2), "hits": cache["memoryHits"] + cache["diskHits"],
                          "misses": cache["misses"]}))
    finally:
        shutil.rmtree(home)
    if not equal:
        print("workspace: with the cache another thing is reported than without", file=sys.stderr)
    if cold_s < options.ratio * warm_s:
        print(f"workspace: checked again {cold_s / warm_s:.1f} times faster, not {options.ratio}", file=sys.stderr)
    sys.exit(0 if equal and cold_s >= options.ratio * warm_s else 1)


if __name__ == "__main__":
    main()
