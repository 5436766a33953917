"""Checks every #include of ours against the table in layers.txt.

An include in quotes names one of our headers from the root of the repository; one in angle brackets is the system's or
a third party's. Third-party headers are allowed only where the table says so, the system's everywhere.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
THIRD_PARTY = re.compile(
    r"(uv|xxhash|cmocka|json|parser|sqlite3|curl)\.h$|(json-c|tree_sitter|vulkan|hiredis|uv|curl|openssl)/")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]+)"|<([^>\n]+)>|(\S+))', re.MULTILINE)


class Layer:
    def __init__(self, ours, third_party):
        self.ours = ours
        self.third_party = third_party
        self.forbidden = []

    def allows_ours(self, folder):
        return "*" in self.ours or folder in self.ours

    def allows_third_party(self, header):
        return any(header == entry or entry == "*" or (entry.endswith("/") and header.startswith(entry))
                   for entry in self.third_party)


def read_table(path):
    layers = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.split("#", 1)[0].strip()
        if not line:
            continue
        fields = [field.split() for field in line.split(":")]
        if fields[0][0] == "forbidden" and len(fields) == 2:
            layers[fields[0][1]].forbidden += fields[1]
        elif len(fields) == 3 and len(fields[0]) == 1:
            layers[fields[0][0]] = Layer(fields[1], fields[2])
        else:
            sys.exit(f"{path}:{number}: expected 'folder : ours : third-party' or 'forbidden folder : words'")
    return layers


def strip_comments(text):
    """Comments become as many line ends as they had, so that line numbers stay true."""
    return re.sub(r"/\*.*?\*/|//[^\n]*", lambda match: "\n" * match.group().count("\n"), text, flags=re.DOTALL)


def check_file(path, folder, layer, layers):
    name = path.relative_to(ROOT)
    text = strip_comments(path.read_text(encoding="utf-8"))
    for match in INCLUDE.finditer(text):
        where = f"{name}:{text.count(chr(10), 0, match.start()) + 1}"
        quoted, angled, other = match.groups()
        if other:
            yield f"{where}: includes by macro ({other}); name the header"
        elif quoted:
            target = quoted.split("/", 1)[0]
            if "/" not in quoted or ".." in quoted or not (ROOT / quoted).is_file():
                yield f'{where}: "{quoted}" is not a header of ours, named from the root'
            elif target not in layers:
                yield f'{where}: "{quoted}" lies in a folder that layers.txt does not have'
            elif target != folder and not layer.allows_ours(target):
                yield f"{where}: {folder}/ may not include {target}/"
        elif THIRD_PARTY.match(angled) and not layer.allows_third_party(angled):
            yield f"{where}: {folder}/ may not include <{angled}>"
    for word in layer.forbidden:
        match = re.search(rf"\b{word}\b", text)
        if match:
            yield f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {folder}/ may not use {word}"


def main():
    layers = read_table(ROOT / "tests/tidy/layers.txt")
    problems, count = [], 0
    for folder, layer in layers.items():
        for path in sorted((ROOT / folder).rglob("*.[ch]")):
            problems += check_file(path, folder, layer, layers)
            count += 1
    known = set(layers) | {"build", "node_modules"}
    for path in sorted(ROOT.glob("*/*.[ch]")):
        if path.parent.name not in known and not path.parent.name.startswith("."):
            problems.append(f"{path.relative_to(ROOT)}: its folder is not in layers.txt")
    print("\n".join(problems))
    print(f"{count} files checked, {len(problems)} problems")
    sys.exit(1 if problems or not count else 0)


if __name__ == "__main__":
    main()
