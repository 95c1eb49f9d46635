"""Lesson 2's exercises: solutions pass their checks, wrong ones are told why."""

import re

import pytest
from listing import ROOT, labelled, run_listing

from scripts import practice, runner

PRACTICE = ROOT / "snippets" / "gpu_training" / "practice.py"
PASSED = ["1", "2", "3, timing", "3, crossover", "4"]  # what the checks print

# Of the solution: what a wrong one has something else for.
ANSWER = "steps_done = 0\n"
ADAM = "    optimizer = torch.optim.Adam(net.parameters())\n"
BUFFER = 'self.register_buffer("centre", torch.linspace(-0.5, 0.5, 784))'
PLAIN = "self.centre = torch.linspace(-0.5, 0.5, 784)"
NOISE = "x = x + 0.1 * torch.randn(x.shape, device=x.device)"
CLASSES = "torch.tensor([2.0, 1, 1, 1, 1, 1, 1, 1, 1, 1], device=device)"
WARM_UP = "    for _ in range(warmup):\n        step()\n"
WAIT_BEFORE = "        synchronize(device)\n        start = time.perf_counter()\n"
WAIT_AFTER = "        step()\n        synchronize(device)\n"
MEDIAN = "return median(seconds)"
GROWS = "one > 2 * seconds[0]"
NOT_YET = "            first = None  # it has not overtaken yet"
TO_DEVICE = "    net.to(device)  # before the optimizer is built\n"
BATCH = "images[batch].to(device), labels[batch].to(device)"
SCALER = "torch.amp.GradScaler(device.type, enabled=amp and half == torch.float16)"
AUTOCAST = "torch.autocast(device.type, dtype=half, enabled=amp)"
LOSS = "                loss = nn.functional.cross_entropy(net(x), y)\n"
STEP = "            scaler.step(optimizer)\n"
UPDATE = "            scaler.update()\n"
LOOP = f"""        for batch in torch.randperm(len(images)).split(64):
            x, y = {BATCH}
            with {AUTOCAST}:
{LOSS}"""
FROZEN = f"""        with {AUTOCAST}:
          for batch in torch.randperm(len(images)).split(64):
            x, y = {BATCH}
            if True:
{LOSS}"""
LOAD = 'torch.load(path, map_location="cpu", weights_only=True)'
LOAD_MODEL = '        net.load_state_dict(checkpoint["model"])\n'
LOAD_OPTIMIZER = '        optimizer.load_state_dict(checkpoint["optimizer"])\n'
ASK = 'if checkpoint["scaler"]:'
LOAD_SCALER = 'scaler.load_state_dict(checkpoint["scaler"])'
LOAD_RNG = '        torch.set_rng_state(checkpoint["rng"])\n'
LOAD_EPOCH = 'epoch = checkpoint["epoch"]'
SAVED_SCALER = '            "scaler": scaler.state_dict(),\n'
SAVE = "        torch.save(state, path)\n"
SEED = "    torch.manual_seed(0)\n    net.to(device)"

