"""A recording beside what the tree has of the same code, on whatever machine."""

import json
from dataclasses import replace

import pytest

from scripts.captures import accept, beside, capture_file, expected, places
from scripts.common.errors import SiteError
from scripts.common.paths import TREE

LESSON, GUIDE = "gpu-training", "devices-speed-precision"
WANTED = {(want.slug, want.name): want for want in expected.expected("cuda")}
EXPERIMENTS = [name for slug, name in WANTED if slug == LESSON and name != "program"]
H200 = capture_file.load(WANTED[LESSON, "races"].path)["machine"]


def known(slug, name, device="cuda", again=False):
    """A capture of the tree, and what its blocks printed."""
    path = replace(WANTED[slug, name], device=device, again=again).path
    capture = json.loads(path.read_text(encoding="utf-8"))
    files = [f for b in capture.get("blocks", []) for f in capture_file.files_of(b)]
    return capture, {file: path.with_name(file).read_bytes() for file in files}


def on_a_gpu(slug, name):
    """The CPU's capture as if it had been recorded on a GPU."""
    capture, texts = known(slug, name, "cpu")
    vision = capture["machine"]["torchvision"] and H200["torchvision"]
    capture["machine"] = {**H200, "torchvision": vision}
    capture["command"] = WANTED[slug, name].command
    return capture, texts


def said(slug, name, capture, texts=None):
    """Why the capture is refused, sealed anew; "" if it is taken in."""
    for block in capture.get("blocks", []):
        for file in capture_file.files_of(block):
            digest = capture_file.file_digest(texts[file])
            if file.endswith(".txt"):
                block["sha256"] = digest
            else:
                block["figures"][file] = digest
    del capture["digest"]
    try:
        accept.verify(WANTED[slug, name], capture_file.sealed(capture), texts or {})
    except SiteError as error:
        return str(error)
    return ""


def varied(capture, by=1.01):
    """Every number that spreads is another, as another run would give it."""
    for metric in capture["result"]["metrics"].values():
        if metric["spread"]:
            metric["median"] *= by
            metric["spread"] *= by * by
    return capture


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("again", [False, True])
def test_what_the_tree_has_is_no_recording_of_another_gpu(name, again):
    capture, _ = known(LESSON, name, again=again)
    capture["machine"]["gpu"] = "NVIDIA GeForce RTX 9999"
    found = said(LESSON, name, capture)
    if name == "amp_accuracy":  # without times: two GPUs may calculate the same
        assert found == ""
    else:
        assert f"{LESSON}/{name}: most of its times are those that the tree" in found
        assert "of NVIDIA H200: this is no recording" in found


def test_the_same_times_are_of_the_same_machine_in_all_its_facts():
    capture, _ = known(LESSON, "races")
    assert said(LESSON, "races", {**capture}) == ""
    capture["machine"]["cpu"] = "Another CPU"
    assert "the tree has of the CPU Intel(R)" in said(LESSON, "races", capture)


def test_the_texts_of_one_gpu_are_not_anothers():
    capture, texts = known(LESSON, "program")
    assert said(LESSON, "program", {**capture}, texts) == ""
    capture["machine"]["gpu"] = "NVIDIA T4"
    says = "most of its texts with times are those that the tree has of NVIDIA H200"
    assert says in said(LESSON, "program", capture, texts)


def test_a_cpu_under_a_gpus_name_has_the_cpus_times():
    capture, _ = on_a_gpu(GUIDE, "compile_speed")
    found = said(GUIDE, "compile_speed", {**capture})
    assert "most of its times are those that the tree has of AMD EPYC" in found
    assert said(GUIDE, "compile_speed", varied(capture)) == ""


def test_a_cpu_under_a_gpus_name_has_the_cpus_numbers():
    """Of an experiment without times, too; what a CPU has not is not asked for."""
    capture, _ = known(LESSON, "amp_accuracy")
    on_cpu, _ = known(LESSON, "amp_accuracy", "cpu")
    capture["result"]["metrics"] |= on_cpu["result"]["metrics"]
    says = "amp_accuracy: its numbers are those that the tree has of AMD EPYC"
    assert says in said(LESSON, "amp_accuracy", capture)


PHRASES = {
    "not_available-fails": "says 'is_available(): False', which no machine with a GPU",
    "not_available-cure": "says 'can use a card: NO', which no machine with a GPU pr",
    "which_autocast-fails": "says 'CUDA is not available', which no machine with a G",
    "same_device-fails": "says 'meta', which stands in where there is no GPU",
    "same_device-cure": "says 'meta', which stands in where there is no GPU",
}


def as_a_gpu_prints(texts):
    """The guide's texts as if from a GPU, as far as its pages' code says them."""
    texts = {name: text.decode() for name, text in texts.items()}
    for name, text in texts.items():
        text = text.replace("meta", "cuda").replace("False", "True")
        text = text.replace("NO\n", "yes\n").replace("Found no NVIDIA driver", "no")
        text = text.replace("UserWarning: CUDA is not available", "")
        texts[name] = text.replace(" ms", "1 ms").replace(" GFLOP", "1 GFLOP")
    return {name: text.encode() for name, text in texts.items()}


