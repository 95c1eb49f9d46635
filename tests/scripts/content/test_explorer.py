"""What a page holds of the recorded step times, and what it refuses to hold."""

import json
import re

import made_up
import pytest

from scripts.captures import capture_file, fingerprints
from scripts.common.errors import SiteError
from scripts.common.paths import captures_of
from scripts.content import explorer, substitutions
from scripts.notebooks import markdown_cells

SLUG = "my-lesson"
EXPERIMENT = "def nothing():\n    pass\n\n\ndef main():\n    pass\n"
DATA = re.compile(r'<script type="application/json" id="explorer-data">(.*)</script>')


@pytest.fixture
def plant(house):
    """A function that writes the made-up capture of a device, changed as one likes."""
    path = house("snippets/my_lesson/crossover.py", EXPERIMENT)
    made_of = fingerprints.of_experiment(path)

    def write(device, change=lambda metrics: None, **more):
        capture = made_up.capture(device, made_of) | more
        change(capture["result"]["metrics"])
        text = capture_file.seal(capture)
        house(f"docs/captures/{SLUG}/{device}/crossover.json", text)

    write("cpu")
    return write


def page() -> str:
    """A page that has the key, filled."""
    return substitutions.fill("# Lesson\n\n{{ explorer }}\n", SLUG)


def data(text) -> list[dict]:
    """The machines in the script element of a page."""
    return json.loads(DATA.search(text)[1])["machines"]


def test_a_cpu_alone(plant):
    text = page()
    (machine,) = data(text)
    assert machine["label"] == "our CPU"
    times = {(t["width"], t["batch"]): t["ms"] for t in machine["times"]}
    assert times == {cell: made_up.cpu_ms(*cell) for cell in made_up.CELLS}
    assert text.count("No GPU has been recorded yet.") == 1
    assert "| Width | Batch | Our CPU |" in text
    assert "| 64 | 16 | 1.51 ± 0.03 |" in text
    assert "| 4096 | 1024 | 2,098 ± 42 |" in text
    assert text.count("±") == 16 + 1  # and what it means
    assert "medians of 5 to 50 steps" in text


def test_digits_that_nobody_sees_are_left_out(plant):
    exact = {"median": 1.23456789012, "spread": 0.0123456789}
    plant("cpu", lambda metrics: metrics["cpu_w64_b16"].update(exact))
    first = data(page())[0]["times"][0]
    assert (first["ms"], first["spread"]) == (1.234568, 0.01235)


def test_a_gpu_and_the_cpu_beside_it(plant):
    plant("cuda")
    text = page()
    labels = [machine["label"] for machine in data(text)]
    assert labels == ["our CPU", "our GPU", "the CPU beside our GPU"]
    assert "No GPU" not in text
    assert "| 64 | 16 | 1.51 ± 0.03 | 2.01 ± 0.04 | 0.756 ± 0.030 |" in text
    cpu, gpu, beside = [machine["about"] for machine in data(text)]
    assert gpu == f"{made_up.GPU}, torch 9.9.9, recorded 2001-01-01"
    assert (
        cpu == beside == (f"{made_up.CPU}, 2 threads, torch 9.9.9, recorded 2001-01-01")
    )


def test_what_is_stale_says_so_by_name(plant):
    plant("cuda", fingerprint="of other code")
    text = page()
    said = [machine["about"].count("stale") for machine in data(text)]
    assert said == [0, 1, 1]
    assert text.count("stale: crossover has changed since") == 2 + 2  # data and list


def test_no_name_ends_the_script_or_becomes_html(plant):
    name = "</script><b>{{ evidence }} &"
    machine = made_up.capture("cpu", "")["machine"] | {"cpu": name}
    plant("cpu", machine=machine)
    text = explorer.markdown(SLUG)
    assert data(text)[0]["about"].startswith(name)
    assert text.count("</script>") == 1 and "<b>" not in text


def test_in_a_notebook_it_is_a_table_and_sentences(plant):
    ((kind, source, _),) = markdown_cells.parts(page())
    assert kind == "markdown"
    shown = DATA.sub("", source)  # notebooks run no scripts and do not show them
    assert not re.search(r"<(form|template|select|textarea|button)", shown)
    assert "> | 64 | 16 | 1.51 ± 0.03 |" in shown
    assert "on the page of this lesson" in shown


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda m: m.pop("cpu_w256_b64"), "lacks cpu_w256_b64$"),
        (lambda m: m.clear(), "lacks cpu_w…_b…"),
    ],
)
def test_a_grid_with_holes_is_named(plant, change, says):
    plant("cpu", change)
    with pytest.raises(SiteError, match=f"{SLUG}/crossover .cpu. {says}"):
        page()


@pytest.mark.parametrize("median", [0, -5])
def test_a_time_that_is_none_is_named(plant, median):
    plant("cpu", lambda metrics: metrics["cpu_w64_b16"].update(median=median))
    says = f"has {median} for cpu_w64_b16, not a time above 0: record it again"
    with pytest.raises(SiteError, match=says):
        page()


def test_more_than_it_needs_is_no_harm(plant):
    plant("cpu", lambda metrics: metrics["cpu_w64_b16"].update(best=1.0))
    assert "| 64 | 16 | 1.51 ± 0.03 |" in page()


def test_other_cells_on_another_device_are_named(plant):
    def narrow(metrics):
        for name in [name for name in metrics if "_w4096" in name]:
            del metrics[name]

    plant("cuda", narrow)
    with pytest.raises(SiteError, match="of cpu and cuda have other cells"):
        page()


def test_a_gpu_with_too_little_memory_lacks_what_it_names(plant):
    def narrow(metrics):
        for name in [name for name in metrics if "_w4096" in name]:
            del metrics[name]

    named = {"cell": "cuda: width 4096, batch 16", "least": {"width": 4096}}
    plant("cuda", narrow, left_out=[named])
    text = page()
    cpu, gpu, beside = data(text)
    assert len(cpu["times"]) == 16 and len(gpu["times"]) == len(beside["times"]) == 12
    assert "| 4096 | 1024 | 2,098 ± 42 | – | – |" in text
    assert text.count("| – | – |") == 4
    for machine in (gpu, beside):
        assert "not recorded from width 4096 on: the GPU had" in machine["about"]
    assert "not recorded" not in cpu["about"]
    named["least"] = {"width": 5000}  # which is more than what it lacks
    plant("cuda", narrow, left_out=[named])
    with pytest.raises(SiteError, match="of cpu and cuda have other cells"):
        page()


def test_a_missing_capture_and_a_missing_experiment_are_named(plant, house):
    captures_of(SLUG, "cpu").joinpath("crossover.json").unlink()
    with pytest.raises(SiteError, match=r"cpu/crossover\.json does not exist"):
        page()
    house("snippets/my_lesson/crossover.py", "import torch\n")
    with pytest.raises(SiteError, match="my-lesson has no experiment 'crossover'"):
        page()


def test_an_edited_number_is_found(plant, house, tmp_path):
    path = tmp_path / f"docs/captures/{SLUG}/cpu/crossover.json"
    path.write_text(
        path.read_text(encoding="utf-8").replace("1.512", "1.412", 1), encoding="utf-8"
    )
    with pytest.raises(SiteError, match="contradicts its own digest"):
        page()
