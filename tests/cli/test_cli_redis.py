"""Results that machines share through a Redis server, each machine a cache folder of its own here."""
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import unittest

import cli_case
from cli_case import CliCase

TRIES = 50  # nobody waits longer than 10 ms for the server, which a machine that is busy may need


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Redis(CliCase):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.url = f"redis://:secret@127.0.0.1:{self.port}/1"
        self.server = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--requirepass", "secret"],
            cwd=self.folder, stdout=subprocess.DEVNULL)
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.kill)
        for _ in range(1000):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                time.sleep(0.01)
        self.fail("redis-server does not start")

    def answer(self, machine, *options, **variables):
        env = cli_case.environment(XDG_CACHE_HOME=self.path(machine), **variables)
        line = json.dumps({"id": 1, "language": "json", "text": "[1 2]"}) + "\n"
        return self.run_program("fix", "--jsonl", *options, input=line, env=env, code=0)

    def until_known(self, *options, **variables):
        for i in range(TRIES):
            answer = self.answer(f"machine{i}", *options, **variables).json()
            self.assertEqual(answer["text"], "[1, 2]")
            if answer["cached"]:
                return answer
        self.fail("what one machine knows, no other is told")

    def test_another_machine_knows(self):
        first = self.answer("first", "--redis", self.url).json()
        self.assertFalse(first["cached"])
        self.assertFalse(self.answer("alone").json()["cached"])
        again = self.until_known("--redis", self.url)
        for name in ("diagnostics", "fixes", "text"):
            self.assertEqual(first[name], again[name])
        self.until_known(NOODLE_SYNTAX_FIXER_REDIS_URL=self.url, NOODLE_SYNTAX_FIXER_DISTRIBUTED_CACHE="on")
        self.assertFalse(self.answer("off", NOODLE_SYNTAX_FIXER_REDIS_URL=self.url).json()["cached"])

    def test_what_was_shared_stays_when_the_server_goes(self):
        self.write("src/a.json", "[1 2]")
        for i in range(TRIES):
            env = cli_case.environment(XDG_CACHE_HOME=self.path(f"machine{i}"))
            self.run_program("check", "src/a.json", "--redis", self.url, env=env, code=1)
            out = self.run_program("cache", "stats", env=env, code=0).out
            if "Redis 1)" in out:
                break
        self.assertIn("Redis 1)", out)
        self.assertNotIn("\nentries     0 ", out)
        self.server.kill()
        self.server.wait()
        self.run_program("check", "src/a.json", env=env, code=1)
        self.assertIn("disk 1, Redis 1)", self.run_program("cache", "stats", env=env, code=0).out)
        # It is known by its path here.
        err = self.run_program("cache", "clear", "--path", "src/a.json", env=env, code=0).err
        self.assertRegex(err, "[1-9] results? forgotten")

    def test_source_text_is_not_put_on_disk_by_the_server(self):
        self.write("src/a.json", "[1 2]")
        self.run_program("check", "src/a.json", "--redis", self.url, code=1,
                         env=cli_case.environment(XDG_CACHE_HOME=self.path("first")))
        for i in range(TRIES):
            env = cli_case.environment(XDG_CACHE_HOME=self.path(f"silent{i}"), NOODLE_SYNTAX_FIXER_CACHE_SOURCE_TEXT="false")
            self.run_program("check", "src/a.json", "--redis", self.url, env=env, code=1)
            out = self.run_program("cache", "stats", env=env, code=0).out
            if "Redis 1)" in out:
                break
        self.assertIn("Redis 1)", out)
        self.run_program("check", "src/a.json", env=env, code=1)
        self.assertIn("disk 0, Redis 1)", self.run_program("cache", "stats", env=env, code=0).out)

    def test_stats(self):
        env = cli_case.environment(XDG_CACHE_HOME=self.path("home"))
        self.until_known("--redis", self.url)
        out = self.run_program("cache", "stats", "--redis", self.url, env=env, code=0).out
        self.assertRegex(out, rf"\nRedis       127\.0\.0\.1:{self.port}, database 1: (ready|resting)\n")
        self.assertNotIn("secret", out)

    def test_without_the_server_all_is_as_before(self):
        self.server.kill()
        self.server.wait()
        result = self.answer("first", "--redis", self.url)
        self.assertEqual(result.json()["text"], "[1, 2]")
        self.assertLessEqual(result.err.count("\n"), 1)
        self.assertNotIn("secret", result.err)
        self.assertTrue(self.answer("first", "--redis", self.url).json()["cached"])


if __name__ == "__main__":
    if not shutil.which("redis-server"):
        sys.exit(1 if "CI" in os.environ else 77)  # a test machine has one
    cli_case.main()
