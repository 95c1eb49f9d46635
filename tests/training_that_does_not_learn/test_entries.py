"""Each entry about training: what it shows, and that its cure helps."""

import re

import pytest
import torch
from listing import labelled, run_listing
from torch import nn

THREADS = torch.get_num_threads()
from scripts.page.includes import section_lines  # noqa: E402
from snippets.training_that_does_not_learn import setup  # noqa: E402

torch.set_num_threads(THREADS)  # the set-up takes one, and other tests may want more


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs an entry's program by name; returns its names and the lines it printed."""

    def run_entry(name):
        package = "training_that_does_not_learn"
        names, text = run_listing(f"{package}.{name}", tmp_path, monkeypatch)
        return names, text.splitlines()

    torch.set_num_threads(1)
    yield run_entry
    torch.set_num_threads(THREADS)


def numbers(line):
    """All the numbers in a line, without their signs."""
    return [float(found) for found in re.findall(r"\d+(?:\.\d+)?", line)]


def test_setup_the_classes_overlap_and_the_net_learns_them():
    x, y = setup.make_data(1000, seed=0)
    assert x.shape == (1000, 20) and y.unique().tolist() == list(range(10))
    again, other = setup.make_data(1000, seed=0)[0], setup.make_data(1000, seed=1)[0]
    assert torch.equal(x, again) and not torch.equal(x, other)
    torch.manual_seed(0)
    net = setup.make_net()
    first, last = setup.train(net, x, y, epochs=1), setup.train(net, x, y)
    assert last < 0.6 < 1.5 < first
    assert 70 < setup.accuracy(net, *setup.make_data(1000, seed=1)) < 95
    assert not net.training


def test_setup_a_heavier_class_is_predicted_more_often():
    x, y = setup.make_data(1000, seed=0)
    said = []
    for weight in (None, torch.tensor([50.0] + [1.0] * 9)):
        torch.manual_seed(0)
        net = setup.make_net()
        setup.train(net, x, y, weight=weight)
        said.append((net(x).argmax(1) == 0).sum())
    assert said[1] > said[0]


def test_no_step_each_fault_stays_at_chance_and_is_told_by_what_moves(run):
    _, lines = run("no_step")
    shown = labelled("\n".join(lines))
    assert [value.split(",")[0] for value in shown.values()][:4] == ["loss 2.3"] * 4
    facts = {fault: value.split(", ", 1)[1] for fault, value in shown.items()}
    assert facts == {
        "no step()": "gradient not 0 True, moved False",
        "late zero_grad()": "gradient none, moved False",
        "another net": "gradient not 0 True, moved False",
        "tiny rate": "gradient not 0 True, moved True",
        "none": "gradient not 0 True, moved True",
    }
    assert numbers(shown["none"])[0] < 0.6


@pytest.mark.parametrize("fault", ["dropout", "dead", "zeros", "frozen"])
def test_no_step_a_net_of_another_kind_tells_a_gradient_of_zero(run, capsys, fault):
    names, _ = run("no_step")
    layers = nn.Linear(20, 9), nn.ReLU(), nn.Dropout(float(fault == "dropout"))
    net = nn.Sequential(*layers, nn.Linear(9, 10))
    if fault == "dead":
        net[0].bias.data.fill_(-100)
    if fault == "zeros":
        for parameter in net.parameters():
            parameter.data.zero_()
    net[0].requires_grad_(fault != "frozen")
    names["fifty_steps"].__globals__["make_net"] = lambda: net
    capsys.readouterr()
    names["fifty_steps"]("another kind")
    said = capsys.readouterr().out
    gradient = "none" if fault == "frozen" else "not 0 False"
    assert f"gradient {gradient}, moved False" in said


