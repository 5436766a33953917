"""What the program says about itself: help, man page, completions, version, doctor, tokens, and its answers to wrong
usage and wrong settings."""
import functools
import json
import os
import re
import shutil
import struct
import subprocess
import unittest

import cli_case
from cli_case import BROKEN_C, SOURCE_DIR, CliCase

COMMANDS = ["serve", "check", "fix", "tokens", "cache", "doctor", "bench", "version", "help"]


def read_source(*names):
    with open(os.path.join(SOURCE_DIR, *names), encoding="utf-8") as file:
        return file.read()


class Table(CliCase):
    """Help is printed from the table of options, so that the other texts can be held against it."""

    @functools.cache
    def options_of(self, command):
        text = self.run_program("help", command, code=0).out
        part = text.split("\nOptions:\n")[1].split("\nExamples:\n")[0]
        return re.findall(r"^  (--[A-Za-z-]+)(?: (\S+))?", part, re.M)

    def all_options(self):
        return {name for command in COMMANDS for name, _ in self.options_of(command)}

    def test_every_command_is_listed(self):
        out = self.run_program("help", code=0).out
        self.assertEqual(re.findall(r"^  (\w+)  +\w", out.split("Commands:\n")[1].split("\n\n")[0], re.M), COMMANDS)
        self.assertEqual(self.run_program("--help", code=0).out, out)
        for command in COMMANDS:
            text = self.run_program(command, "--help", code=0).out
            self.assertEqual(self.run_program("help", command, code=0).out, text)
            self.assertEqual(self.run_program(command, "-h", code=0).out, text)
            self.assertIn(f"Usage: noodle-lsp {command} ", text)
            self.assertIn("\nExamples:\n  ", text)
            self.assertLessEqual(max(map(len, text.splitlines())), 110)

    def test_man_page(self):
        page = read_source("cli", "noodle-lsp.1").replace("\\-", "-")
        for name in self.all_options():
            self.assertRegex(page, re.escape(name) + r"(?![A-Za-z-])", name)
        described = set(re.findall(r"^(?:\.B|\.BR|\\fB) ?(--[A-Za-z-]+)", page, re.M))
        self.assertEqual(described - {"--"}, self.all_options())
        for command in COMMANDS:
            self.assertIn(f"\n.B {command}\n", page)

    def commands_of(self, option):
        return {command for command in COMMANDS if option in dict(self.options_of(command))}

    def test_readme_has_every_option_with_its_commands(self):
        rows = re.findall(r"^\| ((?:`--[^`]+`(?:, )?)+) \| ([a-z, ]+) \|", read_source("README.md"), re.M)
        named = {}
        for options, commands in rows:
            for option in re.findall(r"`(--[A-Za-z-]+)(?: ([A-Z]+))?`", options):
                self.assertNotIn(option[0], named)
                named[option[0]] = option[1]
                wanted = set(COMMANDS) if commands == "every command" else set(commands.split(", "))
                self.assertEqual(self.commands_of(option[0]), wanted, option[0])
        self.assertEqual(named, {name: value for command in COMMANDS for name, value in self.options_of(command)})

    def test_man_page_has_every_option_with_its_value(self):
        page = read_source("cli", "noodle-lsp.1").replace("\\-", "-")
        values = {name: value for command in COMMANDS for name, value in self.options_of(command)}
        for name, value in values.items():
            if value:
                self.assertIn(f"\n\\fB{name}\\fR \\fI{value}\\fR\n", page, name)
            else:
                self.assertRegex(page, rf"\n\.BR? {name}( |\n)")

    def test_languages_are_the_same_everywhere(self):
        ids = self.run_program("help", code=0).out.split("Languages: ")[1].splitlines()[0].split(", ")
        doctor = self.run_program("doctor", code=0).out
        files = dict(re.findall(r"^  (\w+) +(\S.*); ABI \d+$", doctor, re.M))
        self.assertEqual(list(files), ids)
        page = read_source("cli", "noodle-lsp.1")
        self.assertIn(f"takes: {', '.join(ids)}.\n", page)
        rows = re.findall(r"^\| [^|]+ \| ((?:`\w+`(?:, )?)+) \| (`.+) \|$", read_source("README.md").split("## Languages")[1]
                          .split("## ")[0], re.M)
        self.assertEqual({one for row, _ in rows for one in re.findall(r"`(\w+)`", row)}, set(ids))
        for row, names in rows:
            known = " ".join(files[one] for one in re.findall(r"`(\w+)`", row)).replace("*", "").split()
            for name in re.findall(r"`([^`]+)`", names):
                self.assertIn(name, known, row)
        for place in (("editors", "neovim", "noodle.lua"), ("editors", "vscode", "README.md")):
            for one in ids:
                self.assertRegex(read_source(*place), rf"['\"]{one}['\"]", place)

    def test_settings_are_the_same_everywhere(self):
        """The tables of both sources, README and man page have the same keys and variables."""
        both = re.findall(r'^    \{"([A-Z_]+)", (?:"(\w+)"|NULL), ', read_source("cli", "preferences.c"), re.M)
        variables, keys = {one for one, _ in both}, {key for _, key in both if key}
        keys |= set(re.findall(r'^    \{"(\w+)", set_', read_source("lsp", "settings.c"), re.M))
        table = read_source("README.md").split("## Configuration")[1].split("\n\nEditors send")[0]
        rows = re.findall(r"^\| ([^|]*?) ?\| ([^|]*?) ?\|", table, re.M)[1:]
        self.assertEqual({key for row, _ in rows for key in re.findall(r"`(\w+)`", row)}, keys)
        self.assertEqual({name for _, row in rows for name in re.findall(r"`(\w+)`", row)}, variables)
        page = read_source("cli", "noodle-lsp.1")
        described = {name for line in re.findall(r"^\.TP\n\.BR? (NOODLE_.*)$", page, re.M)
                     for name in re.findall(r"NOODLE_SYNTAX_FIXER_([A-Z_]+)", line)}
        self.assertEqual(described, variables)
        doctor = self.run_program("doctor", "--model", "none", code=0).out
        for key in keys - {"maxWorkers"}:  # which doctor calls threads
            self.assertRegex(doctor, rf"(?m)^  (.*, )?{key} ")
        for _, key in both:
            self.assertTrue(not key or re.search(rf"\b{key}\b", page.split(".SH ENVIRONMENT")[1]), key)

    def test_examples_of_help_work(self):
        """Each example is a command that the program understands: it runs, in a folder with such files."""
        self.write("src/main.c", BROKEN_C)
        self.write("main.c", BROKEN_C)
        self.write("a.py", "x = 1\n")
        self.write("broken.json", cli_case.BROKEN_JSON)
        texts = [self.run_program("help", command, code=0).out for command in COMMANDS if command != "serve"]
        examples = [line.strip() for text in texts for line in text.split("Examples:\n")[1].splitlines()
                    if re.match(r"  \S", line)]
        self.assertGreater(len(examples), 12)
        link = self.path("noodle-lsp")
        os.symlink(cli_case.PROGRAM, link)
        env = cli_case.environment()
        env["PATH"] = self.folder + ":" + env["PATH"]
        env["GIT_CEILING_DIRECTORIES"] = self.folder
        for example in examples:
            example = example.replace("git show HEAD:a.py", "cat a.py")
            done = subprocess.run(["bash", "-c", example], cwd=self.folder, env=cli_case.keep_vulkan(env), timeout=120,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.assertIn(done.returncode, (0, 1), f"{example}: {done.stderr!r}")

    def test_man_page_has_no_mistakes(self):
        try:
            process = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", "cli/noodle-lsp.1"], cwd=SOURCE_DIR,
                                     stderr=subprocess.PIPE)
        except FileNotFoundError:
            self.skipTest("groff is not installed")
        self.assertEqual((process.returncode, process.stderr), (0, b""))

    def test_completions_of_zsh_and_fish(self):
        zsh = read_source("cli", "completions", "_noodle-lsp")
        self.assertEqual(set(re.findall(r"(--[A-Za-z-]+)\[", zsh)), self.all_options())
        fish = read_source("cli", "completions", "noodle-lsp.fish")
        self.assertEqual({"--" + name for name in re.findall(r"^complete .* -l ([A-Za-z-]+)", fish, re.M)}, self.all_options())
        for command in COMMANDS:
            self.assertIn(f"'{command}:", zsh)
            self.assertIn(f"-a {command} -d", fish)

    def test_completions_of_fish_at_work(self):
        if not shutil.which("fish"):
            self.skipTest("fish is not installed")
        for command in COMMANDS:
            line = f'source cli/completions/noodle-lsp.fish; complete -C "noodle-lsp {command} --"'
            done = subprocess.run(["fish", "--no-config", "-c", line], cwd=SOURCE_DIR, stdout=subprocess.PIPE, check=True, text=True,
                                  env=cli_case.environment(HOME=self.folder))
            self.assertEqual({one.split("\t")[0] for one in done.stdout.splitlines()}, set(dict(self.options_of(command))), command)

    def test_completions_of_zsh_name_the_options_of_each_command(self):
        text = read_source("cli", "completions", "_noodle-lsp")
        lists = {name: set(re.findall(r"(--[A-Za-z-]+)\[", body)) | {"$" + one for one in re.findall(r"\$(\w+)\n", body)}
                 for name, body in re.findall(r"^    (\w+)=\((.*?)\)\n(?=    \w+=|\n)", text, re.M | re.S)}

        def options(words):
            found = set()
            for name in re.findall(r"\$(\w+)", words):
                found |= {one for one in lists[name] if one[0] != "$"} | options(" ".join(one for one in lists[name] if one[0] == "$"))
            return found | set(re.findall(r"'(--[A-Za-z-]+)\[", words))
        rows = dict(re.findall(r"^        (\w+)\) _arguments (.*) ;;$", text, re.M))
        for command in COMMANDS:
            if command in ("version", "help"):
                continue
            self.assertEqual(options(rows[command]), set(dict(self.options_of(command))), command)

    def complete(self, *words):
        script = ('source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); '
                  'compopt() { :; }; _noodle_lsp noodle-lsp "${@: -1}" "${@: -2:1}"; printf "%s\\n" "${COMPREPLY[@]}"')
        process = subprocess.run(["bash", "-c", script, "bash", "cli/completions/noodle-lsp.bash", "noodle-lsp", *words],
                                 cwd=SOURCE_DIR, stdout=subprocess.PIPE, check=True, text=True)
        return set(process.stdout.split())

    def test_completions_of_bash(self):
        self.assertEqual(self.complete(""), set(COMMANDS))
        self.assertEqual(self.complete("ch"), {"check"})
        for command in COMMANDS:
            self.assertEqual(self.complete(command, "--"), {name for name, _ in self.options_of(command)}, command)
        self.assertEqual(self.complete("check", "--format", ""), {"text", "json", "sarif", "github"})
        ids = self.run_program("help", code=0).out.split("Languages: ")[1].splitlines()[0].split(", ")
        self.assertEqual(self.complete("check", "--language", ""), set(ids))


