"""cat of arrays that take a while: it stops with its reader, and a terminal has values or a bar on a line, not both."""
import os
import pty
import re
import signal
import subprocess
import time

import numpy as np
import pytest

from conftest import CAIRN


def seconds_of_work(args, read):
    """The time that the processor spent until the end, when the reader leaves after `read` bytes."""
    run = subprocess.Popen([CAIRN, "cat", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    while read > 0 and (data := run.stdout.read(min(read, 1 << 20))):
        read -= len(data)
    run.stdout.close()
    _, status, usage = os.wait4(run.pid, 0)
    assert os.waitstatus_to_exitcode(status) == 0 and run.stderr.read() == b""
    return usage.ru_utime


@pytest.mark.parametrize("form, dtype", [("--all", "f4"), ("--all", "i4"), ("--json", "f4"), ("--json", "S4")])
def test_work_ends_when_the_reader_leaves(tmp_path, form, dtype):
    # All of it takes about a second, which is many ticks of the clock that counts it.
    np.savez(tmp_path / "x.npz", x=np.arange(8_000_000).astype(dtype))
    whole = seconds_of_work([form, tmp_path / "x.npz"], read=1 << 40)
    assert seconds_of_work([form, tmp_path / "x.npz"], read=100) < whole / 2


def sent_to_a_terminal(args, stop_after):
    """The begin of what a terminal for both streams gets, from a program that stands still for a while in its work."""
    leader, follower = pty.openpty()
    run = subprocess.Popen([CAIRN, *args], stdout=follower, stderr=follower)
    os.close(follower)
    time.sleep(stop_after)
    run.send_signal(signal.SIGSTOP)
    time.sleep(0.6)
    run.send_signal(signal.SIGCONT)
    sent = b""
    while len(sent) < 400_000 and (data := os.read(leader, 65536)):
        sent += data
    run.kill()
    run.wait()
    os.close(leader)
    return sent.decode()


@pytest.fixture(scope="module")
def zeros(tmp_path_factory):
    """Arrays in files that are holes: as many bytes as it takes a while to read."""
    directory = tmp_path_factory.mktemp("zeros")
    for form, nbytes in (("--all", 1 << 29), ("--json", 1 << 31)):
        with open(directory / f"{form}.npy", "wb") as file:
            np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": (nbytes,)})
            file.truncate(file.tell() + nbytes)
    return directory


@pytest.mark.parametrize("form", ["--all", "--json"])
def test_no_bar_among_the_values_on_a_terminal(zeros, form):
    for i in range(40):
        sent = sent_to_a_terminal(["cat", form, zeros / f"{form}.npy"], 0.004 + 0.003 * i)
        bar, values = re.fullmatch(r"((?:\r\x1b\[K\[#* *\] [^\r]*)*(?:\r\x1b\[K)?)([^\r\x1b]*(?:\r\n[^\r\x1b]*)*\r?)", sent, re.S).groups()
        assert values.startswith("[0 0 0 " if form == "--all" else '{"schema_version":1,')
        if bar:
            assert bar.endswith("\r\x1b[K")
            return
    pytest.fail("the program was never stopped while it read")
