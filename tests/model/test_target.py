"""The way back from a broken text: what the encoder is taught to answer."""

import os
import unittest

import toy_lexer
from toy_lexer import numpy

from model import features, target
from model.corrupt import apply_edits

NAMES = {features.DELETE: "delete", features.INDENT: "indent", features.DEDENT: "dedent", features.NEWLINE: "newline",
         features.NAME_OUT: "NAME", features.NUMBER_OUT: "NUMBER", features.STRING_OUT: "STRING"}


def name_of(output):
    return NAMES.get(output) or toy_lexer.VOCABULARY[output - features.FIRST_LITERAL]


def trimmed(start, old, new):
    """The edit without what both have at their ends."""
    left = len(os.path.commonprefix((old, new)))
    old, new = old[left:], new[left:]
    right = len(os.path.commonprefix((old[::-1], new[::-1])))
    return start + left, start + left + len(old) - right, new[:len(new) - right]


def way(clean, *edits, python=False):
    """The way back in words; `edits` are (text in `clean`, its replacement), each at its first place."""
    placed = sorted(trimmed(clean.index(old), old, new) for old, new in edits)
    broken = apply_edits(clean, placed)
    records = toy_lexer.records_of(broken)
    back = target.way_back(clean, toy_lexer.records_of(clean), records, placed, toy_lexer.LITERALS, lines=python,
                           layout=python)
    words = [broken[start:end] for start, end in zip(records["start"], records["end"])]
    said = [f"{words[at]} -> {name_of(back.tokens[at])}" for at in numpy.flatnonzero(back.tokens)]
    return said + [f"insert {name_of(back.gaps[at])} before {words[at] if at < len(words) else 'end'}"
                   for at in numpy.flatnonzero(back.gaps)]


class WayBack(unittest.TestCase):
    def check(self, expected, clean, *edits, **options):
        self.assertEqual(expected, way(clean, *edits, **options))

    def test_one_token(self):
        self.check(["insert ; before }"], "int f() { return x; }", ("x;", "x"))
        self.check([", -> delete"], "f(a, b);", ("b)", "b,)"))
        self.check(["retrun -> return"], "retu = 1; return x;", ("return", "retrun"))
        self.check(["insert NAME before ;"], "int name;", ("name", ""))
        self.check(["insert STRING before )"], 'f("a");', ('"a"', ""))
        self.check(["; -> ,"], "f(a, b);", ("a,", "a;"))

    def test_equal_neighbours_are_one_answer(self):
        self.check(["insert ) before ;"], "f(g(h(x)));", ("x)", "x"))
        self.check([", -> delete"], "f(a, b);", (",", ",,"))
        self.assertEqual(way("f(a)); g;", ("a)", "a")), way("f(a)); g;", ("))", ")")))

    def test_closers_on_other_lines_stay_where_the_layout_says(self):
        self.check(["insert } before }"], "{\n  {\n    a;\n  }\n}\n", ("  }\n}", "}"))

    def test_strings(self):
        self.check(['insert " before )'], 'f("a b");', ('b"', "b"))
        self.check(['insert " before a'], 'f("a b");', ('"a', "a"))
        self.check(['insert " before hello', 'insert " before :'], '{"hello": 1}', ('"hello', "hello"), ('hello"', "hello"))
        self.check(["' -> \""], 'f("a b");', ('b"', "b'"))
        self.check(['insert " before +'], 'f("a" + "b");', ('a"', "a"))
        self.check(['insert " before )'], 'f("");', ('""', '"'))

    def test_several_missing_in_one_gap_name_the_first(self):
        self.check(["insert ) before end"], "f(g(x));", ("));", ""))

    def test_two_places(self):
        self.check(["insert ( before x", "insert ) before end"], "print(x)", ("(", " "), (")", ""))

    def test_joined_words(self):
        self.check(["returnx -> return", "insert NAME before ;"], "return x;", ("n x", "nx"))

    def test_too_much_is_refused(self):
        names = " ".join(f"name{number};" for number in range(30))
        with self.assertRaises(target.Unmapped):
            way(f"a; {names} b;", (f" {names}", ""))

    def test_what_no_output_can_write_is_refused(self):
        with self.assertRaises(target.Unmapped):
            way("a @ b;", ("@", ""))


class PythonLines(unittest.TestCase):
    def check(self, expected, clean, *edits):
        self.assertEqual(expected, way(clean, *edits, python=True))

    def test_indentation(self):
        text = "if a:\n    b\n    c\nd\n"
        self.check(["b -> indent"], text, ("    b", "b"))
        self.check(["b -> indent", "c -> indent"], text, ("    b\n    c", "b\nc"))
        self.check(["d -> dedent"], text, ("\nd", "\n    d"))

    def test_line_ends(self):
        self.check(["insert newline before b"], "a = 1\nb = 2\n", ("1\n", "1 "))
        with self.assertRaises(target.Unmapped):
            way("a = b\n", ("= b", "=\nb"), python=True)

    def test_lines_inside_brackets_mean_nothing(self):
        self.check(["insert ) before d"], "f(a,\n  b)\nd\n", ("b)", "b"))

    def test_prompts_go_and_the_line_stays(self):
        self.check(["> -> delete"], "a = 1\nb = 2\n", ("b", "> b"))

    def test_missing_body(self):
        self.check(["insert pass before g"], "def f(): pass\ng\n", (" pass", ""))
        self.check(["insert pass before g"], "def f():\n  pass\ng\n", ("  pass\n", ""))


if __name__ == "__main__":
    unittest.main()
