"""Breaks valid code the way people break it.

The kind of mistake is drawn first, by language (KINDS), then a place where it applies. A mistake is a list of edits
(start, end, text) in the valid text. `python3 -m model.corrupt FOLDER --language L --print N` prints samples to read.
"""

import argparse
import random
import re
import string
import sys

from model import corpus, features
from model.habits import (FOREIGN, KINDS, MISTAKES, MISTAKES_DEFAULT, NEIGHBOURS, PROSE, REPEATED_SHARE, STRAY,
                          WRONG_SIGNS, latin)
from model.source import CLOSERS, OPENERS, Mistake, Source

LANGUAGES = ("c", "python", "javascript", "typescript", "json", "go", "rust", "java")
SCRIPTS = ("javascript", "typescript")


def pick(rng, places):
    """One of the places, or None."""
    return rng.choice(places) if places else None


def pick_late(rng, places):
    """One of the places; later ones are likelier, as most mistakes are near the end."""
    if not places:
        return None
    return places[int(len(places) * rng.random() ** 0.7)]


# ---- brackets ----

def missing_closer(source, rng):
    shares = {"c": (45, 8, 47), "java": (40, 4, 56), "python": (68, 20, 12), "json": (0, 35, 65)}
    weights = shares.get(source.language, (48, 10, 42))
    closer = rng.choices(")]}", weights)[0]
    places = [at for at in source.where(closer) if source.partner[at] >= 0]
    if not places:
        places = [at for at in source.where(")", "]", "}") if source.partner[at] >= 0]
    if not places:
        return None
    # Nested calls and ends of lines are where closers are forgotten.
    if rng.random() < 0.5:
        places = [at for at in places if source.before(at) in CLOSERS or source.is_last(at)
                  or source.after(at) in (";", ":", "{")] or places
    at = pick_late(rng, places)
    edits = [source.remove_line_or_token(at, rng, 0.75)]
    if source.before(at) == closer and rng.random() < 0.12:
        edits.insert(0, source.remove_line_or_token(at - 1, rng, 0.75))
    return edits


def missing_opener(source, rng):
    opener = rng.choices("([{", (50, 10, 40))[0]
    at = pick(rng, source.where(opener) or source.where("(", "[", "{"))
    return None if at is None else [source.remove_line_or_token(at, rng, 0.8)]


def extra_closer(source, rng):
    draw = rng.random()
    if draw < 0.5:  # one more beside another
        at = pick_late(rng, source.where(")", "]", "}"))
        if at is None:
            return None
        word = source.words[at]
        if source.is_first(at) and source.is_last(at):
            shift = source.indentation(at)
            return [source.insert_after(at, "\n" + rng.choice((shift, shift, "", shift + "    ")) + word)]
        return [source.insert_after(at, word)]
    if draw < 0.75 and source.language != "python":  # a brace on a line of its own
        at = pick_late(rng, [at for at in range(len(source)) if source.is_last(at) and source.words[at] in (";", "}")])
        if at is None:
            return None
        shift = source.indentation(at)
        return [source.insert_after(at, "\n" + rng.choice((shift, shift[:-2], "")) + "}")]
    at = pick_late(rng, [at for at in range(len(source)) if source.is_last(at) or source.after(at) in (";", ":", ",")])
    word = rng.choices(")]}", (6, 2, 3))[0]
    return None if at is None else [source.insert_after(at, word)]


def extra_opener(source, rng):
    if rng.random() < 0.6:
        at = pick(rng, source.where("(", "[", "{"))
        return None if at is None else [source.insert_after(at, source.words[at])]
    at = pick(rng, source.kind_is(features.WORD, features.NUMBER, features.STRING))
    if at is None:
        return None
    word = rng.choices("([{", (6, 2, 2))[0]
    return [source.insert_before(at, word) if rng.random() < 0.6 else source.insert_after(at, " " + word)]


def several_brackets(source, rng):
    pairs = [at for at in source.where("(", "[", "{") if source.partner[at] >= 0]
    at = pick(rng, pairs)
    if at is None:
        return None
    draw = rng.random()
    if draw < 0.35:  # both of a pair
        return [source.remove_line_or_token(at, rng, 0.8), source.remove_line_or_token(source.partner[at], rng, 0.8)]
    closers = source.where(")", "]", "}")
    if draw < 0.8:  # neighbours
        first = rng.randrange(len(closers))
        some = closers[first:first + rng.choice((2, 2, 2, 3))]
        return [source.remove_line_or_token(each, rng, 0.8) for each in some]
    other = pick(rng, source.where("(", "[", "{", ")", "]", "}"))
    if other == at:
        return None
    return [source.remove(at, rng), source.insert_after(other, source.words[other])]


