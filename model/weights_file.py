"""The weights file: safetensors, written and read by hand.

u64 little-endian length of the header, the header as JSON ({name: {dtype, shape, data_offsets}}), the data. A matrix of
int8 has a companion NAME.scale, one float32 a row: value = int8 * scale[row]. `__metadata__` says what the network is.
"""

import json
import os
import struct

import numpy

FORMAT, VERSION = "noodle-encoder", "1"
DTYPES = {"F32": numpy.float32, "F16": numpy.float16, "I8": numpy.int8, "I32": numpy.int32}
NAMES = {numpy.dtype(kind): name for name, kind in DTYPES.items()}
ALIGNMENT = 64  # of every tensor in the file, so that it can be used where it is mapped
INT8_MAX = 127


def write_tensors(path, tensors, metadata):
    """`tensors`: {name: array}, in that order; whole or not at all."""
    header, pieces, place = {"__metadata__": metadata}, [], 0
    for name, array in tensors.items():
        data = numpy.ascontiguousarray(array).tobytes()
        header[name] = {"dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [place, place + len(data)]}
        pieces.append(data)
        place += len(data)
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % ALIGNMENT)
    with open(path + ".part", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for piece in pieces:
            file.write(piece)
    os.replace(path + ".part", path)


def read_tensors(path):
    """({name: array}, metadata); raises ValueError where the file is none of these."""
    with open(path, "rb") as file:
        data = file.read()
    try:
        size, = struct.unpack_from("<Q", data)
        if 8 + size > len(data):
            raise ValueError("it ends within its header")
        header = json.loads(data[8:8 + size])
        metadata = header.pop("__metadata__", {})
        tensors = {}
        for name, entry in header.items():
            start, end = entry["data_offsets"]
            array = numpy.frombuffer(data[8 + size + start:8 + size + end], dtype=DTYPES[entry["dtype"]])
            tensors[name] = array.reshape(entry["shape"])
    except (struct.error, ValueError, KeyError, TypeError, UnicodeDecodeError) as problem:
        raise ValueError(f"{path} is no safetensors file: {problem}") from None
    return tensors, metadata


def quantise(matrix):
    """(int8 matrix, float32 scale of each row); symmetric."""
    scale = numpy.abs(matrix).max(axis=1) / INT8_MAX
    scale = numpy.where(scale > 0, scale, 1).astype(numpy.float32)
    return numpy.clip(numpy.rint(matrix / scale[:, None]), -INT8_MAX, INT8_MAX).astype(numpy.int8), scale


def in_format(tensors, kind):
    """Float32 tensors as they are stored: `kind` is fp32, fp16 or int8, and concerns matrices only."""
    stored = {}
    for name, array in tensors.items():
        matrix = array.ndim == 2 and (name.startswith("embed.") or name.endswith(".weight"))
        if matrix and kind == "int8":
            stored[name], stored[f"{name}.scale"] = quantise(array)
        elif matrix and kind == "fp16":
            stored[name] = array.astype(numpy.float16)
        else:
            stored[name] = array.astype(numpy.float32)
    return stored


def as_floats(stored):
    """The values that stored tensors stand for."""
    tensors = {}
    for name, array in stored.items():
        if name.endswith(".scale"):
            continue
        scale = stored.get(f"{name}.scale")
        tensors[name] = array.astype(numpy.float32) * (1 if scale is None else scale[:, None])
    return tensors


def metadata_of(shape, header, **more):
    """`shape`: a network.Shape; `header`: of the feature stream; `more`: further strings."""
    return {"format": FORMAT, "version": VERSION, "layers": str(shape.layers), "width": str(shape.width),
            "heads": str(shape.heads), "feed_forward": str(shape.feed_forward), "reach": str(shape.reach),
            "tokens": str(shape.tokens), "grams": str(shape.grams),
            "feature_sizes": ",".join(map(str, shape.feature_sizes)),
            "vocabulary": json.dumps(header["vocabulary"], ensure_ascii=False),
            "features_version": str(header["version"]), "lexer_version": str(header["lexer_version"]), **more}
