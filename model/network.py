"""The encoder as a torch module. Parameter names are the tensor names of the weights file.

A window of tokens goes in; out come an output per token (keep, delete, replace by v, indent, dedent), an output per gap
(insert v) and one logit: does the window need no edit. Pre-norm transformer with learnt relative positions.
"""

import itertools
import math
from dataclasses import asdict, dataclass

import torch
from torch import nn
from torch.nn import functional

NORM_EPSILON = 1e-5


@dataclass
class Shape:
    """The sizes of a network."""
    tokens: int  # rows of embed.token, and outputs: 8 + literals
    grams: int
    feature_sizes: tuple
    layers: int = 4
    width: int = 192
    heads: int = 6
    feed_forward: int = 768
    reach: int = 64

    def to_dict(self):
        return asdict(self)


class Tensor(nn.Module):
    """A named place for one or two parameters: NAME.weight and NAME.bias."""

    def __init__(self, *size, deviation, bias=False):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(*size) * deviation if deviation else torch.ones(*size))
        if bias:
            self.bias = nn.Parameter(torch.zeros(size[0]))

    def forward(self, x):
        return functional.linear(x, self.weight, getattr(self, "bias", None))


def rms_norm(x, weight):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + NORM_EPSILON) * weight


class Layer(nn.Module):
    def __init__(self, shape):
        super().__init__()
        width, deviation = shape.width, 1 / math.sqrt(shape.width)
        depth = 1 / math.sqrt(2 * shape.layers)
        self.heads = shape.heads
        self.norm1 = Tensor(width, deviation=0)
        self.qkv = Tensor(3 * width, width, deviation=deviation, bias=True)
        self.position = nn.Parameter(torch.zeros(shape.heads, 2 * shape.reach + 1))
        self.out = Tensor(width, width, deviation=deviation * depth, bias=True)
        self.norm2 = Tensor(width, deviation=0)
        self.up = Tensor(shape.feed_forward, width, deviation=deviation, bias=True)
        self.down = Tensor(width, shape.feed_forward, deviation=depth / math.sqrt(shape.feed_forward), bias=True)

    def forward(self, x, distance, hidden):
        """distance [T, T]: row of `position`; hidden [B, 1, 1, T]: -inf at padding."""
        batch, count, width = x.shape
        q, k, v = self.qkv(rms_norm(x, self.norm1.weight)).view(batch, count, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-1, -2) * (1 / math.sqrt(q.shape[-1]))
        scores = scores + self.position[:, distance] + hidden
        mixed = functional.softmax(scores.float(), -1).to(v.dtype) @ v
        x = x + self.out(mixed.transpose(1, 2).reshape(batch, count, width))
        inner = functional.gelu(self.up(rms_norm(x, self.norm2.weight)), approximate="tanh")
        return x + self.down(inner)


class Named(nn.Module):
    """Groups modules so that their parameters get dotted names."""

    def __init__(self, **modules):
        super().__init__()
        for name, module in modules.items():
            setattr(self, name, module)


class Encoder(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.shape = shape
        width, deviation = shape.width, 1 / math.sqrt(shape.width)
        self.embed = Named(token=Tensor(shape.tokens, width, deviation=0.3),
                           feature=Tensor(sum(shape.feature_sizes), width, deviation=0.1),
                           gram=Tensor(shape.grams, width, deviation=0.3))
        self.layers = nn.ModuleList(Layer(shape) for _ in range(shape.layers))
        self.final = Named(norm=Tensor(width, deviation=0))
        self.head = Named(token=Tensor(shape.tokens, width, deviation=deviation / 4, bias=True),
                          fine=Tensor(1, width, deviation=deviation / 4, bias=True))
        # In its own module, because its bias belongs to the sum of two products.
        self.head.gap = Named(left=Tensor(width, width, deviation=deviation), right=Tensor(width, width, deviation=deviation),
                              out=Tensor(shape.tokens, width, deviation=deviation / 4, bias=True))
        self.head.gap.bias = nn.Parameter(torch.zeros(width))
        with torch.no_grad():  # most tokens stay and most gaps stay empty
            self.head.token.bias[0] = self.head.gap.out.bias[0] = 4.0
        offsets = [0, *itertools.accumulate(shape.feature_sizes)][:-1]
        self.register_buffer("offsets", torch.tensor(offsets), persistent=False)

    def hidden(self, batch):
        """h [B, T, W] of a Batch."""
        count = batch.token.shape[1]
        x = functional.embedding(batch.token, self.embed.token.weight)
        x = x + functional.embedding(batch.features + self.offsets, self.embed.feature.weight).sum(2)
        if hasattr(batch, "gram_weights"):
            grams = functional.embedding_bag(batch.grams, self.embed.gram.weight, mode="sum",
                                             per_sample_weights=batch.gram_weights)
        else:
            grams = functional.embedding_bag(batch.grams, self.embed.gram.weight, batch.gram_starts, mode="mean")
        x = x + grams.view(x.shape)
        place = torch.arange(count, device=x.device)
        reach = self.shape.reach
        distance = (place[None, :] - place[:, None]).clamp(-reach, reach) + reach
        hidden = torch.zeros(batch.real.shape, device=x.device).masked_fill(~batch.real, float("-inf"))[:, None, None, :]
        for layer in self.layers:
            x = layer(x, distance, hidden)
        return rms_norm(x, self.final.norm.weight)

    def token_logits(self, h):
        return self.head.token(h)

    def gap_logits(self, left, right):
        inner = self.head.gap.left(left) + self.head.gap.right(right) + self.head.gap.bias
        return self.head.gap.out(functional.gelu(inner, approximate="tanh"))

    def fine_logit(self, h, real):
        mean = (h * real[..., None]).sum(1) / real.sum(1, keepdim=True)
        return self.head.fine(mean)[:, 0]

    def neighbours(self, h, real):
        """(left, right) [B, T+1, W] of every gap; zero outside the window."""
        h = h * real[..., None]
        nothing = torch.zeros_like(h[:, :1])
        return torch.cat((nothing, h), 1), torch.cat((h, nothing), 1)

    def forward(self, batch):
        """(token logits [B, T, V], gap logits [B, T+1, V], fine logit [B])."""
        h = self.hidden(batch)
        return self.token_logits(h), self.gap_logits(*self.neighbours(h, batch.real)), self.fine_logit(h, batch.real)