def wrong_bracket(source, rng):
    pairs = [at for at in source.where("(", "[", "{") if source.partner[at] >= 0]
    at = pick(rng, pairs)
    if at is None:
        return None
    other = rng.choice([opener for opener in OPENERS if opener != source.words[at]])
    draw = rng.random()
    if draw < 0.55:
        return [source.replace(source.partner[at], OPENERS[other])]
    if draw < 0.85:
        return [source.replace(at, other)]
    return [source.replace(at, other), source.replace(source.partner[at], OPENERS[other])]


# ---- punctuation ----

def missing_semicolon(source, rng):
    places = [at for at in source.where(";") if source.is_last(at)]
    if rng.random() < 0.06 or not places:
        places = source.where(";")
    at = pick(rng, places)
    return None if at is None else [source.remove(at, rng)]


def extra_semicolon(source, rng):
    places = [at for at in source.where(")", "{", ",", "(", "=", "]", "else", "do") if at + 1 < len(source)]
    places += [at for at in source.kind_is(features.WORD) if source.after(at) in (")", ",", "{")]
    at = pick(rng, places)
    return None if at is None else [source.insert_after(at, ";")]


def missing_comma(source, rng):
    places = source.where(",")
    ends = [at for at in places if source.is_last(at)]
    at = pick(rng, ends if ends and rng.random() < (0.7 if source.language == "json" else 0.4) else places)
    if at is None:
        return None
    start, end, text = source.remove(at, rng)
    if not text and not source.text[end:end + 1].isspace() and not source.text[start - 1:start].isspace():
        text = rng.choice(("", " "))
    return [(start, end, text)]


def extra_comma(source, rng):
    closers = [at for at in source.where(")", "]", "}") if source.before(at) not in (",", ";", "", *OPENERS)
               and source.partner[at] >= 0]
    if source.language == "json":
        closers = [at for at in closers if source.words[at] != ")"]
    draw = rng.random()
    if draw < (0.75 if source.language == "json" else 0.45) and closers:
        return [source.insert_after(pick(rng, closers) - 1, ",")]
    if draw < 0.88:
        at = pick(rng, source.where(","))
        return None if at is None else [source.insert_after(at, rng.choice((",", " ,", ",", ", ,")))]
    if draw < 0.94:
        at = pick(rng, source.where("(", "[", "{"))
        return None if at is None else [source.insert_after(at, ",")]
    at = pick_late(rng, [at for at in range(len(source) - 1) if source.is_last(at)] or [len(source) - 1])
    return [source.insert_after(at, ",")]


def missing_colon(source, rng):
    places = source.where(":", "::")
    if source.language == "python":
        blocks = [at for at in places if source.is_last(at) and source.innermost[at] < 0]
        places = blocks if blocks and rng.random() < 0.85 else places
    at = pick(rng, places)
    return None if at is None else [source.remove(at, rng)]


def extra_colon(source, rng):
    at = pick(rng, [at for at in range(len(source)) if source.is_last(at) or source.words[at] in ("else", ")", "=")])
    return None if at is None else [source.insert_after(at, ":")]


def wrong_sign(source, rng):
    places = [at for at, word in enumerate(source.words) if word in WRONG_SIGNS and word not in "()"
              and source.ids[at] >= features.FIRST_LITERAL]
    common = [at for at in places if source.words[at] not in (",", ".", "(", ")")]
    at = pick(rng, common if common and rng.random() < 0.5 else places)
    if at is None:
        return None
    if source.language == "python" and rng.random() < 0.1:
        assigned = [at for at in source.where("+=", "-=") if source.after(at) == "1" and source.is_last(at + 1)]
        if assigned:
            at = pick(rng, assigned)
            return [(source.starts[at], source.ends[at + 1], source.words[at][0] * 2)]
    return [source.replace(at, rng.choice(WRONG_SIGNS[source.words[at]]))]


