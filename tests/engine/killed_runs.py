"""Programs that train, killed at any step, and what they leave."""
import pathlib
import signal
import subprocess


def kill_after_lines(command, count, beginning):
    """Kills a program when it has printed `count` lines with this beginning. False: it ended by itself before."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            count -= line.startswith(beginning)
            if count == 0:
                process.kill()
                break
        errors = process.communicate()[1]
    assert process.returncode in (0, -signal.SIGKILL), errors
    return process.returncode != 0


def last_checkpoint(directory):
    """The prefix of the checkpoint of the highest step."""
    return max((path.with_suffix("") for path in pathlib.Path(directory).glob("model-*.index")), key=lambda path: int(path.name[6:]))


def files_of(directory):
    """{name: content} of all checkpoints."""
    return {path.name: path.read_bytes() for path in pathlib.Path(directory).glob("model-*")}
