"""What every verb keeps to: exit codes, streams, colour, progress, closed pipes, help, wrong input."""
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import threading
import time

import numpy as np
import pytest

from conftest import CAIRN, VERBS, save

ESCAPE = re.compile(r"\x1b\[[0-9;]*[mK]")


def in_terminal(args, stream, env=None):
    """Runs with one stream on a pseudo-terminal: (exit code, what the terminal was sent, the other stream)."""
    leader, follower = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k != "NO_COLOR"} | {"TERM": "xterm"} | (env or {})
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, stream: follower}
    run = subprocess.Popen([CAIRN, *args], env=environment, **streams)
    os.close(follower)
    seen = []

    def drain():
        while True:
            try:
                data = os.read(leader, 65536)
            except OSError:
                return
            if not data:
                return
            seen.append(data)

    reader = threading.Thread(target=drain)
    reader.start()
    out, err = run.communicate(timeout=120)
    reader.join()
    os.close(leader)
    return run.returncode, b"".join(seen).decode(), (out or err or b"").decode()


# ---- help and version


def test_version_lists_formats_and_engines(cairn):
    ran = cairn("--version")
    assert ran.code == 0
    assert re.match(r"cairn \d+\.\d+\.\d+\nformats: .*tf-v2.*\nengines: .*\n$", ran.out)
    assert cairn("-V").out == ran.out


def test_help_lists_every_verb(cairn):
    ran = cairn("--help")
    assert ran.code == 0 and ran.err == ""
    assert all(f"\n  {verb} " in ran.out for verb in VERBS)
    assert max(map(len, ran.out.splitlines())) <= 80
    assert cairn("-h").out == cairn("help").out == cairn("--color=never", "--help").out == ran.out
    no_verb = cairn()
    assert (no_verb.code, no_verb.out, no_verb.err) == (2, "", ran.out)


@pytest.mark.parametrize("verb", VERBS)
def test_help_of_a_verb_fits_a_screen_and_has_two_examples(cairn, verb):
    ran = cairn(verb, "--help")
    assert ran.code == 0 and ran.err == ""
    lines = ran.out.splitlines()
    # The verbs that make checkpoints share a list of options that is longer than a screen.
    assert len(lines) <= (48 if verb in ("convert", "prune") else 24) and max(map(len, lines)) <= 80
    assert lines[0].startswith(f"Usage: cairn {verb} ")
    examples = lines[lines.index("Examples:") + 1:]
    assert len(examples) == 2 and all("cairn " + verb in line for line in examples)
    assert cairn(verb, "-h", "--no-such-option").out == cairn("help", verb).out == ran.out


@pytest.mark.parametrize("args", [["convert", "-qh"], ["convert", "-hq"], ["ls", "-lh", "x"]])
def test_help_is_shown_for_joined_short_options(cairn, args):
    ran = cairn(*args)
    assert (ran.code, ran.out, ran.err) == (0, cairn("help", args[0]).out, "")


def test_other_joined_short_options_are_parsed(cairn):
    assert cairn("convert", "-qx", "a", "b").err.splitlines()[0].startswith("cairn: error: convert: unknown option '-")
    assert cairn("ls", "--", "-lh").err.startswith("cairn: error: -lh: no checkpoint of this name")


def test_options_of_every_verb_may_stand_before_it(cairn, small):
    for before in (["--color=always"], ["--color", "always"], ["--progress", "none", "--color=always"]):
        assert cairn(*before, "ls", small).out == cairn("ls", "--color=always", small).out


# ---- wrong input: the exact lines


@pytest.mark.parametrize("args, error, hint", [
    (["lss", "x"], "no verb 'lss'", "did you mean 'ls'?"),
    (["verfy", "x"], "no verb 'verfy'", "did you mean 'verify'?"),
    (["quux"], "no verb 'quux'", "see cairn --help"),
    (["--json", "ls"], "no verb before '--json'", "write the verb first: cairn VERB --json"),
    (["--verison"], "no verb before '--verison'", "did you mean '--version'?"),
    (["--color=never", "ls"], "ls: PATH is missing", "see cairn ls --help"),
    (["--color", "red", "ls", "x"], "ls: --color: 'red' is none of: auto, always, never", "see cairn ls --help"),
    (["help", "verfy"], "help: VERB: 'verfy' is none of: " + ", ".join(VERBS), "did you mean 'verify'?"),
    (["ls"], "ls: PATH is missing", "see cairn ls --help"),
    (["cat"], "cat: PATH is missing", "see cairn cat --help"),
    (["cat", "x", "y", "z"], "cat: unexpected argument 'z'", "see cairn cat --help"),
    (["ls", "--lnog", "x"], "ls: unknown option '--lnog'", "did you mean '--long'?"),
    (["cat", "x", "y", "--edge"], "cat: --edge needs a value", "see cairn cat --help"),
    (["cat", "x", "y", "--edge", "0"], "cat: --edge: '0' is not a whole number from 1 on", "see cairn cat --help"),
    (["cat", "x", "y", "--precision", "a"], "cat: --precision: 'a' is not a whole number from 0 on", "see cairn cat --help"),
    (["ls", "--json=yes", "x"], "ls: --json takes no value", "see cairn ls --help"),
    (["ls", "--color", "red", "x"], "ls: --color: 'red' is none of: auto, always, never", "see cairn ls --help"),
    (["cat", "--json", "--npy", "x", "y"], "cat: --json and --npy exclude each other", "leave one of them out"),
    (["completion", "tcsh"], "completion: SHELL: 'tcsh' is none of: bash, zsh, fish", "see cairn completion --help"),
    (["ls", "evil\n\x1b[31m"], "evil\\n\\x1b[31m: no checkpoint of this name", ...),
])
def test_wrong_input(cairn, tmp_path, args, error, hint):
    ran = cairn(*args, cwd=tmp_path)
    assert ran.code == 2 and (ran.out == "" or "--json" in args[1:])
    first, *rest = ran.err.splitlines()
    assert first == f"cairn: error: {error}"
    if hint is not ...:
        assert rest == ([f"hint: {hint}"] if hint else [])


