"""Completion in bash, zsh and fish: verbs, options, their values, names of tensors."""
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest

from conftest import CAIRN, VERBS, save


def complete(words):
    """Returns what bash offers for the last of the words."""
    quoted = " ".join(f"'{word}'" for word in words)
    script = (f'source <("{CAIRN}" completion bash)\nCOMP_WORDS=({quoted})\nCOMP_CWORD={len(words) - 1}\n'
              '_cairn\nprintf "%s\\n" "${COMPREPLY[@]}"')
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize("words, offered", [
    (["cairn", "v"], ["verify"]),
    (["cairn", "c"], ["cat", "convert", "completion"]),
    (["cairn", "help", "v"], ["verify"]),
    (["cairn", "--"], ["--color", "--progress", "--help", "--version"]),
    (["cairn", "--color", "a"], ["auto", "always"]),
    (["cairn", "--color", "always", "v"], ["verify"]),
    (["cairn", "--color", "=", "always", "v"], ["verify"]),
    (["cairn", "ls", "--color", "=", "a"], ["auto", "always"]),
    (["cairn", "ls", "--color", "="], ["auto", "always", "never"]),
    (["cairn", "convert", "--to", "np"], ["npz", "npz-compressed", "npy"]),
    (["cairn", "convert", "a", "b", "--to", "=", "s"], ["safetensors"]),
    (["cairn", "--progress", "none", "ls", "--sort", ""], ["name", "size"]),
    (["cairn", "convert", "--sel"], ["--select"]),
    (["cairn", "ls", "--l"], ["--long"]),
    (["cairn", "cat", "--p"], ["--precision", "--progress"]),
    (["cairn", "ls", "--color", "a"], ["auto", "always"]),
    (["cairn", "completion", "z"], ["zsh"]),
    (["cairn", "ls", "x"], []),
])
def test_bash_completion(words, offered):
    assert complete(words) == offered


@pytest.mark.parametrize("words, offered", [
    (["cat", "{}", "fc/"], ["fc/W", "fc/W/Adam", "fc/b"]),
    (["cat", "--precision", "3", "{}", "l"], ["labels"]),
    (["--color", "never", "ls", "--long", "{}", "conv0/W", "g"], ["global_step"]),
    (["stats", "{}", "--exclude", "fc/W/"], ["fc/W/Adam"]),
    (["convert", "{}", "--select", "fc/b"], ["fc/b"]),
    (["ls", "{}-not-there", ""], []),
    (["info", "{}", ""], []),
])
def test_bash_completes_tensor_names(small, words, offered):
    assert complete([CAIRN, *(word.replace("{}", small) for word in words)]) == offered


@pytest.mark.parametrize("typed, offered", [
    ("layer/", ["layer/w", "layer/w/.ATTRIBUTES/VARIABLE_VALUE"]),
    ("dense", ["dense/kernel"]),
    ("dense/k", ["dense/kernel"]),
])
def test_bash_completes_paths_and_full_names(tmp_path, typed, offered):
    import tensorflow as tf

    layer = tf.Module()
    layer.w = tf.Variable([1.0], name="dense/kernel")
    path = tf.train.Checkpoint(layer=layer).write(str(tmp_path / "ckpt"))
    assert complete([CAIRN, "cat", path, typed]) == offered
    assert complete([CAIRN, "convert", path, "--select", typed]) == offered


def test_tensor_names_are_quoted_for_bash(tmp_path):
    prefix = save(str(tmp_path / "m"), {"a b": np.float32(1), "a'c": np.float32(2)})
    script = f'source <("{CAIRN}" completion bash)\nCOMP_WORDS=("{CAIRN}" cat {prefix} a)\nCOMP_CWORD=3\n_cairn\necho "${{COMPREPLY[*]}}"'
    assert subprocess.run(["bash", "-c", script], capture_output=True, text=True).stdout == "a\\ b a\\'c\n"


class Shell:
    """An interactive shell on a terminal of its own."""

    def __init__(self, *command, **environment):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update(PATH=f"{os.path.dirname(CAIRN)}:{os.environ['PATH']}", TERM="dumb", COLUMNS="200", **environment)
            os.execvp(command[0], command)
        self.seen = b""

    def type(self, keys, mark):
        """Types the keys, and reads what is shown until `mark` comes."""
        os.write(self.terminal, keys.encode())
        end = time.monotonic() + 20
        while mark not in self.seen and time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.2)[0]:
                self.seen += os.read(self.terminal, 65536)
        assert mark in self.seen, self.seen

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)


def bash_line(setup, typed):
    """Returns what stands on the command line of a new bash after `typed`, in which \\t is the Tab key."""
    shell = Shell("bash", "--norc", "--noprofile", "-i", PS1="")
    show = r"""bind 'set enable-bracketed-paste off'; bind -x '"\C-g": printf "BEGIN%s<%s>END%s\n" 1 "$READLINE_LINE" 1'; """
    shell.type(f"source <(cairn completion bash); {setup}; {show}echo rea''dy\n", b"ready")
    shell.type(typed + "\x07", b"END1")
    shell.end()
    return re.search(rb"BEGIN1<(.*)>END1", shell.seen)[1].decode()


