#!/usr/bin/env python3
"""make_picture: draws docs/picture.svg, the README's picture, from what the program really prints.

Runs the commands below in the root of the repository, with colours, and turns each terminal line into SVG text. Build
first (./dev build); run again when the output or the examples change, and look at the result before you commit it.

Exit status: 0 when the picture was written, 1 when a command failed, 2 for wrong usage.
"""

import argparse
import pathlib
import re
import subprocess
import sys
import unicodedata
from xml.sax.saxutils import escape

ROOT = pathlib.Path(__file__).resolve().parents[1]
COMMANDS = (("check", "examples/broken/average.c"), ("fix", "examples/broken/cart.js"))
TIMEOUT_S = 30

FONT_SIZE = 13
COLUMN = FONT_SIZE * 0.602  # what most monospaced fonts advance
LINE = 18
MARGIN = 16
BAR = 30  # of the window, above the text
COLUMNS_MIN = 80

# Select Graphic Rendition codes that the program uses; anything else in its output is an error here.
COLOURS = {31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 36: "#79c0ff"}
SGR = re.compile("\x1b\\[([0-9;]*)m")
FOREGROUND, DIM, BACKGROUND = "#e6edf3", "#8b949e", "#0d1117"


def columns_of(text):
    """Terminal columns: wide characters take two, combining marks none."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def spans_of(line):
    """[(text, colour, bold)] of one line; every line of the program ends in the plain style."""
    colour, bold, spans, at = FOREGROUND, False, [], 0
    for match in SGR.finditer(line):
        spans.append((line[at:match.start()], colour, bold))
        at = match.end()
        for code in (int(word or 0) for word in match.group(1).split(";")):
            if code == 0:
                colour, bold = FOREGROUND, False
            elif code == 1:
                bold = True
            elif code in COLOURS:
                colour = COLOURS[code]
            else:
                raise ValueError(f"colour code {code} has no colour here: add it to COLOURS")
    spans.append((line[at:], colour, bold))
    if "\x1b" in "".join(text for text, _, _ in spans):
        raise ValueError(f"an escape sequence that sets no colour: {line!r}")
    return [span for span in spans if span[0]]


def run(program, command, path):
    """The coloured lines of one command, messages included."""
    result = subprocess.run([program, command, "--color", "always", path], cwd=ROOT, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT_S, check=False)
    if result.returncode not in (0, 1):
        raise ValueError(f"{command} {path} ended with {result.returncode}:\n{result.stdout.decode('utf-8', 'replace')}")
    return result.stdout.decode("utf-8").expandtabs(8).splitlines()


def draw_line(spans, row):
    y = BAR + MARGIN + row * LINE + FONT_SIZE
    column, parts = 0, []
    for text, colour, bold in spans:
        shown = text.strip(" ")
        if shown:
            x = MARGIN + (column + len(text) - len(text.lstrip(" "))) * COLUMN
            weight = ' font-weight="bold"' if bold else ""
            # textLength keeps columns in line whatever font there is.
            parts.append(f'<tspan x="{x:.1f}" textLength="{columns_of(shown) * COLUMN:.1f}" '
                         f'lengthAdjust="spacingAndGlyphs" fill="{colour}"{weight}>{escape(shown)}</tspan>')
        column += columns_of(text)
    return f'<text y="{y}">{"".join(parts)}</text>' if parts else ""


def draw(rows):
    columns = max(COLUMNS_MIN, *(columns_of("".join(text for text, _, _ in row)) for row in rows))
    width = round(columns * COLUMN + 2 * MARGIN)
    height = BAR + 2 * MARGIN + len(rows) * LINE
    title = "noodle-lsp check and noodle-lsp fix on two of the example files"
    dots = "".join(f'<circle cx="{MARGIN + 4 + 18 * i}" cy="{BAR // 2 + 3}" r="5.5" fill="#30363d"/>' for i in range(3))
    lines = [line for line in (draw_line(spans, row) for row, spans in enumerate(rows)) if line]
    return "\n".join((
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" '
        f'role="img" aria-label="{title}">',
        f"<title>{title}</title>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{BACKGROUND}"/>',
        dots,
        f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" '
        f'font-size="{FONT_SIZE}" xml:space="preserve">',
        *lines,
        "</g>",
        "</svg>",
        ""))


def main():
    parser = argparse.ArgumentParser(description="Draws docs/picture.svg from a real run.")
    parser.add_argument("--program", default=ROOT / "build" / "release" / "noodle-lsp", type=pathlib.Path)
    parser.add_argument("--output", default=ROOT / "docs" / "picture.svg", type=pathlib.Path)
    arguments = parser.parse_args()
    program = arguments.program.resolve()
    if not program.is_file():
        parser.error(f"{program} is not there: build it with ./dev build, or name another with --program")
    rows = []
    try:
        for command, path in COMMANDS:
            if rows:
                rows.append([])
            rows.append([("$ ", DIM, False), (f"noodle-lsp {command} {path}", FOREGROUND, True)])
            rows += [spans_of(line) for line in run(program, command, path)]
    except (ValueError, OSError, subprocess.SubprocessError) as problem:
        print(f"make_picture: {problem}", file=sys.stderr)
        sys.exit(1)
    arguments.output.write_text(draw(rows), encoding="utf-8")
    print(f"{arguments.output}: {len(rows)} lines")


if __name__ == "__main__":
    main()