FIELDS = ["reason", "code", "message", "path", "tensor", "offset", "hint"]


@pytest.mark.parametrize("args", [
    ["ls", "not-there"], ["cat", "not-there", "w"], ["info", "not-there"], ["stats", "not-there"], ["state", "not-there"],
    ["convert", "not-there", "new"], ["repair", "not-there", "new"], ["convert", "not-there", "new.h5"], ["ls"], ["cat", "x", "--no"],
    ["verify", "--quick", "--strict", "x"], ["verify", "--all", "not-there"],
])
def test_errors_are_json_documents_on_request(cairn, tmp_path, args):
    ran = cairn(*args, "--json", cwd=tmp_path)
    assert ran.code == 2 and ran.err.startswith("cairn: error: ")
    document = json.loads(ran.out)
    assert list(document) == ["schema_version", "error"] and list(document["error"]) == FIELDS
    error = document["error"]
    assert f"cairn: error: {error['message']}" == ran.err.splitlines()[0]
    assert error["reason"].startswith("E_") and (not error["hint"] or f"hint: {error['hint']}" in ran.err)
    assert cairn(*args, cwd=tmp_path).out == ""


def test_other_errors_are_json_documents_too(cairn, small, damaged, tmp_path):
    for args in (["ls", small, "nothing"], ["stats", small, "nothing"], ["convert", "--select", "nothing", small, tmp_path / "new"]):
        ran = cairn(*args, "--json")
        assert ran.code == 1 and json.loads(ran.out)["error"]["reason"] == "E_MISSING"
    error = json.loads(cairn("cat", "--json", *damaged).out)["error"]
    assert (error["reason"], error["tensor"], error["offset"]) == ("E_CRC", "a", 0) and error["path"].startswith(damaged[0])


def test_a_document_with_findings_is_the_only_one(cairn, small, damaged, tmp_path):
    for args in (["stats", damaged[0]], ["verify", small, tmp_path / "not-there"], ["repair", damaged[0], tmp_path / "new"]):
        ran = cairn(*args, "--json")
        assert ran.code != 0 and "error" not in json.loads(ran.out)


def test_wrong_patterns(cairn, small):
    ran = cairn("ls", small, "fc[01")
    assert ran.code == 2 and ran.err == ("cairn: error: pattern 'fc[01': the '[' at position 2 is not closed\n"
                                         "hint: write \\[ for the character itself\n")
    ran = cairn("ls", small, "--regex", "a(b")
    assert ran.code == 2 and ran.err == "cairn: error: pattern 'a(b': missing ): a(b\n"


def test_after_two_dashes_everything_is_a_path(cairn, tmp_path):
    save(str(tmp_path / "--json"), {"w": np.float32(1)})
    assert cairn("ls", "--", "--json", cwd=tmp_path).out.startswith("w ")


def test_brackets_in_arguments_are_text(cairn, tmp_path):
    prefix = save(str(tmp_path / "[a,b]"), {"[x,y]": np.float32(1), "{}": np.float32(2)})
    assert cairn("cat", prefix, "[x,y]").out == "1.0\n"
    assert cairn("cat", prefix, "{}").out == "2.0\n"
    assert cairn("ls", prefix, "[[]*").out.splitlines()[0].split()[0] == "[x,y]"


# ---- streams


