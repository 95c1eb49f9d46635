"""What a page shows of a GPU: what was recorded, and one sentence on the rest."""

from dataclasses import replace

import pytest

from scripts.captures import capture_file, expected
from scripts.common.errors import SiteError
from scripts.common.paths import Tree, captures_of, page_path
from scripts.content import gpu, substitutions
from scripts.generated import check
from scripts.render import registry

MACHINE = dict.fromkeys(capture_file.MACHINE)
CPU = MACHINE | {"device": "cpu", "cpu": "A CPU", "threads": 2, "torch": "9.9"}
GPU = CPU | {"device": "cuda", "gpu": "A GPU"}
HEAD = dict.fromkeys(capture_file.PASSPORT) | {"recorded": "2025-01-01", "seconds": 1.5}
RESULT = {
    "metrics": {"loss": {"median": 0.5, "spread": 0.0, "n": 5}},
    "tables": {"all": {"columns": ["n"], "rows": [[1]]}},
}
LISTING = "# --8<-- [start:one]\nprint(1)\n# --8<-- [end:one]\n"
PAGE = '```python\n--8<-- "snippets/my_lesson/b.py:one"\n```\n'
EVIDENCE = "[evidence](evidence.md) lists what is missing, with its command.\n"
NOTHING = f"This page has not been recorded on a GPU so far: {EVIDENCE}"
ON = "A GPU and 2 CPU threads, torch 9.9"
TWO_OF_THREE = f"We still lack 2 of 3 recordings on a GPU: {EVIDENCE}"


@pytest.fixture(autouse=True)
def lesson(house, monkeypatch):
    """A block, an experiment for both devices, and one for CUDA alone."""
    main = "\ndef main():\n    pass\n"
    house("snippets/my_lesson/__init__.py", 'DEVICES = ("cpu", "cuda")\n')
    house("snippets/my_lesson/b.py", LISTING)
    house("snippets/my_lesson/x.py", main)
    house("snippets/my_lesson/y.py", f'DEVICES = ("cuda",)\n{main}')
    house("snippets/my_lesson/z.py", f'DEVICES = ("cpu",)\n{main}')
    house("docs/my-lesson.md", PAGE)
    monkeypatch.setattr(registry, "PLOTS", {})
    registry.plot("my-lesson", "x", "rise")(lambda axes, result: "It rises.")
    registry.plot("my-lesson", "x", "both", against="cpu")(
        lambda axes, *results: "Both."
    )
    record("x", "cpu")


def record(name, device="cuda", **changes):
    """Record an experiment, or the program, of which a block printed `text`."""
    want = expected.wanted("my-lesson", name, device)
    machine = CPU if device == "cpu" else GPU
    made = {**HEAD, "machine": machine, "fingerprint": want.fingerprint}
    made |= {"command": want.command}
    want.path.parent.mkdir(parents=True, exist_ok=True)
    if name == "program":
        text = changes.pop("text", "1\n")
        want.path.with_name("b-one.txt").write_text(text, encoding="utf-8")
        digest = capture_file.file_digest(text.encode())
        note = {"name": "b-one", "sha256": digest, "figures": {}, "tolerance": 1e-3}
        made["blocks"] = [note | {"tolerance_reason": None, "volatile": None}]
    else:
        made["result"] = RESULT
        for made_of_it in ("all.md", *(["rise.svg"] if name == "x" else [])):
            want.path.with_name(f"{name}-{made_of_it}").touch()
    want.path.write_text(capture_file.seal({**made, **changes}), encoding="utf-8")
    return want


def filled(*keys):
    return substitutions.fill(
        "\n\n".join(f"{{{{ {key} }}}}" for key in keys), "my-lesson"
    )


def test_a_program_that_is_missing():
    assert filled("cuda.program") == NOTHING
    record("x")
    assert filled("cuda.program") == TWO_OF_THREE


def test_the_notebook_that_records_is_named_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(Tree, "notebooks", tmp_path)
    (tmp_path / gpu.RECORDER).touch()
    more = ", and [this notebook](notebooks/record-on-a-gpu.ipynb) records it in a b"
    assert more in filled("cuda.program")


