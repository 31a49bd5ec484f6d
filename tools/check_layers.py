#!/usr/bin/env python3
"""Checks every include under cairn/ against cairn/layers.txt: prints each forbidden one and exits 1."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIBRARY = ROOT / "cairn"
INCLUDE = re.compile(r'^\s*#\s*include\s+"(cairn/[^"]+)"', re.MULTILINE)


def read_rules(path):
    """layers.txt as {row: set of rows it may include}."""
    rules = {}
    for line in path.read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            row, _, allowed = line.partition(":")
            rules[row.strip()] = set(allowed.split())
    return rules


def module_of(path):
    """The module of a file given relative to cairn/: its folder; each format, and each engine, is a module of its own."""
    parts = path.parts[:-1]
    return "/".join(parts[:2]) if parts[:1] in (("formats",), ("engines",)) else parts[0] if parts else "cairn.h"


def row_of(module):
    folder, slash, _ = module.partition("/")
    return f"{folder}/*" if slash else module


def forbidden_includes(rules):
    for file in sorted(LIBRARY.rglob("*")):
        if file.suffix not in (".h", ".cc"):
            continue
        module = module_of(file.relative_to(LIBRARY))
        if module == "cairn.h":
            continue  # the public face sees everything
        if row_of(module) not in rules:
            yield f"{file.relative_to(ROOT)}: module {module} has no row in cairn/layers.txt"
            continue
        is_of_tests = file.name.endswith(("_test.cc", "_fixture.h"))
        allowed = rules[row_of(module)] | ({"testing"} if is_of_tests else set())
        for include in INCLUDE.findall(file.read_text()):
            other = module_of(pathlib.Path(include).relative_to("cairn"))
            if other != module and row_of(other) not in allowed:
                yield f"{file.relative_to(ROOT)}: {module} may not include {include}"


def main():
    found = list(forbidden_includes(read_rules(LIBRARY / "layers.txt")))
    print("\n".join(found) if found else "layers: every include is allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