def test_a_closed_pipe_is_quiet(tmp_path):
    prefix = save(str(tmp_path / "m"), {f"layer{i:05}/weight": np.float32(i) for i in range(5000)})
    for form in ("", "--json", "--long"):
        script = f'set -o pipefail; "{CAIRN}" ls {form} "{prefix}" | head -1'
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
        assert done.stderr == "" and len(done.stdout.splitlines()) == 1 and done.returncode == 0
    closed, write = os.pipe()
    os.close(closed)
    done = subprocess.run([CAIRN, "ls", prefix], stdout=write, stderr=subprocess.PIPE, timeout=60)
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_closed_pipe_ends_cat_quietly(tmp_path):
    prefix = save(str(tmp_path / "m"), {"x": np.zeros(8_000_000, np.float32)})
    for form in ("--all", "--json", "--npy"):
        script = f'set -o pipefail; "{CAIRN}" cat {form} "{prefix}" x | head -c 10 >/dev/null'
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_is_said(small):
    with open("/dev/full", "w") as full:
        done = subprocess.run([CAIRN, "ls", small], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 2 and done.stderr == "cairn: error: stdout: No space left on device\n"


# ---- colour


def test_colour_follows_the_terminal(small):
    code, sent, _ = in_terminal(["ls", small], "stdout")
    assert code == 0 and "\x1b[36m" in sent
    plain = ESCAPE.sub("", sent).replace("\r\n", "\n")
    assert plain == subprocess.run([CAIRN, "ls", small], capture_output=True, text=True).stdout


@pytest.mark.parametrize("args, env, is_coloured", [
    ([], {"NO_COLOR": "1"}, False),
    ([], {"NO_COLOR": ""}, True),
    ([], {"TERM": "dumb"}, False),
    (["--color=never"], {}, False),
    (["--color=always"], {"NO_COLOR": "1"}, True),
])
def test_colour_on_a_terminal(small, args, env, is_coloured):
    _, sent, _ = in_terminal(["ls", small, *args], "stdout", env)
    assert ("\x1b[" in sent) == is_coloured


def test_colour_without_a_terminal(cairn, small):
    assert "\x1b[" not in cairn("ls", small).out
    assert "\x1b[36m" in cairn("ls", "--color=always", small).out
    assert "\x1b[" not in cairn("ls", "--json", "--color=always", small).out
    assert cairn("ls", "--color=always", small + "x").err.startswith("\x1b[1;31mcairn: error: \x1b[0m")


def test_names_cannot_reach_the_terminal(tmp_path):
    prefix = save(str(tmp_path / "m"), {b"\x1b]0;title\x07\x1b[2J": np.float32(1)})
    _, sent, _ = in_terminal(["ls", "--color=never", prefix], "stdout")
    assert "\x1b" not in sent and "\x07" not in sent and "\\x1b]0;title\\x07" in sent


# ---- progress


def stopped_for_a_while(args, tries=30, code=0):
    """Runs with stderr on a terminal and stops the program for more than half a second in the middle of its work.

    {try} in the arguments is the number of the attempt.
    """
    for i in range(tries):
        leader, follower = pty.openpty()
        run = subprocess.Popen([CAIRN, *(arg.replace("{try}", str(i)) for arg in args)], stdout=subprocess.DEVNULL, stderr=follower)
        os.close(follower)
        time.sleep(0.004 + 0.003 * i)  # after its start, before its end: neither is known
        run.send_signal(signal.SIGSTOP)
        time.sleep(0.7)
        was_running = run.poll() is None
        run.send_signal(signal.SIGCONT)
        sent = b""
        try:
            while data := os.read(leader, 65536):
                sent += data
        except OSError:
            pass  # the other end is closed
        os.close(leader)
        assert run.wait(timeout=60) == code
        if was_running and b"[" in sent:
            break
    return sent.decode()


def test_a_bar_appears_on_a_terminal_after_half_a_second(large):
    sent = stopped_for_a_while(["stats", large])  # which takes longer than to verify it
    assert re.search(r"\r\x1b\[K\[#* *\] \d+%  [\d.]+ MiB of 256.0 MiB  [\d.]+ [KMG]iB/s  (\d+:\d\d left  )?stats ", sent)
    assert sent.endswith("\r\x1b[K") and "\n" not in sent


def test_what_is_said_after_a_bar_stands_on_a_clean_line(cairn, large, tmp_path):
    """A damaged copy: an error of convert, a note of repair."""
    for end in (".index", ".data-00000-of-00001"):
        shutil.copy(large + end, tmp_path / f"m{end}")
    with open(tmp_path / "m.data-00000-of-00001", "r+b") as data:
        data.seek(200 << 20)
        data.write(b"damage")
    for verb, said in (("convert", "cairn: error: "), ("repair", "cairn: note: ")):
        sent = stopped_for_a_while([verb, "--color=never", str(tmp_path / "m"), str(tmp_path / "new{try}/m")], code=1)
        assert re.search(r"\[#* *\] .*\r\x1b\[K" + said, sent), sent
        for made in tmp_path.glob("new*"):
            shutil.rmtree(made)


def test_no_bar_where_none_is_wanted(large):
    assert stopped_for_a_while(["verify", "--progress=none", large], tries=5) == ""


def test_no_bar_for_what_is_done_at_once(small):
    code, sent, _ = in_terminal(["verify", small], "stderr")
    assert (code, sent) == (0, "")
