"""Tests of the measuring itself: tokens, numbers, judges, and a run against programs that misbehave."""

import json
import os
import stat
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import judges
import measure
from line_process import Died, LineProcess, TooSlow
from tokens import DEDENT, INDENT, NEWLINE, is_part_of, same_program, steps, tokens


class Tokens(unittest.TestCase):
    SAME = [
        ("c", "int a=1; // one\n", "int  a = 1 ;"),
        ("c", "#define A \\\n 1\nint b;", "#define A 1\nint b;"),
        ("c", 'f("a//b", \'"\');/* x */', 'f("a//b",\'"\') ;'),
        ("java", "Map<String, List<Integer> > m;", "Map<String,List<Integer>> m; /* */"),
        ("java", 'String s = """\n a " b\n""";', 'String s="""\n a " b\n""" ;'),
        ("go", "x := `a\n//b`", "x:=`a\n//b` // c"),
        ("rust", "fn f<'a>(x: &'a str) { let c = 'a'; }", "fn f<'a>(x:&'a str){let c='a';}"),
        ("rust", '/* a /* b */ c */ let s = r#"a"b"#;', 'let s=r#"a"b"# ;'),
        ("javascript", "let a = b / c / d; // e", "let a=b/c/d;"),
        ("javascript", "x = /[/]'/g.test(y)", "x=/[/]'/g . test( y )"),
        ("javascript", "`a ${ {b: 1} } // c`", "`a ${{b:1}} // c`"),
        ("typescript", "let a: Array<Array<X>>", "let a:Array<Array<X> >"),
        ("json", '{"a": [1, -2.5e+3]}', '{ "a":[1,-2.5e+3] }'),
        ("python", "if a:\n    b\n", "if a:\n\n  b   # c"),
        ("python", "f(a,\n  b)\n", "f(a, b)"),
        ("python", "a = \\\n  1\n", "a = 1\n"),
        ("python", "if a:\n\tb\n\tc\n", "if a:\n        b\n        c\n"),
    ]
    DIFFERENT = [
        ("c", "#define A\nb", "#define A b"),
        ("c", "a ++ b", "a + + b"),
        ("c", 'f("a b")', 'f("a  b")'),
        ("json", "{} // a", "{}"),
        ("json", "[1,]", "[1]"),
        ("python", "if a:\n    b\nc\n", "if a:\n    b\n    c\n"),
        ("python", "a\nb\n", "a b\n"),
        ("python", 'x = """a\n  b"""', 'x = """a\n b"""'),
        ("javascript", "`a b`", "`a  b`"),
        ("rust", "let a = b..c;", "let a = b...c;"),
    ]

    def test_spacing_and_comments_do_not_count(self):
        for language, left, right in self.SAME:
            with self.subTest(language=language, left=left):
                self.assertEqual(tokens(language, left), tokens(language, right))

    def test_programs_that_differ_differ(self):
        for language, left, right in self.DIFFERENT:
            with self.subTest(language=language, left=left):
                self.assertFalse(same_program(language, left, right))

    def test_steps_are_the_fewest(self):
        for left, right, wanted in (("", "", 0), ("abc", "abc", 0), ("", "ab", 2), ("abc", "", 3), ("abcabba", "cbabac", 5)):
            with self.subTest(left=left, right=right):
                self.assertEqual(steps(left, right), wanted)
                self.assertEqual(steps(right, left), wanted)

    def test_a_repair_is_part_of_what_does_it_too(self):
        for broken, repaired, fixed, wanted in (
                ("[1 2]", "[1, 2]", "[1, 2]", True),
                ("[1 2]", "[1, 2]", "[1, 2, 3]", True),
                ("[1 2]", "[1, 2]", "[1]", False),
                ("[1 2]", "[12]", "[1, 2]", False),
                ("[1 2]", "[1 2]", "[1, 2]", False)):
            with self.subTest(repaired=repaired, fixed=fixed):
                self.assertEqual(is_part_of("json", broken, repaired, fixed), wanted)
        self.assertFalse(is_part_of("python", "print x\n", "print(x)\n", "return x\n"))

    def test_python_layout_is_depth(self):
        self.assertEqual(tokens("python", "if a:\n  b\nc"),
                         ["if", "a", ":", NEWLINE, INDENT, "b", NEWLINE, DEDENT, "c", NEWLINE])

    def test_broken_texts_keep_every_character(self):
        broken = 'f("a\n\'b [ ) ` ${ /* """ \\ @ \u00e9 \x00 r#" #'
        for language in ("c", "go", "java", "javascript", "json", "rust", "typescript", "python"):
            with self.subTest(language=language):
                self.assertIn("f", tokens(language, broken))
                for cut in range(len(broken)):
                    tokens(language, broken[:cut])


