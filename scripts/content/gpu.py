"""What a page shows of the recordings from a GPU, and one sentence on what is missing.

Keys that stand alone on a line, indented or not:

`{{ cuda.program }}`                   when and where the page's program ran on a GPU,
                                       and how many recordings are missing
`{{ cuda.block.<file>-<section> }}`    what that block printed there
`{{ cuda.<experiment>.<table|plot> }}` that table or plot, with its passport

What is stale says so. What is missing leaves nothing behind, not even an empty line.
"""

import re

from scripts.captures import capture_file, expected, left_out, lost, pairs
from scripts.captures.expected import PROGRAM, Expected
from scripts.captures.form import Capture
from scripts.common.errors import SiteError
from scripts.common.formatting import code, passport, safe, show
from scripts.common.paths import TREE, captures_of, page_path, programs
from scripts.content.keys import KEY
from scripts.page.fences import INCLUDE, blanks, fences, prose
from scripts.page.program import block_name

NOTHING = "This page has not been recorded on a GPU so far"
SOME = "We still lack {} of {} recordings on a GPU"
WHERE = "{}: [evidence]({}evidence.md) lists what is missing, with its command{}."
RECORDER = "record-on-a-gpu.ipynb"  # not every tree has it
IN_A_BROWSER = ", and [this notebook]({}notebooks/{}) records it in a browser"
NEITHER = " This GPU has neither bfloat16 nor TF32."
CHANGED = "**stale**: {} has changed since it was recorded"


def want(slug: str, name: str) -> Expected:
    """The CUDA capture that the tree calls for. SiteError if it calls for none."""
    known = slug in programs() and name in (PROGRAM, *expected.experiments(slug))
    if not known:
        raise SiteError(f"{slug} has no experiment called '{name}'")
    if "cuda" not in expected.devices(slug, name):
        raise SiteError(f"{slug}/{name} is not recorded on CUDA: see DEVICES")
    return expected.wanted(slug, name, "cuda")


def is_recorded(slug: str, name: str) -> bool:
    """Is there a capture, fresh or stale? SiteError for one that lies."""
    path = want(slug, name).path
    return path.exists() and bool(capture_file.load(path))


def second(wanted: Expected) -> Capture | None:
    """The second recording; None without one, or if it is of other code."""
    found = pairs.pair(wanted) if wanted.path.exists() else None
    return found and found[1]


def is_recorded_twice(slug: str) -> bool:
    """Is there a second recording of every experiment of a lesson on a GPU?"""
    names = [
        n for n in expected.experiments(slug) if "cuda" in expected.devices(slug, n)
    ]
    return bool(names) and all(second(want(slug, name)) for name in names)


def metrics(slug: str, name: str, again: bool = False) -> list[str]:
    """The metrics that were recorded; none if there is no capture."""
    if not is_recorded(slug, name):
        return []
    wanted = want(slug, name)
    found = second(wanted) if again else capture_file.load(wanted.path)
    return list(found["result"]["metrics"]) if found else []


