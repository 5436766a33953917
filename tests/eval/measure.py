"""measure: from answers and verdicts to numbers. Pure functions over rows; a row is one case with what came of it.

Row fields: id, language, kind, category, min_edits, outcome ("answered", "crashed", "hung", "refused"),
diagnostics (count), elapsed_ms, offered, confidence, judged (its own parser rejects the broken text and is here),
parse_fixed, has_fix (the human's fix is known), rank (1-based place of the exact repair among the first five, or None),
is_part (the human's fix does all that the first repair does, and perhaps more).
"""

BIN_COUNT = 10
CONFIDENT = 0.9
KEPT_REPAIRS = 5


def percent(part, whole):
    return 100.0 * part / whole if whole else None


def mean(values):
    return sum(values) / len(values) if values else None


def quantile(values, share):
    """Nearest-rank quantile."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-int(share * 1000) * len(ordered) // 1000) - 1)]


def edits_group(min_edits):
    if min_edits is None:
        return "unknown"
    return "1" if min_edits <= 1 else "2-3" if min_edits <= 3 else "4+"


def summary(rows):
    answered = [r for r in rows if r["outcome"] == "answered"]
    single = [r for r in answered if r["min_edits"] == 1]
    judged = [r for r in rows if r["judged"]]
    pairs = [r for r in rows if r["has_fix"]]
    return {
        "cases": len(rows),
        "crashed": sum(r["outcome"] == "crashed" for r in rows),
        "hung": sum(r["outcome"] == "hung" for r in rows),
        "refused": sum(r["outcome"] == "refused" for r in rows),
        "detected": percent(sum(r["diagnostics"] > 0 for r in rows), len(rows)),
        "noise": mean([r["diagnostics"] for r in single]),
        "offered": percent(sum(r["offered"] for r in rows), len(rows)),
        "judged": len(judged),
        "parse_fixed": percent(sum(r["parse_fixed"] for r in judged), len(judged)),
        "with_fix": len(pairs),
        "exact_1": percent(sum(r["rank"] == 1 for r in pairs), len(pairs)),
        "exact_5": percent(sum(r["rank"] is not None for r in pairs), len(pairs)),
    }


def grouped(rows, key):
    """Summaries by `key(row)`, in the order of the keys."""
    groups = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {name: summary(groups[name]) for name in sorted(groups)}


def by_category(rows):
    result = grouped([r for r in rows if r["has_fix"] and r["category"]], lambda r: r["category"])
    return dict(sorted(result.items(), key=lambda item: -item[1]["cases"]))


def calibration(rows):
    """Of the first repairs whose right answer is known: how often each confidence is right."""
    known = [r for r in rows if r["has_fix"] and r["offered"] and r["confidence"] is not None]
    bins = []
    for index in range(BIN_COUNT):
        inside = [r for r in known if min(int(r["confidence"] * BIN_COUNT), BIN_COUNT - 1) == index]
        bins.append({
            "from": index / BIN_COUNT,
            "repairs": len(inside),
            "mean_confidence": mean([r["confidence"] for r in inside]),
            "exact": percent(sum(r["rank"] == 1 for r in inside), len(inside)),
        })
    sure = [r for r in known if r["confidence"] >= CONFIDENT]
    gaps = [b["repairs"] * abs(100 * b["mean_confidence"] - b["exact"]) for b in bins if b["repairs"]]
    return {
        "repairs": len(known),
        "confident": len(sure),
        "precision": percent(sum(r["rank"] == 1 for r in sure), len(sure)),
        "parts": percent(sum(r["is_part"] for r in sure), len(sure)),
        "coverage": percent(len(sure), sum(r["has_fix"] for r in rows)),
        "calibration_error": sum(gaps) / len(known) if known else None,
        "bins": bins,
    }


def of_one_edit(rows):
    """Where the person mended the mistake and changed nothing else."""
    return [r for r in rows if r["min_edits"] is not None and r["min_edits"] <= 1]


def times(rows):
    """Milliseconds per repair, split at one and several edits."""
    groups = {
        "one edit": of_one_edit(rows),
        "several edits": [r for r in rows if r["min_edits"] is not None and r["min_edits"] > 1],
        "all": rows,
    }
    result = {}
    for name, group in groups.items():
        spent = [r["elapsed_ms"] for r in group if r["elapsed_ms"] is not None]
        result[name] = {
            "cases": len(spent),
            "p50": quantile(spent, 0.50),
            "p95": quantile(spent, 0.95),
            "p99": quantile(spent, 0.99),
            "max": max(spent, default=None),
        }
    return result


def false_alarms(rows):
    """Over valid texts; those that their language's own parser refuses are none."""
    flagged = sum(r["diagnostics"] > 0 and not r["refused"] for r in rows)
    return {
        "files": len(rows),
        "flagged": flagged,
        "refused": sum(r["refused"] for r in rows),
        "share": percent(flagged, len(rows)),
        "failed": sum(r["outcome"] != "answered" for r in rows),
    }


def measured(broken, valid):
    """Everything about one language, or about all of them together."""
    return {
        "summary": summary(broken),
        "by_kind": grouped(broken, lambda r: r["kind"]),
        "by_edits": grouped([r for r in broken if r["has_fix"]], lambda r: edits_group(r["min_edits"])),
        "by_category": by_category(broken),
        "calibration": calibration(broken),
        "calibration_one_edit": calibration(of_one_edit(broken)),
        "false_alarms": false_alarms(valid),
        "times_ms": times(broken),
    }