def row(**fields):
    base = {"id": "x", "language": "c", "kind": "human-pair", "category": "missing comma", "min_edits": 1,
            "outcome": "answered", "diagnostics": 1, "elapsed_ms": 1.0, "offered": True, "confidence": 0.95,
            "judged": True, "parse_fixed": True, "has_fix": True, "rank": 1, "is_part": True}
    return dict(base, **fields)


class Numbers(unittest.TestCase):
    def test_quantiles_take_the_nearest_rank(self):
        hundred = list(range(1, 101))
        self.assertEqual([measure.quantile(hundred, q) for q in (0.5, 0.95, 0.99)], [50, 95, 99])
        self.assertEqual(measure.quantile([7], 0.5), 7)
        self.assertEqual(measure.quantile([1, 2, 3], 0.95), 3)
        self.assertIsNone(measure.quantile([], 0.5))

    def test_summary(self):
        rows = [row(), row(rank=3, diagnostics=3), row(rank=None, offered=False, parse_fixed=False, diagnostics=0),
                row(judged=False, has_fix=False, min_edits=None, rank=None, diagnostics=9)]
        got = measure.summary(rows)
        self.assertEqual((got["cases"], got["judged"], got["with_fix"]), (4, 3, 3))
        self.assertAlmostEqual(got["detected"], 75.0)
        self.assertAlmostEqual(got["noise"], 4 / 3)
        self.assertAlmostEqual(got["parse_fixed"], 200 / 3)
        self.assertAlmostEqual(got["exact_1"], 100 / 3)
        self.assertAlmostEqual(got["exact_5"], 200 / 3)

    def test_nothing_measured_is_none(self):
        got = measure.measured([], [])
        self.assertIsNone(got["summary"]["exact_1"])
        self.assertIsNone(got["calibration"]["precision"])
        self.assertIsNone(got["false_alarms"]["share"])

    def test_calibration(self):
        rows = [row(confidence=1.0), row(confidence=0.9, rank=2), row(confidence=0.9, rank=None, is_part=False),
                row(confidence=0.95, rank=None), row(confidence=0.3, rank=None),
                row(confidence=None, offered=False, rank=None)]
        got = measure.calibration(rows)
        self.assertEqual((got["repairs"], got["confident"]), (5, 4))
        self.assertAlmostEqual(got["precision"], 25.0)
        self.assertAlmostEqual(got["parts"], 75.0)
        self.assertAlmostEqual(got["coverage"], 200 / 3)
        self.assertEqual([b["repairs"] for b in got["bins"]], [0, 0, 0, 1, 0, 0, 0, 0, 0, 4])

    def test_calibration_of_one_edit_leaves_out_the_others(self):
        got = measure.measured([row(), row(min_edits=3, rank=None), row(min_edits=None, rank=None)], [])
        self.assertAlmostEqual(got["calibration"]["precision"], 100 / 3)
        self.assertEqual(got["calibration_one_edit"]["confident"], 1)
        self.assertAlmostEqual(got["calibration_one_edit"]["precision"], 100.0)

    def test_times_are_split_by_edits(self):
        rows = [row(elapsed_ms=1), row(elapsed_ms=9, min_edits=4), row(elapsed_ms=5, min_edits=None),
                row(elapsed_ms=None)]
        got = measure.times(rows)
        self.assertEqual([(g["cases"], g["max"]) for g in got.values()], [(1, 1), (1, 9), (3, 9)])


