"""The encoder from the command line: which weights are taken, what a file that is no good leads to, what is explained."""
import json
import os
import struct

import cli_case
from cli_case import BROKEN_C, SOURCE_DIR, CliCase

LOST_NAME = os.path.join(SOURCE_DIR, "tests", "golden", "python", "lost-name-and-cut-end.txt")
WEIGHTS = os.path.join(SOURCE_DIR, "model", "weights", "encoder.safetensors")
REQUEST = json.dumps({"id": 1, "language": "c", "text": BROKEN_C}).encode()


# What becomes of the shipped network's sizes: what is rows and columns of its matrices.
CORNER = {256: 32, 768: 96, 1024: 64, 8: 2}


def corner_of_the_weights():
    """The first rows and columns of the first layer and of what is around the layers: a network with the same words for the
    same tokens that even a software device computes in no time."""
    with open(WEIGHTS, "rb") as file:
        size, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = file.read()
    metadata = dict(header.pop("__metadata__"), layers="1", width="32", heads="2", feed_forward="64")
    small, parts = {"__metadata__": metadata}, []
    for name, tensor in header.items():
        if name.startswith("layers.") and not name.startswith("layers.0."):
            continue
        rows, columns = (tensor["shape"] + [1])[:2]
        item = {"I8": 1, "F16": 2, "F32": 4}[tensor["dtype"]]
        shape = [CORNER.get(length, length) for length in tensor["shape"]]
        kept_rows, kept_columns = (shape + [1])[:2]
        starts = (tensor["data_offsets"][0] + row * columns * item for row in range(kept_rows))
        part = b"".join(data[start:start + kept_columns * item] for start in starts)
        at = sum(map(len, parts))
        small[name] = {"dtype": tensor["dtype"], "shape": shape, "data_offsets": [at, at + len(part)]}
        parts.append(part)
    text = json.dumps(small).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(parts)


class Encoder(CliCase):
    def fixes(self, *arguments):
        result = self.run_program("fix", "--jsonl", *arguments, input=REQUEST, code=0)
        return json.loads(result.out)["fixes"], result.err

    def test_shipped_weights_are_those_of_the_file(self):
        shipped, err = self.fixes("--explain")
        self.assertEqual(err, "")
        self.assertEqual(shipped, self.fixes("--explain", "--model", WEIGHTS)[0])
        self.assertTrue(any(fix["reasons"]["odds"] != 0 for fix in shipped))

    def test_without_a_model(self):
        fixes, err = self.fixes("--explain", "--model", "none")
        self.assertEqual(err, "")
        self.assertEqual(fixes[0]["title"], "insert `;`")
        self.assertTrue(all(fix["reasons"]["odds"] == 0 for fix in fixes))
        self.assertNotIn("reasons", self.fixes("--model", "none")[0][0])

    def test_lines_that_stand_well_are_not_moved(self):
        """By the encoder's costs, too, moving line after line is no way past a line that was moved wrongly."""
        with open(LOST_NAME, encoding="utf-8") as file:
            text = file.read().split("--- input\n")[1].split("--- diagnostic\n")[0]
        request = json.dumps({"id": 1, "language": "python", "text": text}).encode()
        result = self.run_program("fix", "--jsonl", "--no-cache", "--deadline-ms", "60000", input=request, code=0)
        lines = [found["line"] for found in json.loads(result.out)["diagnostics"]]
        self.assertEqual(lines, [5, 52])

    def test_every_precision_repairs(self):
        for precision in ("auto", "fp32", "fp16", "int8"):
            self.assertEqual(self.fixes("--precision", precision)[0][0]["title"], "insert `;`", precision)
        self.assertIn("fp32", self.run_program("doctor", "--precision", "fp32", code=0).out)

    def test_a_vulkan_device_gives_the_same(self):
        model = ["--model", self.write("small", corner_of_the_weights())]
        device = [*model, "--no-cache", "--device", "vulkan:0", "--deadline-ms", "60000"]
        out = self.run_program("doctor", *model, "--device", "vulkan:0", code=0).out
        if "  vulkan:0  " not in out:
            self.assertNotIn("CI", os.environ, "a test machine has a Vulkan device (Debian: mesa-vulkan-drivers)")
            self.skipTest("there is no Vulkan device")
        self.assertRegex(out, r"self-test off by [0-9.e-]+ in fp32, [0-9.e-]+ in fp16, [0-9.e-]+ in int8")
        for precision in ("fp32", "fp16", "int8"):
            fixes, err = self.fixes(*device, "--precision", precision, "--explain")
            self.assertEqual(err, "")
            cpu = self.fixes(*model, "--precision", precision, "--explain")[0]
            self.assertEqual([fix["text"] for fix in fixes], [fix["text"] for fix in cpu], precision)
            self.assertTrue(any(fix["reasons"]["odds"] != 0 for fix in fixes), precision)
            for ours, theirs in zip(fixes, cpu):
                self.assertAlmostEqual(ours["reasons"]["odds"], theirs["reasons"]["odds"], delta=0.1, msg=precision)
                self.assertAlmostEqual(ours["confidence"], theirs["confidence"], delta=0.01, msg=precision)
        answer = json.loads(self.run_program("fix", "--jsonl", *device, input=REQUEST, code=0).out)
        self.assertEqual(answer["device"], "vulkan")
        keeping = [argument for argument in device if argument != "--no-cache"]
        for _ in range(2):  # what it made is no other process's
            answer = json.loads(self.run_program("fix", "--jsonl", *keeping, input=REQUEST, code=0).out)
            self.assertEqual((answer["device"], answer["cached"]), ("vulkan", False))
        valid = json.dumps({"id": 1, "language": "c", "text": "int x;\n"}).encode()
        answer = json.loads(self.run_program("fix", "--jsonl", *device, input=valid, code=0).out)
        self.assertEqual(answer["device"], "cpu")

    def test_a_device_that_is_not_there(self):
        fixes, err = self.fixes("--device", "vulkan:99")
        self.assertEqual(err.count("\n"), 1, err)
        self.assertIn("--device: ", err)
        self.assertIn("; the CPU computes", err)
        self.assertEqual(fixes, self.fixes()[0])
        answer = json.loads(self.run_program("fix", "--jsonl", "--no-cache", "--device", "vulkan:99", input=REQUEST, code=0).out)
        self.assertEqual(answer["device"], "cpu")

    def test_weights_that_are_no_good_are_one_line(self):
        with open(WEIGHTS, "rb") as file:
            whole = file.read()
        for name, data, complaint in (
                ("missing", None, "No such file"), ("cut", whole[:1000], "cut short"), ("half", whole[:len(whole) // 2], ""),
                ("text", b"int x;\n", ""), ("empty", b"", ""),
                ("older", whole.replace(b'"features_version":"1"', b'"features_version":"0"')
                 .replace(b'"features_version": "1"', b'"features_version": "0"'), "trained for features 0")):
            if data is not None:
                self.write(name, data)
            fixes, err = self.fixes("--model", name)
            self.assertEqual(err.count("\n"), 1, err)
            self.assertIn(complaint, err)
            self.assertIn("repairs come from the grammar alone", err)
            self.assertEqual(fixes[0]["title"], "insert `;`")
        self.assertIn("encoder     none", self.run_program("doctor", "--model", "cut", code=0).out)
        os.mkfifo(self.path("pipe")) # nobody will ever write to it
        self.assertIn("pipe: not a file", self.fixes("--model", "pipe")[1])


if __name__ == "__main__":
    cli_case.main()
