"""Which metrics a recording may lack, and how a page says so."""

import json
from itertools import compress

import pytest
from listing import ROOT

from scripts.captures import (
    capture_file,
    cells,
    expected,
    grids,
    left_out,
    lost,
    results,
)
from scripts.common.errors import SiteError
from scripts.common.paths import TREE, captures_of, page_path
from scripts.content import substitutions
from scripts.run import without

SLUG, GUIDE = "gpu-training", "devices-speed-precision"
HERE = "docs/captures/gpu-training/cuda"
# The largest cells of each grid, and what of it a recording names
CELLS = {
    "amp_speed": ["width 8192, batch 1024, float32", "width 1024, batch 16384, tf32"],
    "crossover": ["cuda: width 4096, batch 1024"],
    "launches": ["1 steps of 4096"],
    "matmul_rate": [
        "float32, width 8192, batch 1024, Adam",
        "product, 8192, torch.bfloat16",
    ],
    "transfer": ["8192 images"],
}
LEASTS = [
    ("amp_speed", CELLS["amp_speed"][0], {"width": 8192}),
    ("amp_speed", "width 256, batch 16384, tf32", {"width": 256, "batch": 16384}),
    ("amp_speed", "width 256, batch 1024, float32", {"width": 256}),
    ("crossover", CELLS["crossover"][0], {"width": 4096}),
    ("crossover", "cuda: width 256, batch 16", {"width": 256}),
    ("launches", CELLS["launches"][0], {"batch": 4096}),
    ("matmul_rate", CELLS["matmul_rate"][0], {"width": 8192}),
    ("matmul_rate", "tf32, width 8192, batch 16384, Adam", {"large_batch": 16384}),
    ("matmul_rate", CELLS["matmul_rate"][1], {"size": 8192}),
    ("transfer", CELLS["transfer"][0], {"size": 8192}),
    ("transfer", "1024 images", {"size": 1024}),
]


def recorded(name):
    """A capture of ours, of a GPU."""
    return json.loads((ROOT / HERE / f"{name}.json").read_text(encoding="utf-8"))


def lacking(capture, said, least):
    """The capture as a GPU with less memory would have given it; nothing is sealed."""
    metrics = capture["result"]["metrics"]
    rest = {n: metrics[n] for n in metrics if not names(n, least)}
    values = cells.values_of(capture["result"])
    capture["result"]["metrics"] = rest
    for part in ("tables", "series"):
        found = capture["result"].get(part, {})
        for name in list(found):
            if names(name, least):
                del found[name]
            elif part == "tables":
                found[name] = fewer_rows(found[name], least)
            else:
                found[name] = fewer_points(name, found[name], least, values)
    capture["left_out"] = [{"cell": said, "least": least}]
    return with_large_batch(capture, metrics, least)


def with_large_batch(capture, metrics, least):
    """The large batch is given to the widest net of those that are left."""
    wide = [m for m in metrics if "large_w" in m and names(m, least)]
    if not wide or "large_batch" in least or "width" not in least:
        return capture
    old = recorded("matmul_rate")["result"]["tables"]["rates"]["rows"]
    rest = [n for n in (64, 256, 1024, 4096) if n < least["width"]]
    here = capture["result"]
    for name in wide:
        here["metrics"][name.replace("w8192", f"w{rest[-1]}")] = metrics[name]
    here["tables"]["rates"]["rows"] += [
        [numbers, what.replace("8192", str(rest[-1])), *row]
        for numbers, what, *row in old
        if "16384" in what
    ]
    return capture


def names(metric, least):
    return without.is_left_out(cells.of_metric(metric), [least])


def fewer_rows(table, least):
    columns = table["columns"]
    keep = [
        number
        for number, title in enumerate(columns)
        if not without.is_left_out(without.cell_of(title), [least])
    ]
    rows = [
        [row[number] for number in keep]
        for row in table["rows"]
        if not without.is_left_out(cells.of_row(columns, row), [least])
    ]
    return {"columns": [columns[number] for number in keep], "rows": rows}


def fewer_points(name, series, least, values):
    points = cells.of_points(name, series, values)
    keep = [not without.is_left_out(point, [least]) for point in points]
    return {
        "x": list(compress(series["x"], keep)),
        "y": [list(compress(line, keep)) for line in series["y"]],
    }


