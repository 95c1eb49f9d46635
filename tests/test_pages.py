"""Does every page's program still print what was captured?"""

import re
from functools import lru_cache
from io import StringIO

import pytest
from listing import ROOT
from pytest_codeblocks import extract_from_buffer
from visible_gpu import visible_gpu

from scripts.captures import capture_file
from scripts.captures.compare import differences
from scripts.common.paths import address_of, captures_of, page_path, programs
from scripts.content import substitutions
from scripts.page import images, program
from scripts.page.includes import expand_text
from scripts.run import process

PLACE = re.compile(r"site-packages|(?:^|[\s\"'])/(?:home|root|work|Users)/", re.M)
TEXT = re.compile(r"^( *)```text[^\n]*\n(.*?)\n\1```$", re.M | re.S)
OF_A_CAPTURE = re.compile(r' *--8<-- "docs/captures/[^"\n]+"')
LIMIT = 180  # seconds that one page's program may take on an idle machine
EVERY_LESSON = pytest.mark.parametrize("slug", programs())


@lru_cache
def ran(slug: str) -> process.Run:
    """The page's program, run once in this session, as where a GPU is visible."""
    with visible_gpu():
        return process.run_program(program.program(slug), ROOT / "data")


def test_there_are_lessons():
    assert programs()


def texts_of_no_capture(page: str) -> list[str]:
    """What a page labels "captured output", as it does each `text` fence, wrongly."""
    return [text for _, text in TEXT.findall(page) if not OF_A_CAPTURE.fullmatch(text)]


def test_what_is_labelled_as_captured_was_captured():
    paths = [p for p in (ROOT / "docs").rglob("*.md") if "captures" not in p.parts]
    pages = {str(path): path.read_text(encoding="utf-8") for path in paths}
    assert any(map(TEXT.search, pages.values()))
    wrong = {name: texts_of_no_capture(page) for name, page in pages.items()}
    assert not {name: texts for name, texts in wrong.items() if texts}


def test_a_text_that_was_typed_is_noticed():
    typed = '- a\n\n    ```text\n    --8<-- "docs/captures/a.txt"\n    x\n    ```\n'
    assert len(texts_of_no_capture(typed)) == 1
    assert not texts_of_no_capture(typed.replace("    x\n", ""))


@EVERY_LESSON
def test_no_captured_text_tells_where_it_was_recorded(slug):
    """A path of that machine is nobody else's, and would be another one here."""
    files = sorted(captures_of(slug).rglob("*.txt"))
    told = [file.name for file in files if PLACE.search(file.read_text("utf-8"))]
    assert files and not told


def other_figures(slug, block, note):
    """How the figures that a block drew differ from those captured, in pixels.

    What the pixels show may differ: not every machine has the same fonts.
    """
    files = {name: captures_of(slug) / name for name in note["figures"]}
    captured = {name: images.size(file.read_bytes()) for name, file in files.items()}
    fresh = {name: images.size(image) for name, image in block.figures.items()}
    if fresh != captured:
        yield f"{slug}, block {block.name}: it drew {fresh} instead of {captured}"


@EVERY_LESSON
def test_each_block_prints_what_was_captured(slug, say):
    notes = capture_file.load(captures_of(slug) / "program.json")["blocks"]
    run = ran(slug)
    assert [block.name for block in run.blocks] == [note["name"] for note in notes]
    problems, compared, volatile, silent, drawn = [], 0, 0, 0, 0
    for block, note in zip(run.blocks, notes, strict=True):
        text = (captures_of(slug) / f"{block.name}.txt").read_text(encoding="utf-8")
        found = differences(
            block.text, text, note["tolerance"], note["volatile"] is not None
        )
        problems += [f"{slug}, block {block.name}: {problem}" for problem in found]
        problems += other_figures(slug, block, note)
        drawn += len(block.figures)
        volatile += note["volatile"] is not None
        silent += not text and note["volatile"] is None
        compared += bool(text) and note["volatile"] is None
    say(
        f"{slug}: {compared} blocks compared, {volatile} volatile, {silent} "
        f"print nothing, {len(notes)} in total; figures compared: {drawn}"
    )
    assert not problems, "\n".join(problems)
    assert compared, f"{slug}: nothing was compared"


@EVERY_LESSON
def test_program_ends_in_time(slug, in_time):
    run = ran(slug)
    assert run.seconds > 0
    in_time(f"the program of {slug}", run.seconds, LIMIT)


@EVERY_LESSON
def test_three_counts_agree(slug, site):
    text = substitutions.fill(page_path(slug).read_text(encoding="utf-8"), slug)
    blocks = extract_from_buffer(StringIO(expand_text(text)))
    found = [(block.syntax or "").split()[:1] for block in blocks]
    html = (site / address_of(slug) / "index.html").read_text(encoding="utf-8")
    shown = len(re.findall(r'class="language-python[ "]', html))
    run = len(ran(slug).blocks)
    assert found.count(["python"]) == shown == run > 0
