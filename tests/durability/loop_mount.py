"""A real file system, ext4 or XFS, in a file, whose power can be cut.

A cut drops what the page cache holds and the journal has not got, as a machine does that loses power. It cannot be undone, and the
wrong file system would take the machine with it. So the mounts are made in a mount namespace of this process, and before each cut the
file system must be another one than `/` and that of the temporary directory, and the loop device must hold our own file.
"""
import contextlib
import ctypes
import fcntl
import functools
import os
import pathlib
import shutil
import struct
import subprocess

SHUTDOWN, WITHOUT_FLUSHING_THE_LOG = 0x8004587d, 2
MAKE = {"ext4": (["mkfs.ext4", "-q", "-F"], "32M"), "xfs": (["mkfs.xfs", "-q", "-f"], "300M")}
CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x00020000, 0x4000, 1 << 18


class CannotMount(Exception):
    """Says why there is no such file system on this machine."""


@functools.cache
def enter_own_namespace():
    """From here on, nobody else sees the mounts of this process and its children, and they end with it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        raise CannotMount(f"no mount namespace: {os.strerror(ctypes.get_errno())}")


def call(*command):
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        raise CannotMount(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout.strip()


class LoopMount:
    def __init__(self, place, kind):
        make, size = MAKE[kind]
        if not shutil.which(make[0], path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            raise CannotMount(f"{make[0]} is missing: run tools/setup test")
        enter_own_namespace()
        self.image, self.path, self.kind = place / f"{kind}.image", place / kind, kind
        self.path.mkdir()
        call("truncate", "-s", size, self.image)
        call(f"/usr/sbin/{make[0]}", *make[1:], self.image)
        self.mount()

    def mount(self):
        option = ",errors=remount-ro" if self.kind == "ext4" else ""
        call("mount", "-o", "loop" + option, self.image, self.path)

    def unmount(self):
        call("umount", self.path)

    def sync(self):
        call("sync", "-f", self.path)

    def assert_is_ours(self, descriptor):
        device = os.fstat(descriptor).st_dev
        others = {os.stat(path).st_dev for path in ("/", "/tmp", self.image.parent)}
        assert device not in others, "this is not the file system of the test"
        backing = pathlib.Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/loop/backing_file")
        assert backing.read_text().strip() == str(self.image), "this is not the loop device of the test"

    def device(self):
        """The name of the loop device, which holds our own file."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.assert_is_ours(descriptor)
            device = os.fstat(descriptor).st_dev
        finally:
            os.close(descriptor)
        return pathlib.Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}").resolve().name

    def become_read_only(self):
        """ext4 finds an error, and takes no more changes until it is mounted again."""
        try:
            pathlib.Path(f"/sys/fs/ext4/{self.device()}/trigger_fs_error").write_text("an error for a test\n")
        except OSError as error:
            raise CannotMount(f"ext4 takes no error: {error}") from error

    def cut_power(self):
        """Whatever was not durable is gone. The file system is mounted again, as after a start of the machine."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            self.assert_is_ours(descriptor)
            fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING_THE_LOG))
        finally:
            os.close(descriptor)
        self.unmount()
        self.mount()


@contextlib.contextmanager
def mounted(place, kind):
    mount = LoopMount(place, kind)
    try:
        yield mount
    finally:
        with contextlib.suppress(CannotMount):
            mount.unmount()
        mount.image.unlink()


@contextlib.contextmanager
def small_disk(place, nbytes):
    """A tmpfs of so many bytes: its path, and a function that gives it another size."""
    enter_own_namespace()
    path = place / "disk"
    path.mkdir(exist_ok=True)
    call("mount", "-t", "tmpfs", "-o", f"size={nbytes}", "none", path)
    try:
        yield path, lambda size: call("mount", "-o", f"remount,size={size}", path)
    finally:
        call("umount", path)


def sync_unrelated_file(directory):
    """Makes the journal durable with what it holds of other files, whose data need not be."""
    with open(directory / "unrelated", "w") as file:
        file.write("something")
        file.flush()
        os.fsync(file.fileno())
