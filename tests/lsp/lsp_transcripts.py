#!/usr/bin/env python3
"""Plays transcripts against the real server.

    lsp_transcripts.py [NAME...]      NAME: a file in tests/lsp, with or without .transcript; all of them by default

A transcript is a text file of steps. A step may go on over lines that begin with a space. `#` begins a comment line.

    -> JSON           send a message ("jsonrpc" is added)
    <- PATTERN        wait for a message that matches; it is taken out of what was received
    !- PATTERN        no message received so far matches (after a <- that comes later than it would)
    @initialize JSON  initialize with these params (laid over harmless ones), initialized, and wait for the answer
    @open ID JSON     didOpen of URI file://${ROOT}/ID with {"languageId","text"} and version 1
    @large ID LANGUAGE COUNT STRING   the same with a text that repeats STRING
    @sync             wait until everything sent so far is handled
    @settle ID        wait until the document is judged, repairs included, and forget the diagnostics it had on the way
    @kept N           wait until the cache holds N entries: a result goes there after it was told
    @raw STRING       send these bytes: a JSON string, its characters are bytes
    @split N          from here on, write in pieces of N bytes (0: whole)
    @hold, @flush     collect what is sent; write it in one piece
    @file NAME STRING a file in the workspace folder ${ROOT}; the name as in a URI
    @large_file NAME COUNT STRING   the same with a text that repeats STRING
    @remove NAME      remove it
    @start ARGS       start the server with these arguments (without: `serve --stdio --model none` at the first step)
    @env NAME VALUE   before the start
    @parent           start a process that does nothing; its number is ${PARENT}
    @kill             end it
    @eof              close the server's input
    @exit CODE        wait for the server's end; check its exit code
    @stderr REGEX     after @exit: what it wrote to standard error

In a pattern an object matches when the keys it names match, an array item by item. Strings of their own meaning:
"<any>", "<absent>", "<string>", "<number>", "<re:REGEX>" and "<save:NAME>", which keeps the value for ${NAME} in later
steps (a whole string "${NAME}" keeps its type).
"""
import json
import os
import queue
import re
import shlex
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE_S = int(os.environ.get("NOODLE_PATIENCE_S", 60 if os.environ.get("NOODLE_SANITIZE") else 30))


class Failure(Exception):
    pass


def parse_steps(text):
    steps = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0] in " \t":
            steps[-1][1] += "\n" + line.strip()
        else:
            steps.append([number, line.rstrip()])
    return steps


def matches(pattern, value, saved):
    if isinstance(pattern, str) and pattern.startswith("<") and pattern.endswith(">"):
        word, _, rest = pattern[1:-1].partition(":")
        if word == "any":
            return True
        if word == "string":
            return isinstance(value, str)
        if word == "number":
            return isinstance(value, (int, float)) and not isinstance(value, bool)
        if word == "re":
            return isinstance(value, str) and re.search(rest, value) is not None
        if word == "save":
            saved[rest] = value
            return True
    if isinstance(pattern, dict):
        if not isinstance(value, dict):
            return False
        for key, wanted in pattern.items():
            if wanted == "<absent>":
                if key in value:
                    return False
            elif key not in value or not matches(wanted, value[key], saved):
                return False
        return True
    if isinstance(pattern, list):
        return (isinstance(value, list) and len(value) == len(pattern)
                and all(matches(p, v, saved) for p, v in zip(pattern, value)))
    return type(pattern) is type(value) and pattern == value


