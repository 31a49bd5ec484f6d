"""cairn state --watch: a screen on a terminal, lines and JSON elsewhere, while a run is trained, killed, moved and damaged."""
import fcntl
import json
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import termios
import threading
import time

import numpy as np
import pytest

from conftest import CAIRN, save

pytestmark = pytest.mark.usefixtures("signals_arrive")

STYLE = re.compile(r"\x1b\[[0-9;]*m")
ENTER, LEAVE, FRAME = b"\x1b[?1049h\x1b[?25l", b"\x1b[?25h\x1b[?1049l", "\x1b[H"
STAMP = re.compile(r"\[\d{4} \d\d:\d\d:\d\d\] ")


def until(condition, what):
    """Returns what `condition` returns as soon as that is true."""
    deadline = time.monotonic() + 20
    while not (found := condition()):
        assert time.monotonic() < deadline, what()
        time.sleep(0.02)
    return found


class Lines:
    """A watch whose stdout is a pipe."""

    def __init__(self, *args):
        self.run = subprocess.Popen([CAIRN, "state", "--watch", *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        for line in self.run.stdout:
            self.lines.append(line.rstrip("\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.run.poll() is None:
            self.run.kill()
        self.run.wait()
        self.reader.join()
        self.run.stdout.close()
        self.run.stderr.close()

    def wait_for(self, pattern):
        """The first line in which `pattern` is found, counted from the last one that was waited for."""
        def find():
            while self.lines:
                line = self.lines.pop(0)
                if re.search(pattern, line):
                    return line
            return None

        seen = list(self.lines)
        return until(find, lambda: f"{pattern!r} is not in {seen + self.lines}, {self.run.poll()}")

    def interrupt(self):
        """What it says between now and its end: (exit code, stdout, stderr)."""
        self.run.send_signal(signal.SIGINT)
        code = self.run.wait(timeout=10)
        self.reader.join()
        return code, self.lines, self.run.stderr.read()


class Screen:
    """A watch on a terminal of its own."""

    def __init__(self, *args, columns=80, rows=24, **environment):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.pop("NO_COLOR", None)
            os.environ.update({"TERM": "xterm", "LC_ALL": "C.UTF-8"} | environment)
            while os.get_terminal_size(0).columns != columns:
                time.sleep(0.01)
            os.execv(CAIRN, [CAIRN, "state", "--watch", *map(str, args)])
        self.resize(columns, rows)
        self.sent = b""

    def resize(self, columns, rows):
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.terminal)

    def read(self):
        while select.select([self.terminal], [], [], 0)[0]:
            try:
                data = os.read(self.terminal, 65536)
            except OSError:
                return  # the program has ended
            if not data:
                return
            self.sent += data

    def frame(self):
        """The lines of the last whole picture, without styles."""
        self.read()
        frames = self.sent.decode(errors="replace").split(FRAME)
        whole = [frame for frame in frames[1:] if "\x1b[J" in frame]
        return STYLE.sub("", whole[-1][:whole[-1].index("\x1b[J")]).replace("\x1b[K", "").replace("\r", "").split("\n") if whole else []

    def wait_for(self, pattern):
        """The first picture in which `pattern` is found."""
        def find():
            frame = self.frame()
            return frame if re.search(pattern, "\n".join(frame)) else None

        return until(find, lambda: f"{pattern!r} is not in {self.frame()}")

    def wait_for_end(self):
        status = []

        def poll():
            self.read()
            pid, code = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                status.append(code)
            return pid

        until(poll, lambda: "it does not end")
        self.read()
        self.pid = 0
        return os.waitstatus_to_exitcode(status[0])


@pytest.fixture
def run(tmp_path):
    directory = tmp_path / "run"
    save_step(directory, 10, at=1000.0)
    return directory


def save_step(directory, step, at):
    """Saves as TensorFlow does, with a time in the state file."""
    save(f"{directory}/model-{step}", {"w": np.full(4, step, np.float32)})
    steps = sorted(int(path.stem.split("-")[1]) for path in directory.glob("model-*.index"))
    state = [f'model_checkpoint_path: "model-{step}"'] + [f'all_model_checkpoint_paths: "model-{s}"' for s in steps]
    old = re.findall(r"timestamps: (.*)", (directory / "checkpoint").read_text()) if (directory / "checkpoint").exists() else []
    state += [f"all_model_checkpoint_timestamps: {time}" for time in [*old, at]]
    replace(directory / "checkpoint", "\n".join(state) + "\n")


def replace(path, text):
    path.with_suffix(".tmp").write_text(text)
    os.replace(path.with_suffix(".tmp"), path)


def write_stats(directory, *entries):
    replace(directory / "stats.json", "[" + ", ".join(entries) + "]")


# ---- lines


def test_lines_say_what_changes(run):
    with Lines(run) as watch:
        assert re.sub(r"[\d.]+ GiB free", "", STAMP.sub("", watch.wait_for("newest"))) == "newest model-10: step 10, 137 B; 1 checkpoint, 137 B; "
        save_step(run, 50, at=1020.5)
        assert STAMP.sub("", watch.wait_for("saved")).startswith("saved model-50: step 50, 137 B; 0:20 after the one before, 1.951 steps/s; 2 checkpoints, 274 B; ")
        write_stats(run, '{"lr": 0.5, "cost": 2.5, "epoch_num": 1, "global_step": 50}')
        assert STAMP.sub("", watch.wait_for("epoch")) == "epoch 1, step 50: cost 2.5"
        with open(run / "log.log", "a") as log:
            log.write("[0131 12:00:00] Start Epoch 2 ...\n[0131 12:00:01] WRN \x1b[31mslow\x1b[0m \x07disk\n[0131 12:00:02 @saver.py:82] ERR dis")
            log.flush()
            assert STAMP.sub("", watch.wait_for("failed"), count=1) == "failed: [0131 12:00:01] WRN slow \\x07disk"
            log.write("k full\n")
        assert watch.wait_for("failed").endswith("failed: [0131 12:00:02 @saver.py:82] ERR disk full")
        os.truncate(run / "model-50.data-00000-of-00001", 3)
        assert "failed: model-50: E_" in watch.wait_for("failed")
        before = sorted(os.listdir(run))
        time.sleep(1.5)
        assert watch.interrupt() == (130, [], "")
        assert sorted(os.listdir(run)) == before


def test_json_has_a_document_for_each_change(run):
    with Lines("--json", run) as watch:
        first = json.loads(watch.wait_for("."))
        assert list(first) == ["schema_version", "time", "change", "name", "step", "epoch", "nbytes", "newest", "saved_at", "seconds_since_last",
                               "steps_per_second", "num_checkpoints", "nbytes_of_all", "free_nbytes"]
        assert (first["schema_version"], first["change"], first["name"], first["step"], first["epoch"]) == (1, "checkpoint", "model-10", 10, None)
        assert (first["newest"], first["saved_at"], first["seconds_since_last"]) == (True, 1000.0, None)
        assert abs(first["time"] - time.time()) < 60
        save_step(run, 50, at=1020.5)
        second = json.loads(watch.wait_for("."))
        assert (second["name"], second["seconds_since_last"], second["steps_per_second"]) == ("model-50", 20.5, 40 / 20.5)
        assert (second["num_checkpoints"], second["nbytes_of_all"]) == (2, 2 * second["nbytes"])
        write_stats(run, '{"cost": NaN, "a\\u0000b": "Infinity", "big": 1e300, "epoch_num": 1, "global_step": 50}')
        statistics = json.loads(watch.wait_for("."))
        del statistics["time"]
        assert statistics == {"schema_version": 1, "change": "statistics", "epoch": 1, "step": 50, "values": {"cost": "NaN", "a\0b": "Inf", "big": 1e300}}
        replace(run / "log.log", "ERR no\n")
        assert json.loads(watch.wait_for("."))["message"] == "ERR no"
        shutil.move(run, run.with_name("moved"))
        lost = json.loads(watch.wait_for("."))
        assert lost["change"] == "directory" and str(run) in lost["error"]
        shutil.move(run.with_name("moved"), run)
        assert json.loads(watch.wait_for("."))["error"] is None
        assert json.loads(watch.wait_for("."))["name"] == "model-50"
        code, rest, err = watch.interrupt()
        assert (code, err) == (130, "") and all(json.loads(line)["change"] for line in rest)


def test_a_training_run_from_its_first_step_to_its_last(train_mlp, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    with Lines("--json", run) as watch:
        subprocess.run([train_mlp, run, "5", "--slow"], check=True, stdout=subprocess.DEVNULL)
        until(lambda: any('"state":"ended"' in line for line in watch.lines), lambda: watch.lines)
        changes = [json.loads(line) for line in watch.lines]
        code, rest, err = watch.interrupt()
    assert (code, err) == (130, "")
    assert {change["change"] for change in changes} == {"lock", "checkpoint"}
    steps = [change["step"] for change in changes if change["change"] == "checkpoint"]
    assert steps == sorted(set(steps)) and steps[-1] == 150
    newest = [change for change in changes if change.get("newest")]
    assert [change["epoch"] for change in newest] == [change["step"] // 30 for change in newest]
    assert all(1 < change["steps_per_second"] < 200 for change in newest if change["step"] > 20)
    assert max(change["num_checkpoints"] for change in newest) <= 4


def test_a_run_that_is_killed_and_resumed(train_mlp, tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    with Lines(run) as watch:
        trainer = subprocess.Popen([train_mlp, run, "1000", "--slow"], stdout=subprocess.DEVNULL)
        try:
            assert watch.wait_for("lock").endswith(f"lock: process {trainer.pid} of this host is running, lease 1")
            watch.wait_for("(saved|newest) model-")
        finally:
            trainer.kill()
            trainer.wait()
        assert watch.wait_for("lock").endswith(f"lock: process {trainer.pid} of this host is gone and did not end lease 1")
        subprocess.run([train_mlp, run, "1"], check=True, stdout=subprocess.DEVNULL)
        assert watch.wait_for("lock.* lease 2").endswith("lock: free, lease 2 ended well")
        assert watch.interrupt()[::2] == (130, "")


def test_the_statistics_of_a_run_that_is_interrupted_and_resumed(train_spirals, tmp_path):
    """A watch sees each epoch once, and the best checkpoint beside the newest."""
    run = tmp_path / "run"
    run.mkdir()
    with Lines("--json", run) as watch:
        trainer = subprocess.Popen([train_spirals, run, "9", "--slow"], stderr=subprocess.DEVNULL)
        until(lambda: any('"epoch":3' in line for line in watch.lines), lambda: watch.lines)
        trainer.terminate()
        assert trainer.wait(timeout=60) == 75
        subprocess.run([train_spirals, run, "9", "--slow"], check=True, stderr=subprocess.DEVNULL)
        until(lambda: any('"state":"ended","process":null' in line and '"lease":2' in line for line in watch.lines), lambda: watch.lines)
        changes = [json.loads(line) for line in watch.lines]
        assert watch.interrupt()[0] == 130
    statistics = [change for change in changes if change["change"] == "statistics"]
    assert [change["epoch"] for change in statistics] == list(range(1, 10))
    assert [change["values"] for change in statistics] == [
        {name: value for name, value in entry.items() if name not in ("epoch_num", "global_step")}
        for entry in json.loads((run / "stats.json").read_text())]
    assert any(change.get("name") == "min-loss" for change in changes)
    assert {change["change"] for change in changes} <= {"lock", "checkpoint", "statistics", "failure"}


def test_a_directory_that_goes_away_and_another_in_its_place(run):
    with Lines(run) as watch:
        watch.wait_for("newest model-10")
        shutil.move(run, run.with_name("old"))
        assert re.search(r"lost: .*run: .*no such", watch.wait_for("lost"), re.IGNORECASE)
        time.sleep(2.2)
        assert watch.lines == []
        run.mkdir()
        watch.wait_for("back: ")
        save_step(run, 5, at=2000.0)
        assert " saved model-5: step 5, " in watch.wait_for("saved")
        shutil.rmtree(run)
        run.write_text("a file")
        assert "lost: " in watch.wait_for("lost")
        code, _, err = watch.interrupt()
        assert (code, err) == (130, "")


def test_a_directory_that_is_rotated_between_two_looks_is_another_run(run):
    with Lines("--json", run) as watch:
        assert json.loads(watch.wait_for("."))["name"] == "model-10"
        new = run.with_name("new")
        save_step(new, 20, at=1003.0)
        os.rename(run, run.with_name("old"))
        os.rename(new, run)
        changes = [json.loads(watch.wait_for('"checkpoint"'))]
        if changes[-1]["name"] != "model-20":
            changes.append(json.loads(watch.wait_for("model-20")))
        assert changes[-1]["seconds_since_last"] is None
        watch.interrupt()


def test_what_is_damaged_is_said(run):
    with Lines(run) as watch:
        watch.wait_for("newest")
        (run / "checkpoint").write_text("model_checkpoint_path: \x01")
        assert "checkpoint: " in watch.wait_for("failed")
        (run / "model-30.index").write_text("no index")
        assert "failed: model-30: E_" in watch.wait_for("failed")
        (run / "stats.json").write_text('[{"cost": 1.0, "epo')
        assert "stats.json: " in watch.wait_for("failed")
        write_stats(run, '{"cost": 1.0, "epoch_num": 7}')
        assert watch.wait_for("epoch").endswith("epoch 7: cost 1")
        (run / ".cairn.lock").write_text("nonsense")
        assert watch.wait_for("lock").endswith(".cairn.lock: holds no lease")
        os.remove(run / "stats.json")
        (run / "stats.json").mkdir()
        assert "stats.json: " in watch.wait_for("failed")
        (run / "log.log").mkdir()
        assert "log.log: " in watch.wait_for("failed")
        assert watch.interrupt() == (130, [], "")


def test_values_are_not_read(run):
    with open(run / "model-10.data-00000-of-00001", "r+b") as data:
        data.write(b"\xff")
    with Lines(run) as watch:
        watch.wait_for("newest model-10: step 10")
        time.sleep(1.2)
        assert watch.interrupt() == (130, [], "")


def test_statistics_that_are_replaced_all_the_time(run):
    """Each look finds the old file or the new one, and half a temporary file is none of both."""
    entry = '{{"cost": {0}.5, "epoch_num": {0}, "global_step": {0}}}'
    (run / "stats.json.tmp").write_text('[{"cost": 1.5')
    stop = threading.Event()
    written = [1]

    def write():
        while not stop.is_set():
            written.append(written[-1] + 1)
            write_stats(run, *(entry.format(i) for i in written[-200:]))

    write_stats(run, entry.format(1))
    writer = threading.Thread(target=write)
    writer.start()
    try:
        with Lines("--json", run) as watch:
            until(lambda: len([line for line in watch.lines if "statistics" in line]) > 20, lambda: watch.lines)
            stop.set()
            writer.join()
            last = written[-1]
            until(lambda: any(f'"epoch":{last},' in line for line in watch.lines), lambda: watch.lines[-3:])
            changes = [json.loads(line) for line in watch.lines]
            assert watch.interrupt()[0] == 130
    finally:
        stop.set()
        writer.join()
    assert {change["change"] for change in changes} == {"checkpoint", "statistics"}
    assert all(change["values"] == {"cost": change["epoch"] + 0.5} for change in changes if change["change"] == "statistics")


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
def test_other_signals_have_their_own_exit_code(run, sent):
    with Lines(run) as watch:
        watch.wait_for("newest")
        watch.run.send_signal(sent)
        assert watch.run.wait(timeout=10) == 128 + sent and watch.run.stderr.read() == ""


def test_it_ends_when_nobody_reads(run):
    """At once, not with the next change."""
    watch = subprocess.Popen([CAIRN, "state", "--watch", run], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "newest" in watch.stdout.readline()
    watch.stdout.close()
    assert watch.wait(timeout=10) == 0 and watch.stderr.read() == ""
    watch.stderr.close()


@pytest.mark.parametrize("args, said", [
    (["--stat", "x"], "--stat is an option of --watch"), (["--interval", "2"], "--interval is an option of --watch"),
    (["--watch", "--all"], "--watch and --all exclude each other"), (["--watch", "--interval", "0"], "'0' is not a whole number from 1 on"),
])
def test_options_that_do_not_go_together(cairn, run, args, said):
    ran = cairn("state", *args, run)
    assert ran.code == 2 and said in ran.err and "hint: " in ran.err


def test_what_is_no_run_is_not_watched(cairn, run):
    for path in (run / "not-there", run / "checkpoint"):
        ran = cairn("state", "--watch", path)
        assert ran.code == 2 and ran.out == "" and ran.err.startswith("cairn: error: ")


# ---- the screen


def test_the_screen_follows_a_run(run):
    with Screen(run) as screen:
        frame = screen.wait_for("model-10")
        assert frame[0] == str(run)
        assert re.fullmatch(r"newest    model-10: step 10, 137 B, saved \d+:\d\d:\d\d ago", frame[1])
        assert re.fullmatch(r"disk      1 checkpoint, 137 B; [\d.]+ [KMGT]iB free", frame[2])
        assert len(frame) == 3
        save_step(run, 50, at=time.time() - 5)
        write_stats(run, *(f'{{"cost": {cost}, "lr": 0.1, "epoch_num": {i + 1}, "global_step": {i * 10}}}' for i, cost in enumerate([8, 4, 2, 1, "NaN", 0.5])))
        (run / "log.log").write_text("".join(f"[0131 12:00:0{i}] WRN warning {i}\n" for i in range(8)))
        frame = screen.wait_for("epoch 6(.|\n)*$")
        assert re.fullmatch(r"newest    model-50: step 50, 137 B, saved 0:0\d ago", frame[1])
        assert frame[2].startswith("pace      ") and frame[2].endswith(" steps/s")
        assert frame[3].startswith("disk      2 checkpoints, 274 B; ")
        assert frame[4] == "cost      0.5 █▄▂▁!▁"
        assert frame[5:10] == [f"log       [0131 12:00:0{i}] WRN warning {i}" for i in range(3, 8)]
        assert frame[10:] == ["stats     epoch 6, step 50: cost 0.5, lr 0.1"]
        shutil.move(run, run.with_name("moved"))
        frame = screen.wait_for("lost")
        assert frame[0] == str(run) and frame[1].startswith("lost      ")
        shutil.move(run.with_name("moved"), run)
        screen.wait_for("model-50")
        os.write(screen.terminal, b"\x03")
        assert screen.wait_for_end() == 130


def test_the_terminal_is_given_back(run):
    with Screen(run) as screen:
        screen.wait_for("model-10")
        assert screen.sent.startswith(ENTER) and screen.sent.count(ENTER) == 1 and LEAVE not in screen.sent
        os.write(screen.terminal, b"\x03")
        assert screen.wait_for_end() == 130
        assert screen.sent.count(LEAVE) == 1
        last_words = STYLE.sub("", screen.sent.split(LEAVE)[1].decode()).splitlines()
        assert last_words[0] == str(run) and last_words[1].startswith("newest    model-10") and "\x1b" not in "".join(last_words)


@pytest.mark.parametrize("sent, code", [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGHUP, 128 + signal.SIGHUP), (signal.SIGQUIT, -signal.SIGQUIT)])
def test_the_terminal_is_given_back_after_every_signal(run, sent, code):
    with Screen(run) as screen:
        screen.wait_for("model-10")
        os.kill(screen.pid, sent)
        assert screen.wait_for_end() == code
        assert screen.sent.count(LEAVE) == 1 and ENTER not in screen.sent.split(LEAVE)[1]


def test_the_terminal_is_given_back_while_the_program_is_stopped(run):
    with Screen(run) as screen:
        screen.wait_for("model-10")
        os.write(screen.terminal, b"\x1a")
        assert os.WIFSTOPPED(os.waitpid(screen.pid, os.WUNTRACED)[1])
        screen.read()
        assert screen.sent.rstrip(b"^Z").endswith(LEAVE)
        os.kill(screen.pid, signal.SIGCONT)
        until(lambda: screen.frame() and screen.sent.count(ENTER) == 2, lambda: screen.sent)
        save_step(run, 50, at=1020.5)
        screen.wait_for("model-50")
        os.write(screen.terminal, b"\x03")
        assert screen.wait_for_end() == 130 and screen.sent.count(LEAVE) == 2


def test_a_terminal_that_takes_nothing_does_not_keep_the_program(run):
    """Ctrl-S stops what is shown; the second SIGTERM finds the program waiting for the terminal."""
    with Screen(run) as screen:
        screen.wait_for("model-10")
        os.write(screen.terminal, b"\x13")
        time.sleep(2.5)
        os.kill(screen.pid, signal.SIGTERM)
        assert screen.wait_for_end() == 128 + signal.SIGTERM


def test_forty_columns(corpus):
    with Screen(corpus / "tensorpack/train_run", columns=40, rows=30) as screen:
        frame = screen.wait_for("WRN")
        assert max(map(len, frame)) < 40 and len(frame) <= 30
        assert [line[:10].strip() for line in frame if line[:10].strip()][1:] == ["newest", "disk", "cost", "log", "log", "stats"]
        words = " ".join(line[10:].strip() for line in frame[1:])
        assert "model-12: step 12, 3.5 KiB, saved " in words and "6 checkpoints, 21.2 KiB; " in words
        assert "1.262 █▃▁ " in words and "validation_accuracy 0.375, validation_probe 0.4" in words


def test_the_picture_follows_the_size_of_the_terminal(run):
    write_stats(run, *(f'{{"loss": {i}, "epoch_num": {i}}}' for i in range(300)))
    with Screen(run, columns=80, rows=24) as screen:
        assert [len(line) for line in screen.wait_for("loss") if line.startswith("loss")] == [79]
        screen.resize(50, 24)
        frame = until(lambda: max(map(len, screen.frame())) < 50 and screen.frame(), screen.frame)
        assert [len(line) for line in frame if line.startswith("loss")] == [49]
        screen.resize(50, 3)
        until(lambda: len(screen.frame()) == 3, screen.frame)
        screen.resize(5, 2)
        until(lambda: len(screen.frame()) == 2, screen.frame)
        screen.resize(100, 24)
        screen.wait_for("loss")


@pytest.mark.parametrize("names, chosen, shown", [
    (["acc", "loss", "cost"], [], "cost"), (["acc", "loss"], [], "loss"), (["acc", "lr"], [], "acc"), (["acc", "loss"], ["--stat", "acc"], "acc")])
def test_the_statistic_that_is_drawn(run, names, chosen, shown):
    write_stats(run, "{" + ", ".join(f'"{name}": 1' for name in names) + ', "epoch_num": 1}')
    with Screen(*chosen, run) as screen:
        frame = screen.wait_for("stats")
        assert frame[3] == f"{shown:10}1 ▄" and frame[4].startswith("stats ")


def test_a_statistic_that_is_not_there(run):
    with Screen("--stat", "x", run, LC_ALL="C") as screen:
        assert not any(line.startswith("x") for line in screen.wait_for("model-10"))
        write_stats(run, '{"loss": 1, "epoch_num": 1}')
        assert screen.wait_for("stats")[3] == "x         no such statistic"
        write_stats(run, '{"loss": 1, "epoch_num": 1}', '{"x": -2, "epoch_num": 2}', '{"x": "-Infinity", "epoch_num": 3}', '{"x": 7, "epoch_num": 4}')
        assert screen.wait_for("epoch 4")[3] == "x         7 .!@"


def test_names_cannot_reach_the_terminal(run):
    write_stats(run, '{"\\u001b[2J\\u0007": 1, "epoch_num": 1}')
    save(f"{run}/a\x1b[2J-200", {"w": np.zeros(4)})
    os.truncate(f"{run}/a\x1b[2J-200.data-00000-of-00001", 1)
    (run / "log.log").write_text("ERR \x1b]0;title\x07\n")
    with Screen("--stat", "\x1b[2J\x07", run) as screen:
        frame = screen.wait_for("wrong(.|\n)*stats")
        assert "\x1b[2J" not in screen.sent.decode() and b"\x07" not in screen.sent
        assert any(line == "log       ERR \\x1b]0;title\\x07" for line in frame)


@pytest.mark.parametrize("args, environment", [((), {"TERM": "dumb"}), ((), {"TERM": ""}), (("--progress=plain",), {}), (("--json",), {})])
def test_lines_on_a_terminal_where_they_are_asked_for_or_nothing_else_is_possible(run, args, environment):
    with Screen(*args, run, **environment) as screen:
        until(lambda: screen.read() or b"model-10" in screen.sent, lambda: screen.sent)
        assert b"\x1b[?" not in screen.sent and b"\x1b[H" not in screen.sent
        os.write(screen.terminal, b"\x03")
        assert screen.wait_for_end() == 130


def test_many_checkpoints_that_are_damaged(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    for i in range(100):
        (run / f"model-{i}.index").write_text("damaged")
    with Screen(run) as screen:
        frame = screen.wait_for("more")
        assert frame[1] == "newest    no checkpoint is complete" and frame[-1].strip() == "and 95 more"
