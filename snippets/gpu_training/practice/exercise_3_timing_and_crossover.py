# %% tags=["file-only"]
"""Lesson 2, exercise 3: time a step, and find where a GPU overtakes a CPU."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

import time

import torch
from torch import nn

from snippets.gpu_training.model import make_net
from snippets.gpu_training.practice.intro import attempt, device, images, labels

# isort: split

# %% [markdown]
# ## Exercise 3: time it properly, and find your own crossover (supported)
#
# A GPU works through a queue: your program hands over a step, and goes on before it is
# done. So wait for the device before you start the clock, and again before you stop it.
# Complete `time_step`.

# %%
from statistics import median


def synchronize(device):
    """Wait until the device has done everything that it was given to do."""
    if device.type == "cuda":  # a CPU has nothing to wait for
        torch.cuda.synchronize()


def time_step(step, device, warmup=10, repeats=50):
    """Call `step()` `warmup` times, then `repeats` times, timing each of these.

    Returns the median of the `repeats` times, in seconds.
    """
    # solution:start
    #: Your turn: warm up, time each call with time.perf_counter(), return the median.
    #: Call synchronize(device) wherever it is needed.
    # > return 1.0  # so that the cells below run; replace it
    for _ in range(warmup):
        step()
    seconds = []
    for _ in range(repeats):
        synchronize(device)
        start = time.perf_counter()
        step()
        synchronize(device)
        seconds.append(time.perf_counter() - start)
    return median(seconds)
    # solution:end


# %% [markdown]
# While the check calls `time_step`, clock and `synchronize` are those of a made-up
# device: three steps of 200 ms, then 7, 5, 50, 6 and 20 ms, and each call returns long
# before its step is done. The check counts your calls, and your looks at the clock.

# %% tags=["check"]
# @title Check: exercise 3, timing
import contextlib
import timeit
from unittest import mock


class MadeUpDevice:
    """A queue of steps and a clock, both made up."""

    type = "made-up"

    def __init__(self, *work):
        self.work = work  # seconds that each step takes
        self.now = self.done = 0.0  # seconds; when all that was handed over is done
        self.calls = self.looks = self.early = 0
        self.misled = []  # what synchronize was called with instead of the device

    def step(self):
        self.now += 0.00001
        self.done = max(self.now, self.done) + self.work[self.calls % len(self.work)]
        self.calls += 1

    def synchronize(self, *device, **named):
        given = [*device, *named.values()]
        if given != [self]:
            self.misled.append(", ".join(map(repr, given)) or "nothing")
        self.now = max(self.now, self.done)

    def perf_counter(self):
        self.looks += 1
        self.early += self.done > self.now  # somebody did not wait
        return self.now

    def perf_counter_ns(self):
        return round(1e9 * self.perf_counter())


no_gpu = RuntimeError("torch.cuda.synchronize needs a GPU")


@contextlib.contextmanager
def clock_of(pretend):
    """Meanwhile, clock and synchronize are those of the made-up device.

    Under whatever name they were imported: timeit.default_timer is a perf_counter too.
    """
    places = (
        (synchronize, pretend.synchronize),
        (time.perf_counter, pretend.perf_counter),
        (time.perf_counter_ns, pretend.perf_counter_ns),
    )
    names = {
        name: made_up
        for name, value in globals().items()
        for real, made_up in places
        if value is real
    }
    kept = {name: globals()[name] for name in names}
    globals().update(names)
    try:
        with (
            mock.patch.object(time, "perf_counter", pretend.perf_counter),
            mock.patch.object(time, "perf_counter_ns", pretend.perf_counter_ns),
            mock.patch.object(timeit, "default_timer", pretend.perf_counter),
            mock.patch.object(torch.cuda, "synchronize", side_effect=no_gpu),
        ):
            yield
    finally:
        globals().update(kept)


def timed(pretend, warmup, repeats):
    """What time_step says of the made-up device's steps."""
    with clock_of(pretend):
        return attempt(
            "time_step",
            f"It may use step, synchronize(device) and time.perf_counter(). {lesson}",
            time_step,
            pretend.step,
            pretend,
            warmup=warmup,
            repeats=repeats,
        )


