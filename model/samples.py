"""Makes training windows: chunks of the corpus, restyled, broken, lexed, with their way back, in shards of numpy arrays.

    python3 -m model.samples CORPUS OUT --part train --shards N

A shard is an uncompressed .npz: `token`, `grams`, `gram_count`, `features`, `output` for each token, windows one after
another; `gap` likewise with one more for each window; `length`, `language`, `kind`, `edits` for each window. Outputs are
IGNORED where the window's edge hides what the answer depends on. Seeds are fixed: shard N of a corpus is always the same.
"""

import argparse
import collections
import os
import random
import sys

import numpy

from model import corpus, features, restyle, target
from model.corrupt import KINDS, LANGUAGES, Plan, Source, apply_edits

LANGUAGE_WEIGHTS = {"python": 0.25, "c": 0.22, "java": 0.12, "javascript": 0.10, "json": 0.10, "typescript": 0.07,
                    "go": 0.07, "rust": 0.07}
IGNORED = 65535
WINDOW_TOKENS = 96  # as good as 128, and more of it is edits
WIDE_TOKENS = 256  # what the server reads at most
WIDE_SHARE = 0.08
CLEAN_SHARE = 0.12
RESTYLED_SHARE = 0.65
BREAKS_PER_TEXT = 3
PIECE_BYTES = (600, 1200, 2500, 2500, 5000)
PLANS_WAITING_MAX = 48
PLAN_TRIES_MAX = 40
BATCH_TEXTS = 96
SHARD_WINDOWS = 2048
KIND_NAMES = ["clean"] + sorted({kind for kinds in KINDS.values() for kind in kinds}) + ["several2", "several3", "several4"]
# Dialects that a language's texts are read as, now and then.
LINE_LANGUAGES = ("python", "go", "javascript", "typescript")


class Window:
    """One training example."""

    __slots__ = ("records", "output", "gap", "language", "kind", "edits")

    def __init__(self, records, output, gap, language, kind, edits):
        self.records, self.output, self.gap = records, output, gap
        self.language, self.kind, self.edits = language, kind, edits


