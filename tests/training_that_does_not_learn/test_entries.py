"""Each entry about training: what it shows, and that its cure helps."""

import copy
import math
import re
import warnings

import pytest
import torch
from listing import labelled, run_listing
from torch import nn
from torch.utils.checkpoint import checkpoint

THREADS = torch.get_num_threads()
from scripts.page.includes import section_lines  # noqa: E402
from snippets.training_that_does_not_learn import setup  # noqa: E402

torch.set_num_threads(THREADS)  # the set-up takes one, and other tests may want more


@pytest.fixture(autouse=True)
def one_thread():
    """For nets as small as these, more threads mostly wait."""
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(THREADS)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs an entry's program by name; returns its names and the lines it printed."""

    def run_entry(name):
        package = "training_that_does_not_learn"
        names, text = run_listing(f"{package}.{name}", tmp_path, monkeypatch)
        return names, text.splitlines()

    return run_entry


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


def holds_all(optimizer, net):
    """Does the optimizer hold every weight of the net?"""
    held = {p for group in optimizer.param_groups for p in group["params"]}
    return set(net.parameters()) <= held


@pytest.mark.parametrize("frozen", [True, False])
def test_no_step_a_layer_replaced_after_the_optimizer_never_moves_and_is_seen(frozen):
    torch.manual_seed(0)
    net, (x, y) = setup.make_net(), setup.make_data(500, seed=0)
    net[0].requires_grad_(not frozen)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    assert holds_all(optimizer, net)
    net[2] = nn.Linear(64, 10)
    assert not holds_all(optimizer, net)
    before = copy.deepcopy(net.state_dict())
    last = fit(net, optimizer, x, y)
    assert torch.equal(net[2].weight, before["2.weight"])
    assert torch.equal(net[0].weight, before["0.weight"]) == frozen
    optimizer = torch.optim.SGD(net.parameters(), lr=0.5)
    assert holds_all(optimizer, net) and fit(net, optimizer, x, y) < last - 0.3
    groups = [{"params": net[0].parameters()}, {"params": net[2].parameters()}]
    assert holds_all(torch.optim.SGD(groups, lr=0.1), net)


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
    assert all(seen == 100 and new < 80 for seen, new, _ in few[3:])
    assert all(seen - new < 10 and new > 78 for seen, new, _ in more[:3])
    assert all(seen > 95 and 70 < new < 80 for seen, new, _ in more[3:])


def fit(net, optimizer, x, y, epochs=10, zero_grad=True, after=None):
    """Train in batches of 50, as a program that is not the page's; the last loss."""
    for _ in range(epochs):
        net.train()
        losses = []
        for batch in torch.randperm(len(x)).split(50):
            if zero_grad:
                optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(x[batch]), y[batch])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        if after:
            after(net)
    return sum(losses) / len(losses)


def test_overfits_a_small_net_and_a_copy_chosen_by_few_examples_are_worse():
    x, y = setup.make_data(200, seed=0)
    new = setup.make_data(4000, seed=5)
    gains, small, sound = [], [], []
    for seed in range(10):
        torch.manual_seed(seed)
        net, few, kept = setup.make_net(), setup.make_data(40, seed=100 + seed), []

        def keep(net, few=few, kept=kept):
            score = setup.accuracy(net, *few)
            if not kept or score > kept[0]:
                kept[:] = score, copy.deepcopy(net.state_dict())

        fit(net, torch.optim.SGD(net.parameters(), lr=0.1), x, y, 60, after=keep)
        sound.append(setup.accuracy(net, *new))
        net.load_state_dict(kept[1])
        gains.append(setup.accuracy(net, *new) - sound[-1])
        net = nn.Sequential(nn.Linear(20, 8), nn.ReLU(), nn.Linear(8, 10))
        fit(net, torch.optim.SGD(net.parameters(), lr=0.1), x, y, 60)
        small.append(setup.accuracy(net, *new))
    assert sum(gains) < 0 and min(gains) < 0
    assert sum(small) < sum(sound) - 20