lesson = "Lesson: “Timing that you can trust”."
pretend = MadeUpDevice(0.2, 0.2, 0.2, 0.007, 0.005, 0.05, 0.006, 0.02)
seconds = timed(pretend, warmup=3, repeats=5)
assert pretend.calls == 8, (
    f"With warmup=3 and repeats=5, step was called {pretend.calls} times instead of 8: "
    f"first the warm-up, then the calls that are timed. {lesson}"
)
assert not pretend.misled, (
    f"synchronize was called with {pretend.misled[0]} in its brackets: give it the "
    f"argument `device`, or it does not know for whom to wait. {lesson}"
)
assert pretend.looks, (
    "The check saw no look at its clock: inside time_step, call time.perf_counter() by "
    f"this name. It is the clock that is made for short times. {lesson}"
)
assert not pretend.early, (
    f"Of {pretend.looks} looks at the clock, {pretend.early} came while the device was "
    "still at work: call synchronize(device) before each look, before the first as "
    f"well as after each step. {lesson}"
)
assert isinstance(seconds, float), (
    f"time_step returns a value of type {type(seconds).__name__}: it should be one "
    f"number, the median of the times. {lesson}"
)
hints = {
    0.0176: "that is the mean, which one slow step pulls up; return the median",
    0.011: "that is a mean without the extremes; return the median",
    0.005: "that is the fastest step; return the median",
    0.05: "that is the slowest step; return the median",
    0.02: "that is the last step; return the median of all five",
    0.088: "that is all five steps together; return the median of one",
    0.035: "steps of the warm-up are among the timed ones",
    7.0: "that is in milliseconds; return seconds",
}
near = [hint for wrong, hint in hints.items() if abs(seconds - wrong) < 0.02 * wrong]
hint = (near + ["return the median of the five timed steps, in seconds"])[0]
assert abs(seconds - 0.007) < 0.0002, (
    f"time_step says {1000 * seconds:.1f} ms instead of 7.0 ms: {hint}. {lesson}"
)
# Once more with other numbers, so that none of the first ones can stand in the code.
pretend = MadeUpDevice(0.3, 0.5, 0.04, 0.02, 0.05, 0.9, 0.03)  # median: 45 ms
seconds = timed(pretend, warmup=1, repeats=6)
one_of_two = min(abs(seconds - 0.04), abs(seconds - 0.05)) < 0.001
assert not (pretend.calls == 7 and one_of_two), (
    f"Of six times it says {1000 * seconds:.1f} ms instead of 45.0 ms: for an even "
    "number of times, the median is half-way between the two in the middle, so use "
    f"median(seconds). {lesson}"
)
assert pretend.calls == 7 and abs(seconds - 0.045) < 0.001, (
    f"With warmup=1 and repeats=6 it calls step {pretend.calls} times instead of 7, "
    f"and says {1000 * seconds:.1f} ms instead of 45.0 ms: use the arguments, no fixed "
    f"numbers. {lesson}"
)
print("Exercise 3, timing: passed")

# %% [markdown]
# Now measure your own machine: a training step at batch 16, for four widths, each four
# times the one before. The first nets are tiny on purpose. If the times differ much
# when you run the cell again, the machine is busy.


