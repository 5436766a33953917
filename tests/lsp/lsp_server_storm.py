#!/usr/bin/env python3
"""Edits, requests and cancels all at once, over many documents: every request is answered exactly once, diagnostics never
go back to older text, and in the end the server's texts equal ours. The seed is printed; NOODLE_SEED repeats a run."""
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading

SERVER = os.environ.get("NOODLE_LSP", "")
PATIENCE_S = 240
STEPS = int(os.environ.get("NOODLE_STEPS", "1500"))
SNIPPETS = ["{", "}", "(", ")", "[", "]", ";", ",", "\n", '"', "'", "/*", "*/", "#if\n", "x", " ", "return ", "😀", "é", "1"]
TEXTS = {
    "c": "int f(int a) {\n    return g(a, 1) + 2; /* é 😀 */\n}\n\nstruct s { int b; };\n",
    "python": "def f(a):\n    return [a, 1, {'b': 2}]\n\n\nclass C:\n    pass\n",
    "json": '{"a": [1, 2, {"b": null}],\n "c": "é😀"}\n',
    "javascript": "function f(a) {\n  return [a, `t${a}`].map((x) => x);\n}\n",
    "go": "package p\n\nfunc f(a int) int {\n\treturn a + 1\n}\n",
    "plaintext": "((( nothing of ours\n",
}


def frame(message):
    body = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


class Reader(threading.Thread):
    def __init__(self, stream):
        super().__init__(daemon=True)
        self.stream, self.answers, self.versions, self.wrong = stream, {}, {}, []
        self.done, self.ended = threading.Event(), threading.Event()

    def run(self):
        while True:
            header = self.stream.readline()
            if not header:
                break
            length = int(re.fullmatch(rb"Content-Length: (\d+)\r\n", header).group(1))
            self.stream.readline()
            self.take(json.loads(self.stream.read(length)))
        self.done.set()
        self.ended.set()

    def take(self, message):
        if "method" not in message:
            self.answers.setdefault(message["id"], []).append(message)
            if message["id"] == "end":
                self.ended.set()
        elif message["method"] == "textDocument/publishDiagnostics" and "version" in message["params"]:
            uri, version = message["params"]["uri"], message["params"]["version"]
            if version < self.versions.get(uri, 0):
                self.wrong.append(f"{uri}: diagnostics of version {version} after {self.versions[uri]}")
            self.versions[uri] = version


class Document:
    def __init__(self, name, language):
        self.uri, self.language = f"file:///{name}", language
        self.lines, self.version, self.is_open = None, 0, False

    def open(self):
        # Versions go on growing over reopenings, so that the reader can tell old from new.
        self.lines, self.is_open = (TEXTS[self.language] * 20).split("\n"), True
        self.version += 1
        return {"method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": self.uri, "languageId": self.language, "version": self.version, "text": "\n".join(self.lines)}}}

    def edit(self, dice):
        line = dice.randrange(len(self.lines))
        start = dice.randint(0, len(self.lines[line]))
        end = dice.randint(start, min(len(self.lines[line]), start + 3))
        text = dice.choice(SNIPPETS) if dice.random() < 0.7 else ""
        self.lines[line:line + 1] = (self.lines[line][:start] + text + self.lines[line][end:]).split("\n")
        return {"range": {"start": {"line": line, "character": start}, "end": {"line": line, "character": end}},
                "text": text}

    def change(self, dice):
        self.version += 1
        changes = [self.edit(dice) for _ in range(dice.choice([1, 1, 1, 3]))]
        return {"method": "textDocument/didChange", "params": {
            "textDocument": {"uri": self.uri, "version": self.version}, "contentChanges": changes}}

    def size(self):
        return len("\n".join(self.lines).encode())