# ---- quotes ----

def quote_of(word):
    """(prefix size, quote) of a string token, or None."""
    found = re.match(r"([A-Za-z#]*)(\"\"\"|'''|\"|'|`)", word)
    if not found or not word.endswith(found.group(2)) or len(word) < found.end() + len(found.group(2)):
        return None
    return len(found.group(1)), found.group(2)


def quotes(source, rng):
    places = [at for at in source.kind_is(features.STRING) if quote_of(source.words[at])]
    at = pick(rng, places)
    if at is None:
        return None
    word, start, end = source.words[at], source.starts[at], source.ends[at]
    prefix, quote = quote_of(word)
    size = len(quote)
    opening, closing = (start + prefix, start + prefix + size), (end - size, end)
    others = [other for other in ("'", '"', "`", "''", "\\\"") if other != quote]
    draw = rng.random()
    if draw < 0.36:
        return [(*closing, "")]
    if draw < 0.58:
        return [(*opening, "")]
    if draw < 0.74:
        return [(*opening, ""), (*closing, "")] if re.search(r"\w", word[prefix:]) else None
    if draw < 0.82:
        return [(*closing, rng.choice(others))]
    if draw < 0.87:
        return [(*opening, rng.choice(others))]
    if draw < 0.92:
        pair = rng.choice((("'", "'"), (latin("“"), latin("”")), ("`", "`"), (latin("‘"), latin("’"))))
        if pair[0] == quote:
            pair = ('"', '"')
        return [(*opening, pair[0]), (*closing, pair[1])]
    if draw < 0.95:
        return [(end, end, quote)] if rng.random() < 0.6 else [(opening[0], opening[0], quote)]
    escaped = [found.start() for found in re.finditer(r"\\(?=[\"'])", word[prefix + size:-size])]
    if escaped:
        place = start + prefix + size + rng.choice(escaped)
        return [(place, place + 1, "")]
    inside = [found.start() for found in re.finditer(r"(?<=\w) (?=\w)", word[prefix + size:-size])]
    if not inside:
        return None
    place = start + prefix + size + rng.choice(inside)
    return [(place, place, quote)]


# ---- words ----

def typo(word, rng):
    """A misspelt word."""
    draw = rng.random()
    at = rng.randrange(len(word))
    if draw < 0.30 and len(word) > 2:
        at = rng.randrange(len(word) - 1)
        return word[:at] + word[at + 1] + word[at] + word[at + 2:]
    if draw < 0.55 and len(word) > 2:
        return word[:at] + word[at + 1:]
    if draw < 0.70:
        return word[:at] + word[at] + word[at:]
    if draw < 0.82:
        return word[:at] + rng.choice(NEIGHBOURS.get(word[at].lower(), string.ascii_lowercase)) + word[at + 1:]
    if draw < 0.92:
        return rng.choice((word.capitalize(), word.upper(), word.lower(), word[0].swapcase() + word[1:]))
    return word + rng.choice(string.ascii_lowercase) if draw < 0.96 else rng.choice(string.ascii_lowercase) + word


def keyword_typo(source, rng):
    at = pick(rng, [at for at in source.keywords() if len(source.words[at]) > 1])
    if at is None:
        return None
    if rng.random() < 0.15 and not source.is_last(at) and source.text[source.ends[at]] == " ":
        return [(source.ends[at], source.ends[at] + 1, "")]  # `returnx`
    if rng.random() < 0.07 and len(source.words[at]) > 3:
        middle = source.starts[at] + rng.randrange(1, len(source.words[at]))
        return [(middle, middle, " ")]
    word = typo(source.words[at], rng)
    return None if word == source.words[at] else [source.replace(at, word)]


def foreign_word(source, rng):
    at = pick(rng, [at for at, word in enumerate(source.words)
                    if word in FOREIGN and source.ids[at] >= features.FIRST_LITERAL])
    return None if at is None else [source.replace(at, rng.choice(FOREIGN[source.words[at]]))]


def some_word(source, rng):
    words = source.kind_is(features.WORD)
    keywords = source.keywords()
    if keywords and (not words or rng.random() < 0.45):
        return source.words[rng.choice(keywords)]
    return source.words[rng.choice(words)] if words and rng.random() < 0.6 else rng.choice(PROSE)