# Check, the changes that make its solution wrong, and what the check says then.
WRONG = {
    "nothing moves": (
        "1",
        {"    net.to(device)\n": "", "x.to(device)": "x", "y.to(device)": "y"},
        "0.weight is on cpu",
    ),
    "the model moves in the loop": (
        "1",
        {
            "    net.to(device)\n": "",
            "    net.train()\n": "    net.to(device)\n    net.train()\n",
        },
        "line 1 is missing in set_up",
    ),
    "the model moves in the loop too": (
        "1",
        {"    net.train()\n": "    net.to(device)\n    net.train()\n"},
        "let set_up alone move the model",
    ),
    "optimizer built before the move": (
        "1",
        {"    net.to(device)\n": "", ADAM: ADAM + "    net.to(device)\n"},
        "The optimizer was built before the model moved",
    ),
    "model to a fixed device": (
        "1",
        {"net.to(device)": 'net.to("nowhere")'},
        "set_up stopped with an error: RuntimeError",
    ),
    "only the model moves": (
        "1",
        {"x.to(device)": "x", "y.to(device)": "y"},
        "The inputs reached the net on cpu",
    ),
    "not assigned": ("1", {"x = x.to(device)": "x.to(device)"}, "so assign it"),
    "targets stay": ("1", {"y = y.to(device)": "pass"}, "the targets have not"),
    "a fixed device": ("1", {"x.to(device)": 'x.to("nowhere")'}, "to no fixed one"),
    "back to the CPU": (
        "1",
        {"net(x), y)": "net(x).cpu(), y)"},
        "before the loss it stopped with an error",
    ),
    "loss on the CPU": (
        "1",
        {"    loss.backward()": "    loss.cpu().backward()"},
        "All three have moved, and then it stopped with an error",
    ),
    "trains twice": (
        "1",
        {"        optimizer.step()\n": 2 * "        optimizer.step()\n"},
        "beside the three lines",
    ),
    "open question": ("1", {ANSWER: 'steps_done = "?"\n'}, "question is still open"),
    "wrong answer": ("1", {ANSWER: "steps_done = 1\n"}, "Not 1: find the line"),
    "plain attribute": ("2", {BUFFER: PLAIN}, "a plain attribute does not"),
    "a global device": (
        "2",
        {NOISE: NOISE.replace("x.device", "device")},
        "must be made where its inputs are",
    ),
    "noise on the CPU": (
        "2",
        {", device=x.device)": ")"},
        "must be made where its inputs are",
    ),
    "class weights stay": (
        "2",
        {CLASSES: CLASSES.replace(", device=device", "")},
        "what the loss is given",
    ),
    "centre is trained": (
        "2",
        {BUFFER: "self.centre = nn.Parameter(torch.linspace(-0.5, 0.5, 784))"},
        "got a new parameter",
    ),
    "no centre": ("2", {"x = x - self.centre": "x = x"}, "no longer computes"),
    "no noise": ("2", {NOISE: "pass"}, "The noise of the training mode is gone"),
    "noise for ever": ("2", {"if self.training": "if True"}, "no longer computes"),
    "no class weights": (
        "2",
        {", weight=class_weights": ""},
        "does not get the class weights",
    ),
    "the net stays": (
        "2",
        {"NoisyNet(64).to(device)": "NoisyNet(64)"},
        "training on meta stopped with an error",
    ),
    "everything stays": (
        "2",
        {"    torch.manual_seed(0)\n": '    device = torch.device("cpu")\n'},
        "not back to the CPU",
    ),
    "fewer outputs": ("2", {"return self.layers(x)": "return x"}, "(64, 10)"),
    "no warm-up": ("3, timing", {WARM_UP: ""}, "5 times instead of 8"),
    "warm-up is timed": (
        "3, timing",
        {WARM_UP: "", "range(repeats)": "range(warmup + repeats)"},
        "steps of the warm-up are among",
    ),
    "never waits": (
        "3, timing",
        {
            WAIT_BEFORE: "        start = time.perf_counter()\n",
            WAIT_AFTER: "        step()\n",
        },
        "call synchronize(device) before each look",
    ),
    "waits at the start only": (
        "3, timing",
        {WAIT_AFTER: "        step()\n"},
        "call synchronize(device) before each look",
    ),
    "waits at the end only": (
        "3, timing",
        {WAIT_BEFORE: "        start = time.perf_counter()\n"},
        "Of 10 looks at the clock, 1 came",
    ),
    "mean": ("3, timing", {MEDIAN: "return sum(seconds) / repeats"}, "is the mean"),
    "minimum": ("3, timing", {MEDIAN: "return min(seconds)"}, "the fastest step"),
    "milliseconds": ("3, timing", {MEDIAN: f"{MEDIAN} * 1000"}, "in seconds"),
    "a list": ("3, timing", {MEDIAN: "return seconds"}, "returns a list"),
    "another clock": (
        "3, timing",
        {
            "start = time.perf_counter()": "start = time.time()",
            "time.perf_counter() - start": "time.time() - start",
        },
        "Nobody looked at the clock",
    ),
    "a GPU's own call": (
        "3, timing",
        {WAIT_AFTER: "        step()\n        torch.cuda.synchronize()\n"},
        "It may use step, synchronize(device)",
    ),
    "twice or more": ("3, crossover", {GROWS: "one >= 2 * seconds[0]"}, "of None"),
    "its time": ("3, crossover", {"return width\n": "return one\n"}, "not its time"),
    "only more": ("3, crossover", {GROWS: "one > seconds[0]"}, "instead of None"),
    "a blip": (
        "3, crossover",
        {NOT_YET: "            pass"},
        "by accident",
    ),
    "as fast": ("3, crossover", {"gpu >= cpu": "gpu > cpu"}, "and not faster"),
    "the last width": (
        "3, crossover",
        {"elif first is None": "else"},
        "instead of 3",
    ),
    "the wrong way": (
        "3, crossover",
        {"gpu >= cpu": "gpu <= cpu"},
        "overtakes returns",
    ),
    "returns nothing": ("4", {"return net": "return"}, "must return the net"),
    "model stays": (
        "4",
        {TO_DEVICE: ""},
        "On another device, train_portable stopped with an error",
    ),
    "inputs stay": (
        "4",
        {BATCH: "images[batch], labels[batch].to(device)"},
        "On another device, train_portable stopped with an error",
    ),
    "everything on the CPU": (
        "4",
        {SEED: f"{SEED.replace('net.to', 'device = cpu; net.to')}"},
        "the weights were on cpu",
    ),
    "optimizer before the move": (
        "4",
        {TO_DEVICE: "", ADAM: ADAM + TO_DEVICE},
        "first move the net",
    ),
    "state loaded before the move": (
        "4",
        {TO_DEVICE: "", "    net.train()\n": "    net.to(device)\n    net.train()\n"},
        "first move the net",
    ),
    "another learning rate": (
        "4",
        {"Adam(net.parameters())": "Adam(net.parameters(), lr=0.002)"},
        "other weights than the plain loop",
    ),
    "another batch size": ("4", {"split(64)": "split(50)"}, "than the plain loop"),
    "no seed": ("4", {SEED: "    net.to(device)"}, "than the plain loop"),
    "always half": ("4", {", enabled=amp)": ")"}, "With amp=False the net computed in"),
    "no autocast": ("4", {AUTOCAST: "contextlib.nullcontext()"}, "autocast needs"),
    "autocast of CUDA": (
        "4",
        {AUTOCAST: AUTOCAST.replace("device.type", '"cuda"')},
        "autocast needs device.type",
    ),
    "float16 on the CPU": (
        "4",
        {"else torch.bfloat16": "else torch.float16"},
        "instead of torch.bfloat16",
    ),
    "loss outside": (
        "4",
        {
            LOSS: "                outputs = net(x)\n"
            "            loss = nn.functional.cross_entropy(outputs, y)\n"
        },
        "compute it under autocast too",
    ),
    "forward pass outside": (
        "4",
        {
            f"            with {AUTOCAST}:\n{LOSS}": "            outputs = net(x)\n"
            f"            with {AUTOCAST}:\n{LOSS.replace('net(x)', 'outputs')}"
        },
        "each forward pass inside",
    ),
    "another forward pass outside": (
        "4",
        {LOSS: LOSS + "            net(x)\n"},
        "of torch.float32 instead of torch.bfloat16, 32 times of 64",
    ),
    "around the loop": ("4", {LOOP: FROZEN}, "With AMP it hardly learns"),
    "scaler always on": (
        "4",
        {", enabled=amp and half == torch.float16": ""},
        "False for bfloat16",
    ),
    "scaler on with AMP": (
        "4",
        {"enabled=amp and half == torch.float16": "enabled=amp"},
        "False for bfloat16",
    ),
    "no scaler": (
        "4",
        {
            "scaler.scale(loss).backward()": "loss.backward()",
            STEP: "            optimizer.step()\n",
            UPDATE: "",
            SAVED_SCALER: '            "scaler": {},\n',
            f"            {LOAD_SCALER}\n": "            pass\n",
            SCALER: "None",
        },
        "No torch.amp.GradScaler took part",
    ),
    "not the scaler's step": (
        "4",
        {STEP: "            optimizer.step()\n"},
        "in this order: scale, step, update",
    ),
    "no update": ("4", {UPDATE: ""}, "in this order: scale, step, update"),
    "updated once an epoch": (
        "4",
        {UPDATE: UPDATE[4:]},
        "in this order: scale, step, update",
    ),
    "scaler not saved": ("4", {SAVED_SCALER: ""}, "has no 'scaler'"),
    "an empty scaler saved": (
        "4",
        {SAVED_SCALER: '            "scaler": {},\n'},
        "saved 'scaler' has no scale",
    ),
    "a whole scaler saved": (
        "4",
        {"scaler.state_dict()": "scaler", LOAD_SCALER: "pass"},
        "no objects",
    ),
    "saves at the end": (
        "4",
        {SAVE: "    torch.save(state, path)\n"},
        "Started again from its checkpoint, train_portable stopped",
    ),
    "counts from 0": (
        "4",
        {"        epoch += 1\n": "", SAVE: SAVE + "        epoch += 1\n"},
        "'epoch' is 1",
    ),
    "saves nothing": ("4", {SAVE: "        pass\n"}, "saved nothing"),
    "trains again": ("4", {LOAD_EPOCH: "pass"}, "it trained again"),
    "starts anew": ("4", {"Path(path).exists()": "False"}, "it trained again"),
    "model not loaded": ("4", {LOAD_MODEL: ""}, "does not get the weights"),
    "optimizer not loaded": ("4", {LOAD_OPTIMIZER: ""}, "Adam has counted other"),
    "scaler not loaded": (
        "4",
        {LOAD_SCALER: "pass"},
        "ends in another state",
    ),
    "no random state": ("4", {LOAD_RNG: ""}, "random state has to be put back"),
    "seeded again": (
        "4",
        {"    net.train()\n": "    net.train()\n    torch.manual_seed(0)\n"},
        "random state has to be put back",
    ),
    "an empty state loaded": ("4", {ASK: "if True:"}, "saves an empty dict"),
    "no map_location": (
        "4",
        {LOAD: LOAD.replace('map_location="cpu", ', "")},
        "on a GPU",
    ),
    "loaded to the device": (
        "4",
        {LOAD: LOAD.replace('"cpu"', "device")},
        "Load a CPU's checkpoint to the CPU",
    ),
}

