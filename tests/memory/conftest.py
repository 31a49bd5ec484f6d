"""Work on far more than the memory that there is: run by `tools/test memory` alone, since it takes minutes."""
import os

collect_ignore_glob = [] if os.environ.get("CAIRN_LONG") else ["test_*.py"]