def extra_word(source, rng):
    draw = rng.random()
    if draw < 0.3:
        at = pick(rng, source.keywords() or source.kind_is(features.WORD))
        return None if at is None else [source.insert_after(at, " " + source.words[at])]
    if draw < 0.5:  # a name of two words
        at = pick(rng, [at for at in source.kind_is(features.WORD) if len(source.words[at]) > 3])
        if at is None:
            return None
        word = source.words[at]
        humps = [found.start() for found in re.finditer(r"(?<=[a-z])[A-Z]|_(?=\w)", word)]
        middle = rng.choice(humps) if humps else rng.randrange(1, len(word))
        skip = word[middle] == "_"
        return [(source.starts[at] + middle, source.starts[at] + middle + skip, rng.choice((" ", " ", "-")))]
    if not len(source):
        return None
    at = rng.randrange(len(source))
    word = some_word(source, rng)
    return [source.insert_before(at, word + " ")] if rng.random() < 0.5 else [source.insert_after(at, " " + word)]


def deleted_word(source, rng):
    if source.language == "json":
        places = source.kind_is(features.STRING, features.NUMBER) + source.keywords()
    elif rng.random() < 0.45:
        places = source.keywords()
    else:
        places = source.kind_is(features.WORD, features.NUMBER, features.STRING)
    at = pick(rng, places)
    return None if at is None else [source.remove(at, rng)]


def deleted_sign(source, rng):
    at = pick(rng, [at for at in source.signs() if source.words[at] not in (",", ";", ":", "(", ")", "[", "]", "{", "}")])
    return None if at is None else [source.remove(at, rng)]


def deleted_token(source, rng):
    return [source.remove(rng.randrange(len(source)), rng)] if len(source) else None


def swapped(source, rng):
    places = [at for at in range(len(source) - 1) if source.lines[at] == source.lines[at + 1]]
    at = pick(rng, places)
    if at is None:
        return None
    between = source.text[source.ends[at]:source.starts[at + 1]]
    return [(source.starts[at], source.ends[at + 1], source.words[at + 1] + between + source.words[at])]


def replaced(source, rng):
    if len(source) < 2:
        return None
    at, other = rng.randrange(len(source)), rng.randrange(len(source))
    return None if source.words[at] == source.words[other] else [source.replace(at, source.words[other])]


# ---- junk ----

def junk(source, rng):
    if not len(source):
        return None
    draw = rng.random()
    at = rng.randrange(len(source))
    if draw < 0.45:
        stray = latin(rng.choice(STRAY))
        return [source.insert_after(at, rng.choice(("", " ")) + stray)] if rng.random() < 0.6 \
            else [source.insert_before(at, stray)]
    if draw < 0.65:  # an ellipsis
        at = pick(rng, [at for at in range(len(source)) if source.is_last(at)])
        shift = source.indentation(at)
        return [source.insert_after(at, rng.choice(("...", " ...", "\n" + shift + "...", "\n...", "\n" + shift + "....",
                                                    "\n" + shift + latin("…"))))]
    first = pick(rng, source.line_firsts())
    if draw < 0.8:
        words = " ".join(rng.choice(PROSE) for _ in range(rng.choice((1, 1, 2, 3))))
        return [(source.line_start(first), source.line_start(first), rng.choice(("", source.indentation(first)))
                 + words + rng.choice(("", ".", ":", "!", "?")) + "\n")]
    if draw < 0.9:
        return [source.insert_before(first, rng.choice(("+", "-", "*", "> ", "$ ", "# ", ">> ", "+ ", "- ", "| ", "~ ",
                                                        ". ", "=> ", "@", "\\")))]
    return [source.insert_before(first, f"{rng.randrange(1, 300)}{rng.choice((' ', ': ', '. ', '  ', '| '))}")]


def prompt(source, rng):
    firsts = [at for at in source.line_firsts() if source.innermost[at] < 0]
    if not firsts:
        return None
    begin = rng.randrange(len(firsts))
    some = firsts[begin:begin + rng.choice((1, 1, 2, 3, 4))]
    mark = rng.choice((">>> ", ">>> ", ">>> ", "In [1]: ", "$ ", ">>>", "... ", "> "))
    return [(source.line_start(at), source.line_start(at), mark) for at in some]


