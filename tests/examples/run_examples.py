"""Runs the built examples and checks what they print: run_examples.py DIRECTORY_OF_PROGRAMS"""
import pathlib
import re
import subprocess
import sys
import tempfile

PROGRAMS = pathlib.Path(sys.argv[1])


def run(name, *args):
    """Exit code, standard output, standard error."""
    done = subprocess.run([PROGRAMS / name, *map(str, args)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def expect(found, code, out=None, err_part=""):
    """`out` is the whole of standard output, `err_part` a part of standard error."""
    assert found[0] == code, found
    assert out is None or found[1] == out, found
    assert err_part in found[2], found


def save(directory):
    prefix = directory / "model-100"
    saved = run("save_arrays", prefix)
    expect(saved, 0)
    lines = saved[1].splitlines()
    assert lines[0].startswith("4 tensors, "), lines
    assert sorted(lines[1:]) == sorted(str(file) for file in directory.iterdir()), lines
    sizes = sum(file.stat().st_size for file in directory.iterdir())
    assert lines[0] == f"4 tensors, {sizes} bytes", lines
    expect(run("save_arrays", prefix), 1, "", "model-100")  # it exists
    return prefix


def check_list(prefix):
    found = run("open_and_list", prefix)
    expect(found, 0)
    lines = found[1].splitlines()
    assert lines[:2] == ["fc/W  float32[3,2]  24 bytes", "fc/b  float32[2]  8 bytes"], lines
    assert lines[2] == "global_step  int64[]  8 bytes" and lines[3].startswith("labels  string[2]  "), lines
    assert run("open_and_list", f"{prefix}.index")[1] == found[1]  # any member file will do
    expect(run("open_and_list", prefix.parent / "model-7"), 1, "", "model-7")


def check_read(prefix):
    expect(run("read_tensor", prefix, "fc/W"), 0, "6 elements, sum 21\n")
    expect(run("read_tensor", prefix, "global_step"), 1, "", "tensor 'global_step': is int64, not float32")
    expect(run("read_tensor", prefix, "fc/w"), 1, "", "did you mean 'fc/W'")


def check_view(prefix):
    expect(run("view_tensor", prefix, "fc/W"), 0, "largest of [3,2]: 6\n")
    expect(run("view_tensor", prefix, "fc/b"), 0, "largest of [2]: 0.25\n")


def check_load(prefix):
    expect(run("load_arrays", prefix), 0,
           "fc/W  float32[3,2]  norm 9.53939\n"
           "fc/b  float32[2]  norm 0.353553\n"
           "global_step  int64[]\n"
           "labels  string[2]\n")
    expect(run("load_arrays", prefix.parent / "model-7"), 1, "", "model-7")


def check_restore(prefix):
    expect(run("restore_arrays", prefix), 0,
           "matched     fc/W         float32[3,2]\n"
           "matched     fc/b         float32[2]\n"
           "matched     global_step  int64[]\n"
           "unexpected  labels       string[2]\n"
           "3 matched, 1 unexpected\n"
           "warning: in the checkpoint, but not restored: labels\n"
           "step 100, first weight 1\n")


def check_convert(prefix):
    new = prefix.parent / "half.npz"
    expect(run("convert_floats", prefix, new), 0,
           "global_step  int64  first value 100\nhead/W  bfloat16  first value 1\n"
           "head/b  bfloat16  first value 0.25\nlabels  string\n")
    expect(run("convert_floats", new, new), 1, "", "'fc/'")  # no name begins with it any more


def check_bytes(prefix):
    """One file is loaded from its bytes, and what is saved is as long as the file that numpy's format needs."""
    npz = prefix.parent / "model.npz"
    expect(run("save_arrays", npz), 0)
    expect(run("load_from_bytes", npz), 0,
           "fc/W  float32[3,2]\nfc/b  float32[2]\nglobal_step  int64[]\nlabels  string[2]\n"
           f"{npz.stat().st_size} bytes as npz\n")
    npz.write_bytes(npz.read_bytes()[:-1])
    expect(run("load_from_bytes", npz), 1, "", "model")


def check_eigen(prefix):
    """Eigen classifies as many points rightly as the network that was trained."""
    if not (PROGRAMS / "eigen_mlp").exists():
        print("eigen_mlp is not built: there is no Eigen")
        return
    training = run("train_mlp", prefix.parent / "run", 2)
    expect(training, 0)
    right = re.findall(r"(\d+ of 600 right)", training[1])[-1]
    expect(run("eigen_mlp", prefix.parent / "run"), 0, right + "\n")
    expect(run("eigen_mlp", prefix), 1, "", "nothing to restore")


def check_damage(prefix):
    """One flipped bit of fc/W, which alignment puts first in the data file."""
    data = next(prefix.parent.glob("model-100.data-*"))
    content = bytearray(data.read_bytes())
    content[5] ^= 1
    data.write_bytes(content)
    for program, args in (("read_tensor", ["fc/W"]), ("view_tensor", ["fc/W"]), ("restore_arrays", []), ("load_arrays", [])):
        expect(run(program, prefix, *args), 1, "", "checksum")
    expect(run("read_tensor", prefix, "fc/b"), 0, "2 elements, sum 0\n")  # the others are as they were


def check_usage():
    for program in ("open_and_list", "read_tensor", "view_tensor", "restore_arrays", "save_arrays", "convert_floats",
                    "load_from_bytes", "load_arrays"):
        expect(run(program), 2, "", f"usage: {program} ")


def main():
    with tempfile.TemporaryDirectory() as directory:
        prefix = save(pathlib.Path(directory))
        for check in (check_list, check_read, check_view, check_load, check_restore, check_convert, check_bytes, check_eigen,
                      check_damage):
            check(prefix)
    check_usage()


main()
