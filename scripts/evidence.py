"""The table of evidence: every capture, its machine and date, fresh or stale."""

from scripts import captures
from scripts.render import table

COLUMNS = ["Capture", "State", "Recorded", "Machine", "Versions", "Seconds", "Command"]


def table_rows() -> list[list]:
    """One row a capture, in the order of lessons."""
    return [row(want) for want in captures.expected_everywhere()]


def row(want: captures.Expected) -> list:
    """What stands in the table for one capture."""
    name = f"{want.id} ({want.device})"
    state = captures.state(want)
    if state == "missing":
        command = f"`{record_command(want)}`"
        return [name, "not recorded yet", "–", "–", "–", "–", command]
    capture = captures.load(want.path)
    machine = capture["machine"]
    on = machine["gpu"] or f"{machine['cpu']}, {machine['threads']} threads"
    versions = f"torch {machine['torch']}, Python {machine['python']}"
    recorded = f"{capture['recorded']}, commit {capture['commit'] or 'none'}"
    seconds = f"{capture['seconds']:.0f}"
    return [name, state, recorded, on, versions, seconds, f"`{capture['command']}`"]


def record_command(want: captures.Expected) -> str:
    """The command that makes a capture that is not there yet."""
    if want.device == "cuda":
        return f"python scripts/prebuild.py --device cuda --out recording {want.id}"
    return f"python scripts/prebuild.py {want.id}"


def markdown() -> str:
    """The table, and how long all CPU captures take together."""
    wanted = [want for want in captures.expected_everywhere() if want.path.exists()]
    seconds = sum(captures.load(want.path)["seconds"] for want in wanted)
    text = table(COLUMNS, table_rows())
    return f"{text}\nRecording all of them takes {seconds / 60:.1f} minutes.\n"
