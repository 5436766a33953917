"""`noodle-lsp fix --jsonl`: fields, order, bad lines, flushing, limits."""
import json
import subprocess
import unittest

import cli_case
from cli_case import BROKEN_C, FIXED_C, CliCase

ANSWER_KEYS = ["id", "diagnostics", "fixes", "text", "elapsed_ms", "stages_ms", "device", "cached"]


def line(**members):
    return json.dumps(members) + "\n"


def apply_edits(text, edits):
    data = text.encode("utf-8")
    for edit in sorted(edits, key=lambda one: one["start_byte"], reverse=True):
        data = data[:edit["start_byte"]] + edit["new_text"].encode("utf-8") + data[edit["end_byte"]:]
    return data.decode("utf-8")


class Jsonl(CliCase):
    def answers(self, input, *arguments, code=0):
        result = self.run_program("fix", "--jsonl", *arguments, input=input, code=code)
        return [json.loads(one) for one in result.out.removesuffix("\n").split("\n")]

    def test_fields(self):
        [answer] = self.answers(line(id="x", language="c", text=BROKEN_C))
        self.assertEqual(list(answer), ANSWER_KEYS)
        self.assertEqual(answer["id"], "x")
        self.assertEqual(answer["diagnostics"], [{"start_byte": 27, "end_byte": 27, "line": 1, "character": 13,
                                                  "message": "missing `;`", "code": "missing-token"}])
        self.assertEqual(answer["text"], FIXED_C)
        self.assertEqual(answer["device"], "cpu")
        self.assertIs(answer["cached"], False)
        self.assertEqual(list(answer["stages_ms"]), ["parse", "regions", "propose", "search", "verify", "rank"])
        self.assertGreater(answer["stages_ms"]["parse"], 0)
        self.assertGreaterEqual(answer["elapsed_ms"], sum(answer["stages_ms"].values()) * 0.9)
        for fix in answer["fixes"]:
            self.assertEqual(list(fix), ["title", "edits", "confidence", "text"])
            self.assertEqual(apply_edits(BROKEN_C, fix["edits"]), fix["text"])
            self.assertTrue(0 <= fix["confidence"] <= 1)
        confidences = [fix["confidence"] for fix in answer["fixes"]]
        self.assertEqual(confidences, sorted(confidences, reverse=True))
        self.assertEqual(answer["fixes"][0]["text"], answer["text"])

    def test_valid_text(self):
        [answer] = self.answers(line(id=1, language="json", text="[1]"))
        self.assertEqual((answer["diagnostics"], answer["fixes"], answer["text"]), ([], [], None))

    def test_ids_come_back_as_they_were(self):
        ids = [1, -7, 12345678901234567, 1.5, "a/\u00e9\U0001F600\"", None, True, [1, {"a": "b"}], {}]
        answers = self.answers("".join(line(id=one, language="json", text="[]") for one in ids))
        self.assertEqual([answer["id"] for answer in answers], ids)
        [answer] = self.answers(line(language="json", text="[]"))
        self.assertIsNone(answer["id"])

    def test_bad_lines(self):
        bad = [b"nonsense", b"", b"   ", b"[1]", b'"x"', b"7", b"null", b'{"id":1', b'{"id":1,}', b"{'id':1}",
               b'{"id":1,"language":"c"}', b'{"id":1,"text":"x"}', b'{"id":1,"language":"c","text":7}',
               b'{"id":1,"language":7,"text":""}', b'{"id":1,"language":"klingon","text":""}',
               b'{"id":1,"language":"c","text":"\xff"}', b'{"id":1,"language":"c","text":"x"} trailing',
               b'{"id":1,"language":"c","text":"x"}\0', b"[" * 5000]
        good = line(id="good", language="c", text="int x;").encode()
        answers = self.answers(b"".join(one + b"\n" + good for one in bad))
        self.assertEqual(len(answers), 2 * len(bad))
        for number, (one, answer, after) in enumerate(zip(bad, answers[::2], answers[1::2])):
            self.assertEqual(list(answer), ["id", "error"], one)
            self.assertIsNone(answer["id"])
            self.assertTrue(answer["error"].startswith(f"line {2 * number + 1}: "), answer["error"])
            self.assertEqual((after["id"], after["diagnostics"]), ("good", []))
        self.assertIn('unknown language "klingon"', answers[28]["error"])

    def test_line_ends(self):
        answers = self.answers(line(id=1, language="c", text="").replace("\n", "\r\n") +
                               line(id=2, language="c", text="").rstrip("\n"))
        self.assertEqual([answer["id"] for answer in answers], [1, 2])

    def test_unusual_texts(self):
        texts = ["", "\0", "int x\0;", "\ufeffint x;", "int x; // \U0001F600\u2028\r\r\n", "\x1b[2J", "/", "\\u0000"]
        answers = self.answers("".join(line(id=text, language="c", text=text) for text in texts))
        for text, answer in zip(texts, answers):
            self.assertEqual(answer["id"], text)
            for fix in answer["fixes"]:
                self.assertEqual(apply_edits(text, fix["edits"]), fix["text"])

    def test_max_fixes(self):
        text = "f(1 2);\ng(3 4);\n"
        [one] = self.answers(line(id=1, language="javascript", text=text), "--max-fixes", "1")
        [many] = self.answers(line(id=1, language="javascript", text=text))
        self.assertEqual(len(one["fixes"]), 1)
        self.assertTrue(1 < len(many["fixes"]) <= 5)

    def test_made_up_names_come_last(self):
        fixes = self.answers(line(id=1, language="javascript", text="x.;\n"), "--max-fixes", "10", "--model", "none")[0]["fixes"]
        made_up = ["_" in fix["text"] for fix in fixes]
        self.assertIn(True, made_up)
        self.assertEqual(made_up, sorted(made_up))

    def test_each_answer_is_flushed(self):
        process = subprocess.Popen([cli_case.PROGRAM, "fix", "--jsonl"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   env=cli_case.environment())
        for number in range(5):
            process.stdin.write(line(id=number, language="json", text="[1 2]").encode())
            process.stdin.flush()
            self.assertEqual(json.loads(process.stdout.readline())["id"], number)
        process.stdin.close()
        self.assertEqual(process.wait(timeout=60), 0)
        process.stdout.close()

    def test_order_with_threads(self):
        requests = "".join(line(id=number, language="c", text="int x;\n" * (number * 37 % 150) + "int y\n")
                           for number in range(300)) + "bad\n"
        time = ["--deadline-ms", "60000"]  # so that no search is cut short on a busy machine
        one = self.answers(requests, *time)
        many = self.answers(requests, *time, "--threads", "4")
        self.assertEqual([answer["id"] for answer in many], list(range(300)) + [None])
        self.assertEqual([answer.get("text") for answer in many], [answer.get("text") for answer in one])

    def test_long_line(self):
        text = ("x = 1  # " + "x" * 90 + "\n") * 90000  # 9 MB
        answers = self.answers(line(id=1, language="python", text=text) + line(id=2, language="python", text="x"),
                               "--deadline-ms", "60000")
        self.assertEqual([answer["id"] for answer in answers], [1, 2])
        self.assertEqual(answers[0]["diagnostics"], [])

    def test_deadline(self):
        text = "x = 1\n" * 1500000
        [late, after] = self.answers(line(id=1, language="python", text=text) + line(id=2, language="python", text=""),
                                     "--deadline-ms", "1")
        self.assertIsNone(late["id"])
        self.assertIn("line 1: not finished within 1 ms; --deadline-ms N gives it more time", late["error"])
        self.assertEqual(after["id"], 2)

    def test_output_that_fails(self):
        with open("/dev/full", "wb") as full:
            process = subprocess.run([cli_case.PROGRAM, "fix", "--jsonl"], input=line(id=1, language="c", text="").encode(),
                                     stdout=full, stderr=subprocess.PIPE, timeout=60, env=cli_case.environment())
        self.assertEqual(process.returncode, 2)


if __name__ == "__main__":
    cli_case.main()