def test_better_than_training_duplicates_are_above_about_as_often_as_below():
    x, y = setup.make_data(1500, seed=0)
    above = 0
    for seed in range(5):
        torch.manual_seed(seed)
        net = setup.make_net()
        setup.train(net, x, y)
        for _ in range(20):
            part = torch.randperm(1500)[:150]
            above += setup.accuracy(net, x[part], y[part]) > setup.accuracy(net, x, y)
    assert 30 < above < 70


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
    assert 40 < plain[:, 1].mean() < 60 and 20 < weighted[:, 1].mean() < 35
    assert weighted[:, 2].mean() < plain[:, 2].mean() + 0.5  # all in all, no gain


def test_class_weights_help_another_net_and_a_class_may_be_absent():
    x, y = setup.make_data(4000, seed=3)
    keep = (y < 5) & ((y != 2) | (torch.arange(4000) % 8 == 0))
    x, y = x[keep], y[keep]  # five classes of six, and one of them is rare
    new_x, new_y = setup.make_data(4000, seed=4)
    found = []
    weight = 1 / torch.bincount(y, minlength=6).clamp(min=1)
    for weights in (None, weight, 6000 * weight):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Linear(20, 30), nn.Tanh(), nn.Linear(30, 6))
        optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
        for _ in range(10):
            for batch in torch.randperm(len(x)).split(50):
                optimizer.zero_grad()
                loss = nn.functional.cross_entropy(net(x[batch]), y[batch], weights)
                assert loss.isfinite()
                loss.backward()
                optimizer.step()
        found.append((net(new_x[new_y == 2]).argmax(1) == 2).float().mean().item())
    assert found[1] > found[0] + 0.05 and abs(found[2] - found[1]) < 0.02


def test_how_many_seeds_the_rule_of_thumb_is_printed(run):
    names, lines = run("how_many_seeds")
    assert len(numbers(lines[0])) == 10
    spread, seeds = names["spread"], [numbers(line)[1] for line in lines[2:]]
    assert 0.3 < spread < 2
    assert seeds == [max(3, int(2 + 16 * (spread / d) ** 2)) for d in (2.0, 1.0, 0.5)]


T = {4: 2.776, 6: 2.447, 8: 2.306, 16: 2.120, 32: 2.037, 130: 1.978}  # 5 %, two-sided


@pytest.mark.parametrize("ratio", [0.5, 1.0, 1.5, 2.0, 2.2])
def test_how_many_seeds_the_rule_keeps_what_it_says_for_few_and_many(ratio):
    seeds = int(2 + 16 / ratio**2)
    draw = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 20_000, seeds, generator=draw)
    error = ((a.var(1) + b.var(1)) / seeds).sqrt()
    limit = T[min(T, key=lambda freedom: abs(freedom - 2 * (seeds - 1)))]
    found = ((b.mean(1) + ratio - a.mean(1)) / error > limit).float().mean()
    nothing = ((b.mean(1) - a.mean(1)) / error).abs() > limit
    assert 0.77 < found < 0.89
    assert 0.04 < nothing.float().mean() < 0.06


def test_how_many_seeds_two_runs_of_one_recipe_differ_by_less_than_three():
    a, b = torch.randn(2, 100_000, generator=torch.Generator().manual_seed(0))
    assert 0.94 < ((a - b).abs() < 2.8).float().mean() < 0.96


def test_best_of_many_more_choices_flatter_more_and_a_fresh_test_does_not(run):
    names, lines = run("best_of_many")
    gains = [numbers(line)[1] for line in lines[:3]]
    assert 0 < gains[0] < gains[1] < gains[2] < 3
    assert [line.split(":")[0] for line in lines[3:]] == [
        "the part that chose",
        "the part that judges",
    ]
    chose, judges = (numbers(line)[0] for line in lines[3:])
    assert 70 < judges < 90 and 70 < chose < 90
    assert names["tests"].shape == (30, 20)
    assert not set(names["choose"].tolist()) & set(names["judge"].tolist())