def want(name):
    """What the tree calls for."""
    return expected.wanted(SLUG, name, "cuda")


def grid(name):
    return grids.grid_of(ROOT / f"snippets/gpu_training/{name}.py")


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("float32_w8192_b1024_ms", {"width": 8192, "batch": 1024}),
        ("cuda_w64_b16", {"width": 64, "batch": 16}),
        ("ratio_w4096_b1024", {"width": 4096, "batch": 1024}),
        ("cuda_growth_b1024", {"batch": 1024}),
        ("pass_b4096_ms", {"batch": 4096}),
        ("tf32_matmul_8192_gflops", {"size": 8192}),
        ("pinned_async_60000_back_us", {"size": 60000}),
        ("pinning_64_us", {"size": 64}),
        ("matmul_gflops", {}),
        ("training_per_image_us_large_batch", {}),
        ("weights_ratio", {}),
        ("bfloat16_difference", {}),
    ],
)
def test_the_name_of_a_metric_tells_its_cell(name, cell):
    assert cells.of_metric(name) == cell


def test_the_large_batch_is_in_no_name():
    cell = cells.of_metric("tf32_large_w8192_ms")
    assert cell["width"] == 8192 and cell["large_batch"] > 16384


@pytest.mark.parametrize(("name", "said", "least"), LEASTS)
def test_what_is_named_takes_some_metrics_and_no_more(name, said, least):
    """And the capture is one that could be: the numbers of its cell are in its text."""
    whole = recorded(name)
    before = set(whole["result"]["metrics"])
    capture = lacking(recorded(name), said, least)
    gone = before - set(capture["result"]["metrics"])
    assert gone and len(gone) < len(before)
    assert all(left_out.covers(capture, metric) for metric in gone)
    assert list(left_out.faults(capture)) == []
    assert list(left_out.foreign(capture, grid(name))) == []
    assert lost.lost(want(name), capture) == []
    whole["left_out"] = capture["left_out"]
    assert "is there" in next(left_out.faults(whole))


def test_what_a_smaller_cell_covers_is_told_once():
    one = left_out.added([], "width 8192, batch 1024", {"width": 8192})
    two = left_out.added(one, "width 4096, batch 1024", {"width": 4096})
    assert two == [{"cell": "width 4096, batch 1024", "least": {"width": 4096}}]
    three = left_out.added(two, "product, 512", {"size": 512})
    assert left_out.sentence({"left_out": three}) == (
        "not recorded from width 4096 on, from size 512 on: the GPU had too little "
        "memory for width 4096, batch 1024; product, 512"
    )
    assert left_out.sentence({}) == ""


def test_a_cpu_leaves_nothing_out():
    capture = lacking(recorded("crossover"), *LEASTS[3][1:])
    capture["machine"]["device"] = "cpu"
    assert "it has no GPU" in next(left_out.faults(capture))


@pytest.mark.parametrize(("name", "said", "least"), LEASTS)
def test_every_page_can_be_filled_without_it(monkeypatch, name, said, least):
    """No sentence asks for a number of a cell that is not there."""
    path = captures_of(SLUG, "cuda") / f"{name}.json"
    load = substitutions.gpu.capture_file.load

    def less(asked):
        capture = load(asked)
        return lacking(capture, said, least) if asked == path else capture

    monkeypatch.setattr("scripts.captures.capture_file.load", less)
    assert expected.state(expected.wanted(SLUG, name, "cuda")) == "fresh"
    pages = [page_path(SLUG), page_path(GUIDE), TREE.docs / "misconceptions.md"]
    pages.append(TREE.docs / "evidence.md")
    texts = [
        substitutions.fill(page.read_text(encoding="utf-8"), page.stem)
        for page in pages
    ]
    assert all("{{ " not in text.replace("{{ slug", "") for text in texts[:3])
    assert f"the GPU had too little memory for {said}" in texts[0]
    assert f"the GPU had too little memory for {said}" in texts[3]


COLUMN = ("crossover", "cuda: width 64, batch 1024", {"batch": 1024})


