"""Lines of a page that stand there only when a GPU has recorded what they speak of.

`{{ if cuda.<experiment> }}` … `{{ end }}`           recorded, fresh or stale
`{{ if cuda.<experiment>.<metric> }}` … `{{ end }}`  recorded on a GPU that has it
`{{ if not cuda.<experiment> }}` … `{{ end }}`       not recorded yet
`{{ if cuda.<experiment>.<metric>.again }}` … `{{ end }}`  two recordings have it
`{{ if cuda.again }}` … `{{ end }}`                  all of the lesson recorded twice

Not every GPU has every metric: a T4 has neither bfloat16 nor TF32. The lines between
have to ask for the metric, so that its name cannot be misspelt without being noticed.
Of two recordings, a lesson speaks between the last two alone.

Each stands alone on its line, indented or not; `program` may stand for an experiment,
and on the page of no lesson `<slug>.cuda.<experiment>`.
"""

import re
from dataclasses import dataclass

from scripts.common.errors import SiteError
from scripts.common.paths import programs
from scripts.content import gpu
from scripts.page.fences import Fence, Part

MARK = re.compile(r"\{\{ ?(?:if|end)\b.*")
IF = re.compile(
    r"\{\{ ?if (not )?(?:([a-z0-9-]+)\.)?cuda\.([a-z0-9_-]+)"
    r"(?:\.([a-z0-9_]+)(\.again)?)? ?\}\}"
)
AGAIN = "again"
TWO = re.compile(r"\bsecond recording|\bheld both times")
END = re.compile(r"\{\{ ?end ?\}\}")


@dataclass(frozen=True)
class Condition:
    """An open `{{ if … }}`: its line, whether it holds, what its lines have to ask for.

    `key` begins the key of a number, such as `gpu-training.amp_speed@cuda.loss.`, or is
    "" for a condition on a whole experiment.
    """

    line: int
    holds: bool
    key: str = ""
    twice: bool = False


def apply(parts: list[Part], slug: str) -> list[Part | None]:
    """A page's parts; None stands for marks and for what is not to be shown."""
    kept: list[Part | None] = []
    opened: Condition | None = None
    between: list[str] = []  # the lines of the open condition
    for part in parts:
        if isinstance(part, Fence):
            if opened and part.language == "python":
                raise SiteError(
                    f"line {part.number}: a Python block depends on {{{{ if … }}}}, "
                    "but a page's program is the same on every machine"
                )
        elif MARK.search(part.text):
            opened = _mark(part.text.strip(), slug, part.number, opened, between)
            between = []
            kept.append(None)
            continue
        else:
            between.append(part.text)
            if TWO.search(part.text) and slug in programs():
                _check_twice(part.number, opened)
        kept.append(part if opened is None or opened.holds else None)
    if opened:
        raise SiteError(f"line {opened.line}: {{{{ if … }}}} without its {{{{ end }}}}")
    return kept


def _check_twice(number: int, opened: Condition | None) -> None:
    """SiteError for a sentence on two recordings that would stand there with one."""
    if not (opened and opened.twice):
        raise SiteError(
            f"line {number}: it speaks of two recordings, and there may be one: put it "
            "between {{ if cuda.again }} or {{ if cuda.<experiment>.<metric>.again }} "
            "and {{ end }}"
        )


def _mark(
    mark: str, slug: str, number: int, opened: Condition | None, between: list[str]
) -> Condition | None:
    """The condition that is open after a mark, or None."""
    found = IF.fullmatch(mark)
    if not found and not END.fullmatch(mark):
        raise SiteError(
            f"line {number}: '{mark}' is none of {{{{ if cuda.<experiment> }}}}, "
            "{{ if cuda.<experiment>.<metric> }}, {{ if not cuda.<experiment> }} and "
            "{{ end }}, alone on the line"
        )
    if bool(found) == bool(opened):
        why = (
            f"inside that of line {opened.line}" if opened else "without its {{ if … }}"
        )
        raise SiteError(f"line {number}: '{mark}' stands {why}")
    if opened:
        if opened.key and f"{{{{ {opened.key}" not in "\n".join(between):
            raise SiteError(
                f"line {opened.line}: the lines of this condition ask for no "
                f"{opened.key}…: is its metric misspelt?"
            )
        return None
    try:
        return _condition(number, slug, *found.groups())
    except SiteError as error:
        raise SiteError(f"line {number}: '{mark}': {error}") from error


def _condition(
    line: int, slug: str, absent: str, other: str, name: str, metric: str, twice: str
) -> Condition:
    """A condition as its mark says it."""
    lesson = other or slug
    if name == AGAIN and not (absent or metric):
        return Condition(line, gpu.is_recorded_twice(lesson), twice=True)
    if not metric:
        return Condition(line, gpu.is_recorded(lesson, name) != bool(absent))
    if absent:
        raise SiteError("no condition asks for a metric that is not there")
    holds = metric in gpu.metrics(lesson, name)
    if twice:
        holds = holds and metric in gpu.metrics(lesson, name, again=True)
    device = AGAIN if twice else "cuda"
    return Condition(line, holds, f"{lesson}.{name}@{device}.{metric}.", bool(twice))