class Maker:
    """Turns chunks into windows. Deterministic for a seed."""

    def __init__(self, folder, part, stream, seed, languages=LANGUAGES):
        self.rng = random.Random(f"{part}-{seed}")
        self.stream = stream
        self.literals = {word: features.FIRST_LITERAL + at for at, word in enumerate(stream.vocabulary)}
        texts = {language: [text for _, text in corpus.read_chunks(folder, language, part)] for language in languages}
        self.texts = {language: some for language, some in texts.items() if some}
        if not self.texts:
            features.usage_error(f"the corpus in {folder} has no {part} text in {' or '.join(languages)}")
        self.languages = list(self.texts)
        self.weights = [LANGUAGE_WEIGHTS[language] for language in self.languages]
        self.waiting = {language: collections.deque() for language in self.languages}
        self.statistics = collections.Counter()

    def _piece(self, language):
        """A part of a chunk, as latin-1."""
        rng = self.rng
        text = rng.choice(self.texts[language])
        latin = text.encode("utf-8").decode("latin-1")
        if language == "json":
            return restyle.json_part(latin, rng) or latin
        limit = rng.choice(PIECE_BYTES)
        if len(latin) > limit:
            groups = corpus.grouped(corpus.split_items(latin.splitlines(keepends=True), 0), limit)
            latin = "".join(rng.choice(groups))
            if len(latin) > 2 * limit:
                parts = corpus.split_body(latin.splitlines(keepends=True))
                latin = "".join(rng.choice(parts)) if parts else latin
        if language == "python" and rng.random() < 0.4:
            latin = restyle.python_snippet(latin, rng) or latin
        return latin

    def _read(self, pairs):
        return self.stream.read([(language, text.encode("latin-1")) for language, text in pairs])

    def _clean_texts(self):
        """[(Source, records)] of valid texts, many of them restyled."""
        rng = self.rng
        pairs = []
        for language in rng.choices(self.languages, self.weights, k=BATCH_TEXTS):
            pairs.append((language, self._piece(language)))
        sources, styled = [], []
        for (language, text), (flags, records) in zip(pairs, self._read(pairs)):
            if flags & features.BROKEN or len(records) < 5 or len(records) > 4000:
                self.statistics["invalid piece"] += 1
                continue
            source = Source.from_records(language, text, records)
            if rng.random() < RESTYLED_SHARE and language != "json":
                styled.append((len(sources), (language, restyle.restyle(source, rng))))
            sources.append((source, records))
        for (place, (language, text)), (flags, records) in zip(styled, self._read([pair for _, pair in styled])):
            if flags & features.BROKEN or len(records) < 5:
                self.statistics["restyled and refused"] += 1
                continue
            sources[place] = (Source.from_records(language, text, records), records)
        return sources

    def _mistakes(self, source):
        """(Mistake, Plan) for one text: plans that wait come first, so that no kind is lost to texts without a place."""
        language, rng = source.language, self.rng
        waiting, found, looked = self.waiting[language], [], 0
        while len(found) < BREAKS_PER_TEXT and looked < 8:
            plan = waiting.popleft() if waiting and (looked < 4 or len(waiting) > PLANS_WAITING_MAX) \
                else Plan(language, rng)
            looked += 1
            mistake = plan.draw(source, rng)
            if mistake:
                found.append((mistake, plan))
            elif plan.tried < PLAN_TRIES_MAX:
                waiting.append(plan)
            else:
                self.statistics[f"given up: {plan.name}"] += 1
        return found

    def _drop_harmless(self, drawn):
        """Of several mistakes in a text those go that the language would accept alone: nobody could tell them."""
        parts = [(source, mistake, part) for source, _, mistake, _ in drawn for part in mistake.parts]
        answers = self._read([(source.language, apply_edits(source.text, part)) for source, _, part in parts])
        for (_, mistake, part), (flags, _) in zip(parts, answers):
            if not flags & features.BROKEN and len(mistake.edits) > len(part):
                mistake.edits = [edit for edit in mistake.edits if edit not in part]
                self.statistics["harmless among others"] += 1

    def batch(self):
        """Broken texts with their way back: [(source, records, mistake, broken text, broken records, WayBack)], and the
        valid texts they were made from."""
        sources = self._clean_texts()
        drawn = [(source, records, *each) for source, records in sources for each in self._mistakes(source)]
        self._drop_harmless(drawn)
        pairs = [(source.language, apply_edits(source.text, mistake.edits)) for source, _, mistake, _ in drawn]
        made = []
        for (source, records, mistake, plan), (language, text), (flags, broken) in zip(drawn, pairs, self._read(pairs)):
            if not flags & features.BROKEN or not len(broken):
                self.statistics["still valid"] += 1
                if plan.tried < PLAN_TRIES_MAX:
                    self.waiting[language].append(plan)
                continue
            lines = language == "python" or (mistake.lines and language in LINE_LANGUAGES)
            try:
                back = target.way_back(source.text, records, broken, mistake.edits, self.literals, lines,
                                       language == "python")
            except target.Unmapped as reason:
                self.statistics[f"unmapped: {reason}"] += 1
                continue
            if not back.edits:
                self.statistics["no edit"] += 1
                continue
            made.append((source, records, mistake, text, broken, back))
        return made, sources

    def windows(self):
        """The windows of one batch."""
        made, sources = self.batch()
        rng, windows = self.rng, []
        for source, _, mistake, _, broken, back in made:
            places = numpy.flatnonzero(back.tokens).tolist() + numpy.flatnonzero(back.gaps).tolist()
            windows.append(self._window(broken, back.tokens, back.gaps, rng.choice(places), source.language,
                                        mistake.kind, back.edits))
        clean = round(len(made) * CLEAN_SHARE / (1 - CLEAN_SHARE))
        for source, records in rng.sample(sources, min(clean, len(sources))):
            nothing = numpy.zeros(len(records) + 1, numpy.int64)
            windows.append(self._window(records, nothing[:-1], nothing, rng.randrange(len(records)), source.language,
                                        "clean", 0))
        return windows

    def _window(self, records, tokens, gaps, place, language, kind, edits):
        rng, count = self.rng, len(records)
        size = WIDE_TOKENS if rng.random() < WIDE_SHARE else WINDOW_TOKENS
        begin = max(0, min(place - rng.randrange(4, size - 4), count - size)) if count > size else 0
        end = min(count, begin + size)
        output = tokens[begin:end].astype(numpy.uint16)
        gap = gaps[begin:end + 1].astype(numpy.uint16)
        if begin:
            gap[0] = IGNORED
        if end < count:
            gap[-1] = IGNORED
        return Window(records[begin:end], output, gap, LANGUAGES.index(language), KIND_NAMES.index(kind), edits)


