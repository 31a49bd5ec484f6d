"""Where a program can be stopped or hindered: its system calls, counted and injected by strace, or by a library before libc.

strace counts the calls of each thread. fault_preload.cc counts those of all threads together, which is what a program with a thread
that writes needs. Without strace nothing is proven, so its absence is a failure.
"""
import collections
import errno
import re
import shutil

# Every call with which a save can change the disk, and those with which files begin and end.
CHANGES = ["openat", "creat", "mkdir", "mkdirat", "write", "pwrite64", "pwritev", "fallocate", "ftruncate", "fsync", "fdatasync",
           "sync_file_range", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "close", "ioctl"]
# Those that only look at files, or lock them.
LOOKS = ["read", "pread64", "preadv", "fstat", "newfstatat", "statx", "getdents64", "lseek", "fcntl", "copy_file_range", "sendfile",
         "statfs", "fstatfs"]
# Those that a signal can interrupt.
INTERRUPTIBLE = {"openat", "creat", "read", "pread64", "preadv", "write", "pwrite64", "pwritev", "fallocate", "ftruncate", "fsync",
                 "fdatasync"}
# Those that need a free descriptor.
OPENS = {"openat", "creat"}


def find_points(log, run, calls=CHANGES, begin="O_CREAT"):
    """Every (call, n) of a clean run, from the first call on whose arguments hold `begin`; strace counts n for each thread. `run`
    takes the words that belong before the program. Descriptors are shown with their paths, so `begin` may be a part of one."""
    assert shutil.which("strace"), "strace is missing: nothing would be proven"
    run("strace", "-f", "-qq", "-y", "-s", "4096", "-o", str(log), "-e", "trace=" + ",".join(f"?{c}" for c in calls))
    points, made, has_begun = set(), collections.Counter(), False
    for thread, call, arguments in re.findall(r"^(\d+) +(\w+)\((.*)$", log.read_text(errors="replace"), re.MULTILINE):
        made[thread, call] += 1
        has_begun = has_begun or begin in arguments
        is_of_output = call == "write" and arguments.startswith(("1<", "2<"))
        if has_begun and "/sys/devices" not in arguments and not is_of_output:
            points.add((call, made[thread, call]))
    return sorted(points)


def injecting(call, n, what):
    """The words before a program whose n-th such call, of any thread, is to have `what`: "signal=SIGKILL", "error=ENOSPC". With
    "3+" for n, the third and every later one."""
    return ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:{what}:when={n}"]


def preloading(library, **variables):
    """The words before a program that has the library fault_preload.cc before libc: CAIRN_FAULT="fsync:1:5", CAIRN_SHORT="1"."""
    assert library.exists(), f"{library} is missing: nothing would be proven"
    return ["env", f"LD_PRELOAD={library}", *(f"{name}={value}" for name, value in variables.items())]


def fault_of(call, n, what):
    """CAIRN_FAULT for what injecting() takes."""
    kind, word = what.split("=")
    return f"{call}:{n}:{'KILL' if kind == 'signal' else getattr(errno, word)}"


def points_of(log):
    """Every (call, n) that CAIRN_CALLS has written."""
    made, points = collections.Counter(), []
    for call in log.read_text().split():
        made[call] += 1
        points.append((call, made[call]))
    return sorted(points)
