"""Tests of the keystroke benchmark's own parts: texts, places to break them, positions, quantiles."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "bench"))

import corpus
import keystroke
import sites
import typist


class Positions(unittest.TestCase):
    TEXT = "a\n\u00e9\U0001f600 b(c)\nlast"

    def test_columns_count_the_encoding_s_units(self):
        offset = self.TEXT.index("(")
        for encoding, column in (("utf-8", 8), ("utf-16", 5), ("utf-32", 4)):
            lines = typist.Lines(self.TEXT, encoding)
            self.assertEqual(lines.position(offset), {"line": 1, "character": column})
            self.assertEqual(lines.position(0), {"line": 0, "character": 0})
            self.assertEqual(lines.position(len(self.TEXT)), {"line": 2, "character": 4})

    def test_positions_in_the_shortened_text_come_back(self):
        removed = self.TEXT.index("(")
        shortened = self.TEXT[:removed] + self.TEXT[removed + 1:]
        lines = typist.Lines(self.TEXT, "utf-16")
        after = typist.Lines(shortened, "utf-16")
        for offset in range(len(shortened) + 1):
            self.assertEqual(lines.offset(after.position(offset), shortened, 1), offset)


class Sites(unittest.TestCase):
    TEXTS = {
        "c": ('#define F(x) {\nint f(void) { return g(1, b, "(;{"); } // (\n', "(){(,)}"),
        "go": ("func f() { g(`({`, \"(\", '(') }\n", "(){()}"),
        "javascript": ("f(/[(]/g, `(${`, '(') // {\n", "()"),
        "json": ('{"a": ["(", 1]}', "{:[,]}"),
        "python": ("def f(a):\n    '''(:\n'''\n    return [a] # (\n", "():[]"),
        "rust": ("fn f<'a>(x: &'a str) { g('(', r#\"(\"#) }\n", "(){()}"),
    }

    def test_only_tokens_of_the_code_are_taken(self):
        for name, (text, tokens) in self.TEXTS.items():
            with self.subTest(language=name):
                offsets = sites.pick(name, corpus.Text(text, [(0, len(text))]), 100, 1)
                self.assertEqual("".join(text[offset] for offset in sorted(offsets)), tokens)

    def test_the_seed_decides(self):
        text = corpus.Text("()" * 500, [(0, 1000)])
        self.assertEqual(sites.pick("c", text, 20, 7), sites.pick("c", text, 20, 7))
        self.assertNotEqual(sites.pick("c", text, 20, 7), sites.pick("c", text, 20, 8))


class Pieces(unittest.TestCase):
    def test_c_names_become_the_piece_s_own(self):
        text = "#define LIMIT 4\nstatic int used[LIMIT] = {0};\nstruct Node {\n  int a;\n};\nint count(struct Node *n) {" \
               "\n  return used[0] + strlen(n->a);\n}\n"
        fitted = corpus.fit_c(text, 3)
        for name in ("LIMIT_3", "used_3", "struct Node_3 {", "count_3(", "typedef struct Node_3 Node_3;"):
            self.assertIn(name, fitted)
        self.assertIn("strlen(n->a)", fitted)

    def test_c_words_of_the_language_stay(self):
        fitted = corpus.fit_c("enum {\n  A, /* one,\n  enum two */\n  B = A,\n};\n", 2)
        self.assertEqual(fitted.split(), "enum { A_2, /* one, enum two */ B_2 = A_2, };".split())

    def test_rust_heads_are_taken_off(self):
        text = "#![cfg_attr(not(test), feature(x))] // why\n#![allow(\n  dead_code\n)]\n//! A.\nstatic A: [u8; 1] = [1];\n"
        self.assertEqual(corpus.fit_rust(text, 1).split("\n")[-3:], ["// A.", "static A: [u8; 1] = [1];", ""])
        self.assertNotIn("#!", corpus.fit_rust(text, 1))

    def test_go_heads_are_taken_off(self):
        text = "// package of a kind\npackage q\n\nimport (\n\t\"fmt\"\n)\nimport \"os\"\n\nvar a = 1\n"
        self.assertEqual(corpus.fit_go(text, 2).split(), ["var", "a", "=", "1"])
        self.assertEqual(corpus.fit_go(text, 1).split()[:2], ["package", "p"])

    def test_sizes_are_reached_by_taking_files_again(self):
        source = corpus.Corpus("c", 1, lambda paths: set())
        text = source.build(2 * 10**6)
        self.assertGreater(len(text.text.encode()), 1.8 * 10**6)
        self.assertLess(len(text.text.encode()), 2.2 * 10**6)
        start, end = text.pieces[-1]
        self.assertLessEqual(end, len(text.text))
        self.assertGreater(end - start, corpus.PIECE_MIN)


class Numbers(unittest.TestCase):
    def test_spread(self):
        self.assertEqual(keystroke.spread([3, 1, 2]), {"count": 3, "p50": 2, "p95": 3, "max": 3})
        self.assertEqual(keystroke.spread([]), {"count": 0, "p50": None, "p95": None, "max": None})


if __name__ == "__main__":
    unittest.main()
