"""The golden files are what their script makes."""
import filecmp
import os
import subprocess
import sys

import tensorflow as tf

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MADE_WITH = "2.21.0"


def files_below(folder):
    return sorted(os.path.relpath(os.path.join(at, name), folder) for at, _, names in os.walk(folder) for name in names)


def test_the_script_makes_the_golden_files(tmp_path):
    assert tf.__version__ == MADE_WITH, "make the golden files anew, and say so here and in their README"
    subprocess.run([sys.executable, f"{ROOT}/tools/make_golden.py", str(tmp_path)], check=True)
    golden = f"{ROOT}/tests/golden"
    files = files_below(str(tmp_path))
    assert files == [name for name in files_below(golden) if name != "README.md"]
    _, different, missing = filecmp.cmpfiles(golden, str(tmp_path), files, shallow=False)
    assert not different and not missing
