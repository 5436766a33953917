#!/usr/bin/env python3
"""keystroke: what a keystroke costs, from the editor's side of the pipe.

Deletes one token at a time in real source files of 10 KB to 10 MB, over stdio, in the real server, and undoes it. Prints
p50/p95/max to diagnostics for that version, to their clearing after the undo and to the repair; diagnostics for one
mistake, memory and start-up. A peer is driven by the same client in the same run, with the ratio.

Exit status: 0 when everything was measured, 1 when a server died or a language was left out, 2 for wrong usage.
"""

import argparse
import dataclasses
import json
import os
import shlex
import shutil
import subprocess
import sys
import tempfile

import corpus
import sites
import typist

ROOT = corpus.ROOT
DEFAULT_SERVER = os.path.join(ROOT, "build", "release", "noodle-lsp")
SIZES = {"10K": 10**4, "100K": 10**5, "1M": 10**6, "10M": 10**7}
DEFAULT_PEERS = {"c": "clangd --log=error"}
PEER_SCOPE = {"clangd": "syntax and semantics"}
OURS = "noodle-lsp"

# Per cell (one server, language and size): deletions at most, seconds at most, deletions at any rate.
FULL = {"10K": (200, 20, 20), "100K": (200, 20, 20), "1M": (100, 30, 10), "10M": (60, 60, 5)}
QUICK = {"10K": (30, 2, 5), "100K": (30, 2, 5), "1M": (20, 2, 4), "10M": (12, 4, 3)}
TIMEOUT_S, QUICK_TIMEOUT_S = 60.0, 10.0  # for one answer


def quantile(values, share):
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)] if ordered else None


def spread(values):
    return {"count": len(values), "p50": quantile(values, 0.5), "p95": quantile(values, 0.95),
            "max": max(values, default=None)}


def mean(values):
    return sum(values) / len(values) if values else None


@dataclasses.dataclass
class Server:
    name: str
    command: list
    scope: str


