"""The tables of the page of evidence.

Every capture, its machine and date, fresh or stale; and what was measured of the site.
"""

import re
from itertools import groupby

from scripts.captures import (
    capture_file,
    expected,
    left_out,
    of_site,
    other_processors,
)
from scripts.captures.expected import Expected, record_command
from scripts.common.formatting import code, safe, threads
from scripts.page import front_matter, program
from scripts.render.markdown_table import recorded_table, table

COLUMNS = ["Capture, and its command", "State", "Recorded, commit"]
COLUMNS += ["Seconds", "Repeats", "Machine"]
KINDS = {"cpu": "CPU", "cuda": "GPU"}


def markdown() -> str:
    """A table for each lesson and device, and how long recording all of it takes."""
    wanted = sorted(expected.expected_everywhere(), key=lambda w: (w.device, w.slug))
    groups = groupby(wanted, key=lambda want: (want.slug, want.device))
    parts = [_group(slug, device, list(found)) for (slug, device), found in groups]
    parts.append(f"Recording each of them once took {_minutes(wanted)}.")
    return "\n\n".join(parts)


def _minutes(wanted: list[Expected]) -> str:
    """How long one recording of everything took, on each kind of device."""
    took: dict[str, float] = {}
    for want in wanted:
        if want.path.exists() and not want.again:
            seconds = capture_file.load(want.path)["seconds"]
            took[want.device] = took.get(want.device, 0) + seconds
    said = [f"{s / 60:.1f} minutes on the {KINDS[d]}" for d, s in took.items()]
    return " and ".join(said) or "no time yet"


def _group(slug: str, device: str, wanted: list[Expected]) -> str:
    """One lesson's captures from one device, and the machines that they are from."""
    machines: list[str] = []
    rows = [row(want, machines) for want in wanted]
    named = [f"Machine {n}: {text}." for n, text in enumerate(machines, start=1)]
    title = f"### {front_matter.title(slug)}, on the {KINDS[device]}"
    title += f" {{ #{slug}-{device} }}"
    return "\n\n".join([title, table(COLUMNS, rows).rstrip("\n"), *named])


def anchor(want: Expected) -> str:
    """The id of a capture's row: `gpu-training-cpu-races`, which pages lead to."""
    return f"{want.slug}-{want.device}-{want.name}" + "-again" * want.again


def row(want: Expected, machines: list[str]) -> list:
    """What stands in the table for one capture; a new machine is added to the list."""
    state = expected.state(want)
    name = f'<span id="{anchor(want)}">{want.name}</span>' + " (again)" * want.again
    if state == "missing":
        command = _breakable(record_command(want))
        return [f"{name}<br>{command}", "not recorded yet", *"––––"]
    capture = capture_file.load(want.path)
    lacks = left_out.sentence(capture)
    state += f"; {safe(lacks)}" if lacks else ""
    on = machine(capture["machine"])
    if on not in machines:
        machines.append(on)
    return [
        f"{name}<br>{_breakable(capture['command'])}",
        state,
        f"<time>{safe(capture['recorded'])}</time><br>"
        f"{safe(capture['commit'] or 'not known')}",
        f"{capture['seconds']:.0f}",
        f"{capture['repeats']}",
        str(machines.index(on) + 1),
    ]


def _breakable(command: str) -> str:
    """A command as code that breaks between the parts of a name, not within one."""
    parts = re.sub(r"(?<=[./_])(?=\w)", "<wbr>", safe(command))
    return f"<code>{parts}</code>"


def machine(facts: dict) -> str:
    """A machine and its versions in one line of a page, without what was not used."""
    used = threads(facts["threads"]) if facts["threads"] else None
    names = ("python", "torch", "torchvision", "cuda")
    labels = {"python": "Python", "cuda": "CUDA"}
    versions = [f"{labels.get(n, n)} {facts[n]}" for n in names if facts[n]]
    told = filter(None, [facts["gpu"], facts["cpu"], used, *versions])
    return ", ".join(map(safe, told))


def site() -> str:
    """What Lighthouse says of each page, or how to record it."""
    if not of_site.lighthouse_path().exists():
        return "Not recorded yet; `python scripts/audit.py --record` records it."
    capture = capture_file.load(of_site.lighthouse_path())
    result = capture["result"]
    recorded, commit = safe(capture["recorded"]), safe(capture["commit"] or "not known")
    stale = "" if capture["fingerprint"] == of_site.fingerprint() else ", stale"
    return (
        f"{recorded_table(result['tables']['pages'])}\n"
        f"Medians of {capture['repeats']} runs a page, {recorded}{stale}, "
        f"{safe(result['versions'])}, {machine(capture['machine'])}, commit "
        f"{commit}, {capture['seconds'] / 60:.0f} minutes in all: "
        f"{code(capture['command'])}."
    )


def processors() -> str:
    """What moved on other processors, and what the tests allow."""
    if not of_site.processors_path().exists():
        return f"Not recorded yet; `{other_processors.COMMAND}` records it."
    capture = capture_file.load(of_site.processors_path())
    columns = ["page", "block", "moved by, %", "under", "tolerance, %", "state"]
    rows = [
        [
            slug,
            block.name,
            f"{100 * seen['moved']:.2g}",
            seen["under"],
            f"{100 * block.tolerance:.2g}",
            "fresh" if other_processors.is_of(slug, block, seen) else "stale",
        ]
        for slug, entries in capture["result"]["lessons"].items()
        for block in program.program(slug)
        if (seen := entries.get(block.name)) and seen["moved"] and not block.volatile
    ]
    blocks = sum(map(len, capture["result"]["lessons"].values()))
    return (
        f"{table(columns, rows)}\n"
        f"The other {blocks - len(rows)} of {blocks} blocks printed the same, or vary "
        f"from run to run anyway, as times do. "
        f"Conditions: {'; '.join(other_processors.CONDITIONS)}. "
        f"{capture['recorded']}, {machine(capture['machine'])}, commit "
        f"{capture['commit'] or 'not known'}: `{capture['command']}`."
    )