def test_moves_in_vain_one_batch_tells_labels_from_the_rest(run):
    _, lines = run("moves_in_vain")
    shown = labelled("\n".join(lines))
    assert all(numbers(line)[0] > 2 for line in lines[:3])
    told = {fault: re.findall("True|False", value) for fault, value in shown.items()}
    assert told == {
        "labels in another order": ["True", "True"],
        "inputs all alike": ["False", "False"],
        "ReLUs dead": ["False", "False"],
        "none": ["True", "True"],
    }
    assert [": loss" in line and "0.0 ± 0.0" in line for line in lines] == [0, 1, 0, 0]
    assert numbers(shown["none"])[0] < 1.2


def deep(kind):
    layers = [nn.Linear(20, 32), kind()]
    for _ in range(8):
        layers += [nn.Linear(32, 32), kind()]
    return nn.Sequential(*layers, nn.Linear(32, 10))


def test_moves_in_vain_a_deep_net_of_sigmoids_is_found_by_the_gradients_reach(
    run, capsys
):
    names, _ = run("moves_in_vain")
    of_names = names["look"].__globals__
    of_names["train"] = lambda net, x, y, epochs: setup.train(net, x, y, epochs=2)
    said = []
    for kind in (nn.Sigmoid, nn.ReLU):
        of_names["make_net"] = lambda kind=kind: deep(kind)
        capsys.readouterr()
        names["look"]("another net")
        said.append(capsys.readouterr().out.split()[-1])
    assert said == ["False", "True"]


def test_moves_in_vain_the_scale_of_the_inputs_is_printed(run, capsys):
    names, _ = run("moves_in_vain")
    of_names = names["look"].__globals__
    of_names["train"] = lambda net, x, y, epochs: setup.train(net, x, y, epochs=1)
    made, said = setup.make_data(500, seed=0), []
    for scale in (1e-3, 1, 500):
        of_names["make_data"] = lambda *_, scale=scale, **__: (
            scale * made[0],
            made[1],
        )
        capsys.readouterr()
        names["look"]("scale")
        said.append(float(re.search(r"± ([\d.]+)", capsys.readouterr().out)[1]))
    assert said[0] == 0.0 and 1 < said[1] < 3 and said[2] > 500


def test_nan_at_once_the_column_is_found_and_the_cure_trains(run):
    _, lines = run("nan_at_once")
    assert lines == [
        "loss: nan",
        "columns of raw that are not finite: [5]",
        "columns of x that are not finite: [3, 5]",
        "columns of y that are not finite: []",
        "loss below 2.3: True",
    ]


def test_nan_at_once_the_cure_keeps_a_column_of_small_numbers(run):
    names, _ = run("nan_at_once")
    torch.manual_seed(0)
    y = torch.randint(2, (400,))
    small = 1e-5 * (y + 0.1 * torch.randn(400))
    raw = torch.stack([small, torch.full((400,), 0.1), torch.zeros(400)], 1)
    raw[9] = float("nan")
    lines = section_lines(
        "snippets/training_that_does_not_learn/nan_at_once.py", "cure"
    )
    exec(
        "\n".join(lines[: lines.index("torch.manual_seed(0)")]),
        names | {"raw": raw},
        made := {},
    )
    x = made["x"]
    assert x.isfinite().all() and x[:, 0].std() == pytest.approx(1, rel=0.01)
    assert ((x[:, 0] > 0) == (y == 1)).float().mean() > 0.98
    assert x[:, 1:].abs().max() < 1e-5


def test_nan_at_once_a_mean_of_no_labels_is_nan():
    ignored = torch.full((4,), -100)
    assert nn.CrossEntropyLoss()(torch.zeros(4, 3), ignored).isnan()


def test_nan_later_a_branch_that_is_not_taken_needs_a_masked_input():
    for inner, finite in ((lambda x: x, False), (lambda x: x.clamp(max=50), True)):
        x = torch.tensor([1.0, 200.0], requires_grad=True)
        torch.where(x < 50, inner(x).exp(), torch.ones(())).sum().backward()
        assert x.grad.isfinite().all() == finite


