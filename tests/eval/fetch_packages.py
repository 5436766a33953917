#!/usr/bin/env python3
"""fetch_packages: brings the sources of released packages into FOLDER/LANGUAGE/NAME, for `eval --packages`.

packages.json lists them: Debian source packages (only upstream's tarball), Debian binary packages and npm packages, with
version, sha256 and which of their files are wanted. Debian's lists and archives are kept in FOLDER/.apt, so that the
system's own are left alone. What is there already is not fetched again; an interrupted run goes on where it was. A
version that the archive no longer has is replaced by its newest, and told; --record writes what came into the manifest.

Exit status: 0 when all wanted packages are there, 1 when some could not be had, 2 for wrong usage.
"""

import argparse
import fnmatch
import glob
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
MANIFEST = os.path.join(HERE, "packages.json")
APT_SOURCES = "/etc/apt"
FILE_MAX_BYTES = 1 << 20  # larger ones are generated; `max_bytes` in the manifest says where they are wanted
NETWORK_TIMEOUT_S = 1800

# What is kept of a package: the language's files and what they include.
SUFFIXES = {
    "c": (".c", ".h", ".inc", ".def", ".tbl"),
    "go": (".go",),
    "java": (".java",),
    "javascript": (".js", ".mjs", ".cjs", ".jsx"),
    "json": (".json",),
    "python": (".py", ".pyi"),
    "rust": (".rs",),
    "typescript": (".ts", ".tsx", ".mts", ".cts"),
    "judges": ("",),  # not a language: parsers that eval uses where the machine has none
}
# By these a C file's project is known: where it begins, and where it has its headers.
BUILD_FILES = ("CMakeLists.txt", "GNUmakefile", "Makefile", "Makefile.am", "Makefile.in", "SConstruct", "build.ninja",
               "configure", "configure.ac", "configure.in", "makefile", "meson.build")
# Broken or odd on purpose, or made by machines.
NEVER = ("*/testdata/*", "*/tests/ui/*", "*/fixtures/*", "*/__fixtures__/*", "*/node_modules/*",
         "*.min.js", "*.min.mjs")


class NotHad(Exception):
    """A package could not be fetched; the text says why."""


def read_manifest(path=MANIFEST):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write_manifest(manifest):
    """One package a line."""
    with open(MANIFEST, "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(entry, ensure_ascii=False) for entry in manifest) + "\n]\n")


