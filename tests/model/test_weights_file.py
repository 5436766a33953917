"""The weights file: layout, int8, refusals; and what export makes of a network."""

import json
import os
import struct
import tempfile
import unittest

from toy_lexer import numpy

from model import weights_file


class File(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = os.path.join(self.folder.name, "x.safetensors")

    def test_round_trip(self):
        tensors = {"a.weight": numpy.arange(6, dtype=numpy.float32).reshape(2, 3), "b": numpy.array([-1, 5], numpy.int8),
                   "c": numpy.array(2.5, numpy.float16)}
        weights_file.write_tensors(self.path, tensors, {"format": "é"})
        again, metadata = weights_file.read_tensors(self.path)
        self.assertEqual({"format": "é"}, metadata)
        self.assertEqual(list(tensors), list(again))
        for name, array in tensors.items():
            self.assertEqual(array.dtype, again[name].dtype)
            numpy.testing.assert_array_equal(array, again[name])

    def test_layout(self):
        weights_file.write_tensors(self.path, {"a": numpy.array([1.5], numpy.float32)}, {})
        with open(self.path, "rb") as file:
            data = file.read()
        size, = struct.unpack_from("<Q", data)
        self.assertEqual(0, (8 + size) % weights_file.ALIGNMENT)
        self.assertEqual({"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}, json.loads(data[8:8 + size])["a"])
        self.assertEqual(struct.pack("<f", 1.5), data[8 + size:])

    def test_other_files_are_refused(self):
        for content in (b"", b"\1\0\0\0\0\0\0\0[", struct.pack("<Q", 1 << 60) + b"{}", b"\2\0\0\0\0\0\0\0{}"[:9]):
            with open(self.path, "wb") as file:
                file.write(content)
            with self.assertRaises(ValueError):
                weights_file.read_tensors(self.path)


class Int8(unittest.TestCase):
    def test_error_is_at_most_half_a_step(self):
        matrix = numpy.random.RandomState(1).randn(20, 30).astype(numpy.float32) * numpy.logspace(-3, 2, 20)[:, None]
        matrix = matrix.astype(numpy.float32)
        matrix[3] = 0
        stored = weights_file.in_format({"x.weight": matrix, "x.bias": matrix[0], "embed.token": matrix}, "int8")
        self.assertEqual((numpy.int8, numpy.float32, numpy.int8),
                         (stored["x.weight"].dtype, stored["x.bias"].dtype, stored["embed.token"].dtype))
        again = weights_file.as_floats(stored)
        self.assertEqual({"x.weight", "x.bias", "embed.token"}, set(again))
        step = stored["x.weight.scale"][:, None]
        self.assertTrue((abs(again["x.weight"] - matrix) <= 0.5001 * step).all())
        self.assertEqual(-127, min(stored["x.weight"].min(), -127))


class Network(unittest.TestCase):
    def test_names_and_values_survive(self):
        try:
            import torch
        except ImportError:
            self.skipTest("needs torch")
        from model import export
        from model.network import Encoder, Shape
        shape = Shape(20, 16, (3, 2, 4, 2, 5, 3, 2, 6), layers=1, width=8, heads=2, feed_forward=16, reach=4)
        network = Encoder(shape)
        tensors = export.tensors_of(network)
        sizes = {name: list(array.shape) for name, array in tensors.items()}
        self.assertEqual({
            "embed.token": [20, 8], "embed.feature": [27, 8], "embed.gram": [16, 8],
            "layers.0.norm1.weight": [8], "layers.0.qkv.weight": [24, 8], "layers.0.qkv.bias": [24],
            "layers.0.position": [2, 9], "layers.0.out.weight": [8, 8], "layers.0.out.bias": [8],
            "layers.0.norm2.weight": [8], "layers.0.up.weight": [16, 8], "layers.0.up.bias": [16],
            "layers.0.down.weight": [8, 16], "layers.0.down.bias": [8], "final.norm.weight": [8],
            "head.token.weight": [20, 8], "head.token.bias": [20], "head.fine.weight": [1, 8], "head.fine.bias": [1],
            "head.gap.left.weight": [8, 8], "head.gap.right.weight": [8, 8], "head.gap.bias": [8],
            "head.gap.out.weight": [20, 8], "head.gap.out.bias": [20]}, sizes)
        with torch.no_grad():
            again = export.tensors_of(export.network_of(tensors, shape))
        for name, array in tensors.items():
            numpy.testing.assert_array_equal(array, again[name])
        stored = weights_file.in_format(tensors, "int8")
        self.assertEqual({numpy.dtype(numpy.float32)}, {array.dtype for name, array in stored.items()
                                                         if "norm" in name or "bias" in name or "position" in name})


if __name__ == "__main__":
    unittest.main()