# Other ways to be right. They must pass.
RIGHT = {
    "assigned": ("1", {"    net.to(device)\n": "    net = net.to(device)\n"}),
    "one line": ("1", {"x = x.to(device)\n        y =": "x, y = x.to(device),"}),
    "moved within forward": (
        "2",
        {BUFFER: PLAIN, "x = x - self.centre": "x = x - self.centre.to(x.device)"},
    ),
    "randn_like": ("2", {NOISE: "x = x + 0.1 * torch.randn_like(x)"}),
    "moved at the loss": (
        "2",
        {CLASSES: CLASSES.replace(", device=device)", ").to(device)")},
    ),
    "waits after the warm-up": (
        "3, timing",
        {
            WARM_UP: WARM_UP + "    synchronize(device)\n",
            WAIT_BEFORE: "        start = time.perf_counter()\n",
        },
    ),
    "from the widest": (
        "3, crossover",
        {
            "zip(widths, cpu_seconds, gpu_seconds, strict=True)": "reversed("
            "list(zip(widths, cpu_seconds, gpu_seconds, strict=True)))",
            NOT_YET: "            break",
            "elif first is None": "else",
        },
    ),
    "names imported, data moved once, the loss printed": (
        "4",
        {
            "    net.train()\n": "    net.train()\n    x_all = images.to(device)\n"
            "    y_all = labels.to(device)\n",
            BATCH: "x_all[batch], y_all[batch]",
            SCALER: SCALER.replace("torch.amp.", ""),
            AUTOCAST: AUTOCAST.replace("torch.", ""),
            SEED: "    from torch.amp import GradScaler, autocast\n" + SEED,
            "nn.functional.cross_entropy(": "nn.CrossEntropyLoss()(",
            STEP: STEP + "            total = loss.item() * len(x) + float(loss)\n",
            SAVE: SAVE + '        print(f"{total:.3f}")\n',
        },
    ),
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """practice.py, run once: its names and the text that it printed."""
    folder = tmp_path_factory.mktemp("gpu_practice")
    with pytest.MonkeyPatch.context() as patch:
        return run_listing("gpu_training.practice", folder, patch)


def test_every_check_passes(run):
    passed = [line for line in run[1].splitlines() if line.endswith(": passed")]
    assert passed == [f"Exercise {name}: passed" for name in PASSED]


def test_the_stand_in_refuses_the_batch_and_the_corrected_program_runs_on_it(run):
    lines = run[1].splitlines()
    error = next(line for line in lines if line.startswith("RuntimeError: "))
    assert "device" in error
    assert "meta: no error" in lines and "cpu: no error" in lines


def test_both_loops_print_the_same_loss(run):
    assert run[0]["device_loss"] == pytest.approx(run[0]["cpu_loss"], abs=0.02)


def test_first_error_says_what_was_raised(run, monkeypatch):
    first_error = run[0]["first_error"]

    def broken(*arguments):
        raise ValueError("first line\nsecond line")

    monkeypatch.setitem(first_error.__globals__, "train_noisy", broken)
    assert first_error("any") == "ValueError: first line"


def test_error_of_hands_back_what_was_raised(run):
    assert isinstance(run[0]["error_of"](int, "seven"), ValueError)
    assert run[0]["error_of"](int, "7") is None


def test_attempt_turns_an_error_into_a_sentence_and_keeps_it(run):
    with pytest.raises(AssertionError) as told:
        run[0]["attempt"]("It", "Look there.", int, "seven")
    start = "It stopped with an error: ValueError, “invalid literal"
    assert str(told.value).startswith(start)
    assert str(told.value).endswith("”. Look there.")
    assert isinstance(told.value.__cause__, ValueError)


def test_synchronize_waits_for_cuda_and_for_nothing_else(run, monkeypatch):
    torch, waited = run[0]["torch"], []
    monkeypatch.setattr(torch.cuda, "synchronize", lambda: waited.append("cuda"))
    run[0]["synchronize"](torch.device("cpu"))
    assert not waited
    run[0]["synchronize"](torch.device("cuda"))
    assert waited == ["cuda"]


def test_the_sentences_come_from_the_measured_times(run):
    say = run[0]["sentences"]
    cpu = {"cpu": [1.0, 2.5, 8.0]}
    grown, without = say([1, 2, 3], cpu)
    assert "takes 8.0 times as long" in grown and grown.endswith("as long: 2.")
    assert without.startswith("No GPU")
    both = say([1, 2, 3], cpu | {"cuda": [2.0, 2.0, 2.0]})
    assert both[1].endswith("more than twice as long: none of these.")
    assert both[2].endswith("faster than this CPU: 2.")
    never = say([1, 2, 3], cpu | {"cuda": [9.0, 9.0, 9.0]})
    assert never[2].endswith(": none of these.")


def test_nothing_stays_patched(run):
    names = run[0]
    torch = names["torch"]
    assert not {"item", "__float__"} & vars(torch.Tensor).keys()
    assert names["synchronize"].__name__ == "synchronize"
    assert torch.nn.functional.cross_entropy.__module__ == "torch.nn.functional"
    assert torch.amp.GradScaler("cpu", enabled=False).state_dict() == {}
    assert torch.autocast.__init__.__module__ == torch.autocast.__module__
    assert not torch.is_autocast_enabled("cpu")


def is_sentence(text):
    return len(text.split()) >= 5 and text.endswith(".")


@pytest.fixture(scope="module")
def unsolved():
    """The results of the practice notebook's code cells, and which are checks."""
    code = [c for c in practice.cells(PRACTICE, solved=False) if c[0] == "code"]
    blocks = [(f"cell {index}", source) for index, (_, source, _) in enumerate(code)]
    results = runner.run_blocks(blocks, ROOT / "data", keep_going=True).blocks
    return list(zip(results, (check for _, _, check in code), strict=True))


def test_without_solutions_the_checks_fail_and_nothing_else(unsolved):
    assert [bool(result.error) for result, _ in unsolved] == [c for _, c in unsolved]
    errors = [result.error for result, _ in unsolved if result.error]
    assert len(errors) == len(PASSED)
    for error in errors:
        assert error["type"] == "AssertionError", error["traceback"]
        assert is_sentence(error["message"]), error["message"]


def test_without_solutions_the_first_and_the_last_check_say_what_is_missing(unsolved):
    errors = [result.error["message"] for result, check in unsolved if check]
    assert "line 1 is missing in set_up" in errors[0]
    assert errors[-1].startswith("Nothing is written yet")


def test_the_three_bugs_show_on_meta_and_not_on_the_cpu(unsolved):
    (text,) = [result.text for result, _ in unsolved if "meta: " in result.text]
    said = labelled(text)
    assert said["cpu"] == "no error"
    assert said["meta"].startswith("RuntimeError: ")


@pytest.fixture(scope="module")
def said():
    """Name of a wrong or another right solution → (the error of its check, or None)."""
    code = [c for c in practice.cells(PRACTICE, solved=True) if c[0] == "code"]
    checks = [index for index, (_, _, check) in enumerate(code) if check]
    blocks = [
        (f"cell {index}", source.replace("repeats=50", "repeats=2"))  # sooner done
        for index, (_, source, check) in enumerate(code)
        if not check and index < checks[-1] - 1
    ]
    # Two threads would wait for each other where the machine is busy.
    blocks.insert(1, ("one thread", "torch.set_num_threads(1)"))
    for name, (exercise, changes, *_) in (WRONG | RIGHT).items():
        check = checks[PASSED.index(exercise)]
        before = checks[PASSED.index(exercise) - 1] if exercise != "1" else 0
        task = next(
            index
            for index in reversed(range(before, check))
            if next(iter(changes)) in code[index][1]
        )
        source = code[task][1]
        for old, new in changes.items():
            assert source.count(old) == 1, f"{name}: no longer in the solution: {old}"
            source = source.replace(old, new)
        blocks.append((f"task {name}", source))
        blocks.append((f"check {name}", code[check][1]))
    results = runner.run_blocks(blocks, ROOT / "data", keep_going=True).blocks
    return {result.name: result.error for result in results}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_solution_is_told_what_is_wrong(said, name):
    error = said[f"check {name}"]
    assert error, "the check passes"
    assert error["type"] == "AssertionError", error["traceback"]
    assert WRONG[name][-1] in error["message"], error["message"]
    assert is_sentence(error["message"]), error["message"]


@pytest.mark.parametrize("name", RIGHT)
def test_another_right_solution_passes(said, name):
    error = said[f"check {name}"]
    assert not error, error["traceback"]


PAGE = ROOT / "docs" / "gpu-training.md"


@pytest.mark.skipif(not PAGE.exists(), reason="the lesson has no page yet")
def test_where_a_check_sends_its_reader_is_on_the_page():
    parts = set(re.findall(r"Lesson: “([^”]+)”", PRACTICE.read_text()))
    assert len(parts) >= 8
    titles = re.findall(r"^#+ .*|!!! misconception .*", PAGE.read_text(), re.M)
    missing = {p for p in parts if not any(p.lower() in t.lower() for t in titles)}
    assert not missing, f"no heading or misconception of the page is called {missing}"
