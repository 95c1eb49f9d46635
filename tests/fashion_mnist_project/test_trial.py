"""A trial is the baseline's training with one change, and it sees no test set."""

import pytest
import torch

from snippets.fashion_mnist_project import baseline, data
from snippets.fashion_mnist_project.net import make_baseline, nn
from snippets.fashion_mnist_project.trial import trial


@pytest.fixture(scope="module")
def few(locked):
    """600 images to train on, 300 to choose by, with the test set locked."""
    images, labels, val_images, val_labels = data.load_training()
    return images[:600], labels[:600], val_images[:300], val_labels[:300]


def with_dropout():
    return nn.Sequential(*make_baseline(), nn.Dropout(0.5))


def batches(few, make_net, seed, **settings):
    """The batches that a trial of two epochs trained on, in order."""
    seen = []

    def note(x):
        seen.append(x)
        return x

    trial(make_net, few, seed, epochs=2, batch_size=200, augment=note, **settings)
    return seen


@pytest.mark.skipif(torch.cuda.is_available(), reason="on a GPU the baseline uses AMP")
def test_with_its_batch_size_it_is_the_baseline_bit_for_bit(few, tmp_path, monkeypatch):
    monkeypatch.setattr(baseline, "load_training", lambda: few)
    path = tmp_path / "baseline.pt"
    baseline.train_baseline(path, epochs=2, seed=3)
    state = torch.load(path, weights_only=True)
    net, log = trial(make_baseline, few, seed=3, epochs=2, batch_size=64)
    assert log == state["log"]
    for name, value in net.state_dict().items():
        assert torch.equal(value, state["model"][name])


def test_the_log_has_an_entry_an_epoch_and_the_net_learns(few):
    _, log = trial(make_baseline, few, seed=0, epochs=6, batch_size=50)
    assert len(log) == 6
    assert log[-1]["val"]["accuracy"] > 60
    assert log[-1]["train"]["loss"] < log[0]["train"]["loss"]


def test_a_seed_decides_the_run(few):
    first, again, other = (
        trial(make_baseline, few, seed, epochs=1)[1] for seed in (0, 0, 1)
    )
    assert first == again != other


def test_variants_of_a_seed_see_the_same_batches_and_epochs_do_not(few):
    plain = batches(few, make_baseline, 0)
    dropout = batches(few, with_dropout, 0, smoothing=0.1, decay=0.1)
    other = batches(few, make_baseline, 1)
    assert len(plain) == 6 and plain[0].shape == (200, 784)
    assert all(map(torch.equal, plain, dropout))
    assert not torch.equal(plain[0], other[0])
    assert not torch.equal(plain[0], plain[3])


def test_what_augment_returns_is_what_the_net_sees(few):
    _, plain = trial(make_baseline, few, 0, 3)
    _, blind = trial(make_baseline, few, 0, 3, augment=torch.zeros_like)
    assert blind[-1]["val"]["accuracy"] < 30 < plain[-1]["val"]["accuracy"]


@pytest.mark.parametrize("change", [{"decay": 0.5}, {"smoothing": 0.2}, {"rate": 1e-2}])
def test_each_setting_changes_the_run(few, change):
    assert (
        trial(make_baseline, few, 0, 1, **change)[1]
        != trial(make_baseline, few, 0, 1)[1]
    )


def test_decay_shrinks_weights_and_smoothing_is_for_training_alone(few, monkeypatch):
    def size(**settings):
        net, _ = trial(make_baseline, few, 0, 2, **settings)
        return sum(value.norm().item() for value in net.parameters())

    assert size(decay=10.0) < 0.99 * size()

    used = []
    loss = nn.functional.cross_entropy

    def noted(logits, labels, label_smoothing=0.0):
        used.append((logits.requires_grad, label_smoothing))
        return loss(logits, labels, label_smoothing=label_smoothing)

    monkeypatch.setattr(nn.functional, "cross_entropy", noted)
    trial(make_baseline, few, 0, 1, smoothing=0.1)
    assert set(used) == {(True, 0.1), (False, 0.0)}


def test_every_epoch_trains_in_train_mode_and_judges_in_eval_mode(few):
    class Noting(nn.Flatten):
        def forward(self, x):
            modes.append((torch.is_grad_enabled(), self.training))
            return super().forward(x)

    modes = []
    trial(lambda: nn.Sequential(Noting(), make_baseline()), few, 0, epochs=2)
    steps = [True] * 3 + [False] * 2  # 600 images in steps of 256; train, validation
    assert modes == [(step, step) for step in 2 * steps]
