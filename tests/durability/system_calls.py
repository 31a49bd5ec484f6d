"""Where a program can be stopped or hindered: its system calls, counted and injected by strace.

Without strace nothing is proven, so its absence is a failure.
"""
import collections
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