def run(command, **options):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=NETWORK_TIMEOUT_S, **options)
    except FileNotFoundError:
        raise NotHad(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise NotHad(f"{command[0]}: no answer within {NETWORK_TIMEOUT_S} s") from None
    if done.returncode:
        said = [line for line in (done.stderr or done.stdout).strip().splitlines() if line.strip()]
        told = [line for line in said if re.match(r"(E:|npm (ERR!|error))", line)] or said
        raise NotHad(f"{command[0]}: {told[0] if told else f'exit {done.returncode}'} (is there a network?)")
    return done.stdout


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


# ---- Debian ----

class Apt:
    """apt-get with lists of its own, made from the system's sources with the source packages switched on."""

    def __init__(self, folder):
        self._folder = os.path.join(folder, ".apt")
        self._options = []

    def _prepare(self):
        if self._options:
            return
        if not shutil.which("apt-get"):
            raise NotHad("apt-get is not installed")
        parts = os.path.join(self._folder, "sources")
        for name in ("sources", "lists/partial", "archives/partial"):
            os.makedirs(os.path.join(self._folder, name), exist_ok=True)
        found = 0
        for path in glob.glob(f"{APT_SOURCES}/sources.list.d/*.sources"):
            with open(path, encoding="utf-8") as file:
                text = re.sub(r"^Types:.*$", "Types: deb deb-src", file.read(), flags=re.M)
            found += self._put(parts, os.path.basename(path), text)
        for path in [f"{APT_SOURCES}/sources.list"] + glob.glob(f"{APT_SOURCES}/sources.list.d/*.list"):
            if os.path.exists(path):
                with open(path, encoding="utf-8") as file:
                    lines = [line for line in file if re.match(r"deb\s", line)]
                text = "".join(lines) + "".join(re.sub(r"^deb\b", "deb-src", line) for line in lines)
                found += self._put(parts, os.path.basename(path).removesuffix(".list") + ".list", text)
        if not found:
            raise NotHad(f"{APT_SOURCES} names no package sources")
        settings = {"Dir::Etc::sourcelist": os.devnull, "Dir::Etc::sourceparts": parts,
                    "Dir::State::lists": os.path.join(self._folder, "lists"), "Dir::Cache": self._folder,
                    "Dir::Cache::archives": os.path.join(self._folder, "archives"), "Acquire::Retries": "3",
                    "Acquire::http::Timeout": "30"}
        if os.getuid() == 0:
            settings["APT::Sandbox::User"] = "root"  # another user could not write into FOLDER
        options = [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]
        if not glob.glob(os.path.join(self._folder, "lists", "*Sources*")):
            run(["apt-get", *options, "-qq", "--error-on=any", "update"])
        self._options = options

    @staticmethod
    def _put(folder, name, text):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        return bool(text.strip())

    def _fetch(self, command, package, version, kind, into):
        """The wanted version, or the newest that the archive can still deliver."""
        self._prepare()
        listed = run(["apt-cache", *self._options, "madison", package])
        offered = [row[1].strip() for row in (line.split("|") for line in listed.splitlines())
                   if len(row) == 3 and row[0].strip() == package and row[2].strip().endswith(kind)]
        for number, each in enumerate(dict.fromkeys([version, *offered] if version else offered)):
            for left in os.listdir(into):
                os.unlink(os.path.join(into, left))
            try:
                run(["apt-get", *self._options, "-qq", *command, f"{package}={each}"], cwd=into)
            except NotHad as problem:
                reason = problem
                continue
            if version and number:
                print(f"fetch_packages: {package}: version {version} is gone, took {each}", file=sys.stderr)
            return
        raise reason if offered or version else NotHad(f"{package}: Debian has no such package")

    def source(self, package, version, into):
        """Upstream's tarballs and the version they came with."""
        self._fetch(["--download-only", "--only-source", "source"], package, version, "Sources", into)
        dsc = glob.glob(os.path.join(into, "*.dsc"))
        if len(dsc) != 1:
            raise NotHad(f"{package}: apt-get left no description of the source")
        with open(dsc[0], encoding="utf-8") as file:
            got = re.search(r"^Version: (\S+)", file.read(), re.M).group(1)
        tarballs = sorted(path for path in glob.glob(os.path.join(into, "*.tar.*"))
                          if not re.search(r"\.debian\.tar\.\w+$|\.asc$", path))
        return tarballs, got

    def binary(self, package, version, into):
        self._fetch(["download"], package, version, "Packages", into)
        deb = max(glob.glob(os.path.join(into, f"{package}_*.deb")), key=os.path.getmtime)
        return deb, run(["dpkg-deb", "--field", deb, "Version"]).strip()


# ---- unpacking ----

class Filter:
    """Which files of a package are wanted. In the globs `*` matches slashes too."""

    def __init__(self, entry):
        self._suffixes = SUFFIXES[entry["language"]]
        self._build_files = BUILD_FILES if entry["language"] == "c" else ()
        self._include = entry.get("include", ["*"]) + entry.get("support", [])
        self._exclude = list(NEVER) + entry.get("exclude", [])
        self._max = entry.get("max_bytes", FILE_MAX_BYTES)

    def __call__(self, path, size):
        if os.path.basename(path) in self._build_files:
            return True
        if size > self._max or not path.endswith(self._suffixes):
            return False
        rooted = f"/{path}"
        return (any(fnmatch.fnmatchcase(path, glob) for glob in self._include)
                and not any(fnmatch.fnmatchcase(path, glob) or fnmatch.fnmatchcase(rooted, glob)
                            for glob in self._exclude))


def put_file(folder, path, source, runs=False):
    target = os.path.join(folder, path)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as file:
        shutil.copyfileobj(source, file)
    os.chmod(target, 0o755 if runs else 0o644)


def is_inside(path):
    return not path.startswith("/") and ".." not in path.split("/") and "\0" not in path


def unpack_tar(stream, folder, wanted, strip):
    """Plain files only, read in one pass; `strip` leading folders fall away. The count of files kept."""
    kept = 0
    with tarfile.open(fileobj=stream, mode="r|*") as tar:
        for member in tar:
            path = "/".join(member.name.removeprefix("./").split("/")[strip:])
            if member.isfile() and path and is_inside(path) and wanted(path, member.size):
                put_file(folder, path, tar.extractfile(member), member.mode & 0o100)
                kept += 1
    return kept


def unpack_zip(archive, folder, wanted):
    kept = 0
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            if not info.is_dir() and is_inside(info.filename) and wanted(info.filename, info.file_size):
                with opened.open(info) as source:
                    put_file(folder, info.filename, source)
                kept += 1
    return kept


def unpack_deb(deb, folder, wanted, inner):
    """`inner` names a zip file inside the package that holds the sources."""
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE) as child:
        if not inner:
            return unpack_tar(child.stdout, folder, wanted, 0)
        kept = 0
        with tarfile.open(fileobj=child.stdout, mode="r|*") as tar:
            for member in tar:
                if member.isfile() and fnmatch.fnmatchcase(member.name.removeprefix("./"), inner):
                    kept += unpack_zip(io.BytesIO(tar.extractfile(member).read()), folder, wanted)
        return kept