class Judges(unittest.TestCase):
    TEXTS = {
        "c": ("#include <no_such_header.h>\nint f(void) { undeclared(); return nothing; }", "int f( { }"),
        "go": ("package p\n\nfunc f() { undeclared() }\n", "package p\n\nfunc f( { }\n"),
        "java": ("class A { Unknown f() { return g(); } }", "class A { int f( { } }"),
        "javascript": ("import a from 'b'; export default a", "let a = ;"),
        "json": ('{"a": [1, 2]}', '{"a": NaN}'),
        "python": ("def f():\n    return undeclared\n", "def f(:\n"),
        "rust": ("mod elsewhere; fn f() { undeclared() }", "fn f( { }"),
        "typescript": ("let a: Unknown<number> = <any>b;", "let a: = 1;"),
    }

    def test_only_syntax_counts(self):
        for language, (good, bad) in self.TEXTS.items():
            with self.subTest(language=language):
                try:
                    judge = judges.open_judge(language)
                except judges.NoJudge as reason:
                    self.assertTrue(str(reason))
                    continue
                try:
                    self.assertEqual(judge.verdicts([good, bad, good]), [True, False, True])
                finally:
                    judge.close()

    def test_texts_that_hurt_the_parser_are_judged(self):
        judge = judges.open_judge("python")
        try:
            self.assertEqual(judge.verdicts(["(" * 100000, "a\x00b", "a"]), [False, False, True])
        finally:
            judge.close()

    def test_verdicts_are_remembered_by_content(self):
        class Counting:
            name = "counting"
            asked = 0

            def verdicts(self, texts):
                self.asked += len(texts)
                return [text == "good" for text in texts]

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "verdicts")
            judge = Counting()
            for _ in range(2):
                store = judges.VerdictStore(path)
                self.assertEqual(store.judge_all(judge, ["good", "bad", "good"]), [True, False, True])
                store.close()
            self.assertEqual(judge.asked, 2)


class LineProcesses(unittest.TestCase):
    def test_a_child_that_dies_is_started_again(self):
        child = LineProcess(["/bin/sh", "-c", 'read a; echo "$a"; read a; echo why >&2; exit 3'])
        try:
            for _ in range(2):
                self.assertEqual(child.ask(b"one", 10), b"one")
                with self.assertRaisesRegex(Died, "exit 3: why"):
                    child.ask(b"two", 10)
        finally:
            child.close()

    def test_a_slow_child_is_ended(self):
        child = LineProcess(["/bin/cat", "-"])
        try:
            self.assertEqual(child.ask(b"x" * 300000, 10), b"x" * 300000)
        finally:
            child.close()
        child = LineProcess(["/bin/sh", "-c", "while read a; do :; done"])
        with self.assertRaises(TooSlow):
            child.ask(b"one", 0.05)
        self.assertIsNone(child.child)


# A program with the contract of `fix --jsonl` that knows one repair and breaks down when it is told to.
MISBEHAVING = """#!{python}
import json, os, sys
for line in sys.stdin:
    ask = json.loads(line)
    text = ask["text"]
    if "die" in text:
        os.abort()
    if "refuse" in text:
        print(json.dumps({{"id": None, "error": "no"}}), flush=True)
        continue
    fixed = text.replace("[1 2]", "[1, 2]")
    broken = fixed != text
    fixes = [{{"title": "t", "edits": [], "confidence": 0.97, "text": fixed}}] if broken else []
    print(json.dumps({{"id": ask["id"], "diagnostics": [{{"message": "m"}}] * broken, "fixes": fixes,
                      "text": fixed if broken else None, "elapsed_ms": 2.5}}), flush=True)
"""


