"""Times are said beside their targets, and asserted only if somebody asks for that."""

import os

ASKED = bool(os.environ.get("ASK_FOR_TIMES"))  # by scripts/audit.py --times


def beside_its_target(say):
    """A function that says how long something took, in seconds, and its target."""

    def check(what, seconds, target):
        say(f"{what}: {seconds:.1f} s, the target is {target} s")
        assert not ASKED or seconds <= target, f"{what} took {seconds:.1f} s"

    return check