class Player:
    def __init__(self, server, root):
        self.server = server
        self.values = {"ROOT": root, "NOBODY": self.unused_process()}
        self.environment = dict(os.environ)
        # Transcripts say what is worked out; that of the cache turns it on.
        self.environment.setdefault("NOODLE_SYNTAX_FIXER_CACHE_SIZE", "0")
        self.process = self.parent = None
        self.output = queue.Queue()
        self.received = []
        self.errors = b""
        self.piece = 0
        self.held = None
        self.syncs = 0

    @staticmethod
    def unused_process():
        process = subprocess.Popen(["true"])
        process.wait()
        return process.pid

    # -- the server's process

    def start(self, arguments):
        self.process = subprocess.Popen([self.server] + arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=self.environment, bufsize=0)
        threading.Thread(target=self.read_output, daemon=True).start()
        self.error_reader = threading.Thread(target=self.read_errors, daemon=True)
        self.error_reader.start()

    def read_output(self):
        stream = self.process.stdout
        data = b""
        while True:
            while b"\r\n\r\n" in data:
                header, rest = data.split(b"\r\n\r\n", 1)
                length = re.fullmatch(rb"Content-Length: (\d+)", header)
                if not length:
                    self.output.put(Failure(f"output that is no message: {header[:200]!r}"))
                    return
                size = int(length.group(1))
                while len(rest) < size:
                    more = stream.read(65536)
                    if not more:
                        self.output.put(Failure("output ends inside a message"))
                        return
                    rest += more
                self.output.put(json.loads(rest[:size].decode("utf-8")))
                data = rest[size:]
            more = stream.read(65536)
            if not more:
                self.output.put(Failure(f"output ends with {data[:200]!r}") if data else None)
                return
            data += more

    def read_errors(self):
        self.errors = self.process.stderr.read()

    def write(self, data):
        if not self.process:
            self.start(["serve", "--stdio", "--model", "none"])
        if self.held is not None:
            self.held += data
            return
        size = self.piece or len(data)
        try:
            for at in range(0, len(data), size):
                self.process.stdin.write(data[at:at + size])
        except BrokenPipeError:
            raise Failure("the server does not read any more")

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    # -- what was received

    def take(self, pattern, deadline):
        index = 0
        while True:
            while index < len(self.received):
                saved = {}
                if matches(pattern, self.received[index], saved):
                    self.values.update(saved)
                    return self.received.pop(index)
                index += 1
            try:
                message = self.output.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise Failure(f"no such message within {PATIENCE_S} s")
            if message is None:
                raise Failure("the server ended")
            if isinstance(message, Failure):
                raise message
            self.received.append(message)

    def expect(self, pattern):
        return self.take(pattern, time.monotonic() + PATIENCE_S)

    def sync(self):
        self.syncs += 1
        name = f"sync-{self.syncs}"
        self.send({"id": name, "method": "noodle/status"})
        self.expect({"id": name})

    def settle(self, uri):
        """Early findings and final ones may differ: what is left of one judgement must not be taken for the next."""
        self.syncs += 1
        name = f"settle-{self.syncs}"
        start = {"line": 0, "character": 0}
        self.send({"id": name, "method": "textDocument/codeAction",
                   "params": {"textDocument": {"uri": uri}, "range": {"start": start, "end": start},
                              "context": {"diagnostics": []}}})
        self.expect({"id": name})
        told = {"method": "textDocument/publishDiagnostics", "params": {"uri": uri}}
        self.received = [message for message in self.received if not matches(told, message, {})]

    def kept(self, count):
        end = time.monotonic() + PATIENCE_S
        while True:
            self.syncs += 1
            name = f"kept-{self.syncs}"
            self.send({"id": name, "method": "noodle/status"})
            entries = self.expect({"id": name})["result"]["cache"]["entries"]
            if entries >= count:
                return
            if time.monotonic() > end:
                raise Failure(f"the cache holds {entries} entries, not {count}, after {PATIENCE_S} s")
            time.sleep(0.02)

    # -- steps

    def fill(self, value):
        """Puts saved values in the place of ${NAME}."""
        if isinstance(value, dict):
            return {self.fill(key): self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, str):
            return value
        whole = re.fullmatch(r"\$\{(\w+)\}", value)
        if whole:
            return self.values[whole.group(1)]
        return re.sub(r"\$\{(\w+)\}", lambda m: str(self.values[m.group(1)]), value)

    def json(self, text):
        return self.fill(json.loads(text))

    def initialize(self, extra):
        params = {"processId": None, "rootUri": None, "capabilities": {}, "initializationOptions": {}, **extra}
        settings = params["initializationOptions"]
        settings.get("noodle", settings).setdefault("repairBudgetMs", 20000)  # a busy machine finds the same repairs
        self.send({"id": 0, "method": "initialize", "params": params})
        answer = self.expect({"id": 0})
        if "result" not in answer:
            raise Failure(f"initialize failed: {answer}")
        self.send({"method": "initialized", "params": {}})

    def play(self, step):
        word, _, rest = step.partition(" ")
        if word == "->":
            self.send(self.json(rest))
        elif word == "<-":
            self.expect(self.json(rest))
        elif word == "!-":
            pattern = self.json(rest)
            for message in self.received:
                if matches(pattern, message, {}):
                    raise Failure(f"this should not have come: {json.dumps(message)}")
        elif word == "@initialize":
            self.initialize(self.json(rest or "{}"))
        elif word == "@open":
            name, _, item = rest.partition(" ")
            document = {"uri": f"file://{self.values['ROOT']}/{name}", "version": 1, **self.json(item)}
            self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        elif word == "@large":
            name, language, count, text = rest.split(" ", 3)
            document = {"uri": f"file://{self.values['ROOT']}/{name}", "version": 1, "languageId": language,
                        "text": json.loads(text) * int(count)}
            self.send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        elif word == "@sync":
            self.sync()
        elif word == "@settle":
            self.settle(f"file://{self.values['ROOT']}/{rest}")
        elif word == "@kept":
            self.kept(int(rest))
        elif word == "@raw":
            self.write(json.loads(rest).encode("latin-1"))
        elif word == "@split":
            self.piece = int(rest)
        elif word == "@hold":
            self.held = b""
        elif word == "@flush":
            held, self.held = self.held, None
            self.write(held)
        elif word in ("@file", "@large_file"):
            name, text = rest.split(" ", 1)
            count, text = text.split(" ", 1) if word == "@large_file" else (1, text)
            path = os.path.join(self.values["ROOT"], urllib.parse.unquote(name))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="") as file:
                file.write(json.loads(text) * int(count))
        elif word == "@remove":
            os.remove(os.path.join(self.values["ROOT"], rest))
        elif word == "@start":
            self.start(shlex.split(self.fill(rest)))
        elif word == "@env":
            name, _, value = rest.partition(" ")
            self.environment[name] = self.fill(value)
        elif word == "@parent":
            self.parent = subprocess.Popen(["sleep", "600"])
            self.values["PARENT"] = self.parent.pid
        elif word == "@kill":
            self.parent.kill()
            self.parent.wait()
        elif word == "@eof":
            self.process.stdin.close()
        elif word == "@exit":
            try:
                code = self.process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                raise Failure(f"the server did not end within {PATIENCE_S} s")
            if code != int(rest):
                self.error_reader.join(5)
                raise Failure(f"exit code {code}, not {rest}\n{self.errors.decode(errors='replace')[-4000:]}")
        elif word == "@stderr":
            self.error_reader.join(PATIENCE_S)
            if not re.search(rest, self.errors.decode(errors="replace")):
                raise Failure(f"standard error is {self.errors!r}")
        else:
            raise Failure(f"no such step: {word}")

    def finish(self):
        """Ends what a transcript left running; a server that was not ended by it has to end now, and in peace."""
        if self.parent and self.parent.poll() is None:
            self.parent.kill()
            self.parent.wait()
        if not self.process:
            return
        if self.process.poll() is None:
            try:
                self.process.stdin.close()
                self.process.wait(PATIENCE_S)
            except (subprocess.TimeoutExpired, OSError):
                self.process.kill()
                self.process.wait()
                raise Failure("the server did not end after its input")
        while True:
            message = self.output.get(timeout=PATIENCE_S)
            if isinstance(message, Failure):
                raise message
            if message is None:
                break
            self.received.append(message)
        self.error_reader.join(5)
        if self.process.returncode not in (0, 1, 2):
            raise Failure(f"the server ended with {self.process.returncode}\n"
                          f"{self.errors.decode(errors='replace')[-4000:]}")

    def kill(self):
        for process in (self.process, self.parent):
            if process and process.poll() is None:
                process.kill()
                process.wait()


