"""Break a copy of the tree in every way we know; the real command has to name it."""

import base64
import io
import json
import re
import shutil
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
import tiny
from listing import ROOT
from PIL import Image
from tiny import BUILD, CHECK, GPU, PAGES, PREBUILD, SLUG, captured, edit, forge

from scripts.captures import capture_file
from scripts.common.paths import Tree
from scripts.generated import files

PAGE = f"docs/{SLUG}.md"
STEPS = "snippets/tiny_lesson/steps.py"
GROWTH = "snippets/tiny_lesson/growth.py"
HELPER = "snippets/tiny_lesson/helper.py"
EXERCISE = "snippets/tiny_lesson/practice/exercise_1_add_up.py"
QUESTIONS = "snippets/tiny_lesson/questions.yml"
PLOTS = "scripts/render/plots/tiny_lesson.py"
TEXTS = (*PAGES, "-k", "prints")  # of its tests, the one that compares
ACCEPT = (*PREBUILD, "--accept", "recording")
TWICE = (*ACCEPT, "--again", "recording-2")
STRICT = (*CHECK, "--device", "cuda")
SHOWN = f"{' '.join(BUILD)} && cat built/{SLUG}/index.html docs/notebooks/{SLUG}.ipynb"
SHOWN = ("sh", "-c", SHOWN)  # the page and its notebook
BUILT_AGAIN = f"{' '.join(BUILD)} > /dev/null 2>&1; {' '.join(BUILD)}"
BUILT_AGAIN = ("sh", "-c", BUILT_AGAIN)  # what the second build says
RECORDING = f"recording/{SLUG}.cuda.json"
SECOND = f"recording-2/{SLUG}.cuda.json"
PROSE = "All of it adds up"
FIGURE = captured("steps-picture-1.png")
IMAGE = f"![A square of one light grey]({FIGURE.removeprefix('docs/')})"
IMAGE += "{ width=32 height=32 loading=lazy }"


class Row(NamedTuple):
    """One way of breaking the tree, and what the command has to say about it."""

    name: str
    mutate: Callable[[Path], None]
    command: tuple[str, ...]
    status: int
    culprits: tuple[str, ...]
    absent: tuple[str, ...] = ()  # what it must not say


def nothing(root):
    """The control: the tree as it is."""


def change(name, old, new):
    """Replace a piece of a file."""
    return lambda root: edit(root, name, old, new)


def change_all(*changes):
    """Several changes, one after the other."""

    def mutate(root):
        for each in changes:
            each(root)

    return mutate


def remove(name):
    """Delete a file."""
    return lambda root: (root / name).unlink()


def write(name, text):
    """Add a file."""
    return lambda root: (root / name).write_text(text, encoding="utf-8")


def prose(text):
    """Type something into the page."""
    return change(PAGE, PROSE, f"{text}\n\n{PROSE}")


def fence(info, body):
    """Type a fence into the page."""
    return prose(f"```{info}\n{body}\n```")


def section(root):
    """A link to a section of another page, whose heading the page has."""
    prose("[There](misconceptions.md#there).")(root)
    with (root / "docs/misconceptions.md").open("a", encoding="utf-8") as file:
        file.write("\n## There\n\nIt is.\n")


def built(root):
    """Build the tree: from now on its pages are remembered."""
    done = tiny.run(BUILD, root)
    assert done.returncode == 0, done.stdout


def restyled(root):
    """Another look, made anew; what was measured stays as it is."""
    recorded = (root / captured("growth.json")).read_bytes()
    drawn = (root / captured("growth-line.svg")).read_bytes()
    edit(
        root,
        "scripts/render/plots/style.py",
        '"lines.linewidth": 1.8',
        '"lines.linewidth": 3',
    )
    done = tiny.run(PREBUILD, root)
    assert done.returncode == 0 and "recording" not in done.stdout, done.stdout
    assert (root / captured("growth.json")).read_bytes() == recorded
    assert (root / captured("growth-line.svg")).read_bytes() != drawn


def reworded(root):
    """Another word in a table, made anew; what was measured stays as it is."""
    recorded = (root / captured("growth.json")).read_bytes()
    edit(
        root,
        "scripts/render/tables/tiny_lesson.py",
        '"step", "value"',
        '"after", "it is"',
    )
    done = tiny.run(PREBUILD, root)
    assert done.returncode == 0 and "recording" not in done.stdout, done.stdout
    assert (root / captured("growth.json")).read_bytes() == recorded
    table = (root / captured("growth-steps.md")).read_text(encoding="utf-8")
    assert table.startswith("| after | it is |")


def recorded_anew(root):
    """Edit a snippet and record again, as one should."""
    edit(root, STEPS, "* 1.5", "* 2.5")
    done = tiny.run(PREBUILD, root)
    assert f"recorded {SLUG}/program" in done.stdout, done.stdout
    assert f"recorded {SLUG}/growth" not in done.stdout, done.stdout
    # The third one prints a time, which may be the recorded one to its last digit.
    said = f"{SLUG}/program: [01] texts changed within their tolerance, 2 beyond\n"
    said += (
        r"  steps-titled: 15\.0 instead of 9\.0 \(tolerance 0\.001\)\n  steps-marked: "
    )
    assert re.search(said, done.stdout), done.stdout


def half_written(root):
    """A recording that was interrupted is made again, without a trick."""
    (root / captured("steps-first.txt")).write_text("values:", encoding="utf-8")
    (root / captured("growth.json")).write_text('{"generated": ', encoding="utf-8")
    done = tiny.run(PREBUILD, root)
    assert done.returncode == 0, done.stdout


def reshaded(png):
    """A figure of the same size that shows something else."""
    return png[:41] + zlib.compress(b"\0" * 33 * 32) + png[-4:]


def enlarged(png):
    """The figure, one pixel wider."""
    with Image.open(io.BytesIO(png)) as picture:
        wider = picture.resize((picture.width + 1, picture.height))
    file = io.BytesIO()
    wider.save(file, "png")
    return file.getvalue()