def test_best_of_many_the_part_that_chose_is_too_high_on_average_and_no_other():
    """With nets of another shape, and 200 examples in each of two parts."""
    x, y = setup.make_data(20_300, seed=5)
    right = []
    for seed in range(10):
        torch.manual_seed(seed)
        net = nn.Linear(20, 10)
        fit(net, torch.optim.SGD(net.parameters(), lr=0.1), x[:300], y[:300], 5)
        right.append(100.0 * (net(x[300:]).argmax(1) == y[300:]))
    right = torch.stack(right)
    truth, chose, judges = right.mean(1), [], []
    for _ in range(300):
        choose, judge, _ = torch.randperm(20_000).split([200, 200, 19_600])
        best = right[:, choose].mean(1).argmax()
        chose.append(right[best, choose].mean() - truth[best])
        judges.append(right[best, judge].mean() - truth[best])
    assert torch.stack(chose).mean() > 1 > torch.stack(judges).mean().abs()


def test_other_methods_a_mean_image_is_a_floor_and_neighbours_gain_by_data(run):
    names, lines = run("other_methods")
    assert 60 < numbers(lines[0])[0] < 75
    few, some, many = (numbers(line.replace(",", ""))[1] for line in lines[1:])
    assert 65 < few < some < many < 90
    assert len(names["held_y"]) == 2000 and len(names["x"]) == 58_000


def test_other_methods_what_is_judged_is_in_no_neighbourhood(run):
    names, _ = run("other_methods")
    held, rest = names["held_x"].sum(1), names["x"].sum(1)
    order = names["order"]
    assert len(order.unique()) == len(held) + len(rest)
    assert names["y"][:100].unique().numel() == 10  # not sorted by class


def test_one_class_dead_units_and_deep_sigmoids_predict_one_class(run):
    names, lines = run("one_class")
    said = "classes predicted: {}, hidden units that vary: {} of 64"
    assert lines[:6] == [said.format(1, 0)] * 3 + [said.format(1, 64)] * 3
    assert all(line.startswith("classes predicted: 10") for line in lines[6:])
    for rate in (0.01, 1.0):
        torch.manual_seed(0)
        net = names["deep"]()
        setup.train(net, names["x"], names["y"], lr=rate)
        assert len(net(names["x"]).argmax(1).unique()) == 1


def test_one_class_adam_trains_deep_sigmoids(run):
    names, _ = run("one_class")
    for seed in range(3):
        torch.manual_seed(seed)
        net = names["deep"]()
        optimizer = torch.optim.Adam(net.parameters(), lr=0.003)
        fit(net, optimizer, names["x"], names["y"])
        assert setup.accuracy(net, names["x"], names["y"]) > 50


def test_side_by_side_two_slips_are_seen_in_the_loss_and_three_are_not(run):
    _, lines = run("side_by_side")
    shown = {slip: numbers(value) for slip, value in labelled("\n".join(lines)).items()}
    sound = shown.pop("none")
    assert shown["softmax twice"][1] > 1.7 and shown["no zero_grad()"][1] > 10
    for slip in ("no eval()", "labels shifted", "scaled twice"):
        assert shown[slip][:2] == sound[:2]
    assert sound[2] > 75 and 60 < shown["no eval()"][2] < sound[2] - 4
    assert shown["labels shifted"][2] < 6 and shown["scaled twice"][2] < 20


