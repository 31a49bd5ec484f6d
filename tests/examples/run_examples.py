"""Runs the built examples and checks what they print: run_examples.py DIRECTORY_OF_PROGRAMS

TensorFlow is that of CAIRN_TENSORFLOW, or of the Python that runs this. Examples that cannot run are named and counted.
"""
import importlib.util
import json
import os
import pathlib
import re
import struct
import subprocess
import sys
import tempfile

PROGRAMS = pathlib.Path(sys.argv[1])
TRAINED = pathlib.Path(__file__).resolve().parents[1] / "golden" / "trained"
skipped = []


def run(name, *args):
    """Exit code, standard output, standard error."""
    done = subprocess.run([PROGRAMS / name, *map(str, args)], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def expect(found, code, out=None, err_part=""):
    """`out` is the whole of standard output, `err_part` a part of standard error."""
    assert found[0] == code, found
    assert out is None or found[1] == out, found
    assert err_part in found[2], found


def skip(name, reason):
    """Says so in the words of the other tests, which tools/test counts."""
    print(f"{name}: {reason}\n[  SKIPPED ] examples.{name} (0 ms)")
    skipped.append(name)


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
           "matched         fc/W         float32[3,2]\n"
           "matched         fc/b         float32[2]\n"
           "matched         global_step  int64[]\n"
           "unexpected      labels       string[2]\n"
           "3 matched, 1 unexpected\n"
           "warning: in the checkpoint, but not restored: labels\n"
           "step 100, first weight 1\n")


def check_chain(prefix):
    """Runs after check_convert, which makes the head: bfloat16 values in an npz file, with a step of its own."""
    head = prefix.parent / "half.npz"
    expect(run("restore_chain", prefix, head), 0,
           f"matched         fc/W         float32[3,2], in {prefix}\n"
           f"matched         fc/b         float32[2], in {prefix}\n"
           f"cast            head/W       bfloat16[3,2] as float32[3,2], in {head}\n"
           f"cast            head/b       bfloat16[2] as float32[2], in {head}\n"
           f"overwritten     global_step  int64[], in {prefix}\n"
           f"matched         global_step  int64[], in {head}\n"
           f"unexpected      labels       string[2], in {prefix}\n"
           f"unexpected      labels       string[2], in {head}\n"
           "3 matched, 2 cast, 1 overwritten, 2 unexpected\n"
           f"warning: {prefix}: in the session, but not in the checkpoint: head/W, head/b\n"
           f"warning: {prefix}: in the checkpoint, but not restored: labels\n"
           f"warning: {head}: in the session, but not in the dict: fc/W, fc/b\n"
           f"warning: {head}: in the dict, but not restored: labels\n"
           f"warning: {head}: restored in another dtype: head/W, head/b\n")
    expect(run("restore_chain", prefix, prefix.parent / "model-7"), 1, "", "model-7")


def check_float16(prefix):
    """A safetensors file made here: 1 to 6, and a value that float16 cannot tell from a third."""
    file = prefix.parent / "zoo.safetensors"
    header = json.dumps({"fc/W": {"dtype": "F16", "shape": [3, 2], "data_offsets": [0, 12]},
                         "fc/b": {"dtype": "F16", "shape": [2], "data_offsets": [12, 16]}}).encode()
    file.write_bytes(struct.pack("<Q", len(header)) + header + struct.pack("<8e", 1, 2, 3, 4, 5, 6, 1 / 3, 0))
    expect(run("restore_float16", file), 0,
           "warning: restored in another dtype: fc/W, fc/b\nlast weight 6, first bias 0.333252\n")
    file.write_bytes(file.read_bytes()[:-1])
    expect(run("restore_float16", file), 1, "", "zoo.safetensors")


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


