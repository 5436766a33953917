"""The way back: from a broken text to the valid one it was made from, as the encoder's outputs.

Both texts are seen as tokens of the feature stream. Because the breaking edits are known, tokens outside them are
paired by offset, and only what lies between is compared. Per token the way back says keep, delete, replace by v, indent
or dedent; per gap it says what is inserted first. Where two ways are equal (which of two commas is too many), the
rightmost on the line is taken, so that the network is not asked to guess.
"""

import re
from dataclasses import dataclass

import numpy

from model import features

EDITS_MAX = 12  # longer ways back teach nothing
SEGMENT_MAX = 24  # tokens between two pairs
STRING_PARTS = re.compile(r"([A-Za-z0-9]*)(\"\"\"|'''|\"|'|`)")


@dataclass
class WayBack:
    tokens: numpy.ndarray  # output per token of the broken text
    gaps: numpy.ndarray    # output per gap: before each token, and at the end
    edits: int             # token edits to make; a run of shifted lines counts once


class Unmapped(Exception):
    """The way back cannot be written with the encoder's outputs; the text says why."""


class OffsetMap:
    """Places of the broken text in the valid one, where no edit is in between."""

    def __init__(self, edits, clean_size):
        begins, ends, shifts, place, shift = [], [], [], 0, 0
        for start, end, text in edits:
            begins.append(place + shift)
            ends.append(start + shift)
            shifts.append(shift)
            shift += len(text) - (end - start)
            place = end
        begins.append(place + shift)
        ends.append(clean_size + shift)
        shifts.append(shift)
        self._begins, self._ends, self._shifts = map(numpy.array, (begins, ends, shifts))

    def to_clean(self, starts, ends):
        """The clean start of each broken range, -1 where an edit touches it."""
        segment = numpy.searchsorted(self._begins, starts, side="right") - 1
        whole = (segment >= 0) & (ends <= self._ends[segment])
        # An empty segment begins where the next one does: the last of them is found, which is the one that counts.
        return numpy.where(whole, starts - self._shifts[segment], -1)


def touched(edits, start, end):
    return any(edit_start < end and edit_end > start for edit_start, edit_end, _ in edits)


def covered(edits, start, end):
    return any(edit_start <= start and edit_end >= end for edit_start, edit_end, _ in edits)


class Aligner:
    """Pairs the tokens of one broken text with those of the valid one."""

    def __init__(self, clean, clean_records, broken_records, edits, literal_ids):
        self.clean, self.edits, self.literals = clean, edits, literal_ids
        self.c, self.b = clean_records, broken_records
        starts = OffsetMap(edits, len(clean)).to_clean(self.b["start"].astype(numpy.int64),
                                                      self.b["end"].astype(numpy.int64))
        self.place = starts.tolist()
        # Items are what the valid text has: (clean offset, token, clean index or -1, broken index or -1).
        self.items = []
        self._pair()

    def _pair(self):
        clean_starts, clean_ends = self.c["start"].tolist(), self.c["end"].tolist()
        clean_tokens = self.c["token"].tolist()
        index_of = {start: index for index, start in enumerate(clean_starts)}
        sizes = (self.b["end"].astype(numpy.int64) - self.b["start"]).tolist()
        pair_of, rest = {}, []
        for broken, (place, size) in enumerate(zip(self.place, sizes)):
            clean = index_of.get(place, -1) if place >= 0 else -1
            if clean >= 0 and clean_ends[clean] == place + size:
                pair_of[clean] = broken
            elif place >= 0:
                rest.append((broken, place, place + size))
        string_contents, spans = {}, None
        if rest:
            strings = [index for index, token in enumerate(clean_tokens)
                       if token == features.STRING and index not in pair_of]
            spans = [(clean_starts[index], clean_ends[index], index) for index in strings]
            for broken, start, end in rest:
                for begin, finish, index in spans:
                    if begin <= start and end <= finish:
                        string_contents.setdefault(index, []).append((broken, start, end))
                        break
        self.kept = set(pair_of.values())
        for index, token in enumerate(clean_tokens):
            if index in pair_of:
                self.items.append((token, index, pair_of[index]))
            elif token == features.STRING:
                self._opened_string(index, clean_starts[index], clean_ends[index], string_contents.get(index, []))
            else:
                self.items.append((token, index, -1))

    def _opened_string(self, index, start, end, contents):
        """A string that the broken text reads as quotes and words: its quotes are tokens of their own."""
        if not contents and covered(self.edits, start, end):
            self.items.append((features.STRING, index, -1))
            return
        text = self.clean[start:end]
        parts = STRING_PARTS.match(text)
        if not parts or not text.endswith(parts.group(2)) or len(text) < parts.end() + len(parts.group(2)):
            if touched(self.edits, start, end):
                raise Unmapped("an edit inside a literal that has no quotes")
            parts = None
        wanted = []
        if parts:
            size = len(parts.group(2))
            literal = self.literals.get(parts.group(2))
            wanted = [(start + parts.end() - size, size, literal), (end - size, size, literal)]
        present = {(begin, finish - begin): broken for broken, begin, finish in contents}
        missing = []
        for place, size, literal in wanted:
            if (place, size) in present:
                continue
            if literal is None or not touched(self.edits, place, place + size):
                raise Unmapped("a quote that is read as part of something else")
            missing.append((place, literal))
        for edit_start, edit_end, replacement in self.edits:
            if start < edit_start < end - 1 and self.clean[edit_start:edit_end] == "\\" and not replacement:
                missing.append((edit_start, self.literals["\\"]))
        merged = [(begin, features.OTHER, broken) for broken, begin, _ in contents]
        merged += [(place, literal, -1) for place, literal in missing]
        # A missing quote stands before what follows it in the text, behind what ends at it.
        for _, token, broken in sorted(merged, key=lambda item: (item[0], item[2])):
            self.items.append((token, -1, broken))
            if broken >= 0:
                self.kept.add(broken)


