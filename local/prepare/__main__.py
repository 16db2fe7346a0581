"""Gets one part of what this machine lacks: `python -m local.prepare trino`, as `local/prepare/parts.py` calls it."""

import os
import sys

from local.paths import LocalError
from local.prepare.parts import LATER, PARTS
from local.progress import say

if __name__ == "__main__":
    try:
        if sys.argv[1] in LATER:
            os.nice(10)  # somebody works with the mesh by now
        (PARTS | LATER)[sys.argv[1]].get()
    except LocalError as error:
        say(f"{error}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
