"""Tables and plots: the same bytes each time, and nothing that breaks a page."""

import re
import subprocess
import sys
from html import unescape
from xml.etree import ElementTree

import markdown
import pytest
from listing import ROOT

from scripts.captures import capture_file
from scripts.common.errors import SiteError
from scripts.common.paths import package
from scripts.render import markdown_table, registry, rendered_files
from scripts.render.plots import style

CODE = """
from scripts.common.errors import SiteError
from scripts.render import registry
from scripts.render.plots import style
def function(axes, result):
    axes.plot(result["x"], color=style.A, label="one")
    axes.bar([0, 1], [1, 2], color=style.B)
    axes.set_title("A <title> & more")
    axes.legend()
    return "It rises from 1 to 3 < 4 & stays."
"""
NAMES: dict = {}
exec(CODE, NAMES)


def drawn():
    return style.draw(NAMES["function"], {"x": [1, 2, 3]})


def test_a_plot_has_the_same_bytes_in_every_process():
    code = CODE + "print(style.draw(function, {'x': [1, 2, 3]}), end='')"
    command = [sys.executable, "-c", code]
    texts = {
        subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
            encoding="utf-8",
        ).stdout
        for _ in range(2)
    }
    assert texts == {drawn()}


def test_a_plot_ignores_the_matplotlibrc_of_the_machine():
    import matplotlib

    expected = drawn()
    with matplotlib.rc_context({"lines.marker": "o", "axes.labelsize": 30}):
        assert drawn() == expected


def test_a_plot_fits_into_a_page():
    svg = drawn()
    root = ElementTree.fromstring(svg)
    assert all(line.strip() for line in svg.splitlines())
    assert svg.startswith('<svg class="plot" role="img"') and svg.endswith("</svg>\n")
    assert root[0].tag.endswith("title")
    assert root[0].text == "It rises from 1 to 3 < 4 & stays."
    assert "<style" not in svg and "<metadata" not in svg and "<?xml" not in svg


def test_the_words_of_a_plot_have_minus_signs():
    svg = style.draw(lambda axes, result: "It falls by -1.4 points.", {})
    assert "<title>It falls by −1.4 points.</title>" in svg


def test_a_plot_has_the_colours_and_the_font_of_the_page():
    svg = drawn()
    assert not [sentinel for sentinel in style.COLOURS if sentinel in svg.lower()]
    for colour in (style.INK, style.GRID, style.A, style.B):
        assert style.COLOURS[colour] in svg
    assert 'font-family="var(--plot-font, sans-serif)"' in svg
    assert "DejaVu" not in svg and "font: " not in svg


def test_words_are_a_share_of_the_size_that_the_page_gives():
    svg = style.draw(
        lambda axes, result: axes.set_title("half", fontsize=style.SIZE / 2) and "",
        {},
    )
    assert f'font-size="{style.SIZE}"' in svg.partition("<title>")[0]
    assert not re.search(r"font-size: [\d.]+px", svg)
    assert re.findall(r'"font-size: ([^;]*);[^>]*>half<', svg) == ["0.5em"]


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        ([0, 50], [0, 50]),  # far apart: they stay
        ([20, 24], [17, 27]),  # they touch, around what both want
        ([20, 20, 20, 90], [10, 20, 30, 90]),
        ([-30, 90, 130], [-5, 90, 105]),  # neither below nor above what is free
        ([20, 25, 28, 30], [10.75, 20.75, 30.75, 40.75]),
    ],
)
def test_names_move_apart_as_little_as_can_be(wanted, places):
    assert style.spread(wanted, [10] * len(wanted), -10, 110) == places


def test_a_name_of_two_lines_has_the_room_of_two():
    assert style.spread([20, 20], [10, 20], 0, 100) == [12.5, 27.5]


@pytest.mark.parametrize(("ends", "hairs"), [((1, 9), 0), ((5, 5.01), 2)])
def test_each_line_is_named_at_its_end_and_a_hair_leads_there_if_it_has_moved(
    ends, hairs
):
    def function(axes, result):
        for name, end, colour in zip("pq", ends, (style.A, style.B), strict=True):
            axes.plot([0, 1], [3, end], color=colour, label=name)
        axes.axhline(3, color=style.INK)  # it has no name
        style.name_lines(axes)
        return "Two lines."

    svg = style.draw(function, {})
    assert svg.count("stroke-width: 0.8; stroke-linecap: round") == hairs
    found = re.findall(r'fill: ([^"]*)" x="([\d.]+)" y="([\d.]+)">([pq])<', svg)
    assert [(colour, name) for colour, _, _, name in found] == [
        (style.COLOURS[style.A], "p"),
        (style.COLOURS[style.B], "q"),
    ]
    heights = [float(height) for _, _, height, _ in found]
    assert heights[0] - heights[1] >= style.ROW - 0.2


def test_the_grid_does_not_run_through_the_names_of_rows():
    """Each name stands on a piece of the page's own ground."""

    def function(axes, result):
        axes.plot([1, 2], [0, 1])
        style.row_names(axes, ["one", "two"])
        return "Two rows."

    svg = style.draw(function, {})
    grounds = re.findall(r'fill(?:="|: ?)var\(--md-default-bg-color', svg)
    assert len(grounds) == 2