def other_pixels(root):
    """The figure edited by hand."""
    (root / FIGURE).write_bytes(reshaded((root / FIGURE).read_bytes()))


def drawn_no_more(root):
    """A second figure, recorded and shown, and taken out again."""
    line = "sketch.square(side=32, shade=200)\n"
    second = IMAGE.replace("-1.png", "-2.png").replace("=32", "=16")
    edit(root, STEPS, line, line + line.replace("32", "16"))
    edit(root, PAGE, f"    {IMAGE}\n", f"    {IMAGE}\n\n    {second}\n")
    done = tiny.run(PREBUILD, root)
    assert done.returncode == 0, done.stdout
    book = (root / f"docs/notebooks/{SLUG}.ipynb").read_text(encoding="utf-8")
    assert book.count('"image/png"') == 2
    edit(root, STEPS, line.replace("32", "16"), "")
    edit(root, PAGE, f"\n    {second}\n", "")
    done = tiny.run(PREBUILD, root)
    assert "removed " + FIGURE.replace("-1.png", "-2.png") in done.stdout, done.stdout


def recording(change, name="growth"):
    """Change a capture in the recording beside the tree, and seal it again."""

    def mutate(root):
        content = json.loads((root / RECORDING).read_text(encoding="utf-8"))
        capture = content["captures"][name]
        change(capture)
        content["captures"][name] = capture_file.sealed(
            {key: value for key, value in capture.items() if key != "digest"}
        )
        (root / RECORDING).write_text(json.dumps(content), encoding="utf-8")

    return mutate


def packed(change):
    """Change what a recording holds, seals left as they are."""

    def mutate(root):
        content = json.loads((root / RECORDING).read_text(encoding="utf-8"))
        change(content)
        (root / RECORDING).write_text(json.dumps(content), encoding="utf-8")

    return mutate


