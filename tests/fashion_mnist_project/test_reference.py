"""The reference and the textbook's recipe: net, flips, rates, early stop, resuming."""

import pytest
import torch
from torch import nn

from snippets.fashion_mnist_project import data, reference
from snippets.fashion_mnist_project.net import device
from snippets.fashion_mnist_project.reference import (
    DISTINCTION,
    GOOD,
    finished,
    flip_half,
    make_net,
    make_optimizer,
    make_schedule,
    soften,
    train,
)
from snippets.fashion_mnist_project.textbook import SOFTMAX, TEXTBOOK, train_textbook

EPOCHS, PER_EPOCH = 3, 22  # 5,500 images in a rehearsal, 256 a batch
SHORT = GOOD | {"widths": (32,), "dropout": 0.3, "epochs": EPOCHS}
pytestmark = pytest.mark.usefixtures("quiet")
ON_CPU = pytest.mark.skipif(device.type == "cuda", reason="bits are promised on a CPU")


def load(path):
    return torch.load(path, weights_only=True, map_location="cpu")


@pytest.fixture(scope="module")
def whole(few, tmp_path_factory):
    """A run that nobody interrupts: its path, its steps, its predictions."""
    path = tmp_path_factory.mktemp("whole") / "whole.pt"
    steps = []
    predictions = train(few, path, steps.append, SHORT)
    return {"path": path, "steps": steps, "predictions": predictions}


class Killed(Exception):
    pass


def interrupted(few, path, stop, recipe=SHORT):
    """Train until step `stop`; returns the steps."""
    steps = []

    def on_step(step):
        steps.append(step)
        if step == stop:
            raise Killed

    with pytest.raises(Killed):
        train(few, path, on_step, recipe)
    return steps


def test_predictions_are_a_class_for_each_test_image(whole):
    predictions = whole["predictions"]
    assert predictions.shape == (10000,) and predictions.dtype == torch.int64
    labels = data.load_images(train=False)[1]
    assert (predictions == labels).double().mean() > 0.7
    assert whole["steps"] == list(range(1, EPOCHS * PER_EPOCH + 1))


def test_the_checkpoint_holds_what_a_submission_promises(whole):
    state = load(whole["path"])
    accuracies = [entry["val"]["accuracy"] for entry in state["log"]]
    assert state["step"] == EPOCHS * PER_EPOCH and len(accuracies) == EPOCHS
    assert state["best_accuracy"] == max(accuracies) > 70
    make_net(SHORT).load_state_dict(state["best_model"])
    assert state["schedule"]["last_epoch"] == EPOCHS * PER_EPOCH


