"""Breaking code: kinds, places, edits, styles."""

import random
import re
import unittest

import toy_lexer

from model import corrupt, restyle

TEXTS = {
    "python": "import a\n\n\nclass A(B):\n    def f(self, x):\n        if x == 1 and (x != [2, 3]):\n            pass\n"
              "        elif x in {'a': 1}:\n            x += 1\n        try:\n            print(\"it \\\"is\\\" so\", x)\n"
              "        except (E, F) as e:\n            print(e)\n        return f(x)\n",
    "c": "int main(void) {\n  int a[3] = {1, 2, 3};\n  for (int i = 0; i != 3; i++) {\n    printf(\"%d and\", a[i]);\n  }\n"
         "  if (a[0] == 1)\n    return 0;\n  else\n    return f(a, 2);\n}\n",
    "json": "{\n  \"a b\": [1, 2, {\"c\": true}],\n  \"d\": \"x y\",\n  \"e\": [\"f\"]\n}\n",
    "java": "class A {\n  int f(int x) {\n    String s = \"a b\";\n    for (int i = 0; i < 3; i++) {\n      x += g(i, 2);\n    }\n"
            "    return x == 1 ? 2 : 3;\n  }\n}\n",
    "rust": "fn main() {\n    let x: Vec<i32> = vec![1, 2];\n    for i in x.iter() {\n        println!(\"{} a\", i);\n    }\n"
            "    match x { A => f(1), _ => g(2, 3), };\n}\n",
    "go": "package a\n\nfunc f(x int) int {\n\ty := []int{1, 2}\n\tfor i := range y {\n\t\tg(i, \"a b\")\n\t}\n\tif x == 1 {\n"
          "\t\treturn 2\n\t}\n\tfor i := 0; i < 3; i++ {\n\t\th()\n\t}\n\treturn map[int]int{1: 2}[x]\n}\n",
}
TEXTS["javascript"] = ("function f(a, b) {\n  const o = { a: 1, b: [1, 2] };\n  if (a == b) {\n    return g(\"x y\", o);\n  }\n"
                       "  let c = a\n  let d = c ? 1 : 2;\n  for (let i = 0; i < 3; i++) h(i);\n  return null;\n}\n")
TEXTS["typescript"] = TEXTS["javascript"].replace("a, b", "a: number, b: string")


def source_of(language, text=None):
    text = text or TEXTS[language]
    records = toy_lexer.records_of(text)
    source = corrupt.Source.from_records(language, text, records)
    for at, word in enumerate(source.words):  # the toy's vocabulary is small
        if word in corrupt.FOREIGN or word in corrupt.WRONG_SIGNS:
            source.ids[at] = max(source.ids[at], toy_lexer.features.FIRST_LITERAL)
    return source


class Kinds(unittest.TestCase):
    def test_every_kind_finds_a_place_in_every_language(self):
        for language in corrupt.LANGUAGES:
            source = source_of(language)
            for kind in corrupt.KINDS[language]:
                rng = random.Random(f"{language} {kind}")
                found = [edits for edits in (corrupt.OPERATIONS[kind](source, rng) for _ in range(300)) if edits]
                self.assertTrue(found, f"{kind} never applies to {language}")
                for edits in found:
                    for start, end, new in edits:
                        self.assertTrue(0 <= start <= end <= len(source.text), (kind, edits))
                        new.encode("latin-1")

    def test_a_plan_breaks_the_text_and_its_seed_decides(self):
        for language in corrupt.LANGUAGES:
            source = source_of(language)

            def broken(seed):
                rng = random.Random(seed)
                drawn = [(plan, plan.draw(source, rng)) for plan in (corrupt.Plan(language, rng) for _ in range(60))]
                return [(mistake.kind, corrupt.apply_edits(source.text, mistake.edits)) for _, mistake in drawn if mistake]

            self.assertEqual(broken(3), broken(3))
            self.assertNotEqual(broken(3), broken(4))
            self.assertGreater(len(broken(3)), 25)

    def test_shares_of_kinds_are_those_asked_for(self):
        rng = random.Random(1)
        plans = [corrupt.Plan("c", rng) for _ in range(4000)]
        single = [plan.kinds[0] for plan in plans if len(plan.kinds) == 1]
        self.assertAlmostEqual(len(single) / len(plans), corrupt.MISTAKES_DEFAULT[0], delta=0.03)
        weights = corrupt.KINDS["c"]
        self.assertAlmostEqual(single.count("missing_semicolon") / len(single),
                               weights["missing_semicolon"] / sum(weights.values()), delta=0.03)


class Edits(unittest.TestCase):
    def test_apply(self):
        self.assertEqual("Xbd!", corrupt.apply_edits("abcd", [(0, 1, "X"), (2, 3, ""), (4, 4, "!")]))

    def test_edits_that_meet_are_refused(self):
        self.assertEqual([(1, 2, ""), (2, 3, "")], corrupt.in_order([(2, 3, ""), (1, 2, "")]))
        self.assertIsNone(corrupt.in_order([(1, 3, ""), (2, 4, "")]))
        self.assertIsNone(corrupt.in_order([(1, 1, "a"), (1, 1, "b")]))

    def test_removing_a_token_never_joins_its_neighbours(self):
        source = source_of("c", "int+x; return a;")
        for at in range(len(source)):
            start, end, new = source.remove(at, random.Random(at))
            words = corrupt.Source.from_records("c", text := corrupt.apply_edits(source.text, [(start, end, new)]),
                                                toy_lexer.records_of(text)).words
            self.assertEqual(source.words[:at] + source.words[at + 1:], words)


class Styles(unittest.TestCase):
    def test_spacing_changes_no_word(self):
        for style in (restyle.tight, restyle.wide, restyle.reindent, restyle.untidy, restyle.braces_apart,
                      restyle.braces_joined, restyle.collapse, restyle.spread, restyle.blank_lines):
            for language in corrupt.LANGUAGES:
                for seed in range(20):
                    source = source_of(language)
                    sheet = restyle.Sheet(source)
                    style(sheet, random.Random(seed))
                    again = source_of(language, sheet.text())
                    self.assertEqual(source.words, again.words, f"{style.__name__} in {language}")

    def test_names_change_all_together(self):
        sheet = restyle.Sheet(source_of("c", "int counter; counter = counter + other;"))
        restyle.rename(sheet, random.Random(2))
        self.assertEqual(sheet.words[1], sheet.words[3])
        self.assertEqual(sheet.words[1], sheet.words[5])

    def test_bodies_lose_their_braces(self):
        seen = set()
        for seed in range(10):
            sheet = restyle.Sheet(source_of("c", "if (a) { f(); } else { g(); h(); }"))
            restyle.braceless(sheet, random.Random(seed))
            seen.add(re.sub(r"\s+", " ", sheet.text()))
        self.assertEqual({"if (a) f(); else { g(); h(); }", "if (a) { f(); } else { g(); h(); }"}, seen)

    def test_parts(self):
        text = "def f():\n    a = 1\n    b = 2\n    return call(a, b, 'something long')\n"
        seen = {restyle.python_snippet(text, random.Random(seed)) for seed in range(20)}
        self.assertEqual({"def f():\n    pass\n", "a = 1\nb = 2\nreturn call(a, b, 'something long')\n"}, seen)
        self.assertIn('"a"', restyle.json_part('{"a": [1, 2]}', random.Random(1)))
        self.assertIsNone(restyle.json_part("{", random.Random(1)))


if __name__ == "__main__":
    unittest.main()
