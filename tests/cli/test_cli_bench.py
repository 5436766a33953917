"""noodle-lsp bench: what devices take, for people and for programs."""
import json
import re
import unittest

import cli_case
from cli_case import CliCase


class Bench(CliCase):
    def lines(self, *arguments, code=0):
        out = self.run_program("bench", "--json", *arguments, code=code).out
        return [json.loads(line) for line in out.splitlines()]

    def test_the_cpu(self):
        lines = self.lines("--device", "cpu", "--precision", "int8")
        self.assertEqual([line["bench"] for line in lines], ["device", "pass", "pass", "pass", "plan", "plan", "plan"])
        self.assertEqual(lines[0]["device"], "cpu")
        self.assertGreaterEqual(lines[0]["openMs"], 0)
        for line, windows in zip(lines[1:4], (1, 8, 64)):
            self.assertEqual((line["device"], line["precision"], line["windows"], line["tokens"]),
                             ("cpu", "int8", windows, 128))
            self.assertLessEqual(line["bestMs"], line["medianMs"])
            self.assertGreater(line["bestMs"], 0)
            self.assertAlmostEqual(line["windowsPerSecond"] * line["medianMs"], windows * 1000, delta=windows * 10)
            self.assertGreater(line["gops"], 0)
            self.assertGreater(line["firstMs"], 0)
            self.assertNotIn("operationsMs", line)
        for line, windows in zip(lines[4:], (1, 8, 64)):
            self.assertEqual((line["windows"], line["shares"]), (windows, {"cpu": windows}))
            self.assertRegex(line["explanation"], r"^\d+ windows? of 128 tokens: cpu int8 \(.+\): there is no other device$")

    def test_for_people(self):
        out = self.run_program("bench", "--device", "cpu", "--precision", "fp32", code=0).out
        self.assertRegex(out, r"\Acpu         .+, one thread\n            format windows  ms, median ")
        self.assertEqual(re.findall(r"^            fp32 +(\d+) +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +[\d.]+$", out, re.M),
                         ["1", "8", "64"])
        self.assertRegex(out, r"\nplan        when nothing else is to do\n  1 window of 128 tokens: cpu fp32 ")

    def test_a_vulkan_device(self):
        lines = self.lines("--device", "vulkan:0", "--precision", "fp16", code=None)
        if any(line["bench"] == "failure" for line in lines):
            self.skipTest("there is no Vulkan device")
        device = [line for line in lines if line.get("device") == "vulkan:0"]
        self.assertEqual(device[0]["bench"], "device")
        self.assertIn("shadersKept", device[0])
        self.assertGreater(device[0]["openMs"], 0)
        self.assertEqual(device[1]["windows"], 1)
        self.assertEqual(device[1]["precision"], "fp16")
        self.assertGreater(device[1]["operationsMs"]["linear"], 0)
        self.assertIn("vulkan:0", lines[-1]["explanation"])

    def test_what_is_not_there(self):
        result = self.run_program("bench", "--model", "none", code=2)
        self.assertIn("bench measures the encoder, and --model none has none", result.err)
        self.assertIn("nothing-here", self.run_program("bench", "--model", "nothing-here", code=2).err)
        lines = self.lines("--device", "vulkan:99", "--precision", "int8", code=2)
        self.assertEqual([line["device"] for line in lines if line["bench"] == "failure"], ["vulkan:99"])
        self.assertEqual(sum(line["bench"] == "pass" for line in lines), 3)
        self.assertRegex(self.run_program("bench", "--device", "vulkan:99", "--precision", "int8", code=2).out,
                         r"\nvulkan:99   failed: .+\nplan ")
        self.assertIn("--json is not an option of check; it belongs to bench",
                      self.run_program("check", "--json", code=2).err)


if __name__ == "__main__":
    cli_case.main()