@ON_CPU
@pytest.mark.parametrize("stop", [5, PER_EPOCH + 9, 2 * PER_EPOCH + 21])
def test_interrupted_in_mid_epoch_it_ends_with_the_same_bits(
    few, whole, tmp_path, stop
):
    path = tmp_path / "cut.pt"
    assert interrupted(few, path, stop)[-1] == stop
    torch.manual_seed(99)  # a new process would not have the old one's numbers
    steps = []
    predictions = train(few, path, steps.append, SHORT)
    assert steps == whole["steps"][stop // PER_EPOCH * PER_EPOCH :]
    assert torch.equal(predictions, whole["predictions"])
    one, two = load(whole["path"]), load(path)
    assert one["log"] == two["log"] and one["schedule"] == two["schedule"]
    for name, weights in one["model"].items():
        assert torch.equal(weights, two["model"][name]), name


def test_a_finished_run_trains_no_more(few, whole):
    steps, before = [], whole["path"].read_bytes()
    again = train(few, whole["path"], steps.append, SHORT)
    assert steps == [] and whole["path"].read_bytes() == before
    assert torch.equal(again, whole["predictions"])


@pytest.mark.parametrize("changed", [{"seed": 1}, {"recipe": SHORT | {"rate": 0.02}}])
def test_another_seed_or_recipe_is_refused(few, whole, changed):
    before = whole["path"].read_bytes()
    with pytest.raises(ValueError, match="choose another path"):
        train(few, whole["path"], **{"recipe": SHORT} | changed)
    assert whole["path"].read_bytes() == before


def test_seeds_differ_and_the_best_epoch_predicts(few, tmp_path, monkeypatch):
    """The test set is opened once, by the weights of the epoch best in validation."""
    scores = iter([50.0, 70.0, 60.0, 50.0, 70.0, 60.0])
    weights, asked = [], []

    def evaluate(net, images, labels):
        weights.append(net[0].weight.detach().clone())
        return {"loss": 0.0, "accuracy": next(scores)}

    monkeypatch.setattr(reference, "evaluate", evaluate)
    monkeypatch.setattr(
        reference, "predict", lambda net: asked.append(net[0].weight.detach().clone())
    )
    train(few, tmp_path / "0.pt", recipe=SHORT)
    assert len(asked) == 1 and torch.equal(asked[0], weights[1])
    train(few, tmp_path / "1.pt", recipe=SHORT, seed=1)
    assert not torch.equal(weights[3], weights[0])


@pytest.mark.parametrize(
    ("recipe", "widths"), [(GOOD, [256, 128]), (DISTINCTION, [1024] * 2), (SOFTMAX, [])]
)
def test_the_net_has_the_recipes_widths(recipe, widths):
    net = make_net(recipe)
    linear = [layer for layer in net if isinstance(layer, nn.Linear)]
    assert [layer.out_features for layer in linear] == [*widths, 10]
    norms = [layer for layer in net if isinstance(layer, nn.BatchNorm1d)]
    assert [layer.num_features for layer in norms] == widths
    dropped = [layer.p for layer in net if isinstance(layer, nn.Dropout)]
    assert dropped == [recipe["dropout"]] * len(widths)
    assert net.eval()(torch.zeros(3, 784)).shape == (3, 10)


def test_without_a_recipe_it_is_the_good_one():
    assert [
        layer.out_features
        for layer in make_net()
        if hasattr(layer, "weight") and isinstance(layer, nn.Linear)
    ] == [256, 128, 10]


def test_about_half_are_flipped_from_left_to_right():
    torch.manual_seed(0)
    images = torch.randn(1000, 784)
    result = flip_half(images)
    mirrored = images.view(1000, 28, 28)[:, :, range(27, -1, -1)].reshape(1000, 784)
    same = (result == images).all(1)
    turned = (result == mirrored).all(1)
    assert bool((same ^ turned).all()) and 400 < int(turned.sum()) < 600
    assert not torch.equal((flip_half(images) == images).all(1), same), "not anew"


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_soft_labels_are_label_smoothing(smoothing):
    logits, labels = torch.randn(50, 10), torch.randint(10, (50,))
    soft = soften(labels, smoothing)
    assert torch.allclose(soft.sum(1), torch.ones(50))
    loss = nn.functional.cross_entropy
    assert loss(logits, soft).item() == pytest.approx(
        loss(logits, labels, label_smoothing=smoothing).item(), rel=1e-5
    )


def rates(recipe, images):
    """The rate of each step that a run of the recipe makes."""
    optimizer = make_optimizer(make_net(SHORT), recipe)
    schedule = make_schedule(optimizer, recipe, images)
    found = []
    for _ in range(recipe["epochs"] * -(-images // recipe["batch_size"])):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    return found


def test_one_cycle_rises_and_ends_near_0_with_the_last_step():
    found = rates(GOOD, 2600)  # 11 batches, the last one smaller
    highest = found.index(max(found))
    assert max(found) == pytest.approx(GOOD["rate"], rel=1e-2)
    peak = GOOD["rise"] * len(found) - 1  # as OneCycleLR counts, from 0
    assert highest == pytest.approx(peak, abs=1)
    assert found[:highest] == sorted(found[:highest])
    assert found[highest:] == sorted(found[highest:], reverse=True)
    assert found[-1] < GOOD["rate"] / 1e4
    assert set(rates(TEXTBOOK, 640)) == {TEXTBOOK["rate"]}


def test_the_optimizer_takes_the_recipes_decay():
    (group,) = make_optimizer(make_net(SHORT), SHORT | {"decay": 0.5}).param_groups
    assert group["weight_decay"] == 0.5 and group["fused"]


@pytest.mark.parametrize(
    ("scores", "ended"),
    [
        ([], False),
        ([80, 81, 82], False),
        ([82, 81, 81], False),
        ([82, 81, 81, 82], True),  # as good is not better
        ([80, 82, 81, 80], False),
        ([1, 2, 3, 4, 5, 6], True),
    ],
)
def test_it_ends_after_its_epochs_or_without_getting_better(scores, ended):
    log = [{"val": {"accuracy": score}} for score in scores]
    assert finished(log, {"epochs": 6, "patience": 3}) is ended


def test_a_cycle_never_stops_early_and_the_textbook_does(few, tmp_path, monkeypatch):
    monkeypatch.setattr(
        reference, "evaluate", lambda *given: {"loss": 1.0, "accuracy": 50.0}
    )
    for recipe in (GOOD, DISTINCTION):
        assert recipe["patience"] >= recipe["epochs"]
    train_textbook(few, tmp_path / "textbook.pt", recipe=TEXTBOOK | {"widths": (4,)})
    assert len(load(tmp_path / "textbook.pt")["log"]) == 1 + TEXTBOOK["patience"]


def test_the_textbooks_recipe_trains_in_the_same_shape(few, tmp_path):
    steps = []
    recipe = TEXTBOOK | {"widths": (32,), "epochs": 1}
    predictions = train_textbook(few, tmp_path / "t.pt", steps.append, recipe)
    assert predictions.shape == (10000,) and steps == list(range(1, 87))
    assert TEXTBOOK["flip"] is False and TEXTBOOK["smoothing"] == 0


def test_flips_are_the_recipes(few, tmp_path, monkeypatch):
    flipped = []
    real = reference.flip_half
    monkeypatch.setattr(
        reference, "flip_half", lambda x: flipped.append(len(x)) or real(x)
    )
    tiny = SHORT | {"widths": (), "epochs": 1}
    train(few, tmp_path / "without.pt", recipe=tiny | {"flip": False})
    assert flipped == []
    train(few, tmp_path / "with.pt", recipe=tiny)
    assert sum(flipped) == 5500


@pytest.mark.cuda
@pytest.mark.skipif(
    not torch.cuda.is_available(),
    reason="no CUDA device here: the reference in float16, interrupted and resumed",
)
def test_on_a_gpu_it_resumes_to_an_equal_accuracy(few, whole, tmp_path):
    interrupted(few, tmp_path / "cut.pt", PER_EPOCH + 9)
    again = train(few, tmp_path / "cut.pt", recipe=SHORT)
    labels = data.load_images(train=False)[1]
    one, two = ((p == labels).double().mean() for p in (again, whole["predictions"]))
    assert abs(one - two) < 0.01 and load(tmp_path / "cut.pt")["scaler"]


def test_a_diverged_run_is_not_saved_over_a_good_one(few, tmp_path, monkeypatch):
    path = tmp_path / "run.pt"
    interrupted(few, path, PER_EPOCH + 1)  # one whole epoch is saved
    good = path.read_bytes()
    bad = {"loss": float("nan"), "accuracy": 10.0}
    monkeypatch.setattr(reference, "evaluate", lambda *_: bad)
    with pytest.raises(ValueError, match="not finite in epoch 2"):
        train(few, path, None, SHORT)
    assert path.read_bytes() == good
