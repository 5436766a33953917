"""A strict structural check of SARIF 2.1.0: the properties that noodle-lsp may use, with types, requirements and ranges
as the standard's schema has them. A property that is not listed here is refused, so nothing slips in unchecked."""
import re
from urllib.parse import unquote, urlparse


class SarifError(Exception):
    pass


def need(condition, where, message):
    if not condition:
        raise SarifError(f"{where}: {message}")


def string(value, where):
    need(isinstance(value, str), where, "has to be a string")


def text(value, where):
    string(value, where)
    need(value, where, "must not be empty")


def boolean(value, where):
    need(isinstance(value, bool), where, "has to be true or false")


def integer(minimum):
    def check(value, where):
        need(isinstance(value, int) and not isinstance(value, bool) and value >= minimum, where,
             f"has to be a whole number from {minimum}")
    return check


def one_of(*values):
    def check(value, where):
        need(value in values, where, f"has to be one of {values}, not {value!r}")
    return check


def array(item, least=0, unique=False):
    def check(value, where):
        need(isinstance(value, list) and len(value) >= least, where, f"has to be an array of at least {least}")
        for index, element in enumerate(value):
            item(element, f"{where}[{index}]")
        need(not unique or len({repr(element) for element in value}) == len(value), where, "has to be without repeats")
    return check


def record(required, optional=None):
    known = dict(required, **(optional or {}))

    def check(value, where):
        need(isinstance(value, dict), where, "has to be an object")
        for name in required:
            need(name in value, where, f"lacks {name}")
        for name, member in value.items():
            need(name in known, where, f"has {name}, which is not known here")
            known[name](member, f"{where}.{name}")
    return check


def uri_reference(value, where):
    string(value, where)
    need(re.fullmatch(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+", value), where, f"{value!r} is no URI")
    need(unquote(urlparse(value).path), where, "has to have a path")


def region(value, where):
    record({"startLine": integer(1)}, {"startColumn": integer(1), "endLine": integer(1), "endColumn": integer(1)})(
        value, where)
    start = (value["startLine"], value.get("startColumn", 1))
    end = (value.get("endLine", start[0]), value.get("endColumn", start[1]))
    need(start <= end, where, f"ends {end} before it begins {start}")


message = record({"text": text})
artifact_location = record({"uri": uri_reference})
physical_location = record({"artifactLocation": artifact_location}, {"region": region})
location = record({"physicalLocation": physical_location}, {"id": integer(0), "message": message})
replacement = record({"deletedRegion": region}, {"insertedContent": record({"text": string})})
artifact_change = record({"artifactLocation": artifact_location, "replacements": array(replacement, least=1)})
fix = record({"artifactChanges": array(artifact_change, least=1, unique=True)}, {"description": message})
result = record({"message": message}, {
    "ruleId": text, "ruleIndex": integer(0), "level": one_of("none", "note", "warning", "error"),
    "locations": array(location), "relatedLocations": array(location, unique=True), "fixes": array(fix, unique=True)})


def semantic_version(value, where):
    string(value, where)
    need(re.fullmatch(r"\d+\.\d+\.\d+([-+][0-9A-Za-z.\-]+)?", value), where, "is no semantic version")


rule = record({"id": text}, {"shortDescription": message, "helpUri": text})
driver = record({"name": text}, {"version": text, "semanticVersion": semantic_version,
                                 "rules": array(rule, unique=True)})
invocation = record({"executionSuccessful": boolean})
run = record({"tool": record({"driver": driver})}, {
    "results": array(result), "columnKind": one_of("utf16CodeUnits", "unicodeCodePoints"),
    "invocations": array(invocation, unique=True)})
log = record({"version": one_of("2.1.0"), "runs": array(run)}, {"$schema": uri_reference})


def check(value):
    """Raises SarifError with the place of what is wrong."""
    log(value, "$")
    for index, one_run in enumerate(value["runs"]):
        rules = one_run["tool"]["driver"].get("rules", [])
        for number, one in enumerate(one_run.get("results", [])):
            where = f"$.runs[{index}].results[{number}]"
            if "ruleIndex" in one:
                need(one["ruleIndex"] < len(rules), where, "ruleIndex is out of range")
                need(rules[one["ruleIndex"]]["id"] == one.get("ruleId"), where, "ruleIndex and ruleId disagree")