def pack(windows):
    """Arrays of a shard."""
    records = numpy.concatenate([window.records for window in windows])
    return {
        "token": records["token"], "features": records["features"], "grams": records["grams"],
        "gram_count": records["gram_count"],
        "output": numpy.concatenate([window.output for window in windows]),
        "gap": numpy.concatenate([window.gap for window in windows]),
        "length": numpy.array([len(window.output) for window in windows], numpy.int32),
        "language": numpy.array([window.language for window in windows], numpy.uint8),
        "kind": numpy.array([window.kind for window in windows], numpy.uint8),
        "edits": numpy.array([window.edits for window in windows], numpy.int32),
    }


def shard_path(folder, part, number):
    return os.path.join(folder, f"{part}-{number:05d}.npz")


def write_shard(folder, part, number, stream, out, windows=SHARD_WINDOWS, languages=LANGUAGES, maker=None):
    """One shard, whole or not at all; the Maker's statistics."""
    maker = maker or Maker(folder, part, stream, number, languages)
    made = []
    while len(made) < windows:
        made.extend(maker.windows())
    maker.rng.shuffle(made)
    path = shard_path(out, part, number)
    with open(path + ".part", "wb") as file:
        numpy.savez(file, **pack(made[:windows]))
    os.replace(path + ".part", path)
    return maker.statistics


# ---- printing ----

def describe(literal_names, broken_text, broken, back):
    """The way back in words, one edit a line."""
    names = {features.DELETE: "delete", features.INDENT: "indent", features.DEDENT: "dedent"}

    def output_name(output):
        classes = {features.NEWLINE: "newline", features.NAME_OUT: "NAME", features.NUMBER_OUT: "NUMBER",
                   features.STRING_OUT: "STRING"}
        return classes.get(output) or repr(literal_names[output - features.FIRST_LITERAL])

    for at in numpy.flatnonzero(back.tokens).tolist():
        word = broken_text[broken["start"][at]:broken["end"][at]]
        output = int(back.tokens[at])
        yield f"line {broken['line'][at] + 1}: {names[output]} {word!r}" if output in names else \
            f"line {broken['line'][at] + 1}: {word!r} -> {output_name(output)}"
    for at in numpy.flatnonzero(back.gaps).tolist():
        before = broken_text[broken["start"][at - 1]:broken["end"][at - 1]] if at else "start"
        line = broken["line"][at - 1] + 1 if at else 1
        yield f"line {line}: insert {output_name(int(back.gaps[at]))} after {before!r}"


def print_samples(options):
    with features.Stream(options.server) as stream:
        maker = Maker(options.folder, options.part, stream, options.seed, (options.language,))
        left = options.count
        while left > 0:
            made, _ = maker.batch()
            maker.rng.shuffle(made)
            for _, _, mistake, text, broken, back in made[:left]:
                places = [broken["line"][at] for at in numpy.flatnonzero(back.tokens)] + \
                    [broken["line"][max(0, at - 1)] for at in numpy.flatnonzero(back.gaps)]
                first, last = max(0, min(places) - 4), max(places) + 4
                print(f"==== {mistake.kind}, {back.edits} edits")
                print("\n".join(text.encode("latin-1").decode("utf-8", "replace").split("\n")[first:last + 1]))
                for line in describe(stream.vocabulary, text, broken, back):
                    print("  " + line)
            left -= len(made)
        for name, count in sorted(maker.statistics.items()):
            print(f"# {name}: {count}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(prog="samples", description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", metavar="CORPUS")
    parser.add_argument("out", metavar="OUT")
    parser.add_argument("--part", choices=corpus.PARTS, default="train")
    parser.add_argument("--shards", type=int, default=1, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="N", help="number of the first shard")
    parser.add_argument("--step", type=int, default=1, metavar="N", help="make every Nth, for several processes")
    parser.add_argument("--windows", type=int, default=SHARD_WINDOWS, metavar="N", help="windows in a shard")
    features.add_server_option(parser)
    options = parser.parse_args()
    if min(options.shards, options.step, options.windows) < 1:
        features.usage_error("--shards, --step and --windows take 1 or more")
    os.makedirs(options.out, exist_ok=True)
    with features.Stream(options.server) as stream:
        maker = None
        for number in range(options.first, options.first + options.shards * options.step, options.step):
            if os.path.exists(shard_path(options.out, options.part, number)):
                continue
            if maker is None:
                maker = Maker(options.folder, options.part, stream, number)
            maker.rng.seed(f"{options.part}-{number}")
            write_shard(options.folder, options.part, number, stream, options.out, options.windows, maker=maker)
            print(f"{options.part} {number}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
