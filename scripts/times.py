"""Run the tests that take times, and have them fail beyond their targets.

python scripts/times.py     on an idle machine: a busy one misses targets, which is why
                            the test run only prints them
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Ask; returns pytest's exit status."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", "timed"]
    environment = {**os.environ, "ASK_FOR_TIMES": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