def check_trained(prefix):
    """Two examples that take what train_mlp trained: Eigen classifies as many points rightly, and another head is put on."""
    training = run("train_mlp", prefix.parent / "run", 2)
    expect(training, 0)
    right = re.findall(r"(\d+ of 600 right)", training[1])[-1]
    if (PROGRAMS / "eigen_mlp").exists():
        expect(run("eigen_mlp", prefix.parent / "run"), 0, right + "\n")
        expect(run("eigen_mlp", prefix), 1, "", "nothing to restore")
    else:
        skip("eigen_mlp", "there is no Eigen")

    found = run("transfer_learning", prefix.parent / "run")
    expect(found, 0)
    lines = [line.split()[:2] for line in found[1].splitlines()]
    assert lines[1:7] == [["matched", "layer1/W"], ["matched", "layer1/b"], ["matched", "layer2/W"], ["matched", "layer2/b"],
                          ["missing", "layer3/W"], ["missing", "layer3/b"]], found
    assert "warning: in the session, but not in the checkpoint: layer3/W, layer3/b\n" in found[1], found
    expect(run("transfer_learning", prefix), 1, "", "nothing to restore")


def tensorflow_package():
    """The directory of TensorFlow's package, or None."""
    named = os.environ.get("CAIRN_TENSORFLOW")
    if named:
        return named
    spec = importlib.util.find_spec("tensorflow")
    return spec.submodule_search_locations[0] if spec else None


def check_saver(package):
    """TensorFlow's own Saver restores the same."""
    python = package.parents[3] / "bin" / "python"
    if not python.exists():
        return skip("saver_restore", f"{package} is not in a virtual environment")
    program = pathlib.Path(__file__).resolve().parents[2] / "examples" / "saver_restore.py"
    done = subprocess.run([python, program, TRAINED / "graph-0131-120000.meta", TRAINED / "model"], capture_output=True, text=True,
                          timeout=100)
    assert done.stdout == "logits 16.5 21.5\n", done


def check_tensorflow(prefix):
    """Restores into a real session of TensorFlow: x = [1, 2, 3] times the weights, and the bias."""
    program = PROGRAMS / "restore_tensorflow"
    if not program.exists():
        return skip("restore_tensorflow", "the worker is not built")
    if b"__tsan_init" in program.read_bytes():
        return skip("restore_tensorflow", "ThreadSanitizer does not know TensorFlow's own threads")
    package = tensorflow_package()
    if package is None:
        skip("saver_restore", "CAIRN_TENSORFLOW does not name a TensorFlow")
        return skip("restore_tensorflow", "CAIRN_TENSORFLOW does not name a TensorFlow")
    os.environ["CAIRN_TENSORFLOW"] = package
    expect(run("restore_tensorflow", TRAINED, TRAINED / "model"), 0, "logits 16.5 21.5\n")
    check_saver(pathlib.Path(package))
    expect(run("restore_tensorflow", TRAINED, prefix), 0, "logits 22.25 27.75\n",
           "warning: in the checkpoint, but not restored: labels")
    os.environ["CAIRN_TENSORFLOW"] = str(prefix.parent)
    expect(run("restore_tensorflow", TRAINED, prefix), 1, "", "pip install tensorflow-cpu")


def check_damage(prefix):
    """One flipped bit of fc/W, which alignment puts first in the data file."""
    data = next(prefix.parent.glob("model-100.data-*"))
    content = bytearray(data.read_bytes())
    content[5] ^= 1
    data.write_bytes(content)
    for program, args in (("read_tensor", ["fc/W"]), ("view_tensor", ["fc/W"]), ("load_arrays", [])):
        expect(run(program, prefix, *args), 1, "", "checksum")
    restored = run("restore_arrays", prefix)  # the plan reads no values
    expect(restored, 1, None, "checksum")
    assert "3 matched" in restored[1] and "step" not in restored[1].splitlines()[-1], restored
    expect(run("read_tensor", prefix, "fc/b"), 0, "2 elements, sum 0\n")  # the others are as they were


def check_usage():
    programs = ["open_and_list", "read_tensor", "view_tensor", "restore_arrays", "restore_chain", "restore_float16", "save_arrays",
                "convert_floats", "load_from_bytes", "load_arrays", "transfer_learning"]
    if "restore_tensorflow" not in skipped:
        programs += ["restore_tensorflow", "train_tensorflow"]
    for program in programs:
        expect(run(program), 2, "", f"usage: {program} ")


def main():
    with tempfile.TemporaryDirectory() as directory:
        prefix = save(pathlib.Path(directory))
        for check in (check_list, check_read, check_view, check_load, check_restore, check_convert, check_chain, check_float16,
                      check_bytes, check_trained, check_tensorflow, check_damage):
            check(prefix)
    check_usage()
    print(f"examples: {len(skipped)} skipped")


main()