def test_a_program_that_is_fresh():
    record("program")
    says = f"<small>On a GPU: 2025-01-01, {ON}; the CPU: A CPU.</small>\n"
    assert filled("cuda.program") == f"{says}\n{TWO_OF_THREE}"
    record("x")
    record("y")
    assert filled("cuda.program") == says


def test_a_program_that_is_stale():
    record("program", fingerprint="old")
    assert filled("cuda.program") == (
        f"<small>On a GPU: 2025-01-01, {ON}; the CPU: A CPU. "
        "**stale**: the program has changed since it was recorded.</small>\n\n"
        f"{TWO_OF_THREE}"
    )


def test_a_block():
    text = "A.\n\n{{ cuda.block.b-one }}\n\nB.\n"
    assert substitutions.fill(text, "my-lesson") == "A.\n\nB.\n"
    include = '--8<-- "docs/captures/my-lesson/cuda/b-one.txt"'
    shown = f"<small>**A GPU**</small>\n\n```text\n{include}\n```"
    record("program")
    assert substitutions.fill(text, "my-lesson") == f"A.\n\n{shown}\n\nB.\n"
    record("program", fingerprint="old")
    stale = shown.replace("A GPU", "A GPU, stale")
    assert substitutions.fill(text, "my-lesson") == f"A.\n\n{stale}\n\nB.\n"
    record("program", text="")
    assert substitutions.fill(text, "my-lesson") == "A.\n\nB.\n"


def test_a_block_that_a_stale_program_had_not():
    record("program", fingerprint="old", blocks=[])
    captures_of("my-lesson", "cuda").joinpath("b-one.txt").unlink()
    assert filled("cuda.block.b-one") == "\n"


def test_an_indented_key_gives_indented_markdown():
    record("x")
    text = substitutions.fill("!!! note\n\n    {{ cuda.x.all }}\n", "my-lesson")
    assert all(not line or line.startswith("    ") for line in text.split("\n")[1:])
    assert (
        "    <figure data-search-exclude>\n\n    --8<--" in text
    )  # `markdown` works at the margin alone
    assert 'markdown="1"' in filled("cuda.x.all")


@pytest.mark.parametrize(("name", "suffix"), [("all", "md"), ("rise", "svg")])
def test_a_table_and_a_plot(name, suffix):
    record("x")
    assert filled(f"cuda.x.{name}") == (
        f'<figure markdown="1" data-search-exclude>\n\n'
        f'--8<-- "docs/captures/my-lesson/cuda/x-{name}.{suffix}"\n\n'
        f'<figcaption markdown="1">\n\n2025-01-01, {ON}; the whole experiment took '
        f"1.5 seconds; <code>python -m snippets.my_lesson.x</code>.\n\n"
        f"</figcaption>\n\n</figure>\n"
    )
    record("x", fingerprint="old")
    stale = "lesson.x</code>; **stale**: x has changed since it was recorded.\n"
    assert stale in filled(f"cuda.x.{name}")


def test_what_is_missing_leaves_nothing_behind():
    for keys in (["cuda.x.all"], ["cuda.x.all", "cuda.x.rise", "cuda.y.any"]):
        assert filled(*keys) == "\n"
    text = "!!! note\n\n    A.\n\n    {{ cuda.x.all }}\n\n    B.\n"
    assert substitutions.fill(text, "my-lesson") == "!!! note\n\n    A.\n\n    B.\n"


def test_an_experiment_for_cuda_alone():
    assert filled("cuda.y.whatever") == "\n"
    record("y")
    assert "cuda/y-all.md" in filled("cuda.y.all")
    with pytest.raises(SiteError, match=r"cuda\.y\.whatever .*'whatever'; it has all"):
        filled("cuda.y.whatever")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("cuda", "is not <slug>"),
        ("cuda.nonsense", "is none of cuda.program, "),
        ("cuda.x.all.more", "is none of cuda.program, "),
        ("cuda.block.b-two", "shows no block 'b-two'"),
        ("cuda.gone.all", "no experiment called 'gone'"),
        ("cuda.z.all", "my-lesson/z is not recorded on CUDA"),
        ("cuda.program.all", "has no tables"),
    ],
)
@pytest.mark.parametrize("recorded", [False, True])
def test_an_unknown_key_is_named(key, message, recorded):
    if recorded:
        record("x")
        record("program")
    with pytest.raises(SiteError) as caught:
        filled(key)
    assert key in str(caught.value) and message in str(caught.value)


