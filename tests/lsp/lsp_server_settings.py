#!/usr/bin/env python3
"""What .noodle.json and the editor set takes effect in the server, though it knows them only when it runs: the encoder's
devices and their limits, thresholds and switches, and the cache."""
import json
import os
import re
import select
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cli"))
import lsp_transports
from cli_case import keep_vulkan
from lsp_transports import frame, parse

SERVER = os.environ.get("NOODLE_LSP", "")
PATIENCE_S = 60
BROKEN = "def f(a, b:\n    return a\n"
WAYS = ("file", "options", "configuration", "change")  # how a setting arrives


class Settings(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="noodle-lsp-")
        self.addCleanup(folder.cleanup)
        self.folder, self.number = folder.name, 0
        self.root = os.path.join(self.folder, "root")
        os.mkdir(self.root)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, settings):
        with open(os.path.join(self.root, ".noodle.json"), "w", encoding="utf-8") as file:
            json.dump(settings, file)

    def start(self, *arguments, options=None, configuration=None, **variables):
        """A server after `initialized`, and after it was told its configuration."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NOODLE_SYNTAX_FIXER_")}
        environment.update({f"NOODLE_SYNTAX_FIXER_{name}": value for name, value in variables.items()},
                           XDG_CACHE_HOME=self.path("cache"))
        self.errors = open(self.path("stderr"), "w+b")
        self.addCleanup(self.errors.close)
        self.process = subprocess.Popen([SERVER, "serve", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, env=keep_vulkan(environment))
        self.addCleanup(lsp_transports.Wires.end, self.process)
        self.data, self.messages = b"", []
        capabilities = {"workspace": {"configuration": configuration is not None}}
        self.request("initialize", {"processId": None, "rootUri": f"file://{self.root}", "capabilities": capabilities,
                                    "initializationOptions": options})
        self.send({"method": "initialized", "params": {}})
        if configuration is not None:
            asked = self.wait(lambda message: message.get("method") == "workspace/configuration")
            self.send({"id": asked["id"], "result": [configuration]})

    def start_by(self, way, settings, *arguments, **variables):
        self.write(settings if way == "file" else {})
        self.start(*arguments, options=settings if way == "options" else None,
                   configuration={"noodle": settings} if way == "configuration" else None, **variables)
        if way == "change":
            self.send({"method": "workspace/didChangeConfiguration", "params": {"settings": {"noodle": settings}}})

    def stop(self):
        self.request("shutdown", None)
        self.send({"method": "exit"})
        code = self.process.wait(PATIENCE_S)
        self.errors.seek(0)
        self.assertEqual(code, 0, self.errors.read().decode("utf-8", "replace")[-4000:])

    def send(self, message):
        self.process.stdin.write(frame(message))
        self.process.stdin.flush()

    def wait(self, wanted):
        end = time.monotonic() + PATIENCE_S
        while True:
            for message in self.messages:
                if wanted(message):
                    self.messages.remove(message)
                    return message
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, end - time.monotonic()))
            self.assertTrue(ready, "what was waited for never came")
            more = os.read(self.process.stdout.fileno(), 1 << 20)
            self.assertTrue(more, "the server ended")
            messages, self.data = parse(self.data + more)
            self.messages += messages

    def request(self, method, params):
        self.number += 1
        number = self.number
        self.send({"id": number, "method": method, "params": params})
        answer = self.wait(lambda message: message.get("id") == number and "method" not in message)
        return answer["result"]

    def status(self):
        return self.request("noodle/status", {})

    def status_when(self, wanted):
        end = time.monotonic() + PATIENCE_S
        while not wanted(status := self.status()):
            self.assertLess(time.monotonic(), end, status)
            time.sleep(0.02)
        return status

    def change_file(self, settings):
        self.write(settings)
        self.send({"method": "workspace/didChangeWatchedFiles",
                   "params": {"changes": [{"uri": f"file://{self.root}/.noodle.json", "type": 2}]}})

    def repair(self, name, text=BROKEN):
        """Opens a document, and closes it once its repair is there: whether the result was known."""
        uri = f"file://{self.root}/{name}"
        place = {"line": 0, "character": 10}
        self.send({"method": "textDocument/didOpen", "params": {"textDocument": {
            "uri": uri, "languageId": "python", "version": 1, "text": text}}})
        actions = self.request("textDocument/codeAction", {"textDocument": {"uri": uri}, "context": {"diagnostics": []},
                                                           "range": {"start": place, "end": place}})
        self.assertTrue(actions)
        cached = self.status()["documents"][0]["cached"]
        self.send({"method": "textDocument/didClose", "params": {"textDocument": {"uri": uri}}})
        return cached

    def assert_known(self, name):
        """Results are kept after they are shown: the first who asks again may come too soon."""
        self.assertTrue(any(self.repair(name) for _ in range(20)))

    # ---- the encoder ----

    def test_the_model_is_made_before_it_is_wanted(self):
        self.start("--device", "cpu")
        self.status_when(lambda status: status["optimizer"])
        self.stop()

    def test_switches_and_thresholds(self):
        settings = {"quantizationEnabled": False, "batchSizeAuto": False, "gpuAcceleration": False,
                    "memoryThreshold": 0.000001, "cpuThreshold": 0.000001, "autoOptimization": True}

        def applied(status):
            """Or asks once more: settings wait for the next request, thresholds for the next sample of the machine."""
            optimizer = status["optimizer"]
            if (optimizer and optimizer["memorySteps"] and optimizer["devices"][0]["precision"] == "fp32" and
                    all(optimizer[name] == settings[name] for name in
                        ("quantizationEnabled", "batchSizeAuto", "gpuAcceleration", "autoOptimization"))):
                return True
            self.repair("a.py")
            return False

        for way in WAYS[:3]:
            with self.subTest(way):
                self.start_by(way, settings, "--device", "cpu", CACHE_SIZE="0")
                self.status_when(applied)
                self.stop()
        self.start_by("file", {"autoOptimization": False, "memoryThreshold": 0.000001}, "--device", "cpu", CACHE_SIZE="0")
        self.repair("a.py")
        optimizer = self.status_when(lambda status: status["optimizer"])["optimizer"]
        self.assertEqual(optimizer["memorySteps"], 0)
        self.assertEqual(optimizer["devices"][0]["precision"], "int8")
        self.stop()

    def forgive_driver(self):
        """A device that is given up may still be at work when the process ends: what its driver holds then is not lost."""
        path = self.path("driver.supp")
        with open(path, "w", encoding="utf-8") as file:
            file.write("leak:libvulkan_lvp\n")
        return {"LSAN_OPTIONS": f"suppressions={path}:print_suppressions=0"}

    def test_limits_of_a_gpu(self):
        listed = subprocess.run([SERVER, "doctor", "--device", "vulkan:0"], stdin=subprocess.DEVNULL, capture_output=True,
                                env=keep_vulkan(os.environ), text=True, check=True).stdout
        if "  vulkan:0  " not in listed:
            self.assertNotIn("CI", os.environ, "a test machine has a Vulkan device (Debian: mesa-vulkan-drivers)")
            self.skipTest("there is no Vulkan device")
        for way in WAYS[:3]:
            for settings, problem in (({"gpuMemoryLimit": 1}, "of 1.0 MB that it may use"),
                                      ({"gpuMemoryFraction": 0.00001}, "MB that it may use"),
                                      ({"gpuTimeout": 1}, "within 1 ms")):
                given_up = self.forgive_driver() if "gpuTimeout" in settings else {}
                with self.subTest(way, settings=settings), unittest.mock.patch.dict(os.environ, given_up):
                    self.start_by(way, settings, "--device", "vulkan:0")
                    status = self.status_when(lambda status: status["optimizer"] and
                                              status["optimizer"]["devices"][1]["failures"])
                    self.assertIn(problem, status["optimizer"]["devices"][1]["problem"])
                    self.stop()

    # ---- the cache ----

    def test_a_cache_is_made_and_left(self):
        kept = lambda: os.path.exists(self.path("cache", "noodle")) and os.listdir(self.path("cache", "noodle"))
        self.write({"cacheSize": 0})
        self.start("--model", "none")
        self.assertFalse(self.repair("a.py"))
        self.assertIsNone(self.status()["cache"])
        self.assertFalse(kept())
        self.change_file({"cacheDiskLimit": 0})
        self.assertFalse(self.repair("a.py"))
        self.assert_known("b.py")
        self.assertFalse(kept())
        self.change_file({"cacheDiskLimit": 8}) # another one, with a disk
        self.assertFalse(self.repair("a.py"))
        self.assert_known("b.py")
        self.status_when(lambda status: status["cache"]["diskEntries"] > 0)
        self.assertTrue(kept())
        self.change_file({"cacheSize": 0, "cacheDiskLimit": 8})
        self.assertFalse(self.repair("b.py"))
        self.assertIsNone(self.status()["cache"])
        self.change_file({"cacheDiskLimit": 8}) # the same once more
        self.assert_known("b.py")
        self.change_file({"cacheDiskLimit": 0})
        self.assertFalse(self.repair("b.py"))
        self.stop()
        self.write({})
        self.start("--model", "none")
        self.assert_known("b.py") # from the disk
        self.stop()

    def disk_says(self, word):
        folder = self.path("cache", "noodle")
        says = False
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as file:
                says |= word in file.read()
        return says

    def test_source_text_goes_when_it_is_not_to_be_kept(self):
        word, silent = b"a_word_that_nobody", {"cacheSourceText": False}
        text = BROKEN + "if a_word_that_nobody a_word_that_nobody:\n    pass\n"
        for way in ("file", "change"):
            with self.subTest(way):
                self.write({})
                self.start("--model", "none")
                self.repair("a.py", text)
                self.status_when(lambda status: self.disk_says(word))
                if way == "file":
                    self.change_file(silent)
                else:
                    self.send({"method": "workspace/didChangeConfiguration", "params": {"settings": {"noodle": silent}}})
                self.status_when(lambda status: not self.disk_says(word))
                self.repair("b.py", text.replace("nobody", "nobody_knows"))
                self.stop()
                self.assertFalse(self.disk_says(word))

    def test_the_editor_has_a_say(self):
        for way in WAYS[1:]:
            with self.subTest(way):
                self.start_by(way, {"cacheSize": 0}, "--model", "none", CACHE_SIZE="50")
                self.assertFalse(self.repair("a.py"))
                self.assertFalse(self.repair("a.py"))
                self.assertIsNone(self.status()["cache"])
                self.stop()
        self.start_by("change", {"cacheSize": 1000, "cacheDiskLimit": 0}, "--model", "none", CACHE_SIZE="0")
        self.assertFalse(self.repair("a.py"))
        self.assert_known("a.py")
        self.send({"method": "workspace/didChangeConfiguration", "params": {"settings": {"noodle": {
            "cacheSize": 900, "cacheDiskLimit": 0}}}})
        self.assert_known("a.py")
        self.stop()

    def test_a_limit_counts(self):
        self.start_by("options", {"cacheSize": 2, "cacheDiskLimit": 0, "cacheStrategy": "lru"}, "--model", "none")
        for name in "ghijk":
            self.repair("a.py", BROKEN.replace("f(", f"{name}("))
        cache = self.status()["cache"]
        self.assertLessEqual(cache["entries"], 2)
        self.assertGreater(cache["lost"]["memory"]["evicted"], 0)
        self.stop()

    def test_no_good(self):
        self.start_by("options", {"cacheSize": "many"}, "--model", "none")
        told = self.wait(lambda message: message.get("method") == "window/logMessage")["params"]["message"]
        self.assertEqual(told, "setting noodle.cacheSize is \"many\"; it takes a number of entries from 0 (no cache) to "
                               "100000000 and keeps its value")
        self.assertIsNotNone(self.status()["cache"])
        self.stop()

    def test_a_folder_sends_nothing_elsewhere(self):
        nowhere = "redis://127.0.0.1:9"
        self.write({"distributedCache": True, "redisUrl": nowhere, "REDIS_URL": nowhere})
        self.start("--model", "none", options={"distributedCache": True, "redisUrl": nowhere}, REDIS_URL=nowhere)
        self.repair("a.py")
        cache = self.status()["cache"]
        self.assertEqual((cache["redisState"], cache["redisFailures"]), ("off", 0))
        self.wait(lambda message: message.get("method") == "window/logMessage" and
                  ".noodle.json: distributedCache is true; it takes false" in message["params"]["message"])
        self.wait(lambda message: message.get("method") == "window/logMessage" and
                  "setting noodle.distributedCache is true; it takes false" in message["params"]["message"])
        self.stop()

    # ---- measuring ----

    def test_measuring(self):
        for way in WAYS:
            with self.subTest(way):
                self.start_by(way, {"performanceMonitoring": False}, "--model", "none", CACHE_SIZE="0")
                self.repair("a.py")
                stages = self.status()["stages"]
                self.assertNotIn("parse", stages)
                self.assertTrue(way == "change" or re.fullmatch("(decode,loop)?", ",".join(stages)), stages)
                self.stop()
        self.start("--model", "none", CACHE_SIZE="0")
        self.repair("a.py")
        self.assertIn("parse", self.status()["stages"])
        self.assertGreater(self.status()["stages"]["loop"]["count"], 0)
        self.stop()


if __name__ == "__main__":
    if not os.path.exists(SERVER):
        print("skipped: NOODLE_LSP does not name the server's program")
        sys.exit(77)
    unittest.main()
