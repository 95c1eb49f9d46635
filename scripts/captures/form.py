"""The form of a capture: which parts it has, and what each of them is.

Captures are read and written as JSON, so these are dicts, with their keys said once.
"""

from typing import Any, NotRequired, TypedDict


class Machine(TypedDict):
    """What a capture was recorded on; None for what does not apply."""

    device: str  # "cpu" or "cuda"
    cpu: str
    gpu: str | None
    threads: int | None
    python: str | None
    torch: str | None
    torchvision: str | None
    cuda: str | None
    cores: NotRequired[int | None]  # older captures do not say


class Metric(TypedDict):
    """What was measured `n` times: median and sample standard deviation."""

    median: float
    spread: float
    n: int


class Result(TypedDict, total=False):
    """What an experiment's `main` returned."""

    settings: dict[str, Any]  # what was chosen
    counts: dict[str, int]  # what was counted once
    metrics: dict[str, Metric]
    series: dict[str, Any]  # rows of data
    tables: dict[str, dict]  # of experiments that still make their own
    warmup: int
    repeats: int
    versions: str  # of the site's own captures: Lighthouse's
    runs: dict[str, list[dict]]
    conditions: dict[str, dict]  # … and those of other processors
    lessons: dict[str, dict]


class BlockNote(TypedDict):
    """What is kept of one block of a page's program; its text has a file of its own."""

    name: str
    sha256: str  # of the file with its text
    figures: dict[str, str]  # file name → SHA-256
    tolerance: float  # relative
    tolerance_reason: str | None
    volatile: str | None  # why its text varies
    seconds: NotRequired[float]


class LeftOut(TypedDict):
    """A cell that a GPU had too little memory for, and what is left out with it."""

    cell: str  # what the experiment said of it: "width 8192, batch 1024, float32"
    least: dict[str, int]  # {"width": 8192}: every cell that is at least so large


class Capture(TypedDict):
    """A head, and either the result of an experiment or the notes of a program."""

    command: str
    fingerprint: str  # of the code that it was made from
    recorded: str  # a date, YYYY-MM-DD
    commit: str | None
    machine: Machine
    seconds: float
    warmup: int
    repeats: int
    result: NotRequired[Result]
    blocks: NotRequired[list[BlockNote]]
    left_out: NotRequired[list[LeftOut]]  # of an experiment on a GPU
    generated: NotRequired[str]
    digest: NotRequired[str]


def required(form: type) -> tuple[str, ...]:
    """The keys that something of this form has to have, in their order."""
    return tuple(key for key in form.__annotations__ if key in form.__required_keys__)
