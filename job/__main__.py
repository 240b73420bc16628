"""Runs `python -m job`."""

import gc
import sys

from job.cli.main import main

if __name__ == "__main__":
    code = main()
    # The interpreter searches for cycles twice as it ends, through all that is still alive: nothing of use.
    gc.freeze()
    sys.exit(code)