def slipped(slip, classes, adam):
    """Last loss, right on new data twice and on training data: Adam with batch norm,
    or SGD with dropout, neither of them the page's net."""
    torch.manual_seed(0)
    more = nn.BatchNorm1d(48) if adam else nn.Dropout(0.4)
    net = nn.Sequential(nn.Linear(20, 48), more, nn.ReLU(), nn.Linear(48, classes))
    (x, y), (new_x, new_y) = (setup.make_data(3000, seed) for seed in (0, 1))
    (x, y), (new_x, new_y) = (
        (a[b < classes][:1000], b[b < classes][:1000])
        for a, b in ((x, y), (new_x, new_y))
    )
    target = (y + 1) % classes if slip == "labels shifted" else y
    if slip == "softmax twice":
        net.append(nn.Softmax(1))
    if slip == "scaled twice":
        new_x = (new_x - 127) / 64
    kind, rate = (torch.optim.Adam, 1e-3) if adam else (torch.optim.SGD, 0.1)
    keep = slip == "no zero_grad()"
    last = fit(net, kind(net.parameters(), lr=rate), x, target, zero_grad=not keep)
    net.train(slip == "no eval()")
    right = [(net(new_x).argmax(1) == new_y).float().mean().item() for _ in range(2)]
    return last, *right, setup.accuracy(net, x, target) / 100


@pytest.mark.parametrize("classes", [5, 6])
@pytest.mark.parametrize("adam", [True, False])
def test_side_by_side_the_signs_hold_for_other_nets_as_far_as_it_says(classes, adam):
    bound = math.log(math.e + classes - 1) - 1
    last, right, _, seen = slipped("none", classes, adam)
    assert last < bound < slipped("softmax twice", classes, adam)[0]
    assert slipped("labels shifted", classes, adam)[1] < 0.5 / classes
    scaled = slipped("scaled twice", classes, adam)
    assert scaled[1] < 0.5 < scaled[3] and abs(scaled[3] - seen) < 0.02
    kept = slipped("no zero_grad()", classes, adam)
    assert kept[0] < last if adam else kept[0] > 10
    _, first, again, _ = slipped("no eval()", classes, adam)
    assert abs(first - right) < 0.02 if adam else first < right - 0.02 != again


def test_softmax_twice_has_a_bound_that_the_sound_net_gets_below(run):
    _, lines = run("softmax_twice")
    bound = numbers(lines[3])[0]
    assert bound == 1.46
    assert all(bound <= numbers(line)[1] < 1.6 for line in lines[:3])
    assert all(line.endswith("below 0.1: True") for line in lines[4:])
    assert round(math.log(math.e + 4) - 1, 3) == 0.905  # for five classes


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
        "all known: True",
        "they become: [1, 3]",
        "and back: [4, 10]",
    ]
    known = torch.tensor([3, 5, 20]).unique()  # not the page's
    assert torch.searchsorted(known, torch.tensor([20, 5, 5])).tolist() == [2, 1, 1]
    assert not torch.isin(torch.tensor([7]), known).any()
    again = torch.tensor([20, 5, 5]).unique(return_inverse=True)[1]
    assert again.tolist() == [1, 0, 0]  # what another unique() says, and no error


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
    with pytest.raises(RuntimeError, match=r"Can't call numpy\(\) on Tensor"):
        nn.Linear(3, 1)(torch.ones(2, 3)).numpy()


def test_no_grad_fn_a_loss_that_is_made_to_require_a_gradient_trains_nothing():
    net, y = nn.Linear(20, 10), torch.arange(8)
    loss = (net(torch.randn(8, 20)).argmax(1) != y).float().mean()
    loss.requires_grad_()
    assert loss.requires_grad
    loss.backward()
    assert net.weight.grad is None


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
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # by hand there is none
        assert ((torch.ones(10, 1) - torch.ones(10)) ** 2).shape == (10, 10)


def test_dtype_double_the_data_become_floats(run):
    _, lines = run("dtype_double")
    assert lines == [
        "RuntimeError: mat1 and mat2 must have the same dtype, but got Double and "
        "Float",
        "input: torch.float32 weights: torch.float32 output: torch.float32",
    ]


def test_dtype_double_targets_of_a_regression_say_it_otherwise():
    loss_of, out = nn.HuberLoss(), nn.Linear(4, 1)(torch.ones(2, 4))
    with pytest.raises(RuntimeError, match="Found dtype Double but expected Float"):
        loss_of(out, torch.ones(2, 1).double()).backward()
    loss_of(out, torch.ones(2, 1).double().float()).backward()


