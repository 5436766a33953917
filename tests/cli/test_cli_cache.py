"""The cache as a person meets it: what was checked is known, nothing wrong is ever said, and it can be seen, emptied and
done without."""
import json
import os
import shutil
import sqlite3
import stat
import subprocess
import unittest

import cli_case
from cli_case import BROKEN_C, BROKEN_JSON, VALID_C, CliCase


class Cache(CliCase):
    def setUp(self):
        super().setUp()
        self.home = self.path("cache-home")
        self.env = cli_case.environment(XDG_CACHE_HOME=self.home)

    def run_cached(self, *arguments, env=None, **more):
        return self.run_program(*arguments, env=env or self.env, **more)

    def database(self):
        folder = os.path.join(self.home, "noodle")
        return os.path.join(folder, next(name for name in os.listdir(folder) if name.endswith(".sqlite")))

    def number(self, name):
        text = self.run_cached("cache", "stats", code=0).out
        return int(next(line for line in text.splitlines() if line.startswith(name)).split()[1])

    def disk_says(self, word):
        """Whether some file of the cache holds it, whatever the database thinks of it."""
        folder = os.path.join(self.home, "noodle")
        says = False
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), "rb") as file:
                says |= word.encode() in file.read()
        return says

    def answer(self, text, env=None):
        line = json.dumps({"id": 1, "language": "json", "text": text}) + "\n"
        return self.run_cached("fix", "--jsonl", input=line, env=env, code=0).json()

    def test_the_second_time_is_the_first_again(self):
        self.write("src/a.c", BROKEN_C)
        self.write("src/b.json", BROKEN_JSON)
        self.write("src/c.c", VALID_C)
        first = self.run_cached("check", "--format", "json", "src", code=1).json()
        self.assertEqual(self.number("hits"), 0)
        entries = self.number("entries")
        self.assertGreaterEqual(entries, 3)
        second = self.run_cached("check", "--format", "json", "src", code=1).json()
        self.assertEqual(first["files"], second["files"])
        self.assertEqual((self.number("hits"), self.number("misses")), (3, 3))
        self.assertEqual(self.number("entries"), entries)
        self.assertEqual(first["files"], self.run_cached("check", "--no-cache", "--format", "json", "src", code=1).json()["files"])

    def test_answers_say_whether_they_were_known(self):
        first, second = self.answer("[1 2]"), self.answer("[1 2]")
        self.assertEqual((first["cached"], second["cached"]), (False, True))
        self.assertEqual((first["device"], second["device"]), ("cpu", None))
        for name in ("diagnostics", "fixes", "text"):
            self.assertEqual(first[name], second[name])
        self.assertFalse(self.answer("[1 2]", env=cli_case.environment(
            XDG_CACHE_HOME=self.home, NOODLE_SYNTAX_FIXER_CACHE_SIZE="0"))["cached"])

    def test_a_header_that_changes_is_noticed(self):
        self.write("p/a.c", "#include \"a.h\"\nint f(void) {\n    return 0 done\n}\n")
        self.write("p/b.c", VALID_C)
        self.write("p/a.h", "#define done ;\n")
        for _ in range(2):
            self.run_cached("check", "p", code=0)
        self.write("p/a.h", "#define dome ;\n")
        self.run_cached("check", "p", code=1)
        os.remove(self.path("p/a.h"))
        self.run_cached("check", "p", code=1)
        self.write("p/a.h", "#define done ;\n")
        self.run_cached("check", "p", code=0)

    def test_it_is_filled_and_emptied(self):
        self.write("src/a.c", VALID_C)
        self.write("src/b.json", BROKEN_JSON)
        self.assertIn("2 files analysed, 0 known already", self.run_cached("cache", "warm", "src", code=0).err)
        self.assertIn("0 files analysed, 2 known already", self.run_cached("cache", "warm", "src", code=0).err)
        self.assertIn("2 results forgotten", self.run_cached("cache", "clear", "--language", "json", code=0).err)
        self.assertIn("1 file analysed, 1 known already", self.run_cached("cache", "warm", "src", code=0).err)
        self.assertIn("0 results forgotten", self.run_cached("cache", "clear", "--older", "1h", code=0).err)
        self.assertIn("1 result forgotten", self.run_cached("cache", "clear", "--path", "src/a.c", code=0).err)
        self.run_cached("cache", "clear", code=0)
        self.assertEqual(self.number("entries"), 0)

    def test_a_file_of_equal_text_is_known_by_its_own_path(self):
        for name in ("a", "b"):
            self.write(f"src/{name}.json", BROKEN_JSON)
            self.run_cached("check", f"src/{name}.json", code=1)
        self.assertEqual((self.number("hits"), self.number("misses")), (1, 1))
        entries = self.number("entries")
        self.assertIn("0 results forgotten", self.run_cached("cache", "clear", "--path", "src/c.json", code=0).err)
        self.assertIn(f"{entries} results forgotten", self.run_cached("cache", "clear", "--path", "src/b.json", code=0).err)
        self.assertIn("1 file analysed, 0 known already", self.run_cached("cache", "warm", "src/a.json", code=0).err)

    def test_stats_say_when_it_is_forgotten(self):
        for strategy, ttl, expected in (("lru", "0", "lru; nothing is forgotten for its age"),
                                        ("ttl", "0", "ttl; nothing is forgotten for its age"),
                                        ("ttl", "70", "ttl; forgotten 70 s after it was made"),
                                        ("lfu", "80", "lfu; forgotten when it was not used for 80 s"),
                                        ("advanced", "90", "adaptive; forgotten when it was not used for 90 s")):
            env = cli_case.environment(XDG_CACHE_HOME=self.home, NOODLE_SYNTAX_FIXER_CACHE_STRATEGY=strategy,
                                       NOODLE_SYNTAX_FIXER_CACHE_TTL=ttl)
            out = self.run_cached("cache", "stats", env=env, code=0).out
            self.assertIn(f"\nstrategy    {expected}\n", out)

    def test_stats_say_what_went_and_why(self):
        env = cli_case.environment(XDG_CACHE_HOME=self.home, NOODLE_SYNTAX_FIXER_CACHE_SIZE="4")
        for i in range(20):
            self.write(f"src/{i}.json", f"[{i}]\n")
        self.run_cached("check", "src", env=env, code=0)
        out = self.run_cached("cache", "stats", env=env, code=0).out
        self.assertRegex(out, "\ngone        from memory: 16 for room, 0 for age\n"
                              "            from disk: 16 for room, 0 for age, 0 damaged, 0 cleared, 0 erased\n"
                              "dropped     0 before they were on disk, 0 before they were shared\n")

    def test_wrong_words(self):
        for arguments, message in (
                (("cache",), "cache takes one of stats, clear, warm"),
                (("cache", "fill"), "cache takes one of stats, clear, warm, not 'fill'"),
                (("cache", "stats", "x"), "cache stats takes no path ('x')"),
                (("cache", "clear", "x"), "cache clear takes no path ('x'); --path P selects one"),
                (("cache", "clear", "--older", "7"), "--older takes a time such as 90s, 30m, 12h or 7d, not '7'"),
                (("cache", "warm", "--older", "7d"), "--older belongs to cache clear"),
                (("cache", "stats", "--language", "c"), "--language belongs to cache clear and cache warm")):
            self.assertIn(message, self.run_cached(*arguments, code=2).err)

    def test_no_source_text_on_disk(self):
        secret = "[\"a_word_that_nobody_else_writes\" a_word_that_nobody_else_writes]"
        silent = cli_case.environment(XDG_CACHE_HOME=self.home, NOODLE_SYNTAX_FIXER_CACHE_SOURCE_TEXT="false")
        for _ in range(2):
            self.assertFalse(self.answer(secret, env=silent)["cached"])
        self.answer("[1]", env=silent)
        self.assertTrue(self.answer("[1]", env=silent)["cached"])
        self.assertFalse(self.disk_says("a_word_that_nobody"))

    def test_source_text_that_was_kept_goes(self):
        silent = cli_case.environment(XDG_CACHE_HOME=self.home, NOODLE_SYNTAX_FIXER_CACHE_SOURCE_TEXT="false")
        self.answer("[1]")
        self.answer("[\"a_word_that_nobody_else_writes\" a_word_that_nobody_else_writes]")
        self.assertTrue(self.disk_says("a_word_that_nobody"))
        self.assertTrue(self.answer("[1]", env=silent)["cached"])
        self.assertFalse(self.disk_says("a_word_that_nobody"))
        out = self.run_cached("cache", "stats", code=0).out
        self.assertRegex(out, "\n            from disk: .*, 1 erased\n")

    def test_nothing_is_left_of_what_was_forgotten(self):
        self.answer("[\"a_word_that_nobody_else_writes\" a_word_that_nobody_else_writes]")
        self.assertTrue(self.disk_says("a_word_that_nobody"))
        self.run_cached("cache", "clear", code=0)
        self.assertFalse(self.disk_says("a_word_that_nobody"))

    def test_only_the_user_can_read_it(self):
        self.answer("[1 2]")
        for name in (self.database(), os.path.join(self.home, "noodle", "lock")):
            self.assertEqual(stat.S_IMODE(os.stat(name).st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(os.stat(os.path.join(self.home, "noodle")).st_mode), 0o700)

    def test_a_damaged_file_is_left_for_a_new_one(self):
        self.answer("[1 2]")
        with open(self.database(), "r+b") as file:
            file.write(b"this is no database" * 1000)
        for name in ("-wal", "-shm"):
            os.remove(self.database() + name)
        first, second = self.answer("[1 2]"), self.answer("[1 2]")
        self.assertEqual((first["cached"], second["cached"]), (False, True))
        self.assertEqual(first["text"], "[1, 2]")

    def test_a_result_that_was_tampered_with_is_not_believed(self):
        self.answer("[1 2]")
        with sqlite3.connect(self.database()) as connection:
            connection.execute("UPDATE val SET v = x'4e5201'")
        answer = self.answer("[1 2]")
        self.assertEqual((answer["cached"], answer["text"]), (False, "[1, 2]"))

    def test_without_a_folder_there_is_one_line(self):
        self.write("file", "")
        self.write("a.json", BROKEN_JSON)
        env = cli_case.environment(XDG_CACHE_HOME=self.path("file"))
        result = self.run_cached("check", "a.json", env=env, code=1)
        self.assertEqual(result.err.count("results are kept in memory only"), 1)
        self.assertIn("[missing-token]", result.out)

    def test_a_file_that_may_not_grow_is_one_line(self):
        import resource
        self.write("a.json", BROKEN_JSON)
        for limit in (0, 512, 4096, 40000, 70000):
            shutil.rmtree(self.home, ignore_errors=True)
            for _ in range(2):
                result = self.run_cached("check", "a.json", code=1, preexec_fn=lambda: resource.setrlimit(
                    resource.RLIMIT_FSIZE, (limit, limit)))
                self.assertIn("[missing-token]", result.out)
                self.assertLessEqual(result.err.count("results are kept in memory only"), 1, result.err)
                self.assertLessEqual(result.err.count("\n"), 2, result.err)

    def test_two_commands_at_a_time(self):
        for i in range(60):
            self.write(f"src/{i}.json", f"[{i} {i}]\n")
        expected = self.run_cached("check", "--no-cache", "--format", "json", "src", code=1).json()["files"]
        runs = [subprocess.Popen([cli_case.PROGRAM, "check", "--format", "json", "src"], cwd=self.folder, env=self.env,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)]
        for run in runs:
            out, err = run.communicate(timeout=120)
            self.assertEqual(json.loads(out)["files"], expected)
            self.assertNotIn(b"kept", err)


if __name__ == "__main__":
    cli_case.main()