@pytest.mark.parametrize("setup", [":", "COMP_WORDBREAKS=${COMP_WORDBREAKS//[:=@]}"])
@pytest.mark.parametrize("typed, line", [
    ("fc/W\t", "fc/W:0 "), ("fc/W:\t", "fc/W:0 "), ("fc/W:0\t", "fc/W:0 "), ("conv:\t", "conv:a:"), ("conv:a:1\t", "conv:a:1 "),
    ("x=\t", "x=1:y "), ("x=1:\t", "x=1:y "), ("two\\ w\t", "two\\ words:0 "), ("two\\ words:\t", "two\\ words:0 "),
    ("'two words:\t", "'two words:0' "), ("fc/W:0 co\t", "fc/W:0 conv:a:"),
])
def test_bash_completes_names_with_colons(tmp_path, setup, typed, line):
    """In a bash that splits words at colons, and in one that does not; the path has a colon, too."""
    arrays = {name: np.zeros(1) for name in ("fc/W:0", "conv:a:1", "conv:a:2", "x=1:y", "two words:0")}
    np.savez(tmp_path / "a:b=c@1.npz", **arrays)
    assert bash_line(f"cd {tmp_path}; {setup}", f"cairn stats a:b=c@1.npz {typed}") == f"cairn stats a:b=c@1.npz {line}"


@pytest.mark.parametrize("typed, line", [("ls --color=al\t", "ls --color=always "), ("ls --color al\t", "ls --color always "),
                                         ("--color=never ver\t", "--color=never verify "), ("stats m.npz --exclude=fc:\t", "stats m.npz --exclude=fc:0 ")])
def test_bash_completes_values_after_an_equals_sign(tmp_path, typed, line):
    np.savez(tmp_path / "m.npz", **{"fc:0": np.zeros(1)})
    assert bash_line(f"cd {tmp_path}", f"cairn {typed}") == f"cairn {line}"


def test_names_for_completion(cairn, small, tmp_path):
    ran = cairn("completion", "fish", "--names", small)
    assert (ran.code, ran.out.split()) == (0, ["conv0/W", "fc/W", "fc/W/Adam", "fc/b", "global_step", "labels"])
    assert cairn("completion", "bash", "--names", tmp_path / "not-there").code == 2


def fish_offers(line):
    script = f'"{CAIRN}" completion fish | source; complete -C "{line}"'
    done = subprocess.run(["fish", "--no-config", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stderr == ""
    return [offer.split("\t")[0] for offer in done.stdout.splitlines()]


@pytest.mark.skipif(not shutil.which("fish"), reason="fish is not installed")
def test_fish_completion(small):
    assert fish_offers("cairn ver") == ["verify"]
    assert fish_offers("cairn convert a b --to np") == ["npy", "npz", "npz-compressed"]
    assert fish_offers("cairn --color=n") == ["--color=never"]
    assert set(fish_offers("cairn ls --s")) == {"--sort"}
    for line in (f"{CAIRN} cat {small} fc/", f"{CAIRN} ls --sort size {small} fc/", f"{CAIRN} stats {small} --exclude fc/"):
        assert sorted(fish_offers(line)) == ["fc/W", "fc/W/Adam", "fc/b"], line


def zsh_line(directory, typed):
    """Returns what stands on the command line of a new zsh after `typed` and one Tab."""
    shell = Shell("zsh", "-f", "-i")
    widget = "show() { zle complete-word; print -r -- \"<\"\"<$BUFFER>\"\">\"; BUFFER= }; zle -N show; bindkey '^I' show"
    setup = f"PS1=; unsetopt auto_menu list_beep; fpath=({directory} $fpath); autoload -Uz compinit; compinit -u -D; {widget}"
    shell.type(f"{setup}; print rea''dy\n", b"ready")
    shell.type(typed + "\t", b">>")
    shell.end()
    return re.search(rb"<<(.*)>>", shell.seen)[1].decode()


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh is not installed")
def test_zsh_completes_at_the_first_tab(cairn, small, tmp_path):
    (tmp_path / "_cairn").write_text(cairn("completion", "zsh").out)
    for typed, line in [("cairn ver", "cairn verify "), ("cairn convert a b --to safe", "cairn convert a b --to safetensors "),
                        ("cairn --color al", "cairn --color always "), ("cairn --color=never ver", "cairn --color=never verify "),
                        ("cairn ls --so", "cairn ls --sort="), (f"cairn cat {small} fc/W/", f"cairn cat {small} fc/W/Adam "),
                        (f"cairn --color never stats --exclude fc/b {small} gl", f"cairn --color never stats --exclude fc/b {small} global_step "),
                        (f"cairn convert {small} b --select glo", f"cairn convert {small} b --select global_step ")]:
        assert zsh_line(tmp_path, typed) == line


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_completions_name_every_verb_and_option(cairn, shell):
    script = cairn("completion", shell).out
    for verb in VERBS:
        assert verb in script
        for option in re.findall(r"--([a-z]+)", cairn(verb, "--help").out.split("Examples:")[0]):
            assert (f"--{option}" if shell == "zsh" else f"-l {option}") in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)
    else:
        # Without the shell, at least every quote is closed and every block ended.
        bare = script.replace("'\\''", "")
        assert all(line.count("'") % 2 == 0 for line in bare.splitlines() if not line.startswith("#"))