def run(server, path):
    with open(path, encoding="utf-8") as file:
        steps = parse_steps(file.read())
    with tempfile.TemporaryDirectory(prefix="noodle-lsp-") as root:
        player = Player(server, root)
        number, text = 0, ""
        try:
            for number, text in steps:
                player.play(text)
            text = "(end)"
            player.finish()
            return True
        except (Failure, KeyError, ValueError) as failure:
            what = str(failure) if isinstance(failure, Failure) else repr(failure)
            print(f"{os.path.relpath(path)}:{number}: {what}")
            print(f"    step: {text}")
            for message in player.received[-8:]:
                print(f"    received: {json.dumps(message)[:1500]}")
            return False
        finally:
            player.kill()


def main():
    server = os.environ.get("NOODLE_LSP")
    if not server or not os.path.exists(server):
        print("skipped: NOODLE_LSP does not name the server's program")
        return 77
    names = sys.argv[1:] or sorted(name for name in os.listdir(HERE) if name.endswith(".transcript"))
    failed = []
    for name in names:
        if not name.endswith(".transcript"):
            name += ".transcript"
        if not run(server, os.path.join(HERE, os.path.basename(name))):
            failed.append(name)
    print(f"{len(names) - len(failed)} of {len(names)} transcripts passed" + (": failed " + ", ".join(failed) if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