@pytest.mark.parametrize(("name", "said", "least"), [*LEASTS, COLUMN])
def test_no_row_and_no_point_may_be_gone_or_there_beside_it(name, said, least):
    """Every table and every series of every experiment is held to what is named."""
    whole = recorded(name)["result"]
    for part in ("tables", "series"):
        for one, old in whole.get(part, {}).items():
            capture = lacking(recorded(name), said, least)
            here = capture["result"][part]
            cut = here.get(one, old)
            if cut != old:  # what is named stands there still
                here[one] = old
                says = [fault for fault in left_out.faults(capture) if one in fault]
                assert says and all("is there" in fault for fault in says), one
            if names(one, least):
                continue
            here[one] = shorter(cut)
            says = lost.lost(want(name), capture)
            assert f" '{one}' is gone from the recording" in says[0]
            assert all(f"'{one}'" in fault for fault in says), "nothing else is"


def shorter(part):
    """Without its first row or point, which every recording has."""
    if "rows" in part:
        return {**part, "rows": part["rows"][1:]}
    return {"x": part["x"][1:], "y": [line[1:] for line in part["y"]]}


@pytest.mark.parametrize(
    ("name", "parts", "says"),
    [
        ("crossover", [("cuda: width 4096, batch 16", {"width": 4096})], ""),
        ("crossover", [("width 4096, batch 16", {"width": 4096})], "never says"),
        ("crossover", [("cuda: width 4096, batch 16 !", {"width": 4096})], "never s"),
        ("crossover", [("cuda: width 5000, batch 16", {"width": 5000})], "never says"),
        ("crossover", [("cuda: width 4096, batch 99999", {"width": 4096})], "never s"),
        ("crossover", [("a.b: width 4096, batch 16", {"width": 4096})], "never says"),
        ("crossover", [("cpu: width 4096, batch 16", {"width": 4096})], "never says"),
        ("amp_speed", [("width 16384, batch 1024, tf32", {"width": 16384})], "no larg"),
        ("crossover", [("cuda: width 64, batch 16", {"width": 64})], "no larger cell"),
        ("amp_speed", [("width 64, batch 1024, tf32", {"batch": 1024})], "no larger"),
        ("amp_speed", [("width 8192, batch 1024, zzz", {"width": 8192})], "never says"),
        ("amp_speed", [("width 8192, batch 1024, ms", {"width": 8192})], "never says"),
        ("amp_speed", [("width 8192, batch 16, tf32", {"width": 8192})], "no cell of"),
        ("amp_speed", [("width 8192, batch 16384, tf32", {"width": 8192})], "no cell "),
        ("matmul_rate", [("product, 8192, torch.int8", {"size": 8192})], "never says"),
        (
            "matmul_rate",
            [("zzz, width 8192, batch 1024, Adam", {"width": 8192})],
            "never says",
        ),
        (
            "matmul_rate",
            [("tf32, width 8192, batch 1024, Adamant", {"width": 8192})],
            "never says",
        ),
        (
            "matmul_rate",
            [("tf32, width 8192, batch 50, Adam", {"width": 8192})],
            "no cell of its grid",
        ),
        ("crossover", [("zzz: width 4096, batch 16", {"width": 4096})], "never says"),
        ("crossover", [("cuda: width 4096, batch 50", {"width": 4096})], "no cell of "),
        ("inputs", [("turn 1 of 5: batch 256", {"large_batch": 256})], "never says"),
        ("races", [("cuda: width 4096, batch 16", {"width": 4096})], "never says"),
        ("launches", [("1 steps of 04096", {"batch": 4096})], "no cell and from where"),
        ("launches", [("1 steps of ٤٠٩٦", {"batch": 4096})], "no cell and from where"),
        ("launches", [("1 steps of 4096", {"batch": 4096})] * 2, "another of its cel"),
        (
            "launches",
            [
                ("1 steps of 4096", {"batch": 4096}),
                ("2 steps of 2048", {"batch": 2048}),
            ],
            "from batch 4096 on, which another of its cells covers",
        ),
    ],
)
def test_only_a_larger_cell_of_its_grid_is_left_out_and_once(name, parts, says):
    capture = recorded(name)
    capture["result"] = {"metrics": {}}
    capture["left_out"] = [{"cell": said, "least": least} for said, least in parts]
    found = [*left_out.faults(capture)]
    found = found or [*left_out.foreign(capture, grid(name))]
    assert (says in found[0]) if says else not found