def test_nan_later_the_operation_is_named_and_logits_are_safe(run):
    names, lines = run("nan_later")
    assert lines == [
        "RuntimeError: Function 'LogBackward0' returned nan values in its 0th output.",
        "    loss = -(F.one_hot(y, 10) * likely.log()).sum(1).mean()",
        "all finite: True",
    ]
    assert (names["likely"] == 0).any()


def test_learning_rate_the_test_shows_both_ends_and_the_middle_learns(run):
    _, lines = run("learning_rate")
    test = dict(map(numbers, lines[:6]))
    assert list(test) == [0.0001, 0.001, 0.01, 0.1, 1.0, 10.0]
    assert test[0.0001] > 2.2 and test[1.0] < 1.2 and test[10.0] == 9.9
    low, middle, high = ([numbers(x)[-1] for x in lines[i : i + 3]] for i in (6, 9, 12))
    assert max(low) < 40 and min(middle) > 80 and max(high) < 20


def test_overfits_the_gap_grows_and_more_data_close_most_of_it(run):
    _, lines = run("overfits")
    few = [numbers(line) for line in lines[:6]]
    more = [numbers(line) for line in lines[6:]]
    assert all(seen == 100 and new < 80 for seen, new, _ in few[1::2])
    assert all(seen - new < 10 and new > 78 for seen, new in more)


def test_better_than_training_the_order_turns_in_eval_mode(run):
    _, lines = run("better_than_training")
    assert all(seen < new for seen, new in map(numbers, lines[:3]))
    assert all(seen > new for seen, new in map(numbers, lines[3:]))
    assert len(lines) == 6


def test_class_weights_more_is_found_and_less_of_it_is_right(run):
    _, lines = run("class_weights")
    plain, weighted = (
        torch.tensor([numbers(line) for line in part])
        for part in (lines[:5], lines[5:])
    )
    assert (weighted[:, 0] > 1.5 * plain[:, 0]).all()
    assert (weighted[:, 1] < plain[:, 1]).all()
    assert (1.5 < weighted[:, 0].mean() / plain[:, 0].mean() < 2.5).item()


def test_how_many_seeds_the_rule_of_thumb_has_the_power_that_it_says(run):
    names, lines = run("how_many_seeds")
    assert len(numbers(lines[0])) == 10
    spread, seeds = names["spread"], [numbers(line)[1] for line in lines[2:]]
    assert 0.3 < spread < 2
    assert seeds == [max(3, round(16 * (spread / d) ** 2)) for d in (2.0, 1.0, 0.5)]
    draw = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 4000, 64, generator=draw)  # 64 seeds see half a deviation
    t = (b.mean(1) + 0.5 - a.mean(1)) / ((a.var(1) + b.var(1)) / 64).sqrt()
    assert 0.75 < (t > 1.98).float().mean() < 0.85


def test_best_of_many_more_choices_flatter_more_and_a_fresh_test_does_not(run):
    names, lines = run("best_of_many")
    gains = [numbers(line)[1] for line in lines[:3]]
    assert 0 < gains[0] < gains[1] < gains[2] < 3
    assert "best of 30 by validation" in lines[3] and lines[3].endswith("0.5: True")
    assert names["tests"].shape == (20, 30)


def test_other_methods_a_mean_image_is_a_floor_and_neighbours_gain_by_data(run):
    names, lines = run("other_methods")
    assert 60 < numbers(lines[0])[0] < 75
    few, some, many = (numbers(line.replace(",", ""))[1] for line in lines[1:])
    assert 65 < few < some < many < 90
    assert len(names["held_y"]) == 2000


def test_one_class_a_dead_layer_predicts_one_class(run):
    _, lines = run("one_class")
    said = "classes predicted: {}, hidden units ever on: {} of 64"
    assert lines[:3] == [said.format(1, 0)] * 3
    assert all(line.startswith("classes predicted: 10") for line in lines[3:])
    assert all(numbers(line)[1] > 32 for line in lines[3:])