def test_of_ticks_on_a_log_axis_the_last_stays_and_none_touches_another():
    def function(axes, result):
        axes.set(xscale="log", xlim=(64, 8192))
        style.plain_numbers(axes.xaxis, [64, 256, 1024, 4096, 8192])
        return ""

    svg = style.draw(function, {})
    assert all(f">{tick}<" in svg for tick in ("64", "256", "1,024", "8,192"))
    assert ">4,096<" not in svg


def test_a_table():
    rows = [["a | b", 0.123456, "x"], ["c\nd", 12, 3]]
    assert markdown_table.table(["name", "n", "mixed"], rows) == (
        "| name | n | mixed |\n| --- | ---: | --- |\n"
        "| a \\| b | 0.123 | x |\n| c d | 12 | 3 |\n"
    )


@pytest.mark.parametrize(
    ("value", "html"),
    [
        ("torch.__version__", "torch.__version__"),
        ("2 ** 3 and **kwargs", "2 ** 3 and **kwargs"),
        ("`torch.__version__`", "<code>torch.__version__</code>"),
        ("-0.10 ± 0.17", "−0.10 ± 0.17"),
        (-0.5, "−0.5"),
    ],
)
def test_markdown_eats_nothing_of_a_cell(value, html):
    made = markdown.markdown(
        markdown_table.table(["n"], [[value]]), extensions=["tables"]
    )
    assert re.search(r"<td[^>]*>(.*)</td>", made)[1] == html


def test_what_is_rendered_from_a_capture(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "PLOTS", {})
    registry.plot("my-lesson", "x", "rise")(NAMES["function"])
    found = {"all": {"columns": ["n"], "rows": [[1]]}}
    capture = {"result": {"x": [1, 2, 3], "tables": found}}
    files = rendered_files.rendered("my-lesson", tmp_path / "x.json", capture)
    assert files == {
        tmp_path / "x-all.md": "| n |\n| ---: |\n| 1 |\n",
        tmp_path / "x-rise.svg": drawn(),
    }
    assert rendered_files.rendered("other", tmp_path / "x.json", {"result": {}}) == {}


def test_what_a_table_says_of_a_recording_does_nothing(tmp_path, monkeypatch):
    """What an experiment heard is shown as it is, whoever makes the table of it."""
    monkeypatch.setattr(registry, "TABLES", {})
    heard = registry.table("my-lesson", "x", "heard")
    heard(lambda result: (["said"], [[text] for text in result["series"]["said"]]))
    said = ["<script>alert(1)</script>", "{{ a.b.c }}", "[a](b)", "a | b"]
    capture = {"result": {"series": {"said": said}}}
    files = rendered_files.rendered("my-lesson", tmp_path / "x.json", capture)
    text = files[tmp_path / "x-heard.md"]
    assert not {"<", "{", "["} & set(text) and "a \\| b" in text
    html = markdown.markdown(text, extensions=["tables"])
    assert [unescape(cell) for cell in re.findall(r"<td>(.*)</td>", html)] == said


@pytest.fixture
def both(tmp_path, monkeypatch):
    """A plot against the CPU, and where the two captures stand."""
    monkeypatch.setattr(registry, "PLOTS", {})

    def function(axes, result, other):
        axes.plot(result["runs"], other["runs"])
        return f"{result['runs']} against {other['runs']}"

    registry.plot("my-lesson", "x", "both", against="cpu")(function)
    (tmp_path / "cpu").mkdir()
    return tmp_path / "cpu" / "x.json", tmp_path / "cuda" / "x.json"


def test_a_plot_against_the_cpu_stands_beside_cuda_alone(both):
    on_cpu, on_cuda = both
    one, other = {"result": {"runs": [1]}}, {"result": {"runs": [2]}}
    assert rendered_files.rendered("my-lesson", on_cpu, one) == {}
    assert rendered_files.rendered("my-lesson", on_cuda, other) == {}
    facts = dict.fromkeys(capture_file.PASSPORT)
    facts["machine"] = dict.fromkeys(capture_file.MACHINE)
    on_cpu.write_text(capture_file.seal(facts | one), encoding="utf-8")
    assert rendered_files.rendered("my-lesson", on_cpu, one) == {}
    drawn = rendered_files.rendered("my-lesson", on_cuda, other)
    assert list(drawn) == [on_cuda.with_name("x-both.svg")]
    assert "<title>[2] against [1]</title>" in drawn[on_cuda.with_name("x-both.svg")]


def test_a_plot_stands_against_nothing_else():
    with pytest.raises(ValueError, match="against='cuda'"):
        registry.plot("my-lesson", "x", "both", against="cuda")


def test_a_stale_result_that_a_plot_cannot_read_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(registry, "PLOTS", {})
    registry.plot("my-lesson", "x", "rise")(lambda axes, result: result["gone"])
    with pytest.raises(
        SiteError, match=r"plot rise .* cuda/x\.json of my-lesson.*gone"
    ):
        rendered_files.rendered(
            "my-lesson", tmp_path / "cuda" / "x.json", {"result": {}}
        )


def test_every_plot_belongs_to_an_experiment():
    for slug, experiment, _ in registry.PLOTS:
        path = ROOT / "snippets" / package(slug) / f"{experiment}.py"
        assert path.exists(), f"a plot of {slug}/{experiment}, which is not there"
