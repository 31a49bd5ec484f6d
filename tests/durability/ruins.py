"""Ways to ruin a file of a checkpoint, by words. Each takes the file and the same file of an older checkpoint."""
import os
import random
import shutil
import stat


def zero(path, start=0, end=None):
    content = bytearray(path.read_bytes())
    end = min(len(content), len(content) if end is None else end)
    content[start:end] = bytes(max(0, end - start))
    path.write_bytes(content)


def flip(path, position, mask=1):
    content = bytearray(path.read_bytes())
    content[position] ^= mask
    path.write_bytes(content)


def replace(path, make):
    """Removes the file, whatever it is, and lets `make` put something else there."""
    remove(path)
    make(path)


def remove(path):
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def make_filled_directory(path):
    path.mkdir()
    (path / "inside").write_text("a file that is in the way")


def make_socket(path):
    os.mknod(path, stat.S_IFSOCK | 0o600)


def make_sparse(path):
    with open(path, "wb") as file:
        file.truncate(1 << 40)


# What can lie where a regular file should be. Reading some of these would never end.
SPECIAL = {
    "a FIFO": os.mkfifo,
    "an empty directory": lambda path: path.mkdir(),
    "a directory with a file in it": make_filled_directory,
    "a socket": make_socket,
    "a link to itself": lambda path: path.symlink_to(path.name),
    "a dangling link": lambda path: path.symlink_to("nowhere"),
    "a link to /dev/zero": lambda path: path.symlink_to("/dev/zero"),
    "a link to /etc/passwd": lambda path: path.symlink_to("/etc/passwd"),
    "a link to a directory": lambda path: path.symlink_to("/etc"),
    "an empty file": lambda path: path.write_bytes(b""),
    "a text file": lambda path: path.write_text("These are the notes of somebody.\n" * 50),
    "a sparse file of 1 TiB": make_sparse,
}

# What can happen to the bytes of a file. The older file is that of an older checkpoint.
BYTES = {
    "zeroed": lambda path, older: zero(path),
    "its first 6,864 bytes zeroed": lambda path, older: zero(path, 0, 6864),
    "its last half zeroed": lambda path, older: zero(path, path.stat().st_size // 2),
    "cut to one byte": lambda path, older: os.truncate(path, 1),
    "cut to half": lambda path, older: os.truncate(path, path.stat().st_size // 2),
    "cut by one byte": lambda path, older: os.truncate(path, path.stat().st_size - 1),
    "cut to 48 bytes": lambda path, older: os.truncate(path, 48),
    "all ones": lambda path, older: path.write_bytes(b"\xff" * path.stat().st_size),
    "noise": lambda path, older: path.write_bytes(random.Random(1).randbytes(path.stat().st_size)),
    "its first bit flipped": lambda path, older: flip(path, 0),
    "its last byte changed": lambda path, older: flip(path, -1, 0xff),
    "its bytes in reverse": lambda path, older: path.write_bytes(path.read_bytes()[::-1]),
    "that of an older step": lambda path, older: shutil.copyfile(older, path),
    "missing": lambda path, older: path.unlink(),
}
