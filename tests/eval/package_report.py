"""package_report: from what was found in packages to numbers and tables."""

import collections
import re

from measure import mean, percent, quantile
from report import table, text_of

COMMONEST = 10
INCIDENT_LIMIT = 20


def summary(results):
    """Of one package, or of several together."""
    flagged = [each for result in results for each in result["flagged"]]
    rows = [row for result in results for row in result["deletions"]]
    shown = [row for row in rows if row["diagnostics"]]
    marks = [row for row in rows if not re.match(r"[\w\"'`]", row["token"])]
    brackets = [row for row in rows if row["bracket"]]
    bracket_shown = [row for row in brackets if row["diagnostics"]]
    files = sum(result["files"] for result in results)
    refused = sum(each["refused"] for each in flagged)
    times = lambda key, share: quantile([row[key] for row in rows if row[key] is not None], share)
    return {
        "files": files,
        "flagged": len(flagged) - refused,
        "refused": refused,
        "flagged_share": percent(len(flagged) - refused, files - refused),
        "lost": sum(len(result["lost"]) for result in results),
        "editor_flagged": sum(len(result["editor_flagged"]) for result in results),
        "deletions": len(rows),
        "not_answered": sum(row["outcome"] != "answered" for row in rows),
        "detected": percent(len(shown), len(rows)),
        "per_mistake": mean([row["diagnostics"] for row in shown]),
        "per_mistake_p99": quantile([row["diagnostics"] for row in shown], 0.99),
        "near": percent(sum(row["away"] <= 1 for row in shown), len(rows)),
        "brackets": len(brackets),
        "bracket_near": percent(sum(row["away"] <= 1 for row in bracket_shown), len(brackets)),
        "bracket_away_p50": quantile([row["away"] for row in bracket_shown], 0.5),
        "exact": percent(sum(row["exact"] for row in rows), len(rows)),
        "exact_of_marks": percent(sum(row["exact"] for row in marks), len(marks)),
        "shown_p50": times("shown_ms", 0.5),
        "shown_p95": times("shown_ms", 0.95),
        "repair_p50": times("repair_ms", 0.5),
        "repair_p95": times("repair_ms", 0.95),
    }


def abbreviated(source):
    """A line's shape: strings and numbers fall away, so that likes come together."""
    source = re.sub(r'"(?:\\.|[^"\\])*"', '""', source)
    source = re.sub(r"'(?:\\.|[^'\\])*'", "''", source)
    return " ".join(re.sub(r"\b\d\w*", "0", source).split())[:70]


def reasons(results):
    """The commonest kinds of false alarm: ((first word, message), files, an example)."""
    groups = collections.defaultdict(list)
    for result in results:
        for each in result["flagged"]:
            if not each["refused"] and each["first"]:
                first = each["first"][0]
                word = re.match(r"\W*(\w*)", first["source"]).group(1)
                groups[first["message"], word].append((result, each, first))
    ranked = sorted(groups.values(), key=lambda group: (-len(group), group[0][0]["package"], group[0][1]["path"]))
    return [{"files": len(group), "message": group[0][2]["message"], "source": abbreviated(group[0][2]["source"]),
             "at": f"{group[0][0]['package']}/{group[0][1]['path']}:{group[0][2]['line']}"}
            for group in ranked[:COMMONEST]]


def misses(results):
    """The commonest undetected deletions: by token, with an example."""
    groups = collections.defaultdict(list)
    for result in results:
        for row in result["deletions"]:
            if row["outcome"] == "answered" and not row["diagnostics"]:
                groups[row["token"] if len(row["token"]) < 12 else row["token"][:1] + "..."].append((result, row))
    ranked = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0]))
    return [{"token": token, "misses": len(group), "source": " ".join(group[0][1]["source"].split())[:70],
             "at": f"{group[0][0]['package']}/{group[0][1]['path']}:{group[0][1]['line']}"}
            for token, group in ranked[:COMMONEST]]


def measured(results):
    """{language: {"summary", "packages": {name: summary}, "reasons", "misses", "no_judge"}}"""
    by_language = {}
    for result in results:
        by_language.setdefault(result["language"], []).append(result)
    return {language: {
        "summary": summary(group),
        "packages": {result["package"]: summary([result]) for result in group},
        "reasons": reasons(group),
        "misses": misses(group),
        "no_judge": next((result["no_judge"] for result in group if result["no_judge"]), None),
    } for language, group in by_language.items()}


def two(value):
    return None if value is None else f"{value:.2f}"


def alarm_table(found):
    rows = []
    for language, numbers in found.items():
        for name, each in [(language, numbers["summary"])] + [
                (f"  {name}", each) for name, each in numbers["packages"].items()]:
            rows.append([name, each["files"], each["flagged"], two(each["flagged_share"]), each["refused"],
                         each["lost"]])
    return table(["false alarms", "files", "flagged", "flagged %", "refused by its parser too", "failed"], rows)


def deletion_table(found):
    rows = []
    for language, numbers in found.items():
        for name, each in [(language, numbers["summary"])] + [
                (f"  {name}", each) for name, each in numbers["packages"].items()]:
            if each["deletions"]:
                rows.append([name, each["deletions"], each["detected"], two(each["per_mistake"]),
                             each["per_mistake_p99"], each["near"], each["brackets"], each["bracket_near"],
                             each["bracket_away_p50"], each["exact"], each["exact_of_marks"],
                             each["not_answered"]])
    return table(["deletions", "count", "detected %", "per mistake", "p99", "within 1 line %", "brackets",
                  "within 1 line %", "lines away p50", "exact repair %", "of marks %", "failed"], rows) if rows else ""


def time_table(found):
    rows = [[language, each["shown_p50"], each["shown_p95"], each["repair_p50"], each["repair_p95"]]
            for language, each in ((language, numbers["summary"]) for language, numbers in found.items())
            if each["deletions"]]
    return table(["ms after the keystroke", "shown p50", "p95", "repair p50", "p95"], rows) if rows else ""


def printed(found, results):
    """The whole report."""
    parts = [alarm_table(found), deletion_table(found), time_table(found)]
    for language, numbers in found.items():
        if numbers["reasons"]:
            parts.append(table([f"{language}: false alarms", "files", "where", "line"],
                               [[each["message"], each["files"], each["at"], each["source"]]
                                for each in numbers["reasons"]]))
        if numbers["misses"]:
            parts.append(table([f"{language}: not detected", "misses", "where", "line"],
                               [[each["token"], each["misses"], each["at"], each["source"]]
                                for each in numbers["misses"]]))
        if numbers["no_judge"]:
            parts.append(f"{language}: no deletions, and all that is flagged counts: {numbers['no_judge']}")
        if numbers["summary"]["editor_flagged"]:
            parts.append(f"{language}: {text_of(numbers['summary']['editor_flagged'])} files are flagged in the editor"
                         " that `check` finds clean")
    lost = [f"{result['language']}/{result['package']}: {line}" for result in results for line in result["lost"]]
    lost += [f"{result['language']}/{result['package']}/{row['path']}:{row['line']}: {row['outcome']}"
             f" {row.get('how', '')}".rstrip() for result in results for row in result["deletions"]
             if row["outcome"] != "answered"]
    if lost:
        parts.append("\n".join(lost[:INCIDENT_LIMIT] + ([f"and {len(lost) - INCIDENT_LIMIT} more"]
                                                       if len(lost) > INCIDENT_LIMIT else [])))
    return "\n\n".join(filter(None, parts))
