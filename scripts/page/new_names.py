"""How much of PyTorch is new in each lesson: counted in its blocks, not felt."""

import ast
import json

from scripts.common import disk_cache
from scripts.common.syntax import imports, parsed
from scripts.page import front_matter, program

PACKAGES = ("torch", "torchvision")
MODULES = (*PACKAGES, "torch.nn", "torchvision.transforms")
RECAP = ("data", "model", "loop")  # lesson 1 shows these as what the reader has already


def new_names() -> dict[str, int]:
    """By slug, in the module's order: names of PyTorch that no earlier lesson used.

    What the recap at the top of the first lesson uses counts as known.
    """
    slugs = list(front_matter.of_lessons())
    programs = [
        [(block.name, block.code) for block in program.program(slug)] for slug in slugs
    ]

    def count() -> str:
        return json.dumps(_counted(programs))

    counted = disk_cache.recall("new-names", [json.dumps(programs)], count)
    return dict(zip(slugs, json.loads(counted), strict=True))


def _counted(programs: list[list[tuple[str, str]]]) -> list[int]:
    """The same for programs: (name, code) of each block of each lesson."""
    known: set[str] = set()
    counted = []
    for number, blocks in enumerate(programs):
        aliases: dict[str, str] = {}
        used: set[str] = set()
        for name, code in blocks:
            recap = number == 0 and name.partition("-")[0] in RECAP
            (known if recap else used).update(names_of(code, aliases))
        counted.append(len(used - known))
        known |= used
    return counted


def names_of(code: str, aliases: dict[str, str]) -> set[str]:
    """The dotted names of PyTorch that a block uses: `nn.ReLU` is `torch.nn.ReLU`.

    `aliases` holds what earlier blocks imported, and gets what this one imports.
    """
    for node in imports(code):
        aliases |= _imported(node)
    found: set[str] = set()
    _collect(parsed(code), aliases, found)
    return found


def _imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names if _is_ours(alias.name)]
        return {name.partition(".")[0]: name.partition(".")[0] for name in names}
    if _is_ours(node.module or ""):
        return {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
    return {}


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] in PACKAGES


def _collect(node: ast.AST, aliases: dict[str, str], found: set[str]) -> None:
    """A dotted name counts once, as a whole; a mere module does not count."""
    name = _dotted(node, aliases)
    if name is None:
        for child in ast.iter_child_nodes(node):
            _collect(child, aliases, found)
    elif (name := name.partition(".__")[0]) not in MODULES:
        found.add(name)


def _dotted(node: ast.AST, aliases: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return aliases.get(node.id)
    if isinstance(node, ast.Attribute):
        owner = _dotted(node.value, aliases)
        return owner and f"{owner}.{node.attr}"
    return None
