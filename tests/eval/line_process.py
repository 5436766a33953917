"""line_process: a child process that answers each line on stdin with one line on stdout.

Serves both the program under test and the language parsers that judge it. A child that dies or is too slow is ended
and started afresh by the next question, so one bad case costs one answer.
"""

import os
import selectors
import subprocess
import tempfile
import time


class Died(Exception):
    """The child ended before it answered; the text says how."""


class TooSlow(Exception):
    """The child was ended because the answer did not come in time."""


class LineProcess:
    def __init__(self, command, env=None):
        self.command = command
        self.env = env
        self.child = None
        self._errors = None
        self._pending = b""

    def _start(self):
        self._errors = tempfile.TemporaryFile()
        self._pending = b""
        self.child = subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, env=self.env
        )
        os.set_blocking(self.child.stdin.fileno(), False)

    def _how_it_died(self):
        code = self.child.wait()
        self._errors.seek(0)
        said = self._errors.read()[-2000:].decode("utf-8", "replace").strip().splitlines()
        how = f"signal {-code}" if code < 0 else f"exit {code}"
        return f"{how}: {said[-1]}" if said else how

    def ask(self, line, timeout_s):
        """The answer to `line` (both bytes without the line end)."""
        if self.child is None:
            self._start()
        try:
            return self._exchange(line + b"\n", time.monotonic() + timeout_s)
        except Died:
            how = self._how_it_died()
            self.close()
            raise Died(how) from None
        except TooSlow:
            self.close()
            raise

    def _exchange(self, unsent, end):
        view = memoryview(unsent)
        stdin, stdout = self.child.stdin.fileno(), self.child.stdout.fileno()
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            selector.register(stdin, selectors.EVENT_WRITE)
            while True:
                ready = selector.select(max(0.0, end - time.monotonic()))
                if not ready:
                    raise TooSlow()
                for key, _ in ready:
                    if key.fd == stdin:
                        try:
                            view = view[os.write(stdin, view):]
                        except BrokenPipeError:
                            raise Died() from None
                        if not view:
                            selector.unregister(stdin)
                        continue
                    chunk = os.read(stdout, 1 << 20)
                    if not chunk:
                        raise Died()
                    self._pending += chunk
                    answer, found, rest = self._pending.partition(b"\n")
                    if found:
                        self._pending = rest
                        return answer

    def close(self):
        if self.child is None:
            return
        self.child.stdin.close()
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()
        self._errors.close()
        self.child = None
