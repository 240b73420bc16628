"""Runs `python -m job`."""

import sys

from job.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
