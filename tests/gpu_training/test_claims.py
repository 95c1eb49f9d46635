"""What lesson 2 says of times holds in every recording that we have.

Here and not where the code is tested: a machine that is busy then may say otherwise.
"""

import json

import pytest
from listing import ROOT, labelled

from scripts.captures import left_out

HERE = ROOT / "docs" / "captures" / "gpu-training"


def medians(folder):
    """A function that gives a metric's median in one recording."""

    def median(experiment, metric):
        path = folder / f"{experiment}.json"
        if folder.name == "again" and not path.exists():
            pytest.skip(f"{experiment} was recorded once")
        content = path.read_text(encoding="utf-8")
        capture = json.loads(content)
        metrics = capture["result"]["metrics"]
        if left_out.covers(capture, metric):
            pytest.skip(f"{metric}: {left_out.sentence(capture)}")
        if metric not in metrics and metric.startswith(("bfloat16_", "tf32_")):
            pytest.skip(f"{metric}: the GPU has neither bfloat16 nor TF32")
        return metrics[metric]["median"]

    return median


@pytest.fixture(params=["cuda", "cuda/again"])
def said(request):
    """A metric's median on a GPU: in the first recording, or in the second."""
    return medians(HERE / request.param)


@pytest.fixture
def on_cpu():
    """A metric's median on a CPU."""
    return medians(HERE / "cpu")


def test_on_a_cpu_the_big_race_gets_more_arithmetic_done_a_second(on_cpu):
    assert on_cpu("races", "rate_ratio") > 10
    assert on_cpu("races", "seconds_ratio") < on_cpu("races", "gflop_ratio") / 10
    assert on_cpu("races", "tiny_fixed_percent") > 40, "what a step costs anyhow"


def test_on_a_cpu_many_small_steps_take_longer_too(on_cpu):
    assert on_cpu("launches", "small_over_large") > 2
    few, many = (on_cpu("crossover", f"cpu_w64_b{size}") for size in (16, 1024))
    assert few < many < 64 * few / 4


def test_on_a_cpu_the_usual_loader_takes_many_times_as_long_as_an_index(on_cpu):
    way, index = (
        on_cpu("inputs", f"{way}_input_per_image_us") for way in ("usual", "indexed")
    )
    assert way > 20 * index
    assert on_cpu("inputs", "usual_over_indexed") > 2
    assert on_cpu("inputs", "indexed_share_percent") < 20


def test_on_a_cpu_the_clock_does_not_lie():
    text = (HERE / "cpu/lie_quick-run.txt").read_text(encoding="utf-8")
    assert float(labelled(text)["done / back"]) < 1.1


def test_the_gpu_loses_the_tiny_race_and_wins_the_big_one(said):
    assert said("races", "tiny_speedup") < 0.9
    assert said("races", "big_speedup") > 10
    steps = [said("races", f"{name}_ms_per_step") for name in ("tiny", "big", "empty")]
    assert max(steps) < 1.5 * min(steps), "a step costs about the same in all three"


def test_a_clock_that_does_not_wait_is_off_by_many_times(said):
    assert said("timing_lies", "ratio") > 100
    assert said("timing_lies", "item_ms") > 0.9 * said("timing_lies", "true_ms")


def test_the_lines_cross(said):
    assert said("crossover", "ratio_w64_b16") < 0.7
    assert said("crossover", "ratio_w4096_b1024") > 10
    cells = [(w, b) for w in (64, 256, 1024) for b in (16, 64, 256, 1024)]
    times = [said("crossover", f"cuda_w{w}_b{b}") for w, b in cells]
    assert max(times) < 2 * min(times), "about the same in almost the whole grid"
    assert said("crossover", "cuda_w4096_b1024") > max(times)


def test_the_gpu_waits_for_the_usual_loader(said):
    usual, training = (
        said("inputs", name)
        for name in ("usual_input_per_image_us", "training_per_image_us")
    )
    assert usual > 2 * training
    epochs = [said("inputs", f"{way}_epoch_s") for way in ("usual", "workers")]
    assert epochs[0] > 1.5 * epochs[1] > 1.5 * said("inputs", "indexed_epoch_s")
    workers = "workers_together_per_image_us", "workers_input_per_image_us"
    both, alone = (said("inputs", name) for name in workers)
    assert both == pytest.approx(alone, rel=0.2), "the longest lane, not the sum"


def test_pinned_memory_is_copied_faster_and_costs_more_than_the_slow_copy(said):
    slow, pinned = (
        said("transfer", f"{way}_8192_us") for way in ("pageable", "pinned")
    )
    assert slow > 2 * pinned
    assert said("transfer", "pinned_async_8192_back_us") < 0.1 * pinned
    assert said("transfer", "pageable_async_8192_back_us") > 0.8 * slow
    assert said("transfer", "pinning_8192_us") > 2 * slow


def test_the_images_come_free(said):
    assert said("launches", "small_over_large") > 100  # 256 steps to 1


def test_a_wide_step_is_near_the_rate_in_float32_and_far_from_it_in_bfloat16(said):
    assert said("matmul_rate", "step_w64_percent") < 5
    assert said("matmul_rate", "step_w8192_percent") > 70
    assert said("matmul_rate", "bfloat16_step_w8192_percent") < 40
    assert said("matmul_rate", "bfloat16_large_w8192_percent") > 60


def test_bfloat16_pays_in_a_wide_net_alone_and_hardly_more_than_tf32(said):
    wide, tf32 = (
        said("amp_speed", f"{name}_w8192_b1024_speedup")
        for name in ("bfloat16", "tf32")
    )
    assert wide > 2 and tf32 > 2
    assert wide < 1.3 * tf32
    assert said("amp_speed", "bfloat16_w1024_b1024_speedup") < 1
    assert said("amp_speed", "bfloat16_w1024_b16384_memory_ratio") < 0.9
    assert said("amp_speed", "bfloat16_w8192_b1024_memory_ratio") == pytest.approx(
        1, abs=0.02
    )


@pytest.mark.parametrize("name", ["bfloat16", "float16"])
def test_half_precision_costs_no_accuracy_that_the_seed_does_not(said, name):
    assert abs(said("amp_accuracy", f"{name}_difference")) < said(
        "amp_accuracy", "noise"
    )
