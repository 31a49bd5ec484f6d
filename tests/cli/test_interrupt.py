"""SIGINT, SIGTERM and SIGHUP end a verb whose reader does not read on, and leave a whole document."""
import fcntl
import json
import signal
import struct
import subprocess
import termios
import time

import numpy as np
import pytest

from conftest import CAIRN


pytestmark = pytest.mark.usefixtures("signals_arrive")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("interrupt") / "x.npz"
    np.savez(path, x=np.arange(300_000, dtype=np.float32), s=np.array([b"text"] * 100_000))
    return path


def wait_until_blocked(run):
    """Returns when the pipe of stdout is full and stays so."""
    unread, before = b"\0" * 4, b""
    deadline = time.monotonic() + 60
    while unread == b"\0" * 4 or unread != before:
        assert time.monotonic() < deadline
        before = unread
        time.sleep(0.3)
        unread = fcntl.ioctl(run.stdout, termios.FIONREAD, b"\0" * 4)
    assert struct.unpack("i", unread)[0] > 4096


@pytest.mark.parametrize("args", [("--all", "x"), ("--json", "x"), ("--npy", "x"), ("--all", "s")], ids="-".join)
def test_an_interrupt_ends_cat_whose_reader_does_not_read(archive, args):
    *options, name = args
    run = subprocess.Popen([CAIRN, "cat", *options, str(archive), name], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until_blocked(run)
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=5) == 130
    assert run.stderr.read() == b""


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_have_their_own_exit_code(archive, sent):
    run = subprocess.Popen([CAIRN, "cat", "--all", str(archive), "x"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until_blocked(run)
    run.send_signal(sent)
    assert run.wait(timeout=5) == 128 + sent
    assert run.stderr.read() == b""


def interrupted(args, reads_first=0):
    """Returns what stands on stdout after an interrupt in the middle of the work. The attempts end it at different places."""
    for i in range(60):
        run = subprocess.Popen([CAIRN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        begin = run.stdout.read(reads_first)
        time.sleep(0.005 + 0.004 * i)
        run.send_signal(signal.SIGINT)
        out, err = run.communicate(timeout=60)
        if run.returncode == 130 and out + begin:
            assert err == b""
            return begin + out
    pytest.fail("no attempt met the program in its work")


def test_interrupted_stats_is_a_document_that_says_so(large):
    document = json.loads(interrupted(["stats", "--json", large]))
    assert document["error"]["reason"] == "E_CANCELLED" and "interrupted" in document["error"]["message"]
    assert [tensor["name"] for tensor in document["tensors"]] == [str(i) for i in range(len(document["tensors"]))]
    assert "error" not in json.loads(subprocess.run([CAIRN, "stats", "--json", large], capture_output=True, check=True).stdout)


def test_interrupted_cat_is_a_document_that_says_so(large, archive):
    for path, name, size in ((large, "0", 1 << 24), (archive, "s", 100_000)):
        document = json.loads(interrupted(["cat", "--json", path, name], reads_first=1000))
        assert document["error"]["reason"] == "E_CANCELLED" and 0 < len(document["values"]) < size
