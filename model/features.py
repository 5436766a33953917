"""The feature stream: tokens and features of source text, read from `noodle-lsp tokens --features`.

Training and serving read the same C code, so that they cannot disagree. Texts are bytes throughout; the modules beside
this one hold them as latin-1 strings, one character a byte, so that an offset means the same everywhere.
"""

import json
import os
import select
import struct
import subprocess
import sys
import threading

import numpy

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SERVER = os.path.join(ROOT, "build", "release", "noodle-lsp")
VERSION = 1
PATIENCE_S = 3

RECORD = numpy.dtype([
    ("start", "<u4"), ("end", "<u4"), ("hash", "<u8"), ("token", "<u2"), ("gram_count", "u1"), ("kind", "u1"),
    ("features", "u1", (8,)), ("grams", "<u2", (12,)), ("line", "<u4"), ("indent", "<u2"), ("column", "<u2"),
    ("reserved", "u1", (4,))])
BROKEN = 1  # flags: the parser or a rule of the language objects

# Rows of embed.token below the literals.
PADDING, WORD, NUMBER, STRING, OTHER, DIRECTIVE, CONFLICT, OPEN_COMMENT = range(8)
# Outputs below the literals. Literal i of the vocabulary is row and output FIRST_LITERAL + i.
KEEP, DELETE, INDENT, DEDENT, NEWLINE, NAME_OUT, NUMBER_OUT, STRING_OUT = range(8)
FIRST_LITERAL = 8
CLASS_OUTPUT = {WORD: NAME_OUT, NUMBER: NUMBER_OUT, STRING: STRING_OUT}


def add_server_option(parser):
    parser.add_argument("--server", default=SERVER, metavar="FILE",
                        help="the noodle-lsp program (default: build/release/noodle-lsp)")


def output_of(token):
    """The output that stands for an input token, or None where no output can write it."""
    return token if token >= FIRST_LITERAL else CLASS_OUTPUT.get(token)


class Stream:
    """One `noodle-lsp tokens --features` process. Not to be shared between threads.

    A text that it cannot finish within PATIENCE_S counts as broken and has no tokens; the process is started anew."""

    def __init__(self, server=SERVER):
        self._server = server
        self._start()
        self.languages = {name: number for number, name in enumerate(self.header["languages"])}
        self.vocabulary = self.header["vocabulary"]
        self.given_up = []  # texts that took too long

    def _start(self):
        try:
            self._process = subprocess.Popen([self._server, "tokens", "--features"], stdin=subprocess.PIPE,
                                             stdout=subprocess.PIPE, bufsize=0)
        except OSError as problem:
            usage_error(f"cannot start {self._server}: {problem.strerror} (build it with ./dev build)")
        self._ready = b""
        line = b""
        while not line.endswith(b"\n"):
            more = self._process.stdout.read(1)
            if not more:
                break
            line += more
        try:
            self.header = json.loads(line)
        except ValueError:
            usage_error(f"{self._server} has no feature stream; build it again")
        if self.header.get("version") != VERSION or self.header.get("token_bytes") != RECORD.itemsize:
            usage_error(f"{self._server} writes features of version {self.header.get('version')}, this is for {VERSION}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def _write(self, process, frames):
        data = b"".join(struct.pack("<II", self.languages[language], len(text)) + text for language, text in frames)
        view = memoryview(data)
        try:
            while view:
                view = view[process.stdin.write(view):]
        except (BrokenPipeError, ValueError):
            pass  # the process was given up

    def read(self, frames):
        """[(language, bytes)] -> [(flags, records)], in order."""
        answers = []
        while len(answers) < len(frames):
            writer = threading.Thread(target=self._write, args=(self._process, frames[len(answers):]), daemon=True)
            writer.start()  # a pipe holds 64 KB only: written and read at once
            try:
                while len(answers) < len(frames):
                    count, flags = struct.unpack("<II", self._exactly(8))
                    answers.append((flags, numpy.frombuffer(self._exactly(count * RECORD.itemsize), dtype=RECORD)))
            except TimeoutError:
                self.given_up.append(frames[len(answers)])
                answers.append((BROKEN, numpy.empty(0, RECORD)))
                self._process.kill()
                writer.join()
                self.close()
                self._start()
            else:
                writer.join()
        return answers

    def _exactly(self, size):
        output = self._process.stdout
        pieces, have = [self._ready], len(self._ready)
        while have < size:
            if not select.select([output], [], [], PATIENCE_S)[0]:
                raise TimeoutError
            piece = os.read(output.fileno(), 1 << 20)
            if not piece:
                raise EOFError("the feature stream ended early")
            pieces.append(piece)
            have += len(piece)
        data = b"".join(pieces)
        self._ready = data[size:]
        return data[:size]

    def are_valid(self, language, texts, batch=256):
        """Whether the language's parser and rules accept each text."""
        for begin in range(0, len(texts), batch):
            frames = [(language, text.encode("utf-8")) for text in texts[begin:begin + batch]]
            for flags, records in self.read(frames):
                yield not flags & BROKEN and len(records) > 0


def usage_error(message):
    """One clear line, exit status 2."""
    print(f"{os.path.basename(sys.argv[0]).removesuffix('.py')}: {message}", file=sys.stderr)
    sys.exit(2)
