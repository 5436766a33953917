"""Writes what the C tests compare with: a tiny encoder nobody trained, a window, and what PyTorch makes of it.

    python3 -m model.golden [FOLDER]        (default tests/data/encoder)

tiny.safetensors is a weights file like any other. tiny_scores.safetensors has the window (input.token, input.features,
input.grams, input.gram_count: I32), the residual stream behind each layer (layer.N.output) and the logits
(output.token, output.gap, output.fine).
"""

import json
import pathlib
import struct
import sys
import types

import torch

from model.network import Encoder, Shape

SEED = 1
TOKENS = 21  # of the window
LITERALS = ["(", ")", "=", "==", "if", "else", "return", ";", "\"", "\\", "é"]
SHAPE = Shape(tokens=8 + len(LITERALS), grams=16, feature_sizes=(3, 2, 4, 2, 5, 3, 2, 6), layers=2, width=32, heads=2,
              feed_forward=48, reach=6)
GRAMS_MAX = 12
DTYPES = {torch.float32: "F32", torch.int32: "I32"}


def write_safetensors(path, tensors, metadata):
    """8 bytes with the length of the header, the header in JSON, the numbers."""
    header, data = ({"__metadata__": metadata} if metadata else {}), b""
    for name, tensor in tensors.items():
        body = tensor.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": DTYPES[tensor.dtype], "shape": list(tensor.shape),
                        "data_offsets": [len(data), len(data) + len(body)]}
        data += body
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def metadata():
    return {"format": "noodle-encoder", "version": "1", "layers": str(SHAPE.layers), "width": str(SHAPE.width),
            "heads": str(SHAPE.heads), "feed_forward": str(SHAPE.feed_forward), "reach": str(SHAPE.reach),
            "tokens": str(SHAPE.tokens), "grams": str(SHAPE.grams),
            "feature_sizes": ",".join(map(str, SHAPE.feature_sizes)), "vocabulary": json.dumps(LITERALS),
            "features_version": "1", "lexer_version": "1"}


def tiny_encoder():
    """Every parameter is far enough from what it starts as to be noticed when it is left out."""
    encoder = Encoder(SHAPE).eval()
    with torch.no_grad():
        for parameter in encoder.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return encoder


def window():
    """A batch of one window; its first tokens have no, one and twelve grams."""
    counts = torch.randint(0, GRAMS_MAX + 1, (TOKENS,))
    counts[:3] = torch.tensor([0, 1, GRAMS_MAX])
    grams = torch.randint(0, SHAPE.grams, (TOKENS, GRAMS_MAX))
    return types.SimpleNamespace(
        token=torch.randint(0, SHAPE.tokens, (1, TOKENS)),
        features=torch.stack([torch.randint(0, size, (TOKENS,)) for size in SHAPE.feature_sizes], 1)[None],
        grams=torch.cat([row[:count] for row, count in zip(grams, counts)]),
        gram_starts=torch.cat((torch.zeros(1, dtype=torch.int64), counts.cumsum(0)[:-1])),
        real=torch.ones(1, TOKENS, dtype=torch.bool), gram_rows=grams, gram_counts=counts)


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "tests/data/encoder")
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    encoder, batch = tiny_encoder(), window()
    write_safetensors(folder / "tiny.safetensors",
                      {name.removesuffix(".weight") if name.startswith("embed.") else name: parameter
                       for name, parameter in encoder.named_parameters()}, metadata())
    scores = {"input.token": batch.token[0].int(), "input.features": batch.features[0].int(),
              "input.grams": batch.gram_rows.int(), "input.gram_count": batch.gram_counts.int()}
    for number, layer in enumerate(encoder.layers):
        layer.register_forward_hook(
            lambda module, inputs, output, name=f"layer.{number}.output": scores.__setitem__(name, output[0]))
    with torch.no_grad():
        token, gap, fine = encoder(batch)
    scores.update({"output.token": token[0], "output.gap": gap[0], "output.fine": fine})
    write_safetensors(folder / "tiny_scores.safetensors", scores, {})


if __name__ == "__main__":
    main()
