"""report: the measurements as tables for people."""


def text_of(value):
    if value is None:
        return "n/a"
    if isinstance(value, float):
        return f"{value:.1f}"
    return str(value)


def table(header, rows):
    """Aligned columns: the first to the left, numbers to the right."""
    cells = [header] + [[text_of(value) for value in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    lines = []
    for row in cells:
        first = row[0].ljust(widths[0])
        rest = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        lines.append("  ".join([first] + rest).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


SUMMARY_COLUMNS = [
    ("cases", "cases"), ("detected", "detected %"), ("noise", "noise"), ("offered", "offered %"),
    ("judged", "judged"), ("parse_fixed", "parse-fixed %"), ("with_fix", "with fix"),
    ("exact_1", "exact@1 %"), ("exact_5", "exact@5 %"), ("crashed", "crashed"), ("hung", "hung"),
    ("refused", "refused"),
]
INCIDENT_LIMIT = 20
CATEGORY_MIN_CASES = 5  # fewer say nothing in per cent


def summary_table(first, summaries):
    """`summaries`: (name, summary) pairs. Noise keeps two decimals, since 1.0 and 1.04 differ."""
    rows = []
    for name, numbers in summaries:
        row = [name] + [numbers[key] for key, _ in SUMMARY_COLUMNS]
        if numbers["noise"] is not None:
            row[3] = f"{numbers['noise']:.2f}"
        rows.append(row)
    return table([first] + [title for _, title in SUMMARY_COLUMNS], rows)


def times_table(measured):
    rows = []
    for name, numbers in measured.items():
        for group, spent in numbers["times_ms"].items():
            if spent["cases"]:
                rows.append([f"{name}, {group}", spent["cases"], spent["p50"], spent["p95"], spent["p99"],
                             spent["max"]])
    return table(["ms per repair", "cases", "p50", "p95", "p99", "max"], rows)


def alarms_table(measured):
    rows = [[name, n["false_alarms"]["files"], n["false_alarms"]["flagged"],
             f"{n['false_alarms']['share']:.2f}", n["false_alarms"]["refused"], n["false_alarms"]["failed"]]
            for name, n in measured.items() if n["false_alarms"]["files"]]
    return table(["valid files", "files", "flagged", "flagged %", "refused by their parser", "failed"], rows)


def confidence_table(measured):
    rows = []
    for name, numbers in measured.items():
        for label, known in ((name, numbers["calibration"]), (f"{name}, one edit", numbers["calibration_one_edit"])):
            if known["repairs"]:
                rows.append([label, known["repairs"], known["confident"], known["precision"], known["parts"], known["coverage"],
                             known["calibration_error"]])
    return table(["confidence", "repairs", ">= 0.9", "exact of these %", "done by the author too %", "coverage %", "mean gap %"], rows)


def bins_table(calibration):
    rows = []
    for each in calibration["bins"]:
        confidence = None if each["mean_confidence"] is None else 100 * each["mean_confidence"]
        rows.append([f"{each['from']:.1f}-{each['from'] + 0.1:.1f}", each["repairs"], confidence, each["exact"]])
    return table(["confidence bin", "repairs", "mean confidence %", "exact %"], rows)


def printed(measured, judges, incidents, categories):
    """The whole report; `measured` is by language with "total" last."""
    parts = [summary_table("language", [(name, n["summary"]) for name, n in measured.items()])]
    parts.append(summary_table("by kind", [
        (f"{name}, {kind}", s) for name, n in measured.items() for kind, s in n["by_kind"].items()]))
    parts.append(summary_table("by edits", [
        (f"{name}, {edits}", s) for name, n in measured.items() for edits, s in n["by_edits"].items()]))
    if categories:
        parts.append(summary_table("by category", [
            (f"{name}, {category}", s) for name, n in measured.items()
            for category, s in n["by_category"].items() if s["cases"] >= CATEGORY_MIN_CASES]))
    parts.append(confidence_table(measured))
    parts.append(bins_table(measured["total"]["calibration"]))
    parts.append(alarms_table(measured))
    parts.append(times_table(measured))
    for language, reason in judges.items():
        if reason:
            parts.append(f"{language}: parse-fixed n/a: {reason}")
    if incidents:
        shown = [f"{each['outcome']}: {each['id']}: {each['detail']}" for each in incidents[:INCIDENT_LIMIT]]
        if len(incidents) > INCIDENT_LIMIT:
            shown.append(f"and {len(incidents) - INCIDENT_LIMIT} more")
        parts.append("\n".join(shown))
    return "\n\n".join(parts)
