"""Lines of a page that stand there only when a GPU has recorded what they speak of.

`{{ if cuda.<experiment> }}` … `{{ end }}`      recorded, fresh or stale
`{{ if not cuda.<experiment> }}` … `{{ end }}`  not recorded yet

Each stands alone on its line, indented or not; `program` may stand for an experiment,
and on the page of no lesson `<slug>.cuda.<experiment>`.
"""

import re

from scripts.common.errors import SiteError
from scripts.content import gpu
from scripts.page.fences import Fence, split

MARK = re.compile(r"\{\{ ?(?:if|end)\b.*")
IF = re.compile(r"\{\{ ?if (not )?(?:([a-z0-9-]+)\.)?cuda\.([a-z0-9_-]+) ?\}\}")
END = re.compile(r"\{\{ ?end ?\}\}")


def apply(text: str, slug: str) -> str:
    """A page without those lines whose condition does not hold, and without marks."""
    kept: list[str | None] = []
    opened, holds, number = 0, True, 0  # `opened`: the line of the open condition
    for part in split(text):
        if isinstance(part, Fence):
            if opened and part.language == "python":
                raise SiteError(
                    f"line {part.line}: a Python block depends on {{{{ if … }}}}, but "
                    "a page's program is the same on every machine"
                )
            kept += part.lines() if holds else [None]
            number = part.line + len(part.body) + 1
            continue
        number += 1
        if not MARK.search(part):
            kept.append(part if holds else None)
            continue
        opened, holds = _mark(part.strip(), slug, number, opened)
        kept.append(None)
    if opened:
        raise SiteError(f"line {opened}: {{{{ if … }}}} without its {{{{ end }}}}")
    return "\n".join(closed(kept)) + "\n"


def _mark(mark: str, slug: str, number: int, opened: int) -> tuple[int, bool]:
    """What holds after a mark: the line of the open condition, and whether to keep."""
    found = IF.fullmatch(mark)
    if not found and not END.fullmatch(mark):
        raise SiteError(
            f"line {number}: '{mark}' is none of {{{{ if cuda.<experiment> }}}}, "
            f"{{{{ if not cuda.<experiment> }}}} and {{{{ end }}}}, alone on the line"
        )
    if bool(found) == bool(opened):
        why = f"inside that of line {opened}" if opened else "without its {{ if … }}"
        raise SiteError(f"line {number}: '{mark}' stands {why}")
    if not found:
        return 0, True
    absent, other, name = found.groups()
    try:
        return number, gpu.is_recorded(other or slug, name) != bool(absent)
    except SiteError as error:
        raise SiteError(f"line {number}: '{mark}': {error}") from error


def closed(lines: list[str | None]) -> list[str]:
    """Lines without those that are gone (None) and blank ones that would double."""
    kept: list[str] = []
    gap = False
    for line in lines:
        if line is None:
            gap = True
        elif line.strip() or not gap or (kept and kept[-1].strip()):
            kept.append(line)
            gap = gap and not line.strip()
    return kept