def test_a_number_of_many_digits_is_no_cell():
    assert cells.of_metric(f"w{'9' * 5000}_ms") == {}
    assert without.cell_of(f"width {'9' * 5000}") == {}
    assert cells.of_row(["width"], ["9" * 5000]) == {}


def test_a_number_beyond_all_points_is_no_cell():
    series = {"x": [1e-300, 1e300], "y": [[1.0, 2.0]]}
    assert cells.of_points("pinned", series, {"size": [64]}) == []


@pytest.mark.parametrize(
    "left_out",
    [None, 5, {}, [1], [None], [{}], [{"cell": 1, "least": {}}], [["cell", "least"]]],
)
def test_what_has_not_the_form_is_named_before_anybody_reads_it(left_out):
    capture = capture_file.sealed({**recorded("crossover"), "left_out": left_out})
    says = "the capture x is not readable: left_out (is .* not a list|has .* no cell)"
    with pytest.raises(SiteError, match=says):
        capture_file.check(capture, "x")


@pytest.mark.parametrize("text", ["8 192", "08192", "8192 wide", "≥8192", "8_192"])
def test_a_row_of_a_cell_left_out_is_not_written_otherwise(text):
    said, least = "width 8192, batch 1024, float32", {"width": 8192}
    row = recorded("amp_speed")["result"]["tables"]["speed"]["rows"][4]
    capture = lacking(recorded("amp_speed"), said, least)
    capture["result"]["tables"]["speed"]["rows"].append([text, *row[1:]])
    assert f"'{text}' below 'width' of the table speed" in next(
        left_out.faults(capture)
    )


@pytest.mark.parametrize("name", ["crossover", "amp_speed", "launches", "matmul_rate"])
def test_no_column_may_be_gone_and_no_row_be_another_twice(name):
    for one, table in recorded(name)["result"]["tables"].items():
        for number, title in enumerate(table["columns"]):
            capture = recorded(name)
            here = capture["result"]["tables"][one]
            here["columns"] = [
                *table["columns"][:number],
                *table["columns"][number + 1 :],
            ]
            here["rows"] = [[*r[:number], *r[number + 1 :]] for r in table["rows"]]
            says = f"the column {title!r} of the table {one!r} is gone from the"
            assert lost.lost(want(name), capture)[0].startswith(says)
        capture = recorded(name)
        capture["result"]["tables"][one]["rows"][1] = table["rows"][0]
        says = lost.lost(want(name), capture)
        assert says and all("the row" in fault for fault in says)


def test_no_line_of_points_hides_that_another_is_gone():
    capture = recorded("launches")
    lines = capture["result"]["series"]["measured"]["y"]
    lines[0] = []
    says = "the point at 16 of the series 'measured' is gone from the recording"
    assert lost.lost(want("launches"), capture)[0].startswith(says)


def test_how_often_it_was_measured_may_differ_and_how_much():
    """A setting, such as the images of a race, is no cell of a grid."""
    capture = recorded("launches")
    del capture["result"]["series"]["measured"]["y"][2:]
    assert lost.lost(want("launches"), capture) == []
    capture = recorded("races")
    rows = capture["result"]["tables"]["races"]["rows"]
    rows[0][1] = "1,000"
    assert lost.lost(want("races"), capture) == []
    rows[0][0] = "big"
    says = "the row 'tiny' of the table 'races' is gone from the recording"
    assert says in lost.lost(want("races"), capture)


def test_the_best_rate_is_of_a_size_that_is_there():
    capture = lacking(
        recorded("matmul_rate"), "product, 2048, torch.float32", {"size": 2048}
    )
    said = [*results.faults(capture)]
    assert "'matmul_gflops' is the rate of no size that is there" in said[0]


@pytest.mark.parametrize(
    ("batch", "is_enough"), [(32, False), (64, False), (128, True)]
)
def test_a_line_is_fitted_to_three_points_at_least(batch, is_enough):
    said = f"{4096 // batch} steps of {batch}"
    capture = lacking(recorded("launches"), said, {"batch": batch})
    says = "the series 'fit' is a line fitted to fewer than 3 points"
    assert (says in [*results.faults(capture)]) == (not is_enough)