def align_segment(missing, extra, hashes_missing, hashes_extra, wordy):
    """Edit script between the tokens that are only in the valid text and those only in the broken one.

    [(missing index or -1, extra index or -1, same)], cheapest, earliest replacement first."""
    rows, columns = len(missing), len(extra)

    def replace_cost(wanted, found):
        """Words become words and signs signs, before anything else."""
        return 1.0 if (wanted in wordy) == (found in wordy) else 1.25

    cost = numpy.zeros((rows + 1, columns + 1))
    cost[:, 0] = numpy.arange(rows + 1)
    cost[0, :] = numpy.arange(columns + 1)
    for i in range(rows - 1, -1, -1):
        cost[i, columns] = rows - i
    for j in range(columns):
        cost[rows, j] = columns - j
    cost[rows, columns] = 0
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            same = hashes_missing[i] is not None and hashes_missing[i] == hashes_extra[j]
            cost[i, j] = min(cost[i + 1, j + 1] + (0 if same else replace_cost(missing[i], extra[j])),
                             cost[i + 1, j] + 1, cost[i, j + 1] + 1)
    script, i, j = [], 0, 0
    while i < rows or j < columns:
        if i < rows and j < columns:
            same = hashes_missing[i] is not None and hashes_missing[i] == hashes_extra[j]
            step = 0 if same else replace_cost(missing[i], extra[j])
            if cost[i, j] == cost[i + 1, j + 1] + step:
                script.append((i, j, same))
                i, j = i + 1, j + 1
                continue
        if i < rows and cost[i, j] == cost[i + 1, j] + 1:
            script.append((i, -1, False))
            i += 1
        else:
            script.append((-1, j, False))
            j += 1
    return script


def bracket_depths(records, literal_ids):
    """Open brackets before each token."""
    step = numpy.zeros(len(records), numpy.int32)
    for text, change in (("(", 1), ("[", 1), ("{", 1), (")", -1), ("]", -1), ("}", -1)):
        step[records["token"] == literal_ids[text]] = change
    return numpy.cumsum(step) - step


