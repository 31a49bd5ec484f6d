#!/usr/bin/env python3
"""Checks that README.md and the pages of docs tell the truth: tools/check_readme.py BIN_DIRECTORY [--write]

A `cpp`, `python`, `cmake` or `sh` block after `<!-- examples/x.cc -->` must be lines of that file, as they stand there. In a `console` block every
line that begins with `$ ` is run (in a scratch directory of the page, with `golden` linked to tests/golden) and what follows must be its
output, stderr included, apart from how much of the disk is free. --write puts the true output there instead. TensorFlow is that of
CAIRN_TENSORFLOW, or of build/venv.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import textwrap

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ("README.md", "docs/guide.md", "docs/python.md")
FREE = re.compile(r"[\d.]+ [KMGTP]?i?B free")  # of the disk of this machine
BLOCK = re.compile(r"(?:<!-- (\S+) -->\n)?```(\w+)\n(.*?)```\n", re.DOTALL)


def check_snippet(file, text):
    """Whether `text` stands in `file`, whatever its indentation there."""
    source = (ROOT / file).read_text().splitlines()
    wanted = text.splitlines()
    for start in range(len(source) - len(wanted) + 1):
        lines = textwrap.dedent("\n".join(source[start:start + len(wanted)]) + "\n")
        if lines == text:
            return True
    return False


def run_console(text, scratch):
    """The block again, each command followed by what it prints now."""
    out = []
    for line in text.splitlines():
        if line.startswith("$ "):
            run = subprocess.run(["bash", "-c", line[2:]], cwd=scratch, text=True, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            out += [line + "\n", run.stdout]
    return "".join(out)


def check_page(page, problems):
    """The text of the page with every output as it is now."""
    with tempfile.TemporaryDirectory() as scratch:
        os.symlink(ROOT / "tests" / "golden", pathlib.Path(scratch) / "golden")

        def true_block(match):
            file, language, text = match.groups()
            if language in ("cpp", "python", "cmake", "sh") and file and not check_snippet(file, text):
                problems.append(f"{page}: this is not in {file}:\n{text}")
            if language != "console":
                return match.group(0)
            now = run_console(text, scratch)
            if FREE.sub("", now) == FREE.sub("", text):
                return match.group(0)
            problems.append(f"{page} shows\n{text}but it is\n{now}")
            return match.group(0).replace(text, now)

        return BLOCK.sub(true_block, (ROOT / page).read_text())


def use_tensorflow():
    """Names the TensorFlow that `cairn restore` runs."""
    if not os.environ.get("CAIRN_TENSORFLOW"):
        for package in ROOT.glob("build/venv/lib/python3*/site-packages/tensorflow"):
            os.environ["CAIRN_TENSORFLOW"] = str(package)


def main():
    binaries = pathlib.Path(sys.argv[1]).resolve()
    os.environ["PATH"] = f"{binaries / 'bin'}:{binaries / 'examples'}:{os.environ['PATH']}"
    os.environ["LC_ALL"] = "C.UTF-8"  # what is shown is what most people see
    use_tensorflow()
    problems = []
    for page in PAGES:
        text = check_page(page, problems)
        if "--write" in sys.argv:
            (ROOT / page).write_text(text)
    print("\n".join(problems) if problems else f"{', '.join(PAGES)}: every snippet and every output is true")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
