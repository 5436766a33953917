"""lsp_client: a language server client that keeps exact time.

One thread; a time is taken just before the first byte of a message is written and just after the read that completed an
answer, before it is decoded. Writing and reading alternate, so neither side can block the other with full pipes.
"""

import collections
import json
import os
import selectors
import subprocess
import tempfile
import time

ERROR = 1  # a severity; warnings and advice are not about syntax

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-8", "utf-16"]},
    "workspace": {"configuration": True, "applyEdit": True},
    "textDocument": {
        "synchronization": {"didSave": True},
        "publishDiagnostics": {"versionSupport": True, "relatedInformation": True, "dataSupport": True},
        "codeAction": {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "quickfix", "source.fixAll"]}},
                       "isPreferredSupport": True},
    },
}


class ServerDied(Exception):
    """The server ended; the text says how."""


class Client:
    def __init__(self, command, folder):
        self.folder = folder
        self.diagnostics = []  # (time, version or None, list of errors), in the order of arrival
        self._errors = tempfile.TemporaryFile()
        self._answers = {}
        self._next_id = 1
        self._bytes = b""
        self._unsent = collections.deque()  # memoryviews
        self.started = time.perf_counter()
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self._errors)
        self._in, self._out = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)
        self._reading = selectors.DefaultSelector()
        self._reading.register(self._out, selectors.EVENT_READ)
        self._both = selectors.DefaultSelector()
        self._both.register(self._out, selectors.EVENT_READ)
        self._both.register(self._in, selectors.EVENT_WRITE)

    # ---- messages ----

    def _send(self, message):
        """Returns the time before the first byte left."""
        body = json.dumps(dict(message, jsonrpc="2.0"), ensure_ascii=False).encode("utf-8", "surrogatepass")
        self._queue(body)
        begun = time.perf_counter()
        while self._unsent:
            self._turn(60.0)
        return begun

    def _queue(self, body):
        self._unsent.append(memoryview(b"Content-Length: %d\r\n\r\n" % len(body) + body))

    def _turn(self, timeout_s):
        """Waits for either pipe, moves what can be moved, files what came in. False: nothing happened in time."""
        ready = (self._both if self._unsent else self._reading).select(max(0.0, timeout_s))
        for key, _ in ready:
            if key.fd == self._in:
                self._write_some()
                continue
            chunk = os.read(self._out, 1 << 20)
            now = time.perf_counter()
            if not chunk:
                raise ServerDied(self._how_it_died())
            self._bytes += chunk
            while True:
                body = self._take_frame()
                if body is None:
                    break
                self._receive(now, json.loads(body))
        return bool(ready)

    def _write_some(self):
        first = self._unsent[0]
        try:
            rest = first[os.write(self._in, first):]
        except BrokenPipeError:
            raise ServerDied(self._how_it_died()) from None
        if rest:
            self._unsent[0] = rest
        else:
            self._unsent.popleft()

    def _take_frame(self):
        head, found, rest = self._bytes.partition(b"\r\n\r\n")
        if not found:
            return None
        length = next(int(line.split(b":")[1]) for line in head.split(b"\r\n")
                      if line.lower().startswith(b"content-length:"))
        if len(rest) < length:
            return None
        self._bytes = rest[length:]
        return rest[:length]

    def _receive(self, now, message):
        method = message.get("method")
        if method is None:
            self._answers[message["id"]] = (now, message)
        elif "id" in message:
            items = message.get("params", {}).get("items", [])
            result = [None] * len(items) if method == "workspace/configuration" else None
            if method == "workspace/applyEdit":
                result = {"applied": False}
            self._queue(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode())
        elif method == "textDocument/publishDiagnostics":
            params = message["params"]
            errors = [d for d in params["diagnostics"] if d.get("severity", ERROR) == ERROR]
            self.diagnostics.append((now, params.get("version"), errors))

    def _how_it_died(self):
        code = self.process.wait()
        self._errors.seek(0)
        said = self._errors.read()[-1000:].decode("utf-8", "replace").strip().splitlines()
        return f"exit {code}" + (f": {said[-1]}" if said else "")

    # ---- the conversation ----

    def begin(self, method, params):
        """A request whose answer is taken later, by its number."""
        number, self._next_id = self._next_id, self._next_id + 1
        self._send({"id": number, "method": method, "params": params})
        return number

    def answer(self, number):
        """(time answered, message), or None as long as there is none."""
        return self._answers.get(number)

    def request(self, method, params, timeout_s):
        """(time sent, time answered, message); the last two are None when no answer came in time."""
        number, self._next_id = self._next_id, self._next_id + 1
        begun = self._send({"id": number, "method": method, "params": params})
        end = begun + timeout_s
        while number not in self._answers:
            if not self._turn(end - time.perf_counter()) and time.perf_counter() >= end:
                return begun, None, None
        answered, message = self._answers.pop(number)
        return begun, answered, message

    def notify(self, method, params):
        return self._send({"method": method, "params": params})

    def initialize(self, timeout_s):
        """Milliseconds from the start of the process to the answer."""
        _, answered, message = self.request("initialize", {
            "processId": os.getpid(), "rootUri": f"file://{self.folder}", "capabilities": CAPABILITIES,
            "workspaceFolders": [{"uri": f"file://{self.folder}", "name": "bench"}]}, timeout_s)
        if answered is None or "error" in message:
            raise ServerDied("no answer to initialize" if answered is None else str(message["error"]))
        self.encoding = message["result"]["capabilities"].get("positionEncoding", "utf-16")
        self.notify("initialized", {})
        return 1000 * (answered - self.started)

    def wait_diagnostics(self, version, wanted, timeout_s, since=0):
        """The first published list for `version` that `wanted(list)` accepts, as (time, list), or None. A server that
        does not name versions is taken at its word: what comes after index `since` is for the newest text."""
        end = time.perf_counter() + timeout_s
        index = since
        while True:
            while index < len(self.diagnostics):
                now, of_version, found = self.diagnostics[index]
                index += 1
                if of_version in (version, None) and wanted(found):
                    return now, found
            left = end - time.perf_counter()
            if left <= 0:
                return None
            self._turn(left)

    def resident_mb(self):
        """Of the server and the processes that it started."""
        family, total_kb = {self.process.pid}, 0
        parents = {}
        for name in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
            except (OSError, IndexError):
                continue  # it ended while we looked
        grown = True
        while grown:
            children = {pid for pid, parent in parents.items() if parent in family} - family
            family |= children
            grown = bool(children)
        for pid in family:
            try:
                with open(f"/proc/{pid}/status", encoding="utf-8") as file:
                    total_kb += next((int(line.split()[1]) for line in file if line.startswith("VmRSS:")), 0)
            except OSError:
                continue
        return total_kb / 1024

    def stop(self):
        try:
            if self.process.poll() is None:
                self.request("shutdown", None, 5)
                self.notify("exit", None)
                self.process.wait(5)
        except (ServerDied, subprocess.TimeoutExpired):
            pass  # it is ended below
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reading.close()
        self._both.close()
        self.process.stdin.close()
        self.process.stdout.close()
        self._errors.close()