def fence(source, rng):
    mark = rng.choice(("```", "```", f"```{source.language}", "~~~", "'''"))
    if rng.random() < 0.5:
        return [(0, 0, mark + "\n")]
    end = len(source.text.rstrip())
    return [(end, end, "\n" + rng.choice(("```", "```", "~~~")))]


def conflict(source, rng):
    firsts = source.line_firsts()
    at = pick(rng, firsts)
    if at is None:
        return None
    line = source.text[source.line_start(at):source.line_end(at)]
    start, end = source.line_start(at), min(source.line_end(at) + 1, len(source.text))
    draw = rng.random()
    if draw < 0.4:
        mark = rng.choice(("<<<<<<< HEAD\n", "=======\n", ">>>>>>> main\n", ">>>>>>> 3f2a91c\n", "<<<<<<< Updated upstream\n"))
        return [(start, start, mark)]
    if len(line.split()) > 6:
        return None
    return [(start, start, "<<<<<<< HEAD\n"),
            (end, end, "=======\n" + (line + "\n" if draw < 0.7 else "")
             + rng.choice((">>>>>>> main\n", ">>>>>>> feature\n", ">>>>>>> 90ab12f (update)\n")))]


def truncated(source, rng):
    if len(source) < 12:
        return None
    at = len(source) - rng.choice((1, 1, 1, 2, 2, 3, 3, 4, 5, 6))
    return [(source.ends[at - 1], len(source.text), rng.choice(("", "\n")))]


# ---- lines and indentation ----

def joined_lines(source, rng):
    if source.language == "python":
        places = [at for at in source.line_firsts() if at and source.innermost[at] < 0]
    else:  # elsewhere a line end matters only where a statement can end and another begin
        places = [at for at in source.line_firsts() if at and re.match(r"\w", source.words[at])
                  and re.match(r"[\w)\]}\"']", source.before(at)[-1])]
    at = pick(rng, places)
    if at is None or "#" in source.text[source.ends[at - 1]:source.starts[at]] \
            or "//" in source.text[source.ends[at - 1]:source.starts[at]]:
        return None
    return [(source.ends[at - 1], source.starts[at], rng.choice((" ", " ", "  ", "")))]


def indentation(source, rng):
    firsts = [at for at in source.line_firsts() if source.innermost[at] < 0]
    if len(firsts) < 2:
        return None
    unit = next((source.indentation(at) for at in firsts if source.indentation(at)), "    ")
    order = rng.randrange(len(firsts))
    headers = [index for index in range(1, len(firsts)) if source.words[firsts[index] - 1] == ":"]
    draw = rng.random()
    if draw < 0.45 and headers:  # the body stands where its header does, all of it or the first line
        order = rng.choice(headers)
        shift = source.indentation(firsts[order])
        outer = source.indentation(firsts[order - 1])
        if not shift.startswith(outer) or shift == outer:
            return None
        edits = []
        whole = rng.random() < 0.6
        for at in firsts[order:]:
            here = source.indentation(at)
            if not here.startswith(shift) or (edits and not whole):
                break
            start = source.line_start(at)
            edits.append((start + len(outer), start + len(shift), ""))
        return edits
    at = firsts[order]
    start, here = source.line_start(at), source.indentation(at)
    run = rng.choice((1, 1, 1, 2, 3)) if draw < 0.8 else 1
    if rng.random() < 0.55:
        more = rng.choice((" ", "  ", unit, unit, "    ", "   "))
        return [(source.line_start(each), source.line_start(each), more) for each in firsts[order:order + run]]
    if not here:
        return None
    fewer = rng.choice((1, 2, 3, len(unit), len(unit), len(here)))
    return [(start, start + min(fewer, len(here)), "")]


def missing_body(source, rng):
    """Takes out a body that is a single `pass` (or `...`): people write the header and leave the rest for later."""
    places = [at for at in source.where("pass", "...") if at and source.before(at) == ":" and source.is_last(at)]
    at = pick(rng, places)
    if at is None:
        return None
    if source.is_first(at):
        return [(source.line_start(at), min(source.line_end(at) + 1, len(source.text)), "")]
    return [source.remove(at, rng)]