def test_side_by_side_two_slips_are_seen_in_the_loss_and_three_are_not(run):
    _, lines = run("side_by_side")
    shown = {slip: numbers(value) for slip, value in labelled("\n".join(lines)).items()}
    sound = shown.pop("none")
    assert shown["softmax twice"][1] > 1.7 and shown["no zero_grad()"][1] > 10
    for slip in ("no eval()", "labels shifted", "scaled twice"):
        assert shown[slip][:2] == sound[:2]
    assert sound[2] > 75 and 60 < shown["no eval()"][2] < sound[2] - 4
    assert shown["labels shifted"][2] < 6 and shown["scaled twice"][2] < 20


def test_softmax_twice_has_a_bound_that_the_sound_net_gets_below(run):
    _, lines = run("softmax_twice")
    bound = numbers(lines[3])[0]
    assert bound == 1.46
    assert all(bound <= numbers(line)[1] < 1.6 for line in lines[:3])
    assert all(line.endswith("below 0.1: True") for line in lines[4:])


def test_batch_of_one_an_error_in_train_mode_and_none_in_eval_mode(run):
    _, lines = run("batch_of_one")
    assert lines == [
        "ValueError: Expected more than 1 value per channel when training, "
        "got input size torch.Size([1, 64])",
        "the same answer twice: False",
        "one example: (1, 64)",
        "the same answer twice: True",
        "alone as among others: True",
    ]


def test_mat1_mat2_flattened_it_fits_and_the_layers_say_their_count(run):
    names, lines = run("mat1_mat2")
    assert lines[0].startswith("RuntimeError: ")
    said = "mat1 and mat2 shapes cannot be multiplied (896x28 and 784x64)"
    assert lines[0].endswith(said)
    assert lines[1:] == ["logits: (32, 10)", "behind a convolution: 10"]
    assert names["count"] == 8 * 13 * 13


def test_target_out_of_bounds_labels_are_mapped_and_known(run):
    _, lines = run("target_out_of_bounds")
    assert lines == [
        "IndexError: Target 10 is out of bounds.",
        "labels from 1 to 10",
        "labels: [0, 1, 3, 2] stand for [1, 4, 7, 10]",
        "finite: True",
    ]


def test_no_grad_fn_the_cut_is_between_net_and_logits(run):
    _, lines = run("no_grad_fn")
    assert lines == [
        "RuntimeError: element 0 of tensors does not require grad and does not have "
        "a grad_fn",
        "net requires grad: True",
        "logits requires grad: False",
        "loss requires grad: False",
        "a gradient for each weight: True",
    ]


def test_target_dtype_two_messages_and_labels_that_fit(run):
    _, lines = run("target_dtype")
    assert lines == [
        "RuntimeError: expected target dtype to be Long or Byte, but got Float",
        "RuntimeError: 0D or 1D target tensor expected, multi-target not supported",
        "(4, 10) (4,) torch.int64",
        "finite: True",
    ]


def test_target_size_a_warning_and_no_slope_until_the_shapes_are_one(run):
    _, lines = run("target_size")
    assert lines == [
        "slope: 0.0",
        "UserWarning: Using a target size (torch.Size([100])) that is different to "
        "the input size (torch.Size([100, 1]))",
        "slope: 3.0",
    ]


def test_dtype_double_the_data_become_floats(run):
    _, lines = run("dtype_double")
    assert lines == [
        "RuntimeError: mat1 and mat2 must have the same dtype, but got Double and "
        "Float",
        "input: torch.float32 weights: torch.float32 output: torch.float32",
    ]


def test_a_drop_of_the_last_batch_ends_the_error_of_batch_norm_in_training():
    """What the entry says of a batch of one while training."""
    data = torch.utils.data.TensorDataset(torch.randn(9, 4))
    norm = nn.BatchNorm1d(4)
    loader = torch.utils.data.DataLoader(data, batch_size=4, drop_last=True)
    assert [norm(x).shape[0] for (x,) in loader] == [4, 4]