def reporter(program):
    """What `noodle-lsp check` has something to say about, of a list of paths."""
    def reported(paths):
        done = subprocess.run([program, "check", "--format", "json"] + paths, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise SystemExit(f"keystroke: {program} check failed: {done.stderr.strip()[-500:]}")
        return {each["path"] for each in json.loads(done.stdout)["files"]}
    return reported


def measure(server, name, size, text, options):
    """One cell as a plain dict."""
    most, seconds, least = (QUICK if options.quick else FULL)[size]
    offsets = sites.pick(name, text, options.edits or most, options.seed)
    with tempfile.TemporaryDirectory(prefix="noodle-bench-") as folder:
        if name == "c":
            with open(os.path.join(folder, "compile_flags.txt"), "w", encoding="utf-8") as file:
                file.write("\n".join(corpus.compile_flags()) + "\n")
        worker = typist.Typist(server.command, corpus.LANGUAGES[name], text.text, folder,
                               QUICK_TIMEOUT_S if options.quick else TIMEOUT_S)
        notes = worker.work(offsets, seconds, least)
    return {
        "server": server.name, "scope": server.scope, "language": name, "size": size,
        "bytes": len(text.text.encode()), "deletions": notes.deletions, "missed": notes.missed,
        "not_cleared": notes.not_cleared, "baseline_diagnostics": notes.baseline,
        "start_ms": notes.start_ms, "open_ms": notes.open_ms, "rss_mb": notes.rss_mb,
        "asked_ms": spread(notes.asked_ms), "diagnostics_ms": spread(notes.shown_ms), "cleared_ms": spread(notes.cleared_ms),
        "repair_ms": spread(notes.repair_ms), "repairs_exact": notes.repairs_exact,
        "per_mistake_mean": mean(notes.counts), "per_mistake_max": max(notes.counts, default=None),
        "lines_away_p50": quantile(notes.lines_away, 0.5), "lines_away_max": max(notes.lines_away, default=None),
        "died": notes.died,
    }


# ---- tables ----

def number(value):
    """Three digits that mean something."""
    if value is None:
        return "-"
    if isinstance(value, int):
        return str(value)
    return f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def triple(times):
    return "/".join(number(times[key]) for key in ("p50", "p95", "max"))


COLUMNS = ["server", "language", "size", "start", "open", "asked", "diagnostics", "cleared", "repair", "repaired", "exact",
           "per mistake", "lines away", "missed", "RSS MB"]


def cells_of(row):
    shown = row["diagnostics_ms"]["count"]
    share = lambda part: f"{100 * part / shown:.0f}%" if shown else "-"
    return [row["server"], row["language"], row["size"], number(row["start_ms"]), number(row["open_ms"]),
            number(row["asked_ms"]["p50"]), triple(row["diagnostics_ms"]), triple(row["cleared_ms"]), triple(row["repair_ms"]),
            share(row["repair_ms"]["count"]), share(row["repairs_exact"]),
            f"{number(row['per_mistake_mean'])} ({number(row['per_mistake_max'])})",
            f"{number(row['lines_away_p50'])} ({number(row['lines_away_max'])})",
            f"{row['missed']}/{row['deletions']}", number(row["rss_mb"])]


def table(header, rows):
    cells = [header] + rows
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = ["  ".join(cell.ljust(width) if column < 2 else cell.rjust(width)
                       for column, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def ratio_rows(rows):
    """Peer beside ours, cell by cell."""
    ours = {(r["language"], r["size"]): r for r in rows if r["server"] == OURS}
    result = []
    for row in rows:
        own = ours.get((row["language"], row["size"]))
        if row["server"] == OURS or own is None:
            continue
        cells = [f"{row['language']} {row['size']}", f"{row['server']} ({row['scope']})"]
        for key in ("diagnostics_ms", "cleared_ms", "repair_ms"):
            mine, theirs = own[key]["p50"], row[key]["p50"]
            cells.append(f"{number(mine)} : {number(theirs)} = 1 : {number(theirs / mine)}" if mine and theirs else "-")
        mine, theirs = own["rss_mb"], row["rss_mb"]
        cells.append(f"1 : {number(theirs / mine)}" if mine and theirs else "-")
        result.append(cells)
    return result


def show(rows):
    print(table(COLUMNS, [cells_of(row) for row in rows]))
    print("\nTimes are p50/p95/max in milliseconds; counts are mean (max), distances p50 (max) in lines. repaired: share of"
          "\nthe mistakes shown for which a quick fix came; exact: it puts back what was deleted; asked: p50 of a request that no server knows,"
          "\nwhich is what pipes and threads cost here, and part of all others. noodle-lsp: syntax only.")
    ratios = ratio_rows(rows)
    if ratios:
        print("\n" + table(["ours : peer, p50", "peer", "diagnostics", "cleared", "repair", "memory"], ratios))


# ---- command line ----

def peers_of(options, parser):
    """{language: Server}; a default peer that is not installed is left out, a named one is an error."""
    wanted = {} if options.no_peer else {name: (command, False) for name, command in DEFAULT_PEERS.items()}
    for each in options.peer:
        name, equals, command = each.partition("=")
        if name in corpus.LANGUAGES and equals:
            wanted[name] = (command, True)
        else:
            wanted["c"] = (each, True)
    peers = {}
    for name, (command, named) in wanted.items():
        words = shlex.split(command)
        if words and shutil.which(words[0]):
            program = os.path.basename(words[0])
            peers[name] = Server(program, words, PEER_SCOPE.get(program, "scope: see its manual"))
        elif named:
            parser.error(f"--peer {command!r}: no such program")
        else:
            print(f"keystroke: no peer for {name}: {words[0]} is not installed", file=sys.stderr)
    return peers


def parse_arguments():
    parser = argparse.ArgumentParser(prog="keystroke", description=__doc__.split("\n\n")[0])
    parser.add_argument("--server", default=DEFAULT_SERVER, metavar="PATH", help="default: build/release/noodle-lsp")
    parser.add_argument("--language", action="append", choices=list(corpus.LANGUAGES), help="may be repeated")
    parser.add_argument("--size", action="append", choices=list(SIZES), help="may be repeated")
    parser.add_argument("--quick", action="store_true", help="a few minutes in all")
    parser.add_argument("--edits", type=int, metavar="N", help="deletions per cell at most")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--peer", action="append", default=[], metavar="[LANGUAGE=]COMMAND",
                        help="another server to drive (default for C: clangd); may be repeated")
    parser.add_argument("--no-peer", action="store_true", help="only peers named with --peer")
    parser.add_argument("--json", metavar="FILE", help="write one JSON object per line and cell")
    parser.add_argument("--setup", action="store_true", help="install the packages that sources are taken from first")
    options = parser.parse_args()
    if options.edits is not None and options.edits < 1:
        parser.error("--edits takes a number above 0")
    if not os.access(options.server, os.X_OK):
        parser.error(f"{options.server}: not a program; build it first or name it with --server")
    return options, peers_of(options, parser)


def main():
    options, peers = parse_arguments()
    if options.setup:
        corpus.setup()
    ours = Server(OURS, [os.path.abspath(options.server), "--stdio", "--no-cache"], "syntax only")
    rows, notes, problems = [], [], []
    output = open(options.json, "w", encoding="utf-8") if options.json else None
    for name in options.language or corpus.LANGUAGES:
        sources = corpus.Corpus(name, options.seed, reporter(options.server))
        for size in options.size or SIZES:
            try:
                text = sources.build(SIZES[size])
            except corpus.NoCorpus as reason:
                problems.append(f"{name} is left out: {reason}")
                break
            for server in [ours] + ([peers[name]] if name in peers else []):
                row = measure(server, name, size, text, options)
                print(f"{server.name}, {name} {size}: {triple(row['diagnostics_ms'])} ms to diagnostics",
                      file=sys.stderr, flush=True)
                rows.append(row)
                if row["died"]:
                    problems.append(f"{server.name} died: {name} {size}: {row['died']}")
                if output:
                    output.write(json.dumps(row) + "\n")
                    output.flush()
        notes.append(f"{name}: {sources.left_out} of {sources.checked} source files left out because the server has "
                     "something to say about them as they stand")
    if output:
        output.close()
    show(rows)
    print("\n" + "\n".join(notes + problems))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
