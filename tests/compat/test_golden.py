"""The golden files are what their script makes."""
import filecmp
import importlib.util
import os

import tensorflow as tf

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MADE_WITH = "2.21.0"


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)


def test_the_script_makes_the_golden_files(tmp_path):
    assert tf.__version__ == MADE_WITH, "make the golden files anew, and say so here and in their README"
    spec = importlib.util.spec_from_file_location("make_golden", f"{ROOT}/tools/make_golden.py")
    make_golden = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make_golden)
    make_golden.main(str(tmp_path))
    golden = f"{ROOT}/tests/golden"
    files = files_below(str(tmp_path))
    assert files == [name for name in files_below(golden) if name != "README.md"]
    _, different, missing = filecmp.cmpfiles(golden, str(tmp_path), files, shallow=False)
    assert not different and not missing
