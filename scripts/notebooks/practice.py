"""The files of practice/ → the cells of the practice and of the solutions notebook.

`intro.py` comes first, then each `exercise_<number>_<name>.py`.
"""

import json
import re
from pathlib import Path

import jupytext

from scripts.common import disk_cache
from scripts.common.errors import SiteError, named
from scripts.common.paths import TREE
from scripts.page.includes import expand_text

START, END = "# solution:start", "# solution:end"
INTRO, EXERCISE = "intro.py", re.compile(r"exercise_(\d+)_\w+\.py")


def files(folder: Path) -> list[Path]:
    """The files of a lesson's practice, in the order of its notebooks."""
    found = {path.name: path for path in folder.glob("*.py")}
    numbered = {int(m[1]): m[0] for m in map(EXERCISE.fullmatch, sorted(found)) if m}
    expected = {INTRO, "__init__.py", *numbered.values()}
    if INTRO not in found or not numbered or set(found) - expected:
        raise SiteError(
            f"{TREE.name(folder)} holds {', '.join(sorted(found)) or 'no Python'}: "
            f"it should hold {INTRO} and, each with a number of its own, "
            "exercise_<number>_<name>.py; rename what has another name"
        )
    return [found[INTRO], *(found[numbered[number]] for number in sorted(numbered))]


def joined(folder: Path, solved: bool) -> list[tuple[str, str, bool]]:
    """The cells of all files of a lesson's practice, in order."""
    return [cell for path in files(folder) for cell in cells(path, solved)]


def cells(path: Path, solved: bool) -> list[tuple[str, str, bool]]:
    """(kind, source, check) of each cell of a file, for one of the two notebooks.

    Cells tagged `file-only` serve the file alone; those tagged `solution` say why the
    solution is so, and are not in the practice notebook; those tagged `check` fail with
    a sentence until the task is solved. See folded.TITLE for those that are folded.
    """
    text = path.read_text(encoding="utf-8")
    name = TREE.name(path).removesuffix(".py").replace("/", "-")
    made = []
    for kind, source, tags in json.loads(
        disk_cache.recall(name, [text], lambda: _parsed(text))
    ):
        if "file-only" in tags or ("solution" in tags and not solved):
            continue
        if kind == "code":
            with named(TREE.name(path)):
                source = region(_includes(source), solved)
        made.append((kind, source.strip("\n"), "check" in tags))
    return made


def _parsed(text: str) -> str:
    """(kind, source, tags) of each cell of a percent script, as JSON."""
    book = jupytext.reads(text, fmt="py:percent")
    return json.dumps(
        [(c.cell_type, c.source, c.metadata.get("tags", [])) for c in book.cells]
    )


def _includes(source: str) -> str:
    """Include lines stand in comments, so that the file itself stays Python."""
    text = re.sub(r'^# (--8<-- "[^"]+")$', r"\1", source, flags=re.M)
    return expand_text(text) if text != source else source


def region(source: str, solved: bool) -> str:
    """A cell with its solution regions kept, or replaced by task and starter lines."""
    kept, inside = [], False
    for line in source.splitlines():
        mark = line.strip()
        if mark in (START, END):
            if inside == (mark == START):
                raise SiteError(f"'{mark}' where it does not belong")
            inside = mark == START
        elif not inside:
            kept.append(line)
        elif mark.startswith("#:"):
            kept.append(line.replace("#:", "#", 1))
        elif mark.startswith("# >"):
            if not solved:
                kept.append(re.sub(r"# > ?", "", line, count=1))
        elif solved:
            kept.append(line)
    if inside:
        raise SiteError(f"a '{START}' without its '{END}'")
    return "\n".join(kept)