def test_texts_as_of_a_gpu_come_home():
    capture, texts = on_a_gpu(GUIDE, "program")
    assert said(GUIDE, "program", capture, as_a_gpu_prints(texts)) == ""


@pytest.mark.parametrize("block", PHRASES)
def test_what_only_a_machine_without_a_gpu_prints_is_refused(block):
    capture, texts = on_a_gpu(GUIDE, "program")
    name = f"{block}.txt"
    mixed = as_a_gpu_prints(texts) | {name: texts[name]}
    found = said(GUIDE, "program", capture, mixed)
    assert f"{GUIDE}/program: {name} {PHRASES[block]}" in found


def test_most_texts_with_times_are_not_the_cpus():
    capture, texts = on_a_gpu(GUIDE, "program")
    volatile = {f"{b['name']}.txt" for b in capture["blocks"] if b["volatile"]}
    good = as_a_gpu_prints(texts)
    kept = {n for n in volatile if not n.startswith(("not_available", "out_of"))}
    assert len(kept) > len(volatile) / 2
    mixed = good | {name: texts[name] for name in kept}
    cpu = known(GUIDE, "program", "cpu")[0]["machine"]["cpu"]
    says = f"most of its texts with times are those that the tree has of {cpu}"
    assert says in said(GUIDE, "program", capture, mixed)


OTHER_WORDS = ["across-refused", "across-rng", "crossover_quick-run", "device-choose"]
OTHER_WORDS += ["casts-casts", "races_quick-run", "what_moves-weights", "warmup-warmup"]


@pytest.mark.parametrize("block", OTHER_WORDS)
def test_where_a_gpu_prints_other_words_the_cpus_are_refused(block):
    capture, texts = known(LESSON, "program")
    _, on_cpu = known(LESSON, "program", "cpu")
    name = f"{block}.txt"
    found = said(LESSON, "program", capture, texts | {name: on_cpu[name]})
    assert f"{LESSON}/program: {name} says" in found
    if block in ("casts-casts", "device-choose", "races_quick-run"):
        assert "word by word, what a CPU printed, and NVIDIA H200 did not" in found


def changed(change, name="races", **more):
    """Why a capture of the tree is refused after that change of its result."""
    capture, _ = known(LESSON, name)
    change(capture["result"])
    return said(LESSON, name, capture | more)


def metric(name, **parts):
    return lambda result: result["metrics"][name].update(parts)


@pytest.mark.parametrize(
    ("name", "value"),
    [("tiny_images", 99999.0), ("big_weights", 7.0), ("host_empty_steps", 1.0)],
)
def test_what_the_code_says_is_the_same_on_every_machine(name, value):
    found = changed(metric(name, median=value))
    assert f"races: {name} of its metrics is {value}, not " in found


def test_settings_are_those_of_the_code():
    capture, _ = on_a_gpu(GUIDE, "compile_speed")
    capture["result"]["settings"]["width"] = 4096
    found = said(GUIDE, "compile_speed", varied(capture))
    assert "width of its settings is 4096, not 64" in found


def test_each_repetition_is_a_line_of_its_series():
    def cut(result):
        del result["series"]["measured"]["y"][1:]

    says = "the series 'measured' has 1 lines, not one for each of the 7 repetitions"
    assert says in changed(cut, "launches")


def cell(table, row, column, value):
    def change(result):
        result["tables"][table]["rows"][row][column] = value

    return change


@pytest.mark.parametrize(
    ("experiment", "change", "says"),
    [
        ("crossover", cell("cpu", 0, 1, "-0.60 ± 0.02"), "'-0.60 ± 0.02' below 'batch"),
        ("crossover", cell("cpu", 0, 1, "<img src=x>"), "'<img src=x>', which is no "),
        ("crossover", cell("repeats", 0, 2, "many"), "'many', which is no number"),
        (
            "inputs",
            cell("inputs", 0, 7, "9000"),
            "'9000' below \"input's share, %\", n",
        ),
        ("inputs", cell("inputs", 0, 6, "soon"), "'soon', which is no number"),
        ("amp_speed", cell("speed", 3, 6, "-7"), "'-7' below 'tf32, times as fast', n"),
        ("amp_speed", cell("speed", 4, 6, "<b>9</b>"), "'<b>9</b>', which is no numb"),
        ("amp_speed", cell("memory", 4, 6, "x"), "'x', which is no number"),
        ("races", cell("races", 0, 2, "few"), "has the cell 'few'"),
        ("races", cell("races", 0, 4, ""), "has the cell '' below 'GFLOP', not a num"),
        ("transfer", cell("copies", 0, 1, "-1"), "has the cell '-1' below 'MB', not a"),
    ],
)
def test_a_column_of_numbers_has_no_other_cells(experiment, change, says):
    assert says in changed(change, experiment)


