import time

import pytest
import torch

from snippets.gpu_training.timing import synchronize, time_steps

CPU, CUDA = torch.device("cpu"), torch.device("cuda")


@pytest.fixture
def waits(monkeypatch):
    """What happened in order; "wait" stands for a call of torch.cuda.synchronize."""
    events = []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: events.append("wait"))
    return events


def test_it_waits_for_a_gpu_and_not_for_a_cpu(waits):
    synchronize(CPU)
    assert waits == []
    synchronize(CUDA)
    assert waits == ["wait"]


def test_each_timed_step_has_a_wait_before_and_after_it(waits):
    time_steps(lambda: waits.append("step"), CUDA, warmup=3, repeats=2)
    assert waits == ["step"] * 3 + ["wait", "step", "wait"] * 2


def test_what_the_gpu_still_does_after_the_call_counts(monkeypatch):
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: time.sleep(0.02))
    seconds = time_steps(lambda: None, CUDA, warmup=0, repeats=3)
    assert min(seconds) >= 0.02


def test_warmup_steps_are_run_and_not_timed(monkeypatch):
    now, lengths = [0.0], iter([8.0, 8.0, 1.0, 2.0, 3.0])

    def step():
        now[0] += next(lengths)

    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    assert time_steps(step, CPU, warmup=2, repeats=3) == [1.0, 2.0, 3.0]
    assert next(lengths, None) is None


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: that a timed product has really been computed",
)
def test_ten_times_the_work_takes_longer_on_a_gpu():
    matrix = torch.randn(4096, 4096, device="cuda")
    once = time_steps(lambda: matrix @ matrix, CUDA)

    def ten_times():
        for _ in range(10):
            matrix @ matrix

    assert min(time_steps(ten_times, CUDA, repeats=10)) > 5 * min(once)