def request(dice, number, document):
    here = {"line": dice.randrange(len(document.lines)), "character": dice.randrange(10)}
    params = {"textDocument": {"uri": document.uri}}
    kind = dice.choice(["textDocument/codeAction", "textDocument/documentSymbol", "textDocument/foldingRange",
                        "textDocument/selectionRange", "textDocument/inlineCompletion", "noodle/status",
                        "textDocument/diagnostic", "workspace/diagnostic"])
    if kind == "textDocument/codeAction":
        params.update(range={"start": here, "end": here}, context={"diagnostics": []})
    if kind == "workspace/diagnostic":
        params = {"previousResultIds": [], "workDoneToken": number}
    params.update(position=here, positions=[here])
    return {"id": number, "method": kind, "params": params}


def main():
    with tempfile.TemporaryDirectory(prefix="noodle-storm-") as folder:
        for number in range(30):
            with open(os.path.join(folder, f"{number}.c"), "w", encoding="utf-8") as file:
                file.write(TEXTS["c"] * 20 + ("int broken\n" if number % 3 else ""))
        return storm(folder)


def storm(folder):
    if not os.path.exists(SERVER):
        print("skipped: NOODLE_LSP does not name the server's program")
        return 77
    seed = int(os.environ.get("NOODLE_SEED", random.randrange(1 << 32)))
    print(f"seed {seed}, {STEPS} steps")
    dice = random.Random(seed)
    process = subprocess.Popen([SERVER, "serve", "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    reader = Reader(process.stdout)
    reader.start()

    def send(message):
        process.stdin.write(frame(message))
        if dice.random() < 0.3:
            process.stdin.flush()

    send({"id": 0, "method": "initialize", "params": {"processId": os.getpid(), "rootUri": f"file://{folder}", "capabilities": {
        "general": {"positionEncodings": ["utf-32"]}}}})
    documents = [Document(f"{i}.{language}", language) for i in range(2) for language in TEXTS]
    asked = 0
    for _ in range(STEPS):
        document = dice.choice(documents)
        move = dice.random()
        if not document.is_open:
            send(document.open())
        elif move < 0.02:
            document.is_open = False
            send({"method": "textDocument/didClose", "params": {"textDocument": {"uri": document.uri}}})
        elif move < 0.7:
            send(document.change(dice))
        elif move < 0.9:
            asked += 1
            send(request(dice, asked, document))
        elif move < 0.99:
            send({"method": "$/cancelRequest", "params": {"id": dice.randint(max(1, asked - 3), asked + 1)}})
        else:
            send({"method": "workspace/didChangeConfiguration", "params": {"settings": {"noodle": {
                "maxRepairs": dice.randint(1, 5), "threads": dice.randint(1, 3),
                "latencyDiagnostics": dice.choice(["off", "overBudget", "always"])}}}})
    asked += 1
    send({"id": asked, "method": "noodle/status"})
    send({"id": "end", "method": "shutdown"})
    process.stdin.flush()
    if not reader.ended.wait(PATIENCE_S):
        process.kill()
        print("shutdown was not answered")
        return 1
    send({"method": "exit"})
    process.stdin.flush()
    try:
        code = process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        print("the server did not end")
        return 1
    reader.done.wait(10)

    wrong = reader.wrong
    if code != 0:
        wrong.append(f"exit code {code}")
    for number in [*range(asked + 1), "end"]:
        count = len(reader.answers.get(number, []))
        if count != 1:
            wrong.append(f"request {number} was answered {count} times")
    known = (-32800, -32801, -32802, -32601)
    for answers in reader.answers.values():
        for answer in answers:
            if "error" in answer and answer["error"]["code"] not in known:
                wrong.append(f"unexpected error: {answer}")
    if not wrong:
        status = {item["uri"]: item for item in reader.answers[asked][0]["result"]["documents"]}
        if set(status) != {document.uri for document in documents if document.is_open}:
            wrong.append(f"open documents are {sorted(status)}")
        for document in documents:
            item = status.get(document.uri)
            if item and (item["version"], item["sizeBytes"]) != (document.version, document.size()):
                wrong.append(f"{document.uri} is version {item['version']} of {item['sizeBytes']} bytes, "
                             f"not {document.version} of {document.size()}")
    for line in wrong[:20]:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