@pytest.mark.parametrize("recorded", [False, True])
def test_a_figure_that_no_recording_brings_is_named(recorded):
    """Where nothing is recorded a page shows nothing, so the check has to ask."""
    page = page_path("my-lesson")
    text = page.read_text(encoding="utf-8")
    keys = ("block.b-one", "x.all", "x.both", "y.any")
    asked = "\n\n".join(f"{{{{ cuda.{key} }}}}" for key in keys)
    page.write_text(f"{text}\n\n{asked}\n", encoding="utf-8")
    assert check._figures_that_none_makes() == []
    page.write_text(f"{text}\n\n{{{{ cuda.x.none }}}}\n", encoding="utf-8")
    if recorded:
        record("x")
        with pytest.raises(SiteError, match=r"no table or plot 'none'; it has all, ri"):
            filled("cuda.x.none")
    else:
        assert filled("cuda.x.none") == "\n"
        (said,) = check._figures_that_none_makes()
        assert said == (
            "my-lesson.md: the key {{ cuda.x.none }}: my-lesson/x has no table or plot "
            "'none'; it has all, rise, both"
        )


def test_a_key_stands_alone():
    with pytest.raises(SiteError, match=r"cuda\.program .*alone on its line"):
        substitutions.fill("So: {{ cuda.program }}\n", "my-lesson")


def test_the_page_of_no_lesson_has_none():
    with pytest.raises(SiteError, match="index has no experiment called 'program'"):
        substitutions.fill("{{ cuda.program }}\n", "index")


def test_numbers_of_a_gpu():
    text = "{{ my-lesson.x@cuda.loss.median }}, {{ my-lesson.x@cuda.passport }}"
    with pytest.raises(SiteError, match=r"x@cuda\.loss\.median .*not been recorded"):
        substitutions.fill(text, "my-lesson")
    record("x")
    assert substitutions.fill(text, "any") == f"0.5, 2025-01-01, {ON}\n"
    record("x", fingerprint="old")
    assert substitutions.fill(text, "any") == (
        f"0.5 (stale), 2025-01-01, {ON}, stale\n"
    )


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("my-lesson.x@tpu.loss.median", "no device 'tpu'"),
        ("my-lesson.x@cuda.gain.median", "is not in its capture"),
        ("my-lesson.gone@cuda.loss.median", "no experiment called 'gone'"),
        ("gone.x@cuda.loss.median", "gone has no experiment"),
        ("my-lesson.z@cuda.loss.median", "my-lesson/z is not recorded on CUDA"),
    ],
)
def test_numbers_that_nobody_knows(key, message):
    record("x")
    with pytest.raises(SiteError) as caught:
        filled(key)
    assert key in str(caught.value) and message in str(caught.value)


def test_the_cpu_may_be_named():
    assert filled("my-lesson.x@cpu.loss.median") == "0.5\n"


def test_a_sentence_under_a_condition():
    text = "{{ if cuda.x }}\nIt is {{ my-lesson.x@cuda.loss.n }}.\n{{ end }}\nDone.\n"
    assert substitutions.fill(text, "my-lesson") == "Done.\n"
    record("x", fingerprint="old")
    assert substitutions.fill(text, "my-lesson") == "It is 5 (stale).\nDone.\n"
    text = text.replace("cuda.x }", "my-lesson.cuda.x }")
    assert substitutions.fill(text, "index") == "It is 5 (stale).\nDone.\n"


def test_agreement_on_a_page():
    text = "A.\n\n{{ my-lesson.cuda.agreement }}\n\nB.\n"
    assert substitutions.fill(text, "any") == "A.\n\nB.\n"
    record("x")
    assert substitutions.fill(text, "any") == "A.\n\nThis was recorded once.\n\nB.\n"


