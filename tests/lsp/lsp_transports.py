#!/usr/bin/env python3
"""The server over every wire: standard input and output, files, sockets and pipes in both directions; and a client that
does not read."""
import json
import os
import re
import select
import socket
import subprocess
import sys
import tempfile
import unittest

SERVER = os.environ.get("NOODLE_LSP", "")
SANITIZED = bool(os.environ.get("NOODLE_SANITIZE"))
PATIENCE_S = 60


def frame(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


INITIALIZE = {"id": 0, "method": "initialize", "params": {"processId": None, "rootUri": None, "capabilities": {}}}
SHUTDOWN = {"id": 1, "method": "shutdown"}
EXIT = {"method": "exit"}


def parse(data):
    """All messages in the bytes, and what is left over."""
    messages = []
    while True:
        head = re.match(rb"Content-Length: (\d+)\r\n\r\n", data)
        if not head or len(data) < head.end() + int(head.group(1)):
            return messages, data
        end = head.end() + int(head.group(1))
        messages.append(json.loads(data[head.end():end]))
        data = data[end:]


class Wires(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="noodle-lsp-")
        self.addCleanup(self.folder.cleanup)

    def start(self, *arguments, **streams):
        process = subprocess.Popen([SERVER, "serve", *arguments],
                                   **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                                      "stderr": subprocess.PIPE, **streams})
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream:
                stream.close()

    def talk(self, connection, process):
        """One short conversation over a socket, to a good end."""
        connection.settimeout(PATIENCE_S)
        connection.sendall(frame(INITIALIZE) + frame(SHUTDOWN))
        data = b""
        while len(parse(data)[0]) < 2:
            more = connection.recv(65536)
            self.assertTrue(more, "the server closed the connection")
            data += more
        messages, rest = parse(data)
        self.assertEqual([message["id"] for message in messages], [0, 1])
        self.assertEqual(rest, b"")
        connection.sendall(frame(EXIT))
        self.assertEqual(process.wait(PATIENCE_S), 0)
        self.assertEqual(process.stdout.read(), b"")
        connection.close()

    def wait_for_listening(self, process):
        line = process.stderr.readline().decode()
        self.assertIn("listening on", line)

    def test_socket_of_the_client(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(PATIENCE_S)
            process = self.start("--socket", str(listener.getsockname()[1]))
            connection, _ = listener.accept()
            self.talk(connection, process)

    def test_socket_of_the_server(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        process = self.start(f"--socket={port}")
        self.wait_for_listening(process)
        self.talk(socket.create_connection(("127.0.0.1", port)), process)

    def test_pipe_of_the_client(self):
        path = os.path.join(self.folder.name, "pipe")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(1)
            listener.settimeout(PATIENCE_S)
            process = self.start("--pipe", path)
            connection, _ = listener.accept()
            self.talk(connection, process)

    def test_pipe_of_the_server(self):
        path = os.path.join(self.folder.name, "pipe")
        # What a dead process left behind is in nobody's way.
        with socket.socket(socket.AF_UNIX) as dead:
            dead.bind(path)
        process = self.start("--pipe", path)
        self.wait_for_listening(process)
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(path)
        self.talk(connection, process)
        self.assertFalse(os.path.exists(path))

    def test_pipe_that_cannot_be(self):
        for path in ("/nowhere/at/all", "/tmp/" + "x" * 200):
            process = self.start("--pipe", path)
            self.assertEqual(process.wait(PATIENCE_S), 2)
            self.assertRegex(process.stderr.read().decode(), r"^noodle-lsp: .*pipe.*\n$")

    def test_client_that_hangs_up(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(PATIENCE_S)
            process = self.start("--socket", str(listener.getsockname()[1]))
            connection, _ = listener.accept()
            connection.sendall(frame(INITIALIZE) + b"Content-Length: 100\r\n\r\n{")
            connection.close()
            self.assertEqual(process.wait(PATIENCE_S), 1)

    def test_files(self):
        source, target = os.path.join(self.folder.name, "in"), os.path.join(self.folder.name, "out")
        with open(source, "wb") as file:
            file.write(frame(INITIALIZE) + frame(SHUTDOWN) + frame(EXIT))
        with open(source, "rb") as stdin, open(target, "wb") as stdout:
            self.assertEqual(self.start("--stdio", stdin=stdin, stdout=stdout).wait(PATIENCE_S), 0)
        with open(target, "rb") as file:
            messages, rest = parse(file.read())
        self.assertEqual([message["id"] for message in messages], [0, 1])
        self.assertEqual(rest, b"")

    def test_nothing_to_read(self):
        process = self.start("--stdio")
        self.assertEqual(process.wait(PATIENCE_S), 1)
        self.assertEqual(process.stdout.read(), b"")

    def test_nobody_to_write_to(self):
        reading, writing = os.pipe()
        os.close(reading)
        process = self.start("--stdio", stdin=subprocess.PIPE, stdout=writing)
        os.close(writing)
        process.stdin.write(frame(INITIALIZE))
        process.stdin.flush()
        self.assertEqual(process.wait(PATIENCE_S), 1)

    def test_client_that_does_not_read(self):
        process = self.start("--stdio", stdin=subprocess.PIPE)
        uri = "file:///a.json"
        # Each version has a diagnostic a line; the messages of all versions together would be 200 MB.
        broken = "".join('{"a": 1 "b": 2}\n' for _ in range(1000))
        process.stdin.write(frame(INITIALIZE) + frame({"method": "textDocument/didOpen", "params": {"textDocument":
                            {"uri": uri, "languageId": "json", "version": 1, "text": broken}}}))
        versions = 1000
        for version in range(2, versions + 1):
            process.stdin.write(frame({"method": "textDocument/didChange", "params": {
                "textDocument": {"uri": uri, "version": version},
                "contentChanges": [{"range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}},
                                    "text": "\n"}]}}))
        process.stdin.write(frame({"id": 9, "method": "noodle/status"}))
        process.stdin.flush()
        with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
            resident_kb = int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))
        if not SANITIZED:
            self.assertLess(resident_kb, 100 * 1024)
        data, last, seen = b"", None, 0
        while last != versions:
            ready, _, _ = select.select([process.stdout], [], [], PATIENCE_S)
            self.assertTrue(ready, f"version {versions} never came, the last was {last}")
            more = os.read(process.stdout.fileno(), 1 << 20)
            self.assertTrue(more, "the server ended")
            messages, data = parse(data + more)
            for message in messages:
                if message.get("method") == "textDocument/publishDiagnostics":
                    self.assertGreaterEqual(message["params"]["version"], last or 0)
                    last, seen = message["params"]["version"], seen + 1
        self.assertLess(seen, versions)
        process.stdin.close()
        self.assertEqual(process.wait(PATIENCE_S), 1)


if __name__ == "__main__":
    if not os.path.exists(SERVER):
        print("skipped: NOODLE_LSP does not name the server's program")
        sys.exit(77)
    unittest.main()