# ---- one package ----

def fetch_entry(entry, apt, scratch, folder):
    """Unpacks into `folder`; returns {package: {version, sha256}} and the count of files."""
    wanted, kept, got = Filter(entry), 0, {}
    known = entry.get("versions", {})
    for package in entry.get("packages", [entry["name"]]):
        version = known.get(package, {}).get("version")
        into = os.path.join(scratch, re.sub(r"\W", "_", package))
        os.makedirs(into, exist_ok=True)
        if entry["kind"] == "apt-source":
            archives, version = apt.source(package, version, into)
            for archive in archives:
                component = re.search(r"\.orig-([\w-]+)\.tar", archive)
                with open(archive, "rb") as stream:
                    kept += unpack_tar(stream, os.path.join(folder, component.group(1) if component else ""),
                                       wanted, 1)
        elif entry["kind"] == "apt":
            archive, version = apt.binary(package, version, into)
            archives = [archive]
            kept += unpack_deb(archive, folder, wanted, entry.get("inner"))
        elif entry["kind"] == "npm":
            said = run(["npm", "pack", "--json", "--ignore-scripts", "--pack-destination", into,
                        f"{package}@{version}" if version else package], cwd=into)
            packed = json.loads(said)
            version = packed[0]["version"]
            archives = glob.glob(os.path.join(into, "*.tgz"))
            place = os.path.join(folder, package) if "packages" in entry else folder
            with open(archives[0], "rb") as stream:
                kept += unpack_tar(stream, place, wanted, 1)
        else:
            raise NotHad(f"{entry['name']}: the manifest's kind {entry['kind']!r} is not known")
        sums = {os.path.basename(path): sha256_of(path) for path in archives}
        expected = known.get(package, {})
        if expected.get("version") == version and expected.get("sha256", sums) != sums:
            raise NotHad(f"{package} {version}: its sha256 is not the manifest's")
        got[package] = {"version": version, "sha256": sums}
        shutil.rmtree(into)
    if not kept:
        raise NotHad(f"{entry['name']}: none of its files is wanted")
    return got, kept


def fetch(entry, apt, root):
    """None when it was there already, else (versions, count of files)."""
    folder = os.path.join(root, entry["language"], entry["name"])
    if os.path.isdir(folder):
        return None
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    unfinished = os.path.join(root, ".unfinished", entry["language"], entry["name"])
    shutil.rmtree(unfinished, ignore_errors=True)
    os.makedirs(unfinished)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=root) as scratch:
        result = fetch_entry(entry, apt, scratch, unfinished)
    if "compile_flags" in entry:
        with open(os.path.join(unfinished, "compile_flags.txt"), "w", encoding="utf-8") as file:
            file.write("\n".join(entry["compile_flags"]) + "\n")
    os.rename(unfinished, folder)  # whole or not at all
    return result


def main():
    parser = argparse.ArgumentParser(prog="fetch_packages", description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", metavar="FOLDER")
    parser.add_argument("--language", action="append", metavar="L", choices=sorted(SUFFIXES),
                        help="only this language (may be repeated)")
    parser.add_argument("--name", action="append", metavar="N", help="only this package (may be repeated)")
    parser.add_argument("--record", action="store_true", help="write versions and sums into the manifest")
    options = parser.parse_args()
    root = os.path.abspath(options.folder)
    os.makedirs(root, exist_ok=True)
    manifest = read_manifest()
    apt, failed = Apt(root), 0
    for entry in manifest:
        if options.language and entry["language"] not in options.language:
            continue
        if options.name and entry["name"] not in options.name:
            continue
        label = f"{entry['language']}/{entry['name']}"
        try:
            result = fetch(entry, apt, root)
        except (NotHad, OSError, tarfile.TarError, zipfile.BadZipFile) as problem:
            print(f"fetch_packages: {label}: {problem}", file=sys.stderr, flush=True)
            failed += 1
            continue
        if result is None:
            print(f"{label}: there already", flush=True)
            continue
        entry["versions"], kept = result
        print(f"{label}: {kept} files", flush=True)
        if options.record:
            write_manifest(manifest)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
