"""From an expanded page to a notebook; from the files of practice/ to two more.

The bytes are the same each time: cell ids come from a hash of place and source.
"""

import base64
import hashlib
import re
from pathlib import Path

from nbformat import NotebookNode, ValidationError, from_dict, v4

from scripts.common.errors import SiteError, named
from scripts.common.paths import TREE, captures_of, package, page_path
from scripts.content import substitutions
from scripts.notebooks import markdown_cells, practice
from scripts.notebooks.folded import TITLE
from scripts.page import fences, images, includes, program
from scripts.page.fences import Fence, Part
from scripts.page.plain_markdown import ADMONITION

FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.S)
# An output that the reader is to predict first: stored, and folded until it is wanted.
HIDDEN = {"collapsed": True, "jupyter": {"outputs_hidden": True}}
# A cell whose code the reader need not see: folded in Colab, and in JupyterLab.
FOLDED = {"cellView": "form", "jupyter": {"source_hidden": True}}
# The cells that check what a notebook needs: their tag, and their files in snippets/
VERSIONS, NEEDS = "versions", ("versions", "data_files")
KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def cell(kind: str, source: str, index: int, **more) -> NotebookNode:
    """One notebook cell of kind "code" or "markdown", which `dump` validates."""
    id = hashlib.sha256(f"{index}\n{source}".encode()).hexdigest()[:12]
    made = {"id": id, "cell_type": kind, "metadata": {}}
    made |= {"execution_count": None, "outputs": []} if kind == "code" else {}
    return from_dict({**made, "source": source.splitlines(keepends=True), **more})


def stream(text: str) -> list[NotebookNode]:
    """A captured text as a cell's output; none for an empty text."""
    lines = text.splitlines(keepends=True)
    return [v4.new_output("stream", text=lines)] if text else []


def drawn(path: Path, says: str) -> NotebookNode:
    """A captured figure as a cell's output, and in words what it shows."""
    encoded = base64.b64encode(path.read_bytes()).decode()
    data = {"image/png": encoded, "text/plain": [says]}
    return v4.new_output("display_data", data)


def dump(cells: list[NotebookNode], made_from: str) -> str:
    """A notebook's text, with what it was generated from in its metadata.

    SiteError for one that is not valid.
    """
    note = f"scripts/prebuild.py made this from {made_from}: edit that instead"
    try:  # new_notebook validates what it makes
        book = v4.new_notebook(cells=cells, metadata={**KERNEL, "generated": note})
    except ValidationError as error:
        raise SiteError(
            f"the notebook made from {made_from} is not valid: {error.message}"
        ) from error
    # Texts are lists of lines already. nbformat would split attached drawings too, and
    # not every reader of notebooks puts a picture together again.
    return v4.writes(book, split_lines=False) + "\n"


def of_lesson(slug: str) -> dict[Path, str]:
    """The lesson's notebooks: its page, its practice, its solutions."""
    files = {TREE.notebooks / f"{slug}.ipynb": lesson_notebook(slug)}
    folder = practice_folder(slug)
    if folder.exists():
        made_from = f"{TREE.name(folder)}/"
        for kind in ("practice", "solutions"):
            cells = _practice_cells(folder, solved=kind == "solutions")
            files[TREE.notebooks / f"{slug}-{kind}.ipynb"] = dump(cells, made_from)
    return files


def practice_folder(slug: str) -> Path:
    """Where a lesson's exercises are, a file each."""
    return TREE.snippets / package(slug) / "practice"


def of_site() -> dict[Path, str]:
    """The notebook that belongs to no lesson: it records on somebody's GPU."""
    source = TREE.snippets / "record_on_a_gpu.py"
    if not source.exists():
        return {}
    parts = practice.cells(source, solved=True)
    cells = [cell(kind, text, i) for i, (kind, text, _) in enumerate(parts)]
    made_from = TREE.name(source)
    return {TREE.notebooks / "record-on-a-gpu.ipynb": dump(cells, made_from)}


def _practice_cells(folder: Path, solved: bool) -> list[NotebookNode]:
    made = []
    for index, (kind, text, check) in enumerate(practice.joined(folder, solved)):
        made.append(cell(kind, text, index))
        if check:
            made[-1]["metadata"]["tags"] = ["check"]
        if kind == "code" and text.startswith(TITLE):
            made[-1]["metadata"] |= FOLDED
    return with_versions(made)


