"""Where these tests keep their files: in memory if there is room, since syncs cost nothing there.

A process that dies, a file that is ruined and a lock are the same on every file system. What depends on the disk is tested on one of
its own (loop_mount.py).
"""
import contextlib
import pathlib
import shutil
import tempfile

NEEDED = 4 << 30
SHARED_MEMORY = pathlib.Path("/dev/shm")


@contextlib.contextmanager
def new_directory():
    """A directory that is removed at the end."""
    has_room = SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free > NEEDED
    with tempfile.TemporaryDirectory(prefix="cairn-", dir=SHARED_MEMORY if has_room else None) as path:
        yield pathlib.Path(path).resolve()
