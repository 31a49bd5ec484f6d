"""Where a program can be stopped or hindered: its system calls, counted and injected by strace.

Without strace nothing is proven, so its absence is a failure.
"""
import collections
import re
import shutil

# Every call with which a save can change the disk, and those with which files begin and end.
CALLS = ["openat", "creat", "mkdir", "mkdirat", "pwrite64", "pwritev", "fallocate", "ftruncate", "fsync", "fdatasync",
         "sync_file_range", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "close", "ioctl"]


def find_points(log, run):
    """Every (call, n) of a clean run from the first file it makes on; strace counts n for each thread. `run` takes the words that
    belong before the program."""
    assert shutil.which("strace"), "strace is missing: nothing would be proven"
    run("strace", "-f", "-qq", "-o", str(log), "-e", "trace=" + ",".join(f"?{c}" for c in CALLS))
    points, made, has_begun = set(), collections.Counter(), False
    for thread, call, arguments in re.findall(r"^(\d+) +(\w+)\((.*)$", log.read_text(), re.MULTILINE):
        made[thread, call] += 1
        has_begun = has_begun or "O_CREAT" in arguments
        if has_begun and "/sys/" not in arguments:
            points.add((call, made[thread, call]))
    return sorted(points)


def injecting(call, n, what):
    """The words before a program whose n-th such call, of any thread, is to have `what`: "signal=SIGKILL", "error=ENOSPC"."""
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{what}:when={n}"]
