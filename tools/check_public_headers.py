#!/usr/bin/env python3
"""Checks cairn/public_headers.txt: no public header includes an internal one, and none is listed that users do not need.

tools/check_public_headers.py                            reads the headers
tools/check_public_headers.py --compile DIRECTORY CXX... compiles each header of the include directory by itself, too
"""
import concurrent.futures
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LIST = "cairn/public_headers.txt"
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
EIGEN = re.compile(r"^\s*#\s*include\s+<(?:unsupported/)?Eigen/", re.MULTILINE)
MODES = [["-std=c++20"], ["-std=c++20", "-fno-exceptions"], ["-std=c++20", "-fno-rtti"], ["-std=c++23"],
         ["-std=c++23", "-fno-exceptions", "-fno-rtti"]]


def read_list():
    """Returns the headers that users include, and those that these include."""
    users, _, others = (ROOT / LIST).read_text().partition("# The headers above include these.")
    return ([line for line in part.splitlines() if line.startswith("cairn/")] for part in (users, others))


def included_by(headers):
    """Returns every header that one of `headers` includes, directly or not."""
    found, waiting = set(), list(headers)
    while waiting:
        for include in INCLUDE.findall((ROOT / waiting.pop()).read_text()):
            if include not in found:
                found.add(include)
                waiting.append(include)
    return found


def check_list(users, others):
    needed = included_by(users) - set(users)
    for header in sorted(needed - set(others)):
        yield f"{LIST}: {header} is missing: a public header includes it"
    for header in sorted(set(others) - needed):
        yield f"{LIST}: {header} is listed, but no public header includes it"


def eigen_flags():
    """Returns the flags that find Eigen, or None where it is not installed."""
    run = subprocess.run(["pkg-config", "--cflags", "eigen3"], text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                         check=False)
    return run.stdout.replace("-I", "-isystem ").split() if run.returncode == 0 else None


def flags_of(header, eigen):
    """Returns what the compiler needs for `header`, or None where the machine does not have it."""
    return eigen if EIGEN.search((ROOT / header).read_text()) else []


def compile_header(directory, command, header):
    """Returns the first lines of the compiler's complaint, or an empty text."""
    run = subprocess.run([*command, "-Wall", "-Wextra", "-Werror", "-fsyntax-only", f"-I{directory}", "-x", "c++", "-"],
                         input=f'#include "{header}"\n', text=True, stderr=subprocess.PIPE, check=False)
    complaint = "\n".join(run.stderr.splitlines()[:10])
    return f"{' '.join(command)} {header}:\n{complaint}" if run.returncode else ""


def compile_all(directory, compilers, users, others):
    """Compiles every header by itself in the plain and in the strictest mode, those of users in all modes."""
    jobs = []
    eigen = eigen_flags()
    for compiler in compilers:
        for mode in MODES:
            headers = [*users, *others] if mode in (MODES[0], MODES[-1]) else users
            flags = {header: flags_of(header, eigen) for header in headers}
            jobs += [(directory, [compiler, *mode, *flags[header]], header) for header in headers if flags[header] is not None]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return [problem for problem in pool.map(lambda job: compile_header(*job), jobs) if problem], len(jobs)


def main():
    users, others = read_list()
    problems = list(check_list(users, others))
    compiled = 0
    if sys.argv[1:2] == ["--compile"]:
        complaints, compiled = compile_all(sys.argv[2], sys.argv[3:], users, others)
        problems += complaints
    print("\n".join(problems) if problems else f"public headers: {len(users) + len(others)} listed, compiled {compiled} times")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
