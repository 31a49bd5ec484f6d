#!/usr/bin/env python3
"""Checks that the shared library exports exactly what the public headers declare: tools/check_exports.py LIBRARY | --write

Functions that are not inline, and classes that have such methods or virtual ones, must be marked CAIRN_EXPORT in the headers that
cairn/public_headers.txt lists; every function that LIBRARY exports must be one of them. --write marks what is not marked yet.
"""
import json
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
COMPILER = os.environ.get("CLANG", "clang++-19")
METHODS = {"CXXMethodDecl", "CXXConstructorDecl", "CXXDestructorDecl", "CXXConversionDecl"}


def public_headers():
    """Returns all but those for Eigen, which are templates alone and export nothing."""
    lines = (ROOT / "cairn/public_headers.txt").read_text().splitlines()
    return [line for line in lines if line.startswith("cairn/") and "/eigen" not in line]


def parse_headers():
    """Yields clang's description of each block of namespace cairn in the public headers."""
    includes = "".join(f'#include "{header}"\n' for header in public_headers())
    command = [COMPILER, "-std=c++20", "-I.", "-x", "c++", "-fsyntax-only", "-Xclang", "-ast-dump=json", "-Xclang",
               "-ast-dump-filter=cairn", "-"]
    text = subprocess.run(command, cwd=ROOT, input=includes, stdout=subprocess.PIPE, text=True, check=True).stdout
    decoder = json.JSONDecoder()
    position = text.find("{")
    while position >= 0:
        block, position = decoder.raw_decode(text, position)
        yield block
        position = text.find("{", position)


class Places:
    """Where each declaration begins. Clang names a file only where it differs from the one that it named before."""

    def __init__(self):
        self.file = None

    def enter(self, node):
        for key in ("loc", "range"):
            self.follow(node.get(key, {}))
        node["file"] = self.file

    def follow(self, place):
        if "file" in place:
            self.file = place["file"]
        for key, part in place.items():
            if isinstance(part, dict) and key != "includedFrom":
                self.follow(part)


def has(node, kind):
    return any(child.get("kind") == kind for child in node.get("inner", []))


def needs_definition(function):
    """Whether the library must define `function`."""
    is_elsewhere = function.get("explicitlyDeleted") or function.get("explicitlyDefaulted") or function.get("isImplicit")
    return not (has(function, "CompoundStmt") or is_elsewhere or function.get("pure") or function.get("inline") or
                function.get("constexpr"))


class Finder:
    def __init__(self):
        self.places = Places()
        self.seen = set()
        self.unmarked = []  # (declaration, is_class)
        self.declared = set()  # mangled names of functions that are declared without a body
        self.inline = set()  # mangled names of methods that a header defines after their class

    def walk(self, node):
        if not node:
            return
        self.places.enter(node)
        kind = node.get("kind")
        if kind in ("FunctionTemplateDecl", "ClassTemplateDecl", "ClassTemplatePartialSpecializationDecl",
                    "ClassTemplateSpecializationDecl"):
            self.skip(node)
            return
        if kind == "CXXRecordDecl" and node.get("completeDefinition"):
            self.visit_class(node)
        elif kind == "FunctionDecl":
            self.visit_function(node)
        elif kind in METHODS and has(node, "CompoundStmt"):
            self.inline.add(node.get("mangledName"))
        for child in node.get("inner", []):
            self.walk(child)

    def skip(self, node):
        for child in node.get("inner", []):
            if child:
                self.places.enter(child)
                self.skip(child)

    def is_new(self, node):
        is_ours = (node["file"] or "").lstrip("./").startswith("cairn/")
        is_new = is_ours and node["id"] not in self.seen
        self.seen.add(node["id"])
        return is_new

    def visit_function(self, node):
        if not self.is_new(node) or not needs_definition(node) or node.get("storageClass") == "static":
            return
        self.declared.add(node["mangledName"])
        if not has(node, "VisibilityAttr"):
            self.unmarked.append((node, False))

    def visit_class(self, node):
        if not self.is_new(node):
            return
        methods = [child for child in node.get("inner", []) if child.get("kind") in METHODS]
        defined = [method for method in methods if needs_definition(method)]
        self.declared |= {method["mangledName"] for method in defined}
        is_polymorphic = node.get("definitionData", {}).get("isPolymorphic", False)
        if (defined or is_polymorphic) and not has(node, "VisibilityAttr"):
            self.unmarked.append((node, True))


def mark(declarations):
    """Writes CAIRN_EXPORT into the headers."""
    by_file = {}
    for node, is_class in declarations:
        by_file.setdefault(ROOT / node["file"], []).append((node["range"]["begin"]["offset"], is_class))
    for path, places in by_file.items():
        text = path.read_bytes()
        for offset, is_class in sorted(places, reverse=True):
            if is_class:
                offset += re.match(rb"(class|struct)(\s*\[\[nodiscard\]\])?", text[offset:]).end()
                text = text[:offset] + b" CAIRN_EXPORT" + text[offset:]
            else:
                offset += len(re.match(rb"(\[\[nodiscard\]\]\s*)?", text[offset:]).group())
                text = text[:offset] + b"CAIRN_EXPORT " + text[offset:]
        include = b'#include "cairn/core/export.h"\n'
        if include not in text:
            first = re.search(rb'#include "cairn/', text)
            after_system = list(re.finditer(rb"#include <[^>]+>\n", text))
            if first:
                text = text[:first.start()] + include + text[first.start():]
            elif after_system:
                text = text[:after_system[-1].end()] + b"\n" + include + text[after_system[-1].end():]
            else:
                guard = re.search(rb"#define CAIRN_\w+_H_\n", text).end()
                text = text[:guard] + b"\n" + include + text[guard:]
        path.write_bytes(text)
    if by_file:
        subprocess.run(["clang-format-19", "-i", *by_file], check=True)


def exported_functions(library):
    """The mangled names of the functions that `library` exports and that no other library may define, too."""
    lines = subprocess.run(["nm", "-D", "--defined-only", library], stdout=subprocess.PIPE, text=True, check=True).stdout
    return {line.split()[2] for line in lines.splitlines() if line.split()[1] == "T"}


def variants(names):
    """Constructors and destructors have several names in a library; C1 and D1 stand for them all."""
    return {re.sub(r"([CD])[02](E)", r"\g<1>1\2", name) for name in names}


def demangled(names):
    text = "\n".join(sorted(names))
    return subprocess.run(["c++filt"], input=text, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()


def main():
    finder = Finder()
    for block in parse_headers():
        finder.walk(block)
    if sys.argv[1] == "--write":
        mark(finder.unmarked)
        return 0
    problems = [f"{node['file']}: {node['name']} is not marked CAIRN_EXPORT" for node, _ in finder.unmarked]
    exported = variants(exported_functions(sys.argv[1]))
    declared = variants(finder.declared - finder.inline)
    problems += [f"declared, but not exported: {name}" for name in demangled(declared - exported)]
    problems += [f"exported, but in no public header: {name}" for name in demangled(exported - declared)]
    print("\n".join(problems) if problems else f"exports: {len(exported)} functions, all of them declared in public headers")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
