"""Lines of a page that stand there only when a GPU has recorded what they speak of.

`{{ if cuda.<experiment> }}` … `{{ end }}`      recorded, fresh or stale
`{{ if not cuda.<experiment> }}` … `{{ end }}`  not recorded yet

Each stands alone on its line, indented or not; `program` may stand for an experiment,
and on the page of no lesson `<slug>.cuda.<experiment>`.
"""

import re

from scripts.common.errors import SiteError
from scripts.content import gpu
from scripts.page.fences import Fence, Part

MARK = re.compile(r"\{\{ ?(?:if|end)\b.*")
IF = re.compile(r"\{\{ ?if (not )?(?:([a-z0-9-]+)\.)?cuda\.([a-z0-9_-]+) ?\}\}")
END = re.compile(r"\{\{ ?end ?\}\}")


def apply(parts: list[Part], slug: str) -> list[Part | None]:
    """A page's parts; None stands for marks and for what is not to be shown."""
    kept: list[Part | None] = []
    opened, holds = 0, True  # `opened`: the line of the open condition
    for part in parts:
        if isinstance(part, Fence):
            if opened and part.language == "python":
                raise SiteError(
                    f"line {part.number}: a Python block depends on {{{{ if … }}}}, "
                    "but a page's program is the same on every machine"
                )
        elif MARK.search(part.text):
            opened, holds = _mark(part.text.strip(), slug, part.number, opened)
            kept.append(None)
            continue
        kept.append(part if holds else None)
    if opened:
        raise SiteError(f"line {opened}: {{{{ if … }}}} without its {{{{ end }}}}")
    return kept


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