def way_back(clean, clean_records, broken_records, edits, literal_ids, lines=False, layout=False):
    """The WayBack; raises Unmapped where there is none.

    `edits` are (start, end, text) in `clean`, in order and apart. `lines`: line ends are tokens (Python, or a break
    that joined lines). `layout`: indentation is meaning (Python)."""
    aligner = Aligner(clean, clean_records, broken_records, edits, literal_ids)
    count = len(broken_records)
    result = WayBack(numpy.zeros(count, numpy.int64), numpy.zeros(count + 1, numpy.int64), 0)
    clean_hash, broken_hash = clean_records["hash"].tolist(), broken_records["hash"].tolist()
    broken_token = broken_records["token"].tolist()
    pairs, missing, previous = [], [], -1
    inserted_at = set()
    wordy = {features.WORD, features.NUMBER} | {number for text, number in literal_ids.items() if text[0].isalpha()}

    def settle(until):
        """What lies between the pairs `previous` and `until`."""
        extra = range(previous + 1, until)
        if not missing and not extra:
            return
        if len(missing) > SEGMENT_MAX or len(extra) > SEGMENT_MAX:
            raise Unmapped("too much between")
        script = align_segment([token for token, _ in missing], [broken_token[at] for at in extra],
                               [clean_hash[index] if index >= 0 else None for _, index in missing],
                               [broken_hash[at] for at in extra], wordy)
        place = previous + 1
        for left, right, same in script:
            if right >= 0:
                at = previous + 1 + right
                place = at + 1
            if same:
                pairs.append((missing[left][1], at))
                continue
            result.edits += 1
            if left < 0:
                result.tokens[at] = features.DELETE
                continue
            output = features.output_of(missing[left][0])
            if output is None:
                raise Unmapped("no output writes the missing token")
            if right >= 0:
                result.tokens[at] = output
            elif place not in inserted_at:
                result.gaps[place] = output
                inserted_at.add(place)

    for token, clean_index, broken_index in aligner.items:
        if broken_index < 0:
            missing.append((token, clean_index))
            continue
        settle(broken_index)
        missing = []
        previous = broken_index
        if clean_index >= 0:
            pairs.append((clean_index, broken_index))
    settle(count)
    if lines or layout:
        add_lines(result, clean_records, broken_records, pairs, literal_ids, layout)
    if result.edits > EDITS_MAX:
        raise Unmapped("too many edits")
    canonical(result, broken_records)
    return result


def add_lines(result, clean, broken, pairs, literal_ids, layout):
    """Line breaks that are missing, and lines that stand too deep or not deep enough."""
    depth = bracket_depths(clean, literal_ids)
    clean_line, broken_line = clean["line"].tolist(), broken["line"].tolist()
    clean_indent, broken_indent = clean["indent"].tolist(), broken["indent"].tolist()
    previous, shifted = None, 0
    for index, at in pairs:
        if previous is not None and (not layout or depth[index] == 0):
            breaks_clean = clean_line[index] != clean_line[previous[0]]
            breaks_broken = broken_line[at] != broken_line[previous[1]]
            if breaks_clean and not breaks_broken and not result.gaps[previous[1] + 1:at + 1].any():
                result.gaps[at] = features.NEWLINE
                result.edits += 1
            elif breaks_broken and not breaks_clean and layout and at == previous[1] + 1 \
                    and index == previous[0] + 1:
                raise Unmapped("a line break too many")
        first = (index == 0 or clean_line[index] != clean_line[index - 1]) and \
                (at == 0 or broken_line[at] != broken_line[at - 1])
        if layout and first and depth[index] == 0:
            change = clean_indent[index] - broken_indent[at]
            step = (change > 0) - (change < 0)
            if step and result.tokens[at] == features.KEEP:
                result.tokens[at] = features.INDENT if step > 0 else features.DEDENT
                result.edits += shifted != step
            shifted = step
        previous = (index, at)


def canonical(result, broken):
    """Moves edits among equal tokens of a line to the rightmost place."""
    token, line = broken["token"].tolist(), broken["line"].tolist()
    hashes = broken["hash"].tolist()
    count = len(token)
    for gap in numpy.flatnonzero(result.gaps).tolist():
        output = int(result.gaps[gap])
        while (output >= features.FIRST_LITERAL and gap < count and token[gap] == output
               and result.tokens[gap] == features.KEEP and not result.gaps[gap + 1]
               and (gap == 0 or line[gap] == line[gap - 1])):
            result.gaps[gap], result.gaps[gap + 1] = 0, output
            gap += 1
    for at in numpy.flatnonzero(result.tokens == features.DELETE).tolist()[::-1]:
        while (at + 1 < count and hashes[at + 1] == hashes[at] and result.tokens[at + 1] == features.KEEP
               and line[at + 1] == line[at] and not result.gaps[at + 1]):
            result.tokens[at], result.tokens[at + 1] = features.KEEP, features.DELETE
            at += 1