def test_a_star_says_that_fewer_steps_were_timed():
    assert changed(cell("cpu", 3, 4, "94.9 ± 6.12*"), "crossover") == ""


def test_the_best_rate_is_the_largest():
    def second(result):
        metrics = result["metrics"]
        metrics["matmul_gflops"] = dict(metrics["matmul_1024_gflops"])

    says = "'matmul_gflops' is 29915.70689030936, not the largest of the rates beside"
    assert says in changed(second, "matmul_rate")


def test_how_far_a_time_spreads_has_an_end():
    found = changed(metric("cuda_w64_b16", spread=1e12), "crossover")
    assert "'cuda_w64_b16' is 1000000000000.0, more than 1,000 times its med" in found
    stalled = metric("empty_ms_per_step", spread=300.0)  # one of its runs
    assert changed(stalled, "launches") == ""


def test_a_figure_that_the_page_does_not_show_is_refused():
    capture, texts = known(LESSON, "program")
    name = f"{capture['blocks'][0]['name']}-1.png"
    capture["blocks"][0]["figures"][name] = ""
    picture = (TREE.captures / "fashion-mnist-project/cpu/look-grid-1.png").read_bytes()
    found = said(LESSON, "program", capture, texts | {name: picture})
    assert f"program: the page shows no figure {name}, and the CPU's program" in found


def swapped(result):
    rows = result["tables"]["lie"]["rows"]
    rows[0][1:], rows[2][1:] = rows[2][1:], rows[0][1:]


def tenth(result):
    lines = result["series"]["cuda_b1024"]["y"]
    lines[0] = [value / 10 for value in lines[0]]


@pytest.mark.parametrize(
    ("experiment", "change", "says"),
    [
        (
            "races",
            metric("big_seconds", median=0.0125),
            "big 60,000, seconds is '0.125 ± 0.019', and the metric 'big_seconds' tha",
        ),
        (
            "races",
            cell("races", 2, 5, "0.0125 ± 0.0019"),
            "is '0.0125 ± 0.0019', and the metric 'big_seconds' that it shows is 0.125",
        ),
        (
            "races",
            cell("races", 2, 5, "0.125 ± 0.119"),
            "is '0.125 ± 0.119', and the metric 'big_seconds' that it shows is 0.125",
        ),
        ("crossover", tenth, "the series 'cuda_b1024', 64 is 0.13094384"),
        (
            "crossover",
            metric("ratio_w4096_b1024", median=50.0),
            "'ratio_w4096_b1024' t",
        ),
        ("timing_lies", swapped, "the call is back, implied TFLOP/s is '50.9', and"),
        ("amp_speed", cell("speed", 4, 6, 9.5), "is 9.5, and the metric 'tf32_w8192_b"),
    ],
)
def test_what_stands_in_two_places_is_one_number(experiment, change, says):
    found = changed(change, experiment)
    assert says in found, found


@pytest.mark.parametrize("name", EXPERIMENTS)
@pytest.mark.parametrize("again", [False, True])
def test_a_number_that_stands_in_two_places_agrees_in_ours(name, again):
    capture, _ = known(LESSON, name, again=again)
    others = [capture_file.load(WANTED[LESSON, name].path)]
    others.append(capture_file.load(replace(WANTED[LESSON, name], again=True).path))
    assert list(places.faults(capture, others)) == []
    if name != "amp_accuracy":  # of two recordings on one GPU it is the same
        assert len(places._shown(others)) >= 5


def test_a_text_that_does_not_vary_has_the_words_of_the_same_gpu():
    capture, texts = known(LESSON, "program")
    changed = texts | {"data-data.txt": b"completely other words\n"}
    says = "data-data.txt says other words than on the same NVIDIA H200: "
    assert says in said(LESSON, "program", capture, changed)
    assert not said(LESSON, "program", *known(LESSON, "program"))


def test_a_verdict_of_the_same_gpu_may_be_another():
    """It is measured: 'less than 2 points apart: True' may be chance."""
    capture, texts = known(LESSON, "program")
    name = "amp_quick-run.txt"
    other = texts[name].replace(b"True", b"False")
    assert other != texts[name]
    assert "other words" not in said(LESSON, "program", capture, texts | {name: other})


def test_on_another_torch_words_may_be_others():
    capture, texts = known(LESSON, "program")
    capture["machine"]["torch"] = "2.99.0+cu130"
    changed = texts | {"data-data.txt": b"completely other words\n"}
    assert "other words" not in said(LESSON, "program", capture, changed)


def test_a_figure_that_the_cpu_draws_is_named_if_it_is_missing():
    want = WANTED[LESSON, "program"]
    block = {"name": "a-b", "figures": {}, "volatile": "times"}
    drawn = {"blocks": [{**block, "figures": {"a-b-1.png": "0"}}]}
    on_cpu = [(replace(want, device="cpu"), drawn)]
    (fault,) = beside._figures({"blocks": [block]}, on_cpu)
    assert fault == "it lacks the figure a-b-1.png, which the CPU's program draws"