class WholeRun(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.server = os.path.join(self.folder, "server")
        with open(self.server, "w", encoding="utf-8") as file:
            file.write(MISBEHAVING.format(python=sys.executable))
        os.chmod(self.server, stat.S_IRWXU)
        self.data = os.path.join(self.folder, "data")
        os.mkdir(self.data)

    def put(self, name, cases):
        with open(os.path.join(self.data, name), "w", encoding="utf-8") as file:
            file.writelines(json.dumps(case) + "\n" for case in cases)

    def eval(self, *options):
        return subprocess.run([sys.executable, os.path.join(HERE, "eval.py"), self.data, "--server", self.server,
                               *options], capture_output=True, text=True, timeout=120)

    def test_numbers_reach_table_json_and_failures(self):
        pair = {"kind": "human-pair", "category": "missing comma", "min_edits": 1}
        self.put("json.jsonl", [
            dict(pair, id="right", broken="[1 2]", fixed="[1,2]"),
            dict(pair, id="other", broken="[1 2]", fixed="[12]"),
            dict(pair, id="missed", broken="[1 3]", fixed="[1, 3]"),
            dict(pair, id="killer", broken="[die]", fixed="[]"),
            {"id": "unknown", "kind": "compiler-test", "broken": "[refuse"},
        ])
        self.put("valid_json.jsonl", [{"id": "v1", "code": "[1]"}, {"id": "v2", "code": '"[1 2]"'},
                                    {"id": "v3", "code": "[1 2]"}])
        out, failed = (os.path.join(self.folder, name) for name in ("out.json", "failed.jsonl"))
        done = self.eval("--json", out, "--failures", failed)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertIn("crashed: killer: signal 6", done.stdout)
        self.assertIn("refused: unknown: no", done.stdout)
        with open(out, encoding="utf-8") as file:
            got = json.load(file)["languages"]
        self.assertEqual(got["json"], got["total"])
        summary = got["json"]["summary"]
        self.assertEqual((summary["cases"], summary["crashed"], summary["refused"]), (5, 1, 1))
        self.assertEqual((summary["exact_1"], summary["parse_fixed"], summary["detected"]), (25.0, 40.0, 40.0))
        self.assertEqual(got["json"]["false_alarms"]["flagged"], 1)
        self.assertEqual(got["json"]["false_alarms"]["refused"], 1)
        self.assertEqual(got["json"]["calibration"]["precision"], 50.0)
        with open(failed, encoding="utf-8") as file:
            failures = {f["id"]: f["failure"] for f in map(json.loads, file)}
        self.assertEqual(failures, {"other": "not exact", "missed": "missed", "killer": "crashed",
                                    "unknown": "refused", "v2": "false alarm"})

    def test_the_same_seed_draws_the_same_cases(self):
        self.put("json.jsonl", [{"id": str(n), "kind": "human-pair", "broken": f"[1 {n}]"} for n in range(50)])
        drawn = []
        for seed in ("1", "1", "2"):
            path = os.path.join(self.folder, "failed.jsonl")
            self.assertEqual(self.eval("--limit", "8", "--seed", seed, "--failures", path).returncode, 0)
            with open(path, encoding="utf-8") as file:
                drawn.append([json.loads(line)["id"] for line in file])
        self.assertEqual(len(drawn[0]), 8)
        self.assertEqual(drawn[0], drawn[1])
        self.assertNotEqual(drawn[0], drawn[2])

    def test_bad_data_is_named(self):
        self.put("json.jsonl", [{"id": "a", "kind": "human-pair"}])
        done = self.eval()
        self.assertEqual(done.returncode, 2)
        self.assertIn("json.jsonl:1: needs the field 'broken'", done.stderr)
        done = self.eval("--lang", "cobol")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no cobol.jsonl; it has json", done.stderr)


if __name__ == "__main__":
    unittest.main()