def test_module_list_a_list_hides_layers_and_a_module_list_shows_them(run):
    names, lines = run("module_list")
    assert lines == [
        "ValueError: optimizer got an empty parameter list",
        *("layers.0.weight", "layers.0.bias", "layers.2.weight", "layers.2.bias"),
    ]
    hidden = names["Stack"]([nn.Dropout(), nn.Linear(20, 2)])
    hidden.last = nn.Linear(2, 2)
    hidden.eval()
    torch.optim.Adam(hidden.parameters())  # no error, with one layer that it knows
    assert list(hidden.state_dict()) == ["last.weight", "last.bias"]
    assert hidden.layers[0].training
    assert names["net"](torch.zeros(3, 20)).shape == (3, 10)


@pytest.mark.parametrize(
    ("layers", "error"),
    [({"keys": nn.ReLU()}, KeyError), ({"a.b": nn.ReLU()}, KeyError)],
)
def test_module_list_a_dicts_keys_are_no_names_of_its_own(layers, error):
    with pytest.raises(error):
        nn.ModuleDict(layers)
    assert len(nn.ModuleDict({"a b": nn.ReLU()})) == 1


def test_one_class_batch_norm_without_eval_sees_one_class_and_forgets_its_averages():
    torch.manual_seed(0)
    labels = torch.arange(240) % 3
    images = 0.1 * torch.randn(240, 1, 8, 8) + labels.view(-1, 1, 1, 1)
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 3)
    net = nn.Sequential(nn.Conv2d(1, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), *head)
    optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(30):
        for batch in torch.randperm(240).split(40):
            loss = nn.functional.cross_entropy(net(images[batch]), labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    saved = copy.deepcopy(net.state_dict())
    alone = torch.stack([net(image[None]).argmax() for image in images])
    assert len(alone.unique()) == 1
    spoiled = (net.eval()(images).argmax(1) == labels).float().mean()
    net.load_state_dict(saved)
    assert (net(images).argmax(1) == labels).float().mean() > 0.95 > spoiled


@pytest.mark.parametrize(
    ("layer", "says"),
    [
        (
            nn.GRU(4, 3),
            r"RNN input dtype \(torch.float64\) does not match weight dtype",
        ),
        (
            nn.LSTM(4, 3),
            r"RNN input dtype \(torch.float64\) does not match weight dtype",
        ),
        (
            nn.Conv1d(2, 3, 1),
            r"Input type \(double\) and bias type \(float\) should be",
        ),
    ],
)
def test_dtype_double_other_layers_word_it_otherwise(layer, says):
    with pytest.raises((RuntimeError, ValueError), match=says):
        layer(torch.ones(2, 4).double())


def test_a_drop_of_the_last_batch_ends_the_error_of_batch_norm_in_training():
    """What the entry says of a batch of one while training."""
    data = torch.utils.data.TensorDataset(torch.randn(9, 4))
    norm = nn.BatchNorm1d(4)
    loader = torch.utils.data.DataLoader(data, batch_size=4, drop_last=True)
    assert [norm(x).shape[0] for (x,) in loader] == [4, 4]
    assert len(torch.utils.data.DataLoader(data, batch_size=16, drop_last=True)) == 0


def test_mat1_mat2_a_wrong_number_behind_a_convolution_says_the_same():
    net = nn.Sequential(nn.Conv2d(3, 4, 5), nn.Flatten(), nn.Linear(99, 2))
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied"):
        net(torch.ones(2, 3, 16, 16))


def test_nan_at_once_the_cure_takes_infinity_for_missing(run):
    names, _ = run("nan_at_once")
    raw = torch.randn(50, 3)
    raw[4, 1], raw[5, 2] = float("inf"), float("-inf")
    lines = section_lines(
        "snippets/training_that_does_not_learn/nan_at_once.py", "cure"
    )
    block = "\n".join(lines[: lines.index("torch.manual_seed(0)")])
    exec(block, names | {"raw": raw}, made := {})
    assert made["x"].isfinite().all() and made["x"].abs().max() < 6


@pytest.mark.parametrize("classes, bound", [(2, 0.313), (5, 0.905), (100, 3.622)])
def test_softmax_twice_the_bounds_that_the_entry_names(classes, bound):
    sure = torch.eye(classes)
    found = nn.functional.cross_entropy(sure, torch.arange(classes))
    assert found == pytest.approx(bound, abs=5e-4)


def test_target_dtype_a_mask_with_a_channel_of_its_own(run):
    names, _ = run("target_dtype")
    names |= {"column": torch.ones(2, 1, 5, 5), "logits": torch.zeros(2, 3, 5, 5)}
    cure = "snippets/training_that_does_not_learn/target_dtype.py"
    exec("\n".join(section_lines(cure, "cure")), names)
    assert names["labels"].shape == (2, 5, 5)


def test_target_dtype_whole_numbers_of_32_bits_are_refused():
    with pytest.raises(RuntimeError):
        nn.CrossEntropyLoss()(torch.zeros(4, 3), torch.zeros(4, dtype=torch.int32))


def test_target_size_the_filter_makes_this_warning_an_error_and_no_other():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", message="Using a target size")
        with pytest.raises(UserWarning, match="Using a target size"):
            nn.functional.mse_loss(torch.zeros(4, 1), torch.zeros(4))
        warnings.warn("another", DeprecationWarning, stacklevel=1)


@pytest.mark.parametrize("reentrant", [True, False])
def test_no_grad_fn_frozen_first_layers_under_a_reentrant_checkpoint(reentrant):
    first, last = nn.Linear(3, 3).requires_grad_(False), nn.Linear(3, 1)
    net = nn.Sequential(first, nn.ReLU(), last)
    x = torch.ones(2, 3)
    loss = checkpoint(net, x, use_reentrant=reentrant).sum()
    if reentrant:
        with pytest.raises(RuntimeError, match="does not require grad"):
            loss.backward()
    else:
        loss.backward()
        assert last.weight.grad is not None


def test_module_list_a_generator_that_is_used_up_or_filtered_is_empty():
    net = nn.Linear(3, 2)
    parameters = net.parameters()
    assert sum(p.numel() for p in parameters) == 8
    with pytest.raises(ValueError, match="empty parameter list"):
        torch.optim.SGD(parameters, lr=0.1)
    net.requires_grad_(False)
    with pytest.raises(ValueError, match="empty parameter list"):
        torch.optim.SGD(filter(lambda p: p.requires_grad, net.parameters()), lr=0.1)


def test_mat1_mat2_a_view_that_fits_may_mix_examples():
    images = torch.arange(4 * 6.0).view(4, 6)
    assert len(images.view(-1, 3)) == 8  # as many rows as the batch has no longer


def test_one_class_one_image_through_batch_norm_raises_no_error():
    assert nn.BatchNorm2d(2)(torch.randn(1, 2, 4, 4)).shape == (1, 2, 4, 4)
    with pytest.raises(ValueError, match="more than 1 value"):
        nn.BatchNorm1d(2)(torch.randn(1, 2))


def test_class_dimension_both_cures_give_one_loss_and_equal_sizes_raise_nothing(run):
    names, lines = run("class_dimension")
    assert lines[0] == "RuntimeError: Expected target size [2, 5], got [2, 7]"
    assert len(lines) == 3 and lines[1] == lines[2]
    cross_entropy, logits = names["cross_entropy"], names["logits"]
    right = logits.transpose(1, 2)
    assert cross_entropy(torch.zeros(2, 5, 7), names["labels"]) == pytest.approx(
        math.log(5)
    )
    for reshaped in (logits.view(2, 5, 7), logits.reshape(2, 5, 7)):
        assert reshaped.shape == right.shape
        assert not torch.equal(
            cross_entropy(reshaped, names["labels"]),
            cross_entropy(right, names["labels"]),
        )
    square, labels = torch.randn(2, 5, 5), torch.randint(5, (2, 5))
    silent, meant = (
        cross_entropy(square, labels),
        cross_entropy(square.mT, labels),
    )
    assert silent.isfinite() and silent != meant
    masks = torch.randint(3, (2, 1, 4, 4))
    with pytest.raises(RuntimeError, match="only batches of spatial targets supported"):
        cross_entropy(torch.zeros(2, 3, 4, 4), masks)
    assert cross_entropy(torch.zeros(2, 3, 4, 4), masks.squeeze(1)) > 0


@pytest.mark.parametrize("batch_first", [True, False])
def test_class_dimension_a_gru_that_takes_sentences_for_words_mixes_them(batch_first):
    torch.manual_seed(0)
    gru = nn.GRU(3, 5, batch_first=batch_first)
    words = torch.randn(2, 7, 3)  # (sentences, words, features)
    changed = torch.cat([torch.randn(1, 7, 3), words[1:]])  # another first sentence
    assert gru(words)[0].shape == (2, 7, 5)  # and no error
    same = torch.equal(gru(words)[0][1], gru(changed)[0][1])
    assert same == batch_first


def test_loss_stays_with_dead_first_layers_the_gradients_there_are_zero():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU())
    net.append(nn.Linear(8, 3))
    net[2].bias.data.fill_(-100)
    logits, labels = net(torch.randn(16, 4)), torch.randint(3, (16,))
    nn.functional.cross_entropy(logits, labels).backward()
    any_left = [bool(p.grad.any()) for p in net.parameters()]
    assert any_left == [False, False, False, False, False, True]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("rows", [200, 100_000])
