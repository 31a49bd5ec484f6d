#!python
# The command `cairn` of an installed package: runs the program that lies in the package. It does not import the package, which would
# take longer than most of what the program does.
import os
import sys
from importlib.util import find_spec

package = find_spec("cairn")
if package is None or not package.submodule_search_locations:
    sys.exit("cairn: the Python package cairn is not installed for " + sys.executable)
program = os.path.join(package.submodule_search_locations[0], "bin", "cairn")
os.execv(program, [program, *sys.argv[1:]])