# %%
def training_step(width, device, batch_size=16):
    """A function that does one training step of a net of this width on `device`."""
    net = make_net(width).to(device)
    optimizer = torch.optim.Adam(net.parameters())
    x, y = images[:batch_size].to(device), labels[:batch_size].to(device)

    def step():
        loss = nn.functional.cross_entropy(net(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


WIDTHS = [16, 64, 256, 1024]
times = {}  # device → seconds for each width
for name in sorted({"cpu", device.type}):
    where = torch.device(name)
    times[name] = [time_step(training_step(width, where), where) for width in WIDTHS]

smallest = sum(p.numel() for p in make_net(WIDTHS[0]).parameters())
for index, width in enumerate(WIDTHS):
    weights = sum(p.numel() for p in make_net(width).parameters())
    steps = ", ".join(f"{name} {1000 * times[name][index]:.2f} ms" for name in times)
    print(f"width {width:4}: {steps} (weights: {weights / smallest:.1f} times)")

# %% [markdown]
# The arithmetic of a step grows with the weights. As long as the time grows much less
# than they do, most of it is a **fixed cost**: a price that each step pays, whatever
# its size. Write two functions that read such a row of times: where does a step stop
# costing about the same, and from where on is the GPU faster? The widths always come
# from the smallest to the largest.


# %%
def stops_being_constant(widths, seconds):
    """The first width whose step takes more than twice as long as the first width's.

    None if no step does.
    """
    # solution:start
    #: Your turn: three or four lines.
    for width, one in zip(widths, seconds, strict=True):
        if one > 2 * seconds[0]:
            return width
    return None
    # solution:end


def overtakes(widths, cpu_seconds, gpu_seconds):
    """The width from which on every step is faster on the GPU; None if there is none.

    One fast step with a slow one after it is no crossover.
    """
    # solution:start
    #: Your turn: start with the widest, or remember the first and forget it again.
    first = None
    for width, cpu, gpu in zip(widths, cpu_seconds, gpu_seconds, strict=True):
        if gpu >= cpu:
            first = None  # it has not overtaken yet
        elif first is None:
            first = width
    return first
    # solution:end


def sentences(widths, times):
    """What these measured times say, a sentence for each device and one for both."""
    said = []
    for name, seconds in times.items():
        grows = stops_being_constant(widths, seconds) or "none of these"
        factor = f"{seconds[-1] / seconds[0]:.1f} times"
        said.append(
            f"On {name}, a step of width {widths[-1]} takes {factor} as long as one of "
            f"width {widths[0]}; the first that takes more than twice as long: {grows}."
        )
    if "cuda" not in times:
        said.append("No GPU: with one, a sentence here says where it is faster.")
        return said
    first = overtakes(widths, times["cpu"], times["cuda"]) or "none of these"
    said.append(f"The width from which on the GPU is faster than this CPU: {first}.")
    return said


for sentence in sentences(WIDTHS, times):
    print(sentence)

# %% [markdown]
# The check calls both functions with many rows of made-up times, and compares what they
# return. Then it looks whether the times above come from your `time_step`.

# %% tags=["check"]
# @title Check: exercise 3, crossover
from itertools import product

lesson = "Lesson: “The GPU is always faster”."
# Made-up widths, and times in seconds: they test your functions, and say nothing of any
# machine.
widths = [10, 30, 90, 270, 810]


def found_by(function, *rows):
    """What a function returns for the widths and rows; it may not change them."""
    first = widths[: len(rows[0])]
    given = [list(first), *map(list, rows)]
    found = attempt(
        function.__name__,
        f"Use the arguments alone, and for any number of widths. {lesson}",
        function,
        *given,
    )
    assert given == [first, *rows], (
        f"{function.__name__} changes the lists that it is given, and the cells below "
        "need them: work on a copy, such as list(widths)."
    )
    return found


def same(found, expected):
    """Is this that width, or None? A row of widths is neither."""
    one = getattr(found, "ndim", 0) == 0 and type(found) is not bool
    return one and found == expected


def rows_of(*times):
    """Every row of these times, for three widths and for all five."""
    return [list(row) for count in (3, 5) for row in product(times, repeat=count)]


rows = [  # rows that can tell what is often mixed up; then all there are
    ([1.0, 2.0, 3.0, 9.0, 9.0], "exactly twice is not more than twice"),
    ([3.0, 1.0, 4.0, 5.0, 9.0], "compared with the first, which is not the fastest"),
    ([1.0, 3.0, 1.0, 9.0, 9.0], "the first one, whatever comes after it"),
    ([5.0, 5.0, 9.0, 9.0, 10.0], "none takes more than twice as long"),
    *((row, "one of many rows") for row in rows_of(1.0, 2.0, 4.0, 5.0)),
]
for row, meaning in rows:
    longer = [w for w, one in zip(widths, row, strict=False) if one > 2 * row[0]]
    expected = longer[0] if longer else None
    found = found_by(stops_being_constant, row)
    assert same(found, expected), (
        f"For steps of {row} s at the widths {widths[: len(row)]} ({meaning}), "
        f"stops_being_constant returns {found!r} instead of {expected!r}: it is the "
        "first width (not its time) that takes more than twice as long as the first "
        f"width. {lesson}"
    )
slow, quick = [1.0, 2.0, 3.0, 4.0, 5.0], [0.5, 0.5, 0.5, 0.5, 0.5]
rows = [
    (slow, [2.0, 2.5, 2.9, 2.9, 2.9], "the first width that is faster"),
    (slow, quick, "faster at every width"),
    (quick, slow, "slower at every width"),
    (slow, slow, "as fast and not faster"),
    (slow, [0.9, 2.5, 2.9, 2.9, 2.9], "faster at width 10 by accident, then slower"),
    (slow, [2.0, 1.0, 1.0, 9.0, 9.0], "slower at the end: it has not overtaken"),
    ([9.0, 2.0, 3.0], [4.0, 1.0, 2.5], "each width is compared with itself alone"),
    *(
        (
            slow[: len(row)],
            [s + d for s, d in zip(slow, row, strict=False)],
            "one of many rows",
        )
        for row in rows_of(-0.5, 0.0, 0.5)
    ),
]
for on_cpu, on_gpu, meaning in rows:
    pairs = list(zip(on_cpu, on_gpu, strict=True))
    first = widths[: len(pairs)]
    ahead = [w for i, w in enumerate(first) if all(gpu < cpu for cpu, gpu in pairs[i:])]
    expected = ahead[0] if ahead else None
    found = found_by(overtakes, on_cpu, on_gpu)
    assert same(found, expected), (
        f"With {on_cpu} s on the CPU and {on_gpu} s on the GPU ({meaning}), overtakes "
        f"returns {found!r} instead of {expected!r}, for the widths {first}. {lesson}"
    )
assert set(times["cpu"]) != {1.0}, (
    "The measured times are still those of the unsolved time_step: "
    "run the cell that measures, and the cell above, again."
)
print("Exercise 3, crossover: passed")

# %% [markdown] tags=["solution"]
# **Why.** Without the wait at the end you time how long it takes to hand a step
# over; without the wait at the start you time what is left of the steps before. The
# first steps pay for things that happen once, so they are not timed. The median does
# not care about the one step during which the machine did something else.
#
# Look at your own rows: the weights grow by a known factor, and where the time grows by
# less, the fixed cost shows. Faster arithmetic is of little help where a step is mostly
# fixed cost. Where one device overtakes another differs from machine to machine. No
# table can tell you, not even ours: measure it.
