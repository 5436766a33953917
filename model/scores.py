"""How good the network's outputs are on windows whose way back is known.

- exact: every token and gap of the window is right, at once;
- top1, top5: share of the true edits among the k best edits of the window (an edit: a place and an output), k + the
  number of true edits - 1, so that a window of several edits can be whole;
- fine: the "needs no edit" verdict is right;
- sure, sure_right: share of broken windows whose best edit has a probability of 0.9 or more, and how many of those are true.
"""

import collections

import numpy
import torch

from model.corrupt import LANGUAGES
from model.samples import IGNORED, KIND_NAMES

SURE = 0.9


class Scores:
    """Sums by language and by kind of mistake."""

    def __init__(self):
        self.sums = collections.defaultdict(collections.Counter)

    def add(self, batch, token_logits, gap_logits, fine):
        token_logs, gap_logs = torch.log_softmax(token_logits.float(), -1), torch.log_softmax(gap_logits.float(), -1)
        logs = torch.cat((token_logs, gap_logs), 1).cpu()
        truth = torch.cat((batch.output, batch.gap), 1).cpu()
        known = truth != IGNORED
        truth = torch.where(known, truth, torch.zeros_like(truth))
        right = (logs.argmax(-1) == truth) | ~known
        loss = -logs.gather(-1, truth[..., None])[..., 0] * known
        edits = known & (truth > 0)
        # Keeping is no edit: the rest of each place competes with the rest of all others.
        ranked = logs[..., 1:].masked_fill(~known[..., None], float("-inf")).flatten(1)
        for window in range(len(batch.language)):
            names = ["all", LANGUAGES[batch.language[window]], "kind " + KIND_NAMES[batch.kind[window]],
                     f"{LANGUAGES[batch.language[window]]} {KIND_NAMES[batch.kind[window]]}"]
            places = edits[window].nonzero()[:, 0]
            values = {"windows": 1, "exact": bool(right[window].all()), "loss": float(loss[window].sum()),
                      "fine": bool((fine[window] > 0).item() == (len(places) == 0))}
            if len(places):
                true = places * (logs.shape[-1] - 1) + truth[window, places] - 1
                best = ranked[window].topk(5 + len(places)).indices
                probability = float(ranked[window, best[0]].exp())
                hit = bool((true == best[0]).any())
                values.update(broken=1, broken_exact=values["exact"], edits=len(places), first=hit,
                              top1=int(torch.isin(true, best[:len(places)]).sum()),
                              top5=int(torch.isin(true, best[:4 + len(places)]).sum()),
                              sure=probability >= SURE, sure_right=probability >= SURE and hit)
            else:
                values.update(clean=1, clean_exact=values["exact"])
            for name in names:
                self.sums[name].update({key: value + 0 for key, value in values.items()})

    def table(self, kinds=False):
        """{name: {score: value}}; shares are per cent."""
        table = {}
        for name, sums in self.sums.items():
            if ("kind " in name or name.split(" ")[0] != name) and not kinds:
                continue

            def share(part, whole):
                return round(100 * sums[part] / sums[whole], 1) if sums[whole] else None

            table[name] = {"windows": sums["windows"], "exact": share("broken_exact", "broken"),
                           "first": share("first", "broken"), "top1": share("top1", "edits"), "top5": share("top5", "edits"),
                           "clean": share("clean_exact", "clean"), "fine": share("fine", "windows"),
                           "sure": share("sure", "broken"), "sure_right": share("sure_right", "sure"),
                           "loss": round(sums["loss"] / sums["windows"], 3)}
        return table

    def text(self, kinds=False):
        """The table for people."""
        table = self.table(kinds)
        if not table:
            return "nothing scored"
        columns = list(next(iter(table.values())))
        rows = [f"{'':28}" + "".join(f"{column:>11}" for column in columns)]
        order = ["all", *LANGUAGES]
        for name in sorted(table, key=lambda each: (order.index(each) if each in order else 99, each)):
            rows.append(f"{name:28}" + "".join(f"{'-' if value is None else value:>11}" for value in table[name].values()))
        return "\n".join(rows)


def score(network, batches, limit=None):
    """Scores over batches; `limit` windows at most."""
    scores, seen = Scores(), 0
    network.eval()
    with torch.no_grad():
        for batch in batches:
            scores.add(batch, *network(batch))
            seen += len(batch.language)
            if limit and seen >= limit:
                break
    network.train()
    return scores


def keep_bias(network, batches, limit=2000):
    """What to add to the logits of output 0 so that probabilities are right: training counts edits more than keeping.

    (for tokens, for gaps), found by Newton steps on the likelihood of keep against the rest."""
    found = []
    gathered = ([], []), ([], [])
    seen = 0
    network.eval()
    with torch.no_grad():
        for batch in batches:
            token_logits, gap_logits, _ = network(batch)
            for (margins, keeps), logits, truth in ((gathered[0], token_logits, batch.output),
                                                   (gathered[1], gap_logits, batch.gap)):
                known = truth != IGNORED
                margins.append((logits[..., 0] - torch.logsumexp(logits[..., 1:], -1))[known].double())
                keeps.append((truth == 0)[known].double())
            seen += len(batch.language)
            if seen >= limit:
                break
    network.train()
    for margins, keeps in gathered:
        margin, keep, shift = torch.cat(margins), torch.cat(keeps), 0.0
        for _ in range(30):
            chance = torch.sigmoid(margin + shift)
            shift += float((keep - chance).sum() / (chance * (1 - chance)).sum().clamp(min=1e-3))
            shift = float(numpy.clip(shift, -6, 6))
        found.append(round(shift, 3))
    return tuple(found)