def python2(source, rng):
    draw = rng.random()
    if draw < 0.85:
        calls = [at for at in source.where("print") if source.is_first(at) and source.after(at) == "("
                 and source.partner[at + 1] >= 0 and source.is_last(source.partner[at + 1])]
        if not calls:
            return None
        first = rng.randrange(len(calls))
        edits = []
        for at in calls[first:first + (1 if rng.random() < 0.6 else 5)]:
            closer = source.partner[at + 1]
            edits += [(source.starts[at + 1], source.ends[at + 1], " "), (source.starts[closer], source.ends[closer], "")]
        return edits
    if draw < 0.95:
        at = pick(rng, [at for at in source.where("as") if any(word == "except" for word in source.words[max(0, at - 6):at])])
        return None if at is None else [(source.ends[at - 1], source.ends[at], ",")]
    at = pick(rng, source.where("!="))
    return None if at is None else [source.replace(at, "<>")]


OPERATIONS = {function.__name__: function for function in (
    missing_closer, missing_opener, extra_closer, extra_opener, several_brackets, wrong_bracket, missing_semicolon,
    extra_semicolon, missing_comma, extra_comma, missing_colon, extra_colon, wrong_sign, quotes, keyword_typo,
    foreign_word, extra_word, deleted_word, deleted_sign, deleted_token, swapped, replaced, junk, prompt, fence,
    conflict, truncated, joined_lines, indentation, missing_body, python2)}
TRIES = 6


# ---- drawing and applying ----

def in_order(edits):
    """The edits sorted, or None where two of them meet."""
    edits = sorted(edits)
    for (_, end, _), (start, _, _) in zip(edits, edits[1:]):
        if start < end:
            return None
    if len({edit[0] for edit in edits}) != len(edits):
        return None
    return edits


def apply_edits(text, edits):
    pieces, place = [], 0
    for start, end, new in edits:
        pieces += [text[place:start], new]
        place = end
    return "".join(pieces) + text[place:]


class Plan:
    """What is to be broken: kinds drawn before any place is looked at, so that their shares hold."""

    def __init__(self, language, rng):
        shares = MISTAKES.get(language, MISTAKES_DEFAULT)
        count = rng.choices((1, 2, 3, rng.choice((4, 4, 5, 6))), shares)[0]
        names, weights = list(KINDS[language]), list(KINDS[language].values())
        self.kinds = rng.choices(names, weights, k=count)
        self.near = rng.random() < 0.5
        if count > 1 and rng.random() < REPEATED_SHARE:
            self.kinds = self.kinds[:1] * count
            self.near = rng.random() < 0.8
        self.tried = 0

    @property
    def name(self):
        return self.kinds[0] if len(self.kinds) == 1 else f"several{min(len(self.kinds), 4)}"

    def draw(self, source, rng):
        """A Mistake in this source, or None where the plan does not apply."""
        self.tried += 1
        edits, parts, lines = [], [], False
        centre = None
        for kind in self.kinds:
            for _ in range(TRIES if centre is None else 3 * TRIES):
                more = OPERATIONS[kind](source, rng)
                if not more:
                    continue
                if centre is not None and self.near and abs(more[0][0] - centre) > NEAR_BYTES:
                    continue
                joined = in_order(edits + more)
                if joined is None:
                    continue
                edits = joined
                parts.append(in_order(more))
                centre = edits[0][0] if centre is None else centre
                lines |= kind == "joined_lines"
                break
            else:
                if not edits or len(self.kinds) == 1:
                    return None
        return Mistake(self.name, edits, lines, parts if len(parts) > 1 else [])


NEAR_BYTES = 300


def main():
    from model import samples  # here: samples reads this module

    parser = argparse.ArgumentParser(prog="corrupt", description="Prints broken code and its way back.")
    parser.add_argument("folder", metavar="FOLDER", help="the corpus")
    parser.add_argument("--language", choices=LANGUAGES, required=True)
    parser.add_argument("--print", type=int, default=5, metavar="N", dest="count")
    parser.add_argument("--kind", metavar="KIND", help="only this kind of mistake")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", choices=corpus.PARTS, default="train")
    features.add_server_option(parser)
    options = parser.parse_args()
    if options.kind and options.kind not in KINDS[options.language]:
        features.usage_error(f"{options.language} has no kind {options.kind!r}; it has "
                             + ", ".join(KINDS[options.language]))
    if options.kind:
        KINDS[options.language] = {options.kind: 1}
    samples.print_samples(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