class Usage(CliCase):
    def check_refused(self, arguments, message):
        result = self.run_program(*arguments, code=2)
        self.assertEqual((result.out, result.err), ("", f"noodle-lsp: {message}\n"))

    def test_one_line_and_exit_2(self):
        self.check_refused(["chekc"], "unknown command 'chekc'; did you mean 'check'?")
        self.check_refused(["fix", "--wriet"], "unknown option '--wriet'; did you mean '--write'?")
        self.check_refused(["check", "-"], "- (standard input) has no name: add --language L")
        self.check_refused(["check", "--device", "vulkan:x", "."],
                           "--device takes auto, cpu, vulkan or vulkan:N with N from 0 to 99, not 'vulkan:x'")
        self.check_refused(["fix", "--redis", "redis://localhost:0", "."],
                           "--redis: the host or port is none; it takes redis[s]://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE][?ca=FILE]")
        for command in ("worker", "stats", "report"):
            self.assertIn(f"unknown command '{command}'", self.run_program(command, code=2).err)

    def test_what_this_build_does_is_accepted(self):
        self.write("a.c", BROKEN_C)
        self.run_program("check", "--device", "cpu", "--precision", "fp32", "--model", "none", "--no-cache", code=1)

    def test_version(self):
        for word in ("version", "--version"):
            self.assertRegex(self.run_program(word, code=0).out, r"\Anoodle-lsp \d+\.\d+\.\d+\n\Z")

    def test_closed_standard_files(self):
        self.write("a.c", BROKEN_C)
        process = subprocess.run(["sh", "-c", '"$0" check a.c >&- 2>&- <&-', cli_case.PROGRAM], cwd=self.folder,
                                 env=cli_case.environment())
        self.assertEqual(process.returncode, 1)
        self.assertEqual(self.read("a.c").decode(), BROKEN_C)