@pytest.mark.parametrize(
    "key", ["cuda.x.all", "cuda.program", "cuda.block.b-one", "my-lesson.x@cuda.loss.n"]
)
def test_a_capture_that_lies_is_named(key):
    for name in ("x", "program"):
        path = record(name).path
        path.write_text(
            path.read_text(encoding="utf-8").replace("2025-01-01", "2025-01-02"),
            encoding="utf-8",
        )
    with pytest.raises(SiteError, match=r"cuda/\w+\.json contradicts its own digest"):
        filled(key)


def test_a_condition_on_a_capture_that_lies():
    path = record("x").path
    assert gpu.is_recorded("my-lesson", "x")
    path.write_text(
        path.read_text(encoding="utf-8").replace("2025", "2026"), encoding="utf-8"
    )
    with pytest.raises(SiteError, match="digest"):
        gpu.is_recorded("my-lesson", "x")


def test_nothing_is_asked_of_a_page_without_keys(monkeypatch):
    monkeypatch.setattr(expected, "wanted", None)
    assert substitutions.fill("Nothing.\n", "my-lesson") == "Nothing.\n"


def test_again_is_not_shown_as_the_first():
    want = record("x")
    again = replace(want, again=True)
    again.path.parent.mkdir()
    want.path.rename(again.path)
    assert filled("cuda.x.all") == "\n"


def recorded_again(name="x", **changes):
    """A second recording of what is recorded already."""
    want = record(name)
    again = replace(want, again=True)
    again.path.parent.mkdir(exist_ok=True)
    text = capture_file.seal({**capture_file.load(want.path), **changes})
    again.path.write_text(text, encoding="utf-8")


OTHER = {"metrics": {"loss": {"median": 0.7, "spread": 0.0, "n": 5}}}


def test_a_sentence_on_two_recordings():
    text = (
        "A.\n{{ if cuda.x.loss.again }}\nIt is {{ my-lesson.x@again.loss.median }}.\n"
    )
    text += "{{ end }}\n{{ if cuda.again }}\nIt held both times.\n{{ end }}\nB.\n"
    assert substitutions.fill(text, "my-lesson") == "A.\nB.\n"
    record("x")
    assert substitutions.fill(text, "my-lesson") == "A.\nB.\n"
    with pytest.raises(
        SiteError, match="my-lesson/x has not been recorded twice; a se"
    ):
        filled("my-lesson.x@again.loss.median")
    recorded_again(result=OTHER)
    assert substitutions.fill(text, "my-lesson") == "A.\nIt is 0.7.\nB.\n"
    recorded_again("y", result=OTHER)
    both = "A.\nIt is 0.7.\nIt held both times.\nB.\n"
    assert substitutions.fill(text, "my-lesson") == both
    recorded_again(result={"metrics": {}})
    assert "0.7" not in substitutions.fill(text, "my-lesson")
    recorded_again(result=OTHER, fingerprint="old")
    assert substitutions.fill(text, "my-lesson") == "A.\nB.\n"


def test_what_no_caption_says_is_left_out_stands_beside_the_program(house):
    cell = {"cell": "width 8, batch 1", "least": {"width": 8}}
    record("program")
    record("y", left_out=[cell])
    lacks = "had too little memory for width 8, batch 1.</small>"
    assert f" y is not recorded from width 8 on: the GPU {lacks}" in filled(
        "cuda.program"
    )
    for key in ("{{ cuda.y.all }}", "{{ my-lesson.y@cuda.passport }}"):
        house("docs/my-lesson.md", f"{PAGE}\n{key}\n")
        assert "memory" not in filled("cuda.program")


def test_a_gpu_without_bfloat16_and_tf32_is_said_to_be_one():
    record("program")
    float16 = {f"float16_{name}": OTHER["metrics"]["loss"] for name in ("a", "b")}
    record("x", result={"metrics": float16})
    record("y", result={"metrics": float16})
    assert filled("cuda.program").count("has neither bfloat16 nor TF32.") == 1
    for name in ("x", "y"):
        record(
            name, result={"metrics": {**float16, "bfloat16_a": float16["float16_a"]}}
        )
    assert "neither" not in filled("cuda.program")