class Page:
    """What one page asks for."""

    def __init__(self, slug: str):
        self.slug = slug
        self.known: dict[str, tuple[Expected, str]] = {}

    def fill(self, match: re.Match, line: str) -> str:
        """The Markdown for a key, indented like its line. SiteError names the key."""
        try:
            if line.strip() != match[0]:
                raise SiteError("has to stand alone on its line")
            text = self.text(*match[1].split(".")[1:])
        except SiteError as error:
            raise SiteError(f"the key {match[0]}: {error}") from error
        indent = " " * blanks(line)
        if indent:  # there, Python-Markdown parses between tags that stand alone
            text = text.replace(' markdown="1"', "")
        return re.sub(r"\n(?=.)", f"\n{indent}", text)

    def text(self, *parts: str) -> str:
        """What stands for `cuda.` and these parts."""
        if parts == (PROGRAM,):
            return self.program()
        if len(parts) != 2:
            raise SiteError(
                "is none of cuda.program, cuda.block.<file>-<section> and "
                "cuda.<experiment>.<table or plot>"
            )
        if parts[0] == "block":
            return self.block(parts[1])
        return self.figure(*parts)

    def state(self, name: str) -> tuple[Expected, str]:
        """What is wanted under a name, and whether it is fresh, stale or missing."""
        if name not in self.known:
            wanted = want(self.slug, name)
            self.known[name] = wanted, expected.state(wanted)
        return self.known[name]

    def program(self) -> str:
        """One line of small print, and what is missing of the whole lesson."""
        wanted, state = self.state(PROGRAM)
        lacking = self.lacking()
        if state == "missing":
            return lacking
        capture = capture_file.load(wanted.path)
        says = f"On a GPU: {safe(passport(capture))}; "
        says += f"the CPU: {safe(capture['machine']['cpu'])}."
        stale = f" {CHANGED.format('the program')}." if state == "stale" else ""
        says = f"<small>{says}{stale}{self.left_out()}</small>"
        return says + f"\n\n{lacking}" * bool(lacking)

    def left_out(self) -> str:
        """What the lesson's recordings lack, and no caption on the page says."""
        source = page_path(self.slug).read_text(encoding="utf-8")
        shown = {experiment for experiment, _ in figures_asked_for(self.slug)}
        found = []
        for name in expected.experiments(self.slug):
            path = captures_of(self.slug, "cuda") / f"{name}.json"
            if not path.exists():
                continue
            capture = capture_file.load(path)
            is_told = name in shown or f"{self.slug}.{name}@cuda.passport" in source
            lacks = left_out.sentence(capture)
            found += [f" {name} is {safe(lacks)}."] * (bool(lacks) and not is_told)
            if lost.is_without_formats(capture) and NEITHER not in found:
                found.append(NEITHER)
        return "".join(found)

    def lacking(self) -> str:
        """How many of the lesson's recordings are missing; "" if none is."""
        wanted = [want for want in expected.expected("cuda") if want.slug == self.slug]
        missing = [want for want in wanted if expected.state(want) == "missing"]
        some = SOME.format(len(missing), len(wanted))
        says = NOTHING if len(missing) == len(wanted) else some
        up = "" if page_path(self.slug).parent == TREE.docs else "../"
        there = (TREE.notebooks / RECORDER).exists()
        more = IN_A_BROWSER.format(up, RECORDER) if there else ""
        return WHERE.format(says, up, more) if missing else ""

    def block(self, name: str) -> str:
        """A label and the captured text, if there is any."""
        source = page_path(self.slug).read_text(encoding="utf-8")
        codes = [f.body for f in fences(source) if f.language == "python"]
        found = [INCLUDE.match(line) for body in codes for line in body]
        if name not in [block_name(*f.groups()) for f in found if f]:
            raise SiteError(f"the page shows no block '{name}'")
        wanted, state = self.state(PROGRAM)
        file = captures_of(self.slug, "cuda") / f"{name}.txt"
        if (
            state == "missing"
            or not file.exists()
            or not file.read_text(encoding="utf-8").strip()
        ):
            return ""
        label = safe(capture_file.load(wanted.path)["machine"]["gpu"])
        label += ", stale" if state == "stale" else ""
        return f"<small>**{label}**</small>\n\n```text\n{_include(file)}\n```"

    def figure(self, experiment: str, name: str) -> str:
        """A table or a plot, with when, where and how it was made."""
        if experiment == PROGRAM:
            raise SiteError("a program has no tables and plots")
        wanted, state = self.state(experiment)
        suffix = _suffix(wanted, name)
        if state == "missing":
            return ""
        capture = capture_file.load(wanted.path)
        file = wanted.path.with_name(f"{experiment}-{name}{suffix}")
        says = f"{safe(passport(capture))}; the whole experiment took "
        says += f"{show(capture['seconds'])} seconds; {code(capture['command'])}"
        says += f"; {CHANGED.format(experiment)}" if state == "stale" else ""
        lacks = left_out.sentence(capture)
        says += f"; {safe(lacks)}" if lacks else ""
        return (
            f'<figure markdown="1" data-search-exclude>\n\n{_include(file)}\n\n'
            f'<figcaption markdown="1">\n\n{says}.\n\n</figcaption>\n\n</figure>'
        )


def _include(file) -> str:
    return f'--8<-- "{TREE.name(file)}"'


def _suffix(wanted: Expected, name: str) -> str:
    """ ".md" for a table, ".svg" for a plot, "" while there is no capture.

    SiteError if neither was made of the capture.
    """
    if not wanted.path.exists():
        return ""
    begins = f"{wanted.name}-"
    made = [
        path
        for path in sorted(wanted.path.parent.glob(f"{begins}*"))
        if path.suffix in (".md", ".svg")
    ]
    for path in made:
        if path.stem == begins + name:
            return path.suffix
    known = ", ".join(path.stem.removeprefix(begins) for path in made) or "none"
    raise SiteError(f"{wanted.id} has no table or plot '{name}'; it has {known}")


def figures_asked_for(slug: str) -> list[tuple[str, str]]:
    """(experiment, table or plot) of each key on a page that asks for one."""
    found = []
    for line in prose(page_path(slug).read_text(encoding="utf-8")):
        parts = [key.split(".") for key in KEY.findall(line.text)]
        found += [(p[1], p[2]) for p in parts if len(p) == 3 and p[0] == "cuda"]
    return [pair for pair in found if pair[0] != "block"]