class Settings(CliCase):
    def test_doctor(self):
        self.write(".noodle.json", '{"latencyDiagnostics": "always", "colour": 1}')
        env = cli_case.environment(NOODLE_SYNTAX_FIXER_MAX_WORKERS="3", NOODLE_SYNTAX_FIXER_GPU_TIMEOUT="20000",
                                   NOODLE_SYNTAX_FIXER_METRICS_RETENTION="1")
        out = self.run_program("doctor", code=0, env=env).out
        for expected in (r"^noodle-lsp  \d+\.\d+\.\d+, compiled with (gcc|clang) ", r"^  python +\*\.py .*; ABI 1\d$",
                         r"^cores       \d+", r"^memory      \d+", r"^input       a pipe$", r"^output      a pipe$",
                         r"^  threads 3, ", r"latencyDiagnostics always", r"^  from \./\.noodle\.json: latencyDiagnostics$",
                         r"^  from NOODLE_SYNTAX_FIXER_MAX_WORKERS=3$",
                         r"^  from NOODLE_SYNTAX_FIXER_METRICS_RETENTION: no effect in this build$", r"gpuTimeout 20000 ms$",
                         r"^  wrong: \./\.noodle\.json: colour is no setting; ignored$", r"^encoder     shipped: \d+ layers of width \d+",
                         r"^device      .+$", r"^  cpu       .+\n            a window of 64 tokens: fp32 [0-9.]+ ms, ",
                         r"^  vulkan(:0)? "):
            self.assertRegex(out, re.compile(expected, re.M))
        self.assertNotIn("plan  ", out)
        os.remove(self.path(".noodle.json"))
        self.assertIn("all of them defaults", self.run_program("doctor", code=0).out)

    def test_doctor_explains_the_plan(self):
        out = self.run_program("doctor", "--plan", "--device", "cpu", code=0).out
        for expected in (r"^  gpuAcceleration true, batchSizeAuto true, quantizationEnabled true, autoOptimization true$",
                         r"^  memoryThreshold 0.8, cpuThreshold 0.9$",
                         r"^plan        memory \d+ % in use, batches halved \d times; processors \d+ % in use, threads halved",
                         r"^  .+ int8: ready; 1 window [\d.]+ ms, 8 [\d.]+ ms, 64 [\d.]+ ms$",
                         r"^  a keystroke: 1 window of 128 tokens within 50 ms: .+ int8 \([\d.]+ ms\): there is no other device$",
                         r"^  a folder: 64 windows of 128 tokens: "):
            self.assertRegex(out, re.compile(expected, re.M))
        env = cli_case.environment(NOODLE_SYNTAX_FIXER_QUANTIZATION_ENABLED="false",
                                   NOODLE_SYNTAX_FIXER_AUTO_OPTIMIZATION="off", NOODLE_SYNTAX_FIXER_MEMORY_THRESHOLD="1.5")
        out = self.run_program("doctor", "--plan", "--device", "cpu", code=0, env=env).out
        self.assertRegex(out, re.compile(r"^  .+ fp32: ready; 1 window [\d.]+ ms", re.M))
        self.assertIn("quantizationEnabled false, autoOptimization false", out)
        self.assertIn("wrong: NOODLE_SYNTAX_FIXER_MEMORY_THRESHOLD is '1.5'; it takes a number above 0, up to 1; ignored", out)
        self.assertIn("batches halved 0 times", out)
        self.assertNotIn("plan  ", self.run_program("doctor", "--plan", "--model", "none", code=0).out)

    def test_wrong_values_are_named_once(self):
        env = cli_case.environment(NOODLE_SYNTAX_FIXER_MAX_WORKERS="lots", NOODLE_SYNTAX_FIXER_MAX_WORKRES="1")
        result = self.run_program("check", code=0, env=env)
        self.assertEqual(result.err.count("NOODLE_SYNTAX_FIXER_MAX_WORKERS is 'lots'; it takes a whole number from 1 to "
                                          "256; ignored\n"), 1)
        self.assertEqual(result.err.count("NOODLE_SYNTAX_FIXER_MAX_WORKRES is no setting; did you mean "
                                          "NOODLE_SYNTAX_FIXER_MAX_WORKERS; ignored\n"), 1)