def with_versions(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The cells, and below the first, the title, those that check versions and data."""
    checks = []
    for index, name in enumerate(NEEDS):
        source = "\n".join(
            includes.section_lines(f"snippets/{name}.py", "check")
        ).strip()
        checks.append(cell("code", source, index))
        checks[-1]["metadata"] = {"tags": [VERSIONS]}
    return [*cells[:1], *checks, *cells[1:]]


def lesson_notebook(slug: str) -> str:
    """A page as a notebook: prose, code cells, what the CPU gave as their outputs."""
    blocks = program.program(slug)
    page = page_path(slug)
    # Its lines stay, empty, so that an error names the right one.
    source = FRONT_MATTER.sub(
        lambda m: "\n" * m[0].count("\n"), page.read_text(encoding="utf-8")
    )
    with named(page.name):
        filled = substitutions.fill(source, slug)
        says = {image.path: image.alt for image in images.check(filled)}
        shown = fences.split(filled)
        hidden = predicted(shown)
        shown = without_outputs(shown, {block.name for block in blocks})
        text = includes.expand_text(fences.join(shown))
    parts = markdown_cells.parts(text)
    codes = iter(blocks)
    cells = []
    for index, (kind, source, pictures) in enumerate(parts):
        if kind == "markdown":
            more = {"attachments": pictures} if pictures else {}
            cells.append(cell("markdown", source, index, **more))
            continue
        block = next(codes)
        outputs = _outputs(slug, block, says)
        made = cell("code", block.code.rstrip("\n"), index, outputs=outputs)
        made["metadata"] = _metadata(block) | (HIDDEN if block.name in hidden else {})
        cells.append(made)
    return dump(with_versions(cells), TREE.name(page))


def predicted(parts: list[Part]) -> set[str]:
    """The blocks whose output stands in a closed result, for the reader to predict."""
    names, last = set(), ""
    for part in parts:
        if last.startswith("???") and (name := _shows(part)):
            names.add(name)
        last = "" if isinstance(part, Fence) else part.text.strip() or last
    return names


def _shows(part: Part) -> str | None:
    """The block whose output a part of a page shows: its text, or a figure of it."""
    if isinstance(part, Fence):
        include = fences.INCLUDE.match("".join(part.body[:1]))
        return Path(include[1]).stem if include and _is_output(include[1]) else None
    for image in images.of_line(part):
        if image.alone and images.is_output(image):
            return re.sub(r"-\d+$", "", image.path.stem)
    return None


def _is_output(path: str) -> bool:
    """Is it a text from the CPU? That of a GPU is no output of a cell, but shown."""
    return includes.is_made(path) and Path(path).parent.name == "cpu"


def _outputs(
    slug: str, block: program.Block, says: dict[Path, str]
) -> list[NotebookNode]:
    """A block's captured text and figures, as outputs of its cell."""
    file = captures_of(slug) / f"{block.name}.txt"
    outputs = stream(file.read_text(encoding="utf-8")) if file.exists() else []
    for path in images.of_block(slug, block.name):
        outputs.append(drawn(path, says.get(path, path.stem)))
    return outputs


def _metadata(block: program.Block) -> dict:
    """What the recorder on another machine needs to know of a block."""
    noted = {"name": block.name}
    if block.volatile:
        noted["volatile"] = block.volatile
    if block.tolerance_reason:
        noted["tolerance"] = block.tolerance
        noted["tolerance_reason"] = block.tolerance_reason
    return {"capture": noted}


def without_outputs(parts: list[Part], names: set[str]) -> list[Part]:
    """A page's parts without what shows its own blocks' captured texts and figures.

    In the notebook they stand below their cells. An admonition that held nothing else
    goes with them.
    """
    others = [part for part in parts if _shows(part) not in names]
    kept: list[Part] = []
    below = 0  # how far the next part that is not blank is indented
    for part in reversed(others):
        text = part.lines()[0]
        if ADMONITION.match(text) and below <= part.indent:
            continue
        below = part.indent if text.strip() else below
        kept.append(part)
    return kept[::-1]