def test_nan_at_once_constant_columns_are_found_and_narrow_ones_are_kept(dtype, rows):
    values = [0.1, 1 / 3, 123.456, 0.0, -7e5]
    filled = torch.tensor(values, dtype=dtype).repeat(rows, 1)
    limit = 8 * torch.finfo(dtype).eps * filled.abs().amax(0)
    assert (filled.std(0) <= limit).all()
    stamps = 1.7e9 + torch.linspace(-1500, 1500, rows, dtype=torch.float64)
    limit = 8 * torch.finfo(torch.float64).eps * stamps.abs().amax(0)
    assert stamps.std(0) > limit


def test_nan_later_the_other_side_of_a_sigmoid_and_a_root():
    z = torch.tensor([200.0, -200.0, 0.0], requires_grad=True)
    other = nn.functional.logsigmoid(-z)
    assert torch.allclose(other[2], torch.log(1 - torch.sigmoid(z[2])))
    other.sum().backward()
    assert other.isfinite().all() and z.grad.isfinite().all()
    x = torch.zeros(2, requires_grad=True)
    x.clamp(min=1e-12).sqrt().sum().backward()
    assert x.grad.isfinite().all()


def test_stays_weights_that_all_start_at_zero_have_no_gradient_but_the_last_bias():
    net = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))
    for part in net.parameters():
        nn.init.zeros_(part)
    x, y = torch.randn(9, 4), torch.randint(3, (9,))
    nn.functional.cross_entropy(net(x), y).backward()
    moved = [name for name, p in net.named_parameters() if p.grad.any()]
    assert moved == ["2.bias"]
    net[0].reset_parameters()
    net.zero_grad()
    nn.functional.cross_entropy(net(x), y).backward()
    assert net[2].weight.grad.any()


def test_target_long_fractions_become_zero_without_an_error():
    scaled = torch.arange(10) / 9  # labels 0 to 9, brought to 0 … 1
    assert scaled.long().tolist() == 9 * [0] + [1]
    assert not torch.equal(scaled.unique(), scaled.unique().round())


def test_target_dtype_flat_labels_have_no_column_to_take_away(run):
    names, _ = run("target_dtype")
    lines = section_lines(
        "snippets/training_that_does_not_learn/target_dtype.py", "cure"
    )
    flat = names | {"column": names["column"].flatten()}
    exec("\n".join(lines), flat)
    assert torch.equal(flat["labels"], names["labels"])