def cut_short(root):
    """A recording of which a part arrived."""
    text = (root / RECORDING).read_text(encoding="utf-8")
    (root / RECORDING).write_text(text[: len(text) // 2], encoding="utf-8")


def from_the_cpu(root):
    """A recording from the CPU under the name of one from a GPU."""
    done = tiny.run((*PREBUILD, "--out", "recording"), root)
    assert done.returncode == 0, done.stdout
    (root / f"recording/{SLUG}.cpu.json").replace(root / RECORDING)


def passed_off(root):
    """The same, and it says so itself; no seal is broken."""
    from_the_cpu(root)
    packed(lambda content: content.update(device="cuda"))(root)


def both(change, then):
    """The same change in both recordings, and a second one in the first."""

    def mutate(root):
        recording(change)(root)
        shutil.copyfile(root / RECORDING, root / SECOND)
        recording(then)(root)
        recording(lambda capture: capture.update(seconds=8.5), "peak")(root)

    return mutate


def timed(capture, median=1.5):
    metric = {"median": median, "spread": 0.0, "n": 1}
    capture["result"]["metrics"]["pass_ms"] = metric


def spoilt_cell(capture):
    capture["result"]["tables"]["all"]["rows"][0][0] = float("nan")


def sloped(capture, median=-0.03):
    metric = {"median": median, "spread": 0.0, "n": 1}
    capture["result"]["metrics"]["per_image_us"] = metric


def flatter(capture):
    sloped(capture, median=-0.02)


def in_tree(name, change):
    """Change a capture that came from a GPU, and seal it again."""
    return lambda root: tiny.reseal(root / captured(name, "cuda"), change)


def retold(old, new):
    """Another text in the recording, with digests that agree."""

    def mutate(root):
        content = json.loads((root / RECORDING).read_text(encoding="utf-8"))
        text = content["texts"]["steps-first.txt"].replace(old, new)
        packed(lambda content: content["texts"].update({"steps-first.txt": text}))(root)
        digest = capture_file.file_digest(text.encode())
        recording(lambda c: c["blocks"][0].update(sha256=digest), "program")(root)

    return mutate


def refigured(change):
    """Another figure in the recording, with digests that agree."""

    def mutate(root):
        content = json.loads((root / RECORDING).read_text(encoding="utf-8"))
        name = "steps-picture-1.png"
        drawn = change(base64.b64decode(content["figures"][name]))
        more = {name: base64.b64encode(drawn).decode()}
        packed(lambda content: content["figures"].update(more))(root)
        digest = {name: capture_file.file_digest(drawn)}

        def note(capture):
            for block in capture["blocks"]:
                block["figures"] = digest if block["figures"] else {}

        recording(note, "program")(root)

    return mutate


def one_file_in_both(root):
    """One experiment copied from one recording into the other."""
    first, second = (
        json.loads((root / name).read_text(encoding="utf-8"))
        for name in (RECORDING, SECOND)
    )
    second["captures"]["peak"] = first["captures"]["peak"]
    (root / SECOND).write_text(json.dumps(second), encoding="utf-8")


DIGITS = {f"w{'9' * 5000}_ms": {"median": 1, "spread": 0, "n": 1}}


def without_a_cell(capture):
    cell = {"cell": "width 8, batch 1", "least": {"width": 8}}
    capture["left_out"] = [cell]


def lost(capture):
    del capture["result"]["metrics"]["last"]


def accepted(*mutations):
    """Both recordings from the GPU brought home, and then that."""

    def mutate(root):
        shutil.copytree(root / "accepted", root / "docs", dirs_exist_ok=True)
        for mutation in mutations:
            mutation(root)

    return mutate


def grown(root):
    """The experiment edited and recorded anew, on the CPU alone."""
    edit(root, GROWTH, "[1.25]", "[1.5]")
    done = tiny.run(PREBUILD, root)
    assert done.returncode == 0, done.stdout


def recorded_once_more(root):
    """The same, and on a GPU too; but once, where there were two recordings."""
    grown(root)
    tiny.record_on_gpu(root)
    done = tiny.run(ACCEPT, root)
    assert done.returncode == 0, done.stdout
    assert "growth (again) was of other code and is removed" in done.stdout


ROWS = [
    # What has to stay green
    Row("control, check", nothing, CHECK, 0, ("checked 2 CPU captures, 0 problems",)),
    Row("control, build", nothing, BUILD, 0, ("Documentation built",)),
    Row(
        "control, pages",
        nothing,
        PAGES,
        0,
        ("3 blocks compared, 1 volatile", "figures compared: 1"),
    ),
    Row("control, prebuild", nothing, PREBUILD, 0, ("every CPU capture is fresh",)),
    Row(
        "a comment edited",
        change(STEPS, "# a comment in the listing", "# another"),
        PREBUILD,
        0,
        ("every CPU capture is fresh",),
    ),
    Row(
        "a comment in a helper edited",
        change(HELPER, "# a comment in the helper", "# another"),
        CHECK,
        0,
        ("0 problems",),
    ),
    Row(
        "a blank line added",
        change(GROWTH, "    values = [1.25]", "\n    values = [1.25]"),
        CHECK,
        0,
        ("0 problems",),
    ),
    Row("a plot restyled", restyled, CHECK, 0, ("0 problems",)),
    Row("a table reworded", reworded, CHECK, 0, ("0 problems",)),
    Row("recorded anew", recorded_anew, CHECK, 0, ("0 problems",)),
    Row("recorded anew, pages", recorded_anew, TEXTS, 0, ("3 blocks compared",)),
    Row("a figure that is drawn no more", drawn_no_more, CHECK, 0, ("0 problems",)),
    Row(
        "a figure, shown",
        nothing,
        ("sh", "-c", f"{SHOWN[-1]} && cd built && find captures"),
        0,
        (
            'src="../captures/tiny-lesson/cpu/steps-picture-1.png" width="32"',
            '"image/png": "iVBORw0',
            "captures/tiny-lesson/cpu/steps-picture-1.png\n",
        ),
        ("steps-first.txt\n", "growth.json\n"),
    ),
    Row(
        "a figure with other pixels",
        lambda root: tiny.forge_figure(root, "steps-picture", reshaded),
        TEXTS,
        0,
        ("figures compared: 1",),
    ),
    Row("an interrupted recording", half_written, CHECK, 0, ("0 problems",)),
    Row("a recording", nothing, ACCEPT, 0, ("accepted tiny-lesson/growth (cuda)",)),
    Row("two recordings", nothing, TWICE, 0, ("tiny-lesson/growth (again) (cuda)",)),
    Row(
        "two recordings, strictly",
        accepted(),
        STRICT,
        0,
        ("5 fresh, 0 stale, 0 missing", "0 problems"),
    ),
    Row(
        "two recordings, shown",
        accepted(),
        SHOWN,
        0,
        (
            "This was recorded twice. Of 3 numbers",
            "On a GPU: 20",
            f"<strong>{GPU}</strong>",
            "There, all of it adds up to 77.5.",
            "<title>It is 2 times as much on the GPU.</title>",
            "device: cuda",
        ),
        (
            "{{",
            "has not been recorded on a GPU",
            "We still lack",
            "Nobody knows",
            "stale",
        ),
    ),
    Row(
        "no recording, shown",
        nothing,
        SHOWN,
        0,
        (
            "<p>This page has not been recorded on a GPU so far: ",
            'far: <a href="../evidence/">evidence</a> lists what is missing',
            "Nobody knows",
        ),
        ("{{", GPU, "device: cuda", "adds up to 77", "<code></code>", "cuda/"),
    ),
    Row(
        "a stale CUDA capture",
        accepted(grown),
        CHECK,
        0,
        ("note: the CUDA capture tiny-lesson/growth is stale", "0 problems"),
    ),
    Row(
        "a stale CUDA capture, shown",
        accepted(grown),
        SHOWN,
        0,
        (
            "<strong>stale</strong>: growth has changed since it was recorded.",
            "There, all of it adds up to 77.5 (stale).",
            "; **stale**: growth has changed since it was recorded.*",
        ),
        ("the program has changed", f"{GPU}, stale", "peak has changed"),
    ),
    Row(
        "a stale CUDA program, shown",
        accepted(recorded_anew),
        SHOWN,
        0,
        ("the program has changed since", f"<strong>{GPU}, stale</strong>"),
        ("growth has changed",),
    ),
    Row(
        "a stale second recording",
        accepted(grown),
        CHECK,
        0,
        ("note: the CUDA capture tiny-lesson/growth (again) is stale", "0 problems"),
    ),
    Row(
        "another time in a volatile block",
        lambda root: forge(root, "steps-clock", "took 0", "took 9"),
        TEXTS,
        0,
        ("1 volatile",),
    ),
    # Code that is not what ran
    Row(
        "a snippet edited",
        change(STEPS, "[1, 2, 3]", "[1, 2, 4]"),
        CHECK,
        1,
        ("tiny-lesson/program is stale",),
    ),
    Row(
        "an experiment edited",
        change(GROWTH, "[1.25]", "[1.5]"),
        CHECK,
        1,
        ("tiny-lesson/growth is stale",),
    ),
    Row(
        "an imported helper edited",
        change(HELPER, "factor=2", "factor=3"),
        CHECK,
        1,
        ("tiny-lesson/growth is stale",),
    ),
    Row(
        "a block moved",
        change(PAGE, "steps.py:first", "steps.py:clock"),
        CHECK,
        1,
        (PAGE.removeprefix("docs/"), "steps-clock appears more than once"),
    ),
    Row(
        "a block that raises",
        change(STEPS, "half = total / 4", "half = total / 0"),
        PREBUILD,
        1,
        ("the block steps-marked raised", "ZeroDivisionError"),
    ),
    Row(
        "a block that kills the process",
        change(STEPS, "half = total / 4", "import os; os._exit(3)"),
        PREBUILD,
        1,
        ("died (exit 3) in block steps-marked",),
    ),
    Row(
        "an experiment that raises",
        change(GROWTH, "values = [1.25]", "values = [1.25 / 0]"),
        PREBUILD,
        1,
        ("the experiment snippets.tiny_lesson.growth failed", "ZeroDivisionError"),
    ),
    Row(
        "a block emptied",
        change(STEPS, 'half = total / 4\nprint("half:", half)', "# half"),
        CHECK,
        1,
        ("tiny-lesson.md", "block steps-marked is empty"),
    ),
    Row(
        "a mark misspelt",
        change(STEPS, "# capture: volatile", "# capture: volatle"),
        CHECK,
        1,
        (STEPS, "# capture: volatle"),
    ),
    Row(
        "a reason edited",
        change(STEPS, "it prints a time", "it varies"),
        CHECK,
        1,
        ("tiny-lesson/program is stale",),
    ),
    # Captures that are not what was captured
    Row(
        "a captured number edited by hand",
        change(captured("growth.json"), '"median": 20.0', '"median": 21.0'),
        CHECK,
        1,
        (captured("growth.json"), "digest"),
    ),
    Row(
        "a captured number edited by hand, build",
        change(captured("growth.json"), '"median": 20.0', '"median": 21.0'),
        BUILD,
        1,
        (captured("growth.json"), "digest"),
    ),
    Row(
        "a captured text edited by hand",
        change(captured("steps-first.txt"), "2.125", "2.126"),
        CHECK,
        1,
        (captured("steps-first.txt"), "edited by hand"),
    ),
    Row(
        "a figure edited by hand",
        other_pixels,
        CHECK,
        1,
        (FIGURE, "edited by hand"),
    ),
    Row("a missing figure", remove(FIGURE), CHECK, 1, (FIGURE, "edited by hand")),
    Row("a missing figure, build", remove(FIGURE), BUILD, 1, (FIGURE, "edited by h")),
    Row(
        "an orphan figure", write(FIGURE[:-5] + "2.png", ""), CHECK, 1, ("is an orph",)
    ),
    Row(
        "a rendered table edited by hand",
        change(captured("growth-steps.md"), "| step 0 |", "| step 9 |"),
        CHECK,
        1,
        (captured("growth-steps.md"), "edited by hand"),
    ),
    Row(
        "a plot edited by hand",
        change(captured("growth-line.svg"), "It doubles", "It triples"),
        CHECK,
        1,
        (captured("growth-line.svg"), "edited by hand"),
    ),
    Row(
        "a notebook edited by hand",
        change(f"docs/notebooks/{SLUG}.ipynb", PROSE, "None of it adds up"),
        CHECK,
        1,
        (f"docs/notebooks/{SLUG}.ipynb", "edited by hand"),
    ),
    Row(
        "a practice notebook edited by hand",
        change(f"docs/notebooks/{SLUG}-practice.ipynb", "Task 1", "Task 2"),
        CHECK,
        1,
        (f"docs/notebooks/{SLUG}-practice.ipynb", "edited by hand"),
    ),
    Row(
        "an orphan capture",
        write(captured("steps-gone.txt"), "It was here once.\n"),
        CHECK,
        1,
        (captured("steps-gone.txt"), "orphan"),
    ),
    Row(
        "a missing capture of an experiment",
        remove(captured("growth.json")),
        CHECK,
        1,
        ("tiny-lesson/growth is missing",),
    ),
    Row(
        "a missing captured text",
        remove(captured("steps-first.txt")),
        CHECK,
        1,
        (captured("steps-first.txt"),),
    ),
    Row(
        "a missing captured text, build",
        remove(captured("steps-titled.txt")),
        BUILD,
        1,
        (captured("steps-titled.txt"),),
    ),
    Row(
        "a missing table, build",
        remove(captured("growth-steps.md")),
        BUILD,
        1,
        ("tiny-lesson.md", captured("growth-steps.md")),
    ),
    Row(
        "CUDA captures, strictly",
        nothing,
        (*CHECK, "--device", "cuda"),
        1,
        ("the CUDA capture tiny-lesson/growth is missing",),
    ),
    # A page that does not fit
    Row(
        "a missing section, check",
        change(PAGE, "steps.py:marked", "steps.py:gone"),
        CHECK,
        1,
        ("tiny-lesson.md", "'gone'", STEPS),
    ),
    Row(
        "a missing section, build",
        change(PAGE, "steps.py:marked", "steps.py:gone"),
        BUILD,
        1,
        ("tiny-lesson.md", "'gone'", STEPS),
    ),
    Row(
        "a missing snippet",
        change(PAGE, "steps.py:marked", "gone.py:marked"),
        BUILD,
        1,
        ("tiny-lesson.md", "snippets/tiny_lesson/gone.py"),
    ),
    Row(
        "a missing key, check",
        change(PAGE, "growth.total.median", "growth.totl.median"),
        CHECK,
        1,
        ("tiny-lesson.md", "tiny-lesson.growth.totl.median"),
    ),
    Row(
        "a missing key, build",
        change(PAGE, "growth.total.median", "growth.totl.median"),
        BUILD,
        1,
        ("tiny-lesson.md", "tiny-lesson.growth.totl.median"),
    ),
    Row(
        "a key of a capture that is not there",
        change(PAGE, "growth.total.median", "shrinking.total.median"),
        BUILD,
        1,
        ("tiny-lesson.md", captured("shrinking.json")),
    ),
    Row(
        "a fence that says py",
        change(PAGE, '```python hl_lines="1"', "```py"),
        CHECK,
        1,
        ("tiny-lesson.md, line 35", "```py has to be ```python"),
    ),
    Row(
        "a fence of tildes",
        prose(f'~~~python\n--8<-- "{STEPS}:marked"\n~~~'),
        CHECK,
        1,
        ("tiny-lesson.md, line 8", "~~~python has to be ```python"),
    ),
    Row(
        "a fence that is never closed",
        write("docs/index.md", "```text\nnever closed\n"),
        CHECK,
        1,
        ("index.md", "line 1", "never closed"),
    ),
    Row(
        "code typed into the page",
        fence("python", "print(1)"),
        CHECK,
        1,
        ("tiny-lesson.md, line 8", "code is typed"),
    ),
    Row(
        "output typed into the page",
        fence("text", "mean: 2.125"),
        CHECK,
        1,
        ("tiny-lesson.md, line 8", "output is typed"),
    ),
    Row(
        "a measurement typed into prose",
        prose("It takes 12 ms."),
        CHECK,
        1,
        ("tiny-lesson.md, line 8", "'12 ms'"),
    ),
    Row(
        "a captured text that is not shown",
        change(PAGE, captured("steps-titled.txt"), captured("steps-first.txt")),
        CHECK,
        1,
        ("tiny-lesson.md: the text steps-titled.txt was captured and is not shown",),
    ),
    Row(
        "a figure that is not shown",
        change(PAGE, IMAGE, "Nothing."),
        CHECK,
        1,
        ("tiny-lesson.md: the figure steps-picture-1.png was captured and is not",),
    ),
    Row(
        "a figure that nobody drew",
        change(PAGE, "steps-picture-1.png", "steps-picture-2.png"),
        CHECK,
        1,
        ("tiny-lesson.md, line 61", "steps-picture-2.png does not exist"),
    ),
    Row(
        "a figure that nobody drew, build",
        change(PAGE, "steps-picture-1.png", "steps-picture-2.png"),
        BUILD,
        1,
        ("tiny-lesson.md: the image captures", "-picture-2.png does not exist"),
    ),
    Row(
        "an image without alternative text",
        change(PAGE, "![A square of one light grey]", "![]"),
        CHECK,
        1,
        ("tiny-lesson.md, line 61", "needs 5 words or more"),
    ),
    Row(
        "an image of another size",
        change(PAGE, "{ width=32 height=32", "{ width=32 height=33"),
        CHECK,
        1,
        ("tiny-lesson.md, line 61", "its size: { width=32 height=32 loading=lazy }"),
    ),
    # What is remembered of a page is also what it warned of, and where it links to
    Row(
        "a link to no page, built again",
        prose("[There](gone.md)."),
        BUILT_AGAIN,
        1,
        (f"{SLUG}.md' contains a link 'gone.md'", "Aborted with 1 warning"),
    ),
    Row("a link to a section", section, BUILT_AGAIN, 0, ("Documentation built",)),
    Row(
        "a section that is gone since the last build",
        change_all(
            section, built, change("docs/misconceptions.md", "## There", "## Here")
        ),
        BUILD,
        1,
        (f"{SLUG}.md' contains a link 'misconceptions.md#there'",),
    ),
    Row(
        "a page that is gone since the last build",
        change_all(
            prose("[There](misconceptions.md)."),
            built,
            remove("docs/misconceptions.md"),
        ),
        BUILD,
        1,
        (f"{SLUG}.md' contains a link 'misconceptions.md'",),
    ),
    Row(
        "a question that is not there",
        change(PAGE, "question.order", "question.gone"),
        BUILD,
        1,
        ("tiny-lesson.md", QUESTIONS, "'gone'"),
    ),
    Row(
        "a wrong answer that nothing captured contradicts, build",
        change(QUESTIONS, "captured: steps-first:mean", "captured: steps-first:median"),
        BUILD,
        1,
        ("tiny-lesson.md", QUESTIONS, "question order, answer 'Two.'", "'median:'"),
    ),
    Row(
        "a wrong answer that nothing captured contradicts",
        change(QUESTIONS, "captured: steps-first:mean", "captured: steps-first:median"),
        CHECK,
        1,
        (QUESTIONS, "question order, answer 'Two.'", "'median:'"),
    ),
    Row(
        "a wrong answer whose capture says something else",
        change(QUESTIONS, '"2.125"', '"2.0"'),
        CHECK,
        1,
        (QUESTIONS, "question order, answer 'Two.'", "'2.125', and not '2.0'"),
    ),
    Row(
        "a verdict that is no sentence",
        change(QUESTIONS, "Then the run would print 2.", "then it prints 2."),
        CHECK,
        1,
        (QUESTIONS, "question order, answer 'Two.'", "its 'predicts' does not"),
    ),
    Row(
        "a prediction whose answer stands open",
        change(
            PAGE, '??? captured "What was captured"', '!!! note "What was captured"'
        ),
        CHECK,
        1,
        (
            "tiny-lesson.md, line 13: question order: what steps-first printed "
            "answers it, and stands open in line 22",
            "put it into a `??? captured` box",
            ", 1 problems",
        ),
    ),
    Row(
        "a prediction after its answer",
        change_all(
            change(PAGE, "{{ question.order }}\n\n", ""),
            change(PAGE, "{{ retrieval }}", "{{ question.order }}\n\n{{ retrieval }}"),
        ),
        CHECK,
        1,
        (
            "tiny-lesson.md, line 87: question order",
            "box with the result has to follow it",
        ),
    ),
    Row(
        "a task without its end",
        change(EXERCISE, "# solution:end\n", ""),
        CHECK,
        1,
        (EXERCISE, "'# solution:start' without its '# solution:end'"),
    ),
    Row(
        "an exercise whose name gives it no place",
        write(EXERCISE.replace("exercise_1", "exercise"), "a = 1\n"),
        CHECK,
        1,
        ("snippets/tiny_lesson/practice holds", "exercise_add_up.py", "rename what"),
    ),
    # Recordings from elsewhere
    Row(
        "a recording of other code",
        grown,
        ACCEPT,
        1,
        ("tiny-lesson/growth", "fingerprint"),
    ),
    Row(
        "a recording with other reasons",
        change(STEPS, "it prints a time", "it varies"),
        ACCEPT,
        1,
        ("tiny-lesson/program", "tolerances"),
    ),
    Row(
        "a recording from the CPU",
        from_the_cpu,
        ACCEPT,
        1,
        (RECORDING, "says that it is of tiny-lesson on cpu"),
    ),
    Row(
        "a recording from the CPU that says otherwise",
        passed_off,
        ACCEPT,
        1,
        ("tiny-lesson/program", "recorded on cpu (GPU: None), not on cuda"),
    ),
    Row(
        "a recording that lost a metric",
        recording(lost),
        ACCEPT,
        1,
        ("tiny-lesson/growth", "the metric 'last' is gone"),
    ),
    Row(
        "a recording that leaves out what its experiment never names",
        recording(without_a_cell),
        ACCEPT,
        1,
        ("tiny-lesson/growth", "'width 8, batch 1', which the experiment never says"),
    ),
    Row(
        "the same, in the tree",
        accepted(in_tree("growth.json", without_a_cell)),
        STRICT,
        1,
        ("cuda/growth.json", "'width 8, batch 1', which the experiment never says"),
    ),
    Row(
        "a second recording that lost a metric",
        accepted(in_tree("again/growth.json", lost)),
        STRICT,
        1,
        ("growth (again): the metric 'last' is in one of the two recordings, and not",),
        ("Traceback",),
    ),
    Row(
        "a CUDA capture that lost a metric",
        accepted(
            in_tree("growth.json", lost), remove(captured("again/growth.json", "cuda"))
        ),
        CHECK,
        1,
        ("cuda/growth.json: the metric 'last' is gone from the recording",),
        ("Traceback",),
    ),
    *(
        Row(
            f"what is left out has another form, {name}",
            accepted(in_tree("growth.json", lambda c: c.update(left_out=[1]))),
            command,
            status,
            ("cuda/growth.json is not readable: left_out has 1, which is no cell",),
            ("Traceback",),
        )
        for name, command, status in (
            ("check", CHECK, 1),
            ("build", BUILD, 1),
            ("accept, which cures it", ACCEPT, 0),
        )
    ),
    Row(
        "a metric with 5,000 digits in its name",
        recording(lambda capture: capture["result"]["metrics"].update(DIGITS)),
        ACCEPT,
        1,
        ("cuda.json: tiny-lesson/growth: the name of the metric 'w999", "over 100 let"),
        ("Traceback",),
    ),
    Row(
        "a recording with a bare number for a metric",
        recording(lambda capture: capture["result"]["metrics"].update(last=5)),
        ACCEPT,
        1,
        ("tiny-lesson/growth", "of the metric 'last' is None, not a number"),
    ),
    Row(
        "a GPU beside a CPU that was held back",
        recording(lambda capture: capture["machine"].update(threads=2, cores=16)),
        ACCEPT,
        1,
        ("tiny-lesson/growth", "machine.threads is 2 beside 16 cores"),
    ),
    Row(
        "a recording of the stand-in for a GPU",
        recording(lambda capture: capture["machine"].update(gpu="stand-in for an H9")),
        ACCEPT,
        1,
        ("tiny-lesson/growth", "stand-in for an H9, which tests play on a CPU"),
    ),
    Row(
        "a stand-in that hides behind another name",
        recording(lambda capture: capture["machine"].update(gpu="A stand\u2011in, H9")),
        ACCEPT,
        1,
        ("tiny-lesson/growth", "which tests play on a CPU: record it on a real GPU"),
    ),
    Row(
        "a figure with something behind its end",
        refigured(lambda content: content + b"<script>"),
        ACCEPT,
        1,
        ("tiny-lesson/program: steps-picture-1.png goes on behind its end, for 8 by",),
    ),
    Row(
        "other settings than the code's",
        recording(lambda capture: capture["result"]["settings"].update(steps=400)),
        ACCEPT,
        1,
        ("tiny-lesson/growth: steps of its settings is 400, not 4: this is no recor",),
    ),
    Row(
        "a text of a machine without a GPU",
        retold("device: cuda", "torch.cuda.is_available() is False"),
        ACCEPT,
        1,
        ("program: steps-first.txt says 'is_available() is False', which no machine",),
    ),
    Row(
        "a recording edited by hand",
        change(RECORDING, '"median": 77.5', '"median": 78.5'),
        ACCEPT,
        1,
        ("cuda.json: the capture tiny-lesson/growth contradicts its own digest",),
    ),
    Row(
        "a recorded text edited by hand",
        change(RECORDING, "mean: 2.125", "mean: 3.125"),
        ACCEPT,
        1,
        ("steps-first.txt", "edited by hand"),
    ),
    Row(
        "a recorded figure edited by hand",
        change(RECORDING, '1.png": "iVBORw0K', '1.png": "iVBORw1K'),
        ACCEPT,
        1,
        ("steps-picture-1.png", "edited by hand"),
    ),
    Row(
        "a recording cut short",
        cut_short,
        ACCEPT,
        1,
        (f"{RECORDING} is not readable",),
    ),
    Row(
        "half a recording",
        packed(lambda content: content["captures"].pop("peak")),
        ACCEPT,
        1,
        (f"{RECORDING} is half-recorded: it lacks tiny-lesson/peak; go on",),
    ),
    Row(
        "a recording of what nobody called for",
        packed(lambda content: content["captures"].update(valley={})),
        ACCEPT,
        1,
        (RECORDING, "tiny-lesson/valley: no capture that this tree calls for"),
    ),
    Row(
        "a recording of no lesson",
        lambda root: (root / RECORDING).rename(root / "recording/gone.cuda.json"),
        ACCEPT,
        1,
        ("recording/gone.cuda.json is a recording of no lesson",),
    ),
    Row(
        "one recording as two, but for what it says of itself",
        both(timed, lambda capture: capture.update(seconds=9.5)),
        TWICE,
        1,
        ("tiny-lesson/growth: most of its times are those of --again, to a m",),
    ),
    Row(
        "a recording of two cards",
        recording(lambda capture: capture["machine"].update(gpu="Another GPU")),
        ACCEPT,
        1,
        ("growth: recorded on Another GPU, and the rest on A Fine GPU",),
    ),
    Row(
        "a time below zero",
        recording(lambda capture: timed(capture, median=-5.0)),
        ACCEPT,
        1,
        ("median of the metric 'pass_ms' is -5.0, not a number above 0",),
    ),
    Row("a slope below zero", recording(sloped), ACCEPT, 0, ("accepted tiny-lesson",)),
    Row(
        "a second recording with a slope below zero, strictly",
        accepted(in_tree("growth.json", sloped), in_tree("again/growth.json", flatter)),
        STRICT,
        0,
        ("5 fresh, 0 stale, 0 missing", "0 problems"),
    ),
    Row(
        "a second recording with a time below zero",
        accepted(in_tree("again/growth.json", lambda c: timed(c, median=-5.0))),
        CHECK,
        1,
        (captured("again/growth.json", "cuda"), "'pass_ms' is -5.0, not a number abo"),
    ),
    Row(
        "a number too large for any plot",
        recording(lambda capture: capture["result"]["series"].update(values=10**400)),
        ACCEPT,
        1,
        ("tiny-lesson/growth: result.series.values is 1000", "not a finite number"),
        ("Traceback",),
    ),
    Row(
        "a text that would play with a terminal",
        retold("values:", "\x1b[2Jvalues:"),
        ACCEPT,
        1,
        (r"tiny-lesson/program: steps-first.txt holds the invisible character '\x1b'",),
    ),
    Row(
        "one file in both recordings",
        one_file_in_both,
        TWICE,
        1,
        ("one and the same recording of tiny-lesson/peak: record a second time",),
    ),
    Row(
        "an empty recording",
        accepted(packed(lambda c: c.update(captures={}, texts={}, figures={}))),
        ACCEPT,
        1,
        (f"{RECORDING} holds no capture", "nothing was taken in"),
    ),
    Row(
        "a folder in the place of a recording",
        lambda root: ((root / RECORDING).unlink(), (root / RECORDING).mkdir()),
        ACCEPT,
        1,
        (f"{RECORDING} cannot be read: Is a directory",),
        ("Traceback", "written"),
    ),
    Row(
        "changed and recorded once more",
        accepted(recorded_once_more),
        STRICT,
        0,
        ("4 fresh, 0 stale, 0 missing", "0 problems"),
    ),
    Row(
        "a number that is none, in a table",
        recording(spoilt_cell, "peak"),
        ACCEPT,
        1,
        ("the table 'all' has the cell nan",),
    ),
    Row(
        "a series that is a number",
        recording(lambda capture: capture["result"]["series"].update(values=3)),
        ACCEPT,
        1,
        ("of the series 'values' is gone", "nothing was taken in"),
    ),
    Row(
        "a plot that cannot be drawn",
        change(PLOTS, 'times = result["series"]', 'times = result["no series"]'),
        ACCEPT,
        1,
        ("cannot be made", "nothing was taken in: the tree is as it was before"),
        ("accepted", "delete that capture"),
    ),
    Row(
        "one recording as two",
        nothing,
        (*ACCEPT, "--again", "recording"),
        1,
        ("one and the same recording",),
    ),
    Row(
        "half a second recording",
        lambda root: packed(lambda content: content["captures"].pop("peak"))(root),
        (*PREBUILD, "--accept", "recording-2", "--again", "recording"),
        1,
        (f"{RECORDING} is half-recorded: it lacks tiny-lesson/peak",),
    ),
    Row(
        "no recording",
        nothing,
        (*PREBUILD, "--accept", "gone"),
        1,
        ("gone is not a folder",),
    ),
    # What was brought home from a GPU
    Row(
        "a stale CUDA capture, strictly",
        accepted(grown),
        STRICT,
        1,
        ("error: the CUDA capture tiny-lesson/growth is stale", "3 fresh, 2 stale"),
    ),
    Row(
        "a CUDA capture edited by hand",
        accepted(change(captured("growth.json", "cuda"), ": 77.5,", ": 78.5,")),
        CHECK,
        1,
        (captured("growth.json", "cuda"), "digest"),
    ),
    Row(
        "a CUDA capture edited by hand, build",
        accepted(change(captured("growth.json", "cuda"), ": 77.5,", ": 78.5,")),
        BUILD,
        1,
        (captured("growth.json", "cuda"), "digest"),
    ),
    Row(
        "a CUDA text edited by hand",
        accepted(change(captured("steps-first.txt", "cuda"), "2.125", "2.126")),
        CHECK,
        1,
        (captured("steps-first.txt", "cuda"), "edited by hand"),
    ),
    Row(
        "a second recording edited by hand",
        accepted(change(captured("again/growth.json", "cuda"), ": 77.5,", ": 78.5,")),
        CHECK,
        1,
        (captured("again/growth.json", "cuda"), "digest"),
    ),
    Row(
        "a second recording of nothing",
        accepted(write(captured("again/gone.json", "cuda"), "{}")),
        CHECK,
        1,
        (captured("again/gone.json", "cuda"), "orphan"),
    ),
    Row(
        "a CUDA capture in the place of a CPU capture",
        accepted(
            lambda root: (root / captured("growth.json", "cuda")).replace(
                root / captured("growth.json")
            )
        ),
        CHECK,
        1,
        (f"tiny-lesson/growth: recorded on cuda (GPU: {GPU}), not on cpu",),
    ),
    # What a page asks of a GPU
    Row(
        "a number that no GPU has measured",
        prose("It is {{ tiny-lesson.growth@cuda.last.median }}."),
        BUILD,
        1,
        ("tiny-lesson.md", "growth@cuda.last.median", "has not been recorded on a GPU"),
    ),
    Row(
        "an experiment that no GPU knows",
        prose("{{ cuda.shrinking.steps }}"),
        BUILD,
        1,
        ("tiny-lesson.md", "cuda.shrinking.steps", "no experiment called 'shrinking'"),
    ),
    Row(
        "a table that no GPU knows",
        prose("{{ cuda.growth.paces }}"),
        CHECK,
        1,
        ("tiny-lesson.md", "cuda.growth.paces", "no table or plot 'paces'"),
    ),
    Row(
        "a block that no GPU knows",
        prose("{{ cuda.block.steps-gone }}"),
        BUILD,
        1,
        ("tiny-lesson.md", "cuda.block.steps-gone"),
    ),
    *(
        Row(
            f"a condition that never ends, {name}",
            change(PAGE, "{{ retrieval }}", "{{ if cuda.peak }}\n\n{{ retrieval }}"),
            command,
            1,
            ("tiny-lesson.md: line 89: {{ if … }} without its {{ end }}",),
        )
        for name, command in (("check", CHECK), ("build", BUILD))
    ),
    Row(
        "a program that depends on a GPU",
        change(PAGE, "```python title", "{{ if cuda.peak }}\n\n```python title"),
        BUILD,
        1,
        ("tiny-lesson.md: line 29: a Python block depends on {{ if … }}",),
    ),
    Row(
        "a device that nobody has",
        change("snippets/tiny_lesson/peak.py", '("cuda",)', '("tpu",)'),
        CHECK,
        1,
        ("snippets/tiny_lesson/peak.py, line 7", "DEVICES is ('tpu',)"),
    ),
    # What would come out today is not what was captured
    Row(
        "another number",
        lambda root: forge(root, "steps-first", "mean: 2.125", "mean: 2.135"),
        TEXTS,
        1,
        ("tiny-lesson, block steps-first: 2.125 instead of 2.135",),
    ),
    Row(
        "another word",
        lambda root: forge(root, "steps-first", "mean:", "meen:"),
        TEXTS,
        1,
        ("tiny-lesson, block steps-first: line 2: 'mean: #' instead of 'meen: #'",),
    ),
    Row(
        "another number in a fence with a title",
        lambda root: forge(root, "steps-titled", "total: 9.0", "total: 8.0"),
        TEXTS,
        1,
        ("tiny-lesson, block steps-titled: 9.0 instead of 8.0",),
    ),
    Row(
        "another number in a fence with highlighted lines",
        lambda root: forge(root, "steps-marked", "half: 2.25", "half: 2.5"),
        TEXTS,
        1,
        ("tiny-lesson, block steps-marked: 2.25 instead of 2.5",),
    ),
    Row(
        "a figure of another size",
        lambda root: tiny.forge_figure(root, "steps-picture", enlarged),
        TEXTS,
        1,
        ("-picture: it drew {'steps-picture-1.png': (32, 32)} instead of", "(33, 32)"),
    ),
    Row(
        "a figure too many",
        lambda root: tiny.forge_figure(root, "steps-picture", lambda png: None),
        TEXTS,
        1,
        ("-picture: it drew {'steps-picture-1.png': (32, 32)} instead of {}",),
    ),
    Row(
        "another line in a volatile block",
        lambda root: forge(root, "steps-clock", "took", "lasted"),
        TEXTS,
        1,
        ("tiny-lesson, block steps-clock: line 1",),
    ),
]
CHECKED = []


def attempt(row, original, root):
    """Break a copy as the row says, and run its command there."""
    tiny.copy(original, root)
    row.mutate(root)
    return tiny.run(row.command, root)


@pytest.fixture(scope="session")
def attempts(original, request, tmp_path_factory):
    """Every selected row's attempt, two at a time; failures wait for their test."""
    name = test_it_cannot_lie.__name__
    items = [item for item in request.session.items if item.name.startswith(name + "[")]
    rows = [item.callspec.params["row"] for item in items]
    with ThreadPoolExecutor(2) as pool:
        yield {
            row.name: pool.submit(
                attempt, row, original, tmp_path_factory.mktemp("broken") / "tree"
            )
            for row in rows
        }


def said_twice(output):
    """Errors that stand in another one, such as one that names a page before it."""
    errors = re.findall(r"^error: (.+)", output, re.M)
    return [e for e in errors if sum(e in other for other in errors) > 1]


def test_an_error_that_is_given_twice_is_found():
    assert said_twice("error: a: b\nnote: a: b\nerror: x.md: a: b\n") == ["a: b"]
    assert said_twice("error: a: b\nerror: a: b\n")
    assert said_twice("error: a: b\nerror: a: c\n") == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name.replace(" ", "-"))
def test_it_cannot_lie(row, attempts):
    done = attempts[row.name].result()
    CHECKED.append(row.name)
    assert done.returncode == row.status, done.stdout
    for culprit in row.culprits:
        assert culprit in done.stdout
    for word in row.absent:
        assert word not in done.stdout
    assert not said_twice(done.stdout), done.stdout


def test_nothing_was_left_out(original, say):
    green = sum(row.status == 0 for row in ROWS)
    say(f"{len(CHECKED)} ways to lie were tried ({green} of {len(ROWS)} stay green)")
    assert CHECKED
    assert len({row.name for row in ROWS}) == len(ROWS)
    notes = json.loads(
        (original / captured("program.json")).read_text(encoding="utf-8")
    )["blocks"]
    assert len(notes) == 5 and sum(bool(note["figures"]) for note in notes) == 1


def test_what_is_remembered_is_what_would_be_made(tmp_path, monkeypatch):
    monkeypatch.setattr(Tree, "cache", tmp_path)
    made = files.rendered_files() | files.notebook_files()
    other = [
        path.name
        for path, text in made.items()
        if path.read_text(encoding="utf-8") != text
    ]
    assert list(tmp_path.iterdir()) and not other


def test_the_real_tree_is_as_it_should_be():
    done = tiny.run(CHECK, ROOT)
    assert done.returncode == 0, done.stdout
    assert ", 0 problems" in done.stdout