class Tokens(CliCase):
    def tokens(self, data, language, *arguments):
        result = self.run_program("tokens", "--language", language, *arguments, input=data, code=0)
        header, *tokens = [json.loads(line) for line in result.out.splitlines()]
        return header, tokens

    def test_header_and_members(self):
        header, tokens = self.tokens(b'if x:\n\ty = "a\n', "python")
        self.assertEqual(header["format"], "noodle-tokens")
        self.assertEqual((header["language"], header["size_bytes"]), ("python", 14))
        self.assertGreaterEqual(header["lexer_version"], 1)
        self.assertEqual([token["text"] for token in tokens], ["if", "x", ":", "y", "=", '"', "a"])
        self.assertEqual([token["kind"] for token in tokens],
                         ["word", "word", "operator", "word", "operator", "quote", "word"])
        self.assertEqual(tokens[0]["flags"], ["keyword", "line_start"])
        self.assertGreater(tokens[0]["literal"], 0)
        self.assertEqual((tokens[3]["line"], tokens[3]["column"], tokens[3]["indent"]), (1, 8, 8))

    def test_any_bytes(self):
        data = bytes(range(256)) * 40
        header, tokens = self.tokens(data, "c")
        end = 0
        for token in tokens:
            self.assertLessEqual(end, token["start_byte"])
            self.assertLess(token["start_byte"], token["end_byte"])
            self.assertEqual(data[end:token["start_byte"]].strip(b" \t\n\r\v\f"), b"")  # only gaps between tokens
            end = token["end_byte"]
        self.assertLessEqual(end, len(data))

    def test_file_by_name(self):
        self.write("a.json", "[1]")
        result = self.run_program("tokens", "a.json", code=0)
        self.assertEqual(len(result.out.splitlines()), 4)
        self.assertIn("missing.c: cannot open", self.run_program("tokens", "missing.c", code=2).err)

    def test_features(self):
        texts = [b"def f(x):\n  retrun (x # why\n", b"x = 1\n", b""]
        frames = b"".join(struct.pack("<II", 1, len(text)) + text for text in texts)
        header, _, answers = self.run_program("tokens", "--features", input=frames, code=0).out_bytes.partition(b"\n")
        header = json.loads(header)
        self.assertEqual((header["languages"][1], header["token_bytes"]), ("python", 64))
        seen = []
        while answers:
            count, flags = struct.unpack("<II", answers[:8])
            records = [answers[8 + 64 * i:72 + 64 * i] for i in range(count)]
            answers = answers[8 + 64 * count:]
            text = texts[len(seen)]
            seen.append((flags & 1, [text[slice(*struct.unpack("<II", record[:8]))] for record in records]))
            for record in records:
                token, grams = struct.unpack("<HB", record[16:19])
                self.assertLess(token, 8 + len(header["vocabulary"]))
                self.assertTrue(all(value < size for value, size in zip(record[20:28], header["feature_sizes"])))
                self.assertTrue(all(row < header["gram_rows"] for row in struct.unpack("<12H", record[28:52])[:grams]))
        self.assertEqual(seen, [(1, b"def f ( x ) : retrun ( x".split()), (0, b"x = 1".split()), (0, [])])

    def test_features_of_bad_frames(self):
        for frame, complaint in [(b"\1\0", "ends inside a frame's head"), (struct.pack("<II", 99, 0), "no language number 99"),
                                 (struct.pack("<II", 0, 1 << 30), "a text of 1073741824 bytes; at most 1048576"),
                                 (struct.pack("<II", 0, 5) + b"int", "ends inside a text")]:
            self.assertIn(complaint, self.run_program("tokens", "--features", input=frame, code=2).err)


if __name__ == "__main__":
    cli_case.main()
