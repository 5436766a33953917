"""What the black-box tests of the program share: running it, and a folder of files to run it on."""
import atexit
import ctypes.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ.get("NOODLE_LSP") and os.path.abspath(os.environ["NOODLE_LSP"])
SOURCE_DIR = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SANITIZED = bool(os.environ.get("NOODLE_SANITIZE"))

BROKEN_C = "int f(void) {\n    int x = 1\n    return x;\n}\n"
FIXED_C = "int f(void) {\n    int x = 1;\n    return x;\n}\n"
VALID_C = "int x;\n"
BROKEN_JSON = "[1 2]\n"
FIXED_JSON = "[1, 2]\n"


class Result:
    def __init__(self, process):
        self.code = process.returncode
        self.out_bytes = process.stdout
        self.err = process.stderr.decode("utf-8", "replace")

    @property
    def out(self):
        return self.out_bytes.decode("utf-8")

    def json(self):
        return json.loads(self.out)


# Nothing of earlier runs is known, and the user's own cache stays out of it.
CACHE_HOME = tempfile.mkdtemp(prefix="noodle-cli-cache-")
atexit.register(shutil.rmtree, CACHE_HOME, ignore_errors=True)


def keep_vulkan(env):
    """Under AddressSanitizer the software device's driver stays loaded to the end: with it would go what points to its
    memory, and that would be taken for lost."""
    driver = ctypes.util.find_library("vulkan_lvp")
    return {**env, "LD_PRELOAD": driver} if os.environ.get("NOODLE_SANITIZE") == "address" and driver else env


def environment(**changes):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NOODLE_SYNTAX_FIXER_")}
    kept["XDG_CACHE_HOME"] = CACHE_HOME
    kept.update(changes)
    return kept


class CliCase(unittest.TestCase):
    """Each test has an empty folder, which is its current one."""

    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="noodle-cli-")
        self.addCleanup(shutil.rmtree, self.folder)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, content):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def run_program(self, *arguments, input=b"", code=None, env=None, timeout=120, **more):
        if isinstance(input, str):
            input = input.encode("utf-8")
        env = env or environment()
        if "doctor" in arguments or "bench" in arguments or "--device" in arguments:
            env = keep_vulkan(env)
        result = Result(subprocess.run([PROGRAM, *arguments], input=input, stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, cwd=self.folder, env=env, timeout=timeout, **more))
        self.assertGreaterEqual(result.code, 0, f"{arguments} died by a signal: {result.err}")
        if code is not None:
            self.assertEqual(result.code, code, f"{arguments}: {result.err}{result.out_bytes[:2000]!r}")
        return result


def main():
    if not PROGRAM:
        print("NOODLE_LSP does not name the program")
        sys.exit(77)
    unittest.main(verbosity=1)
