"""Predictions: one class an image, in the test set's order, and in a file."""

import pytest
import torch
from listing import ROOT
from torch import nn

from snippets.fashion_mnist_project import predict
from snippets.fashion_mnist_project.data import load_images
from snippets.fashion_mnist_project.net import device
from snippets.fashion_mnist_project.read import read_predictions


@pytest.fixture(autouse=True)
def beside_the_data(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def net():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(784, 10), nn.Dropout(0.9)).to(device)


def test_the_class_with_the_highest_logit_for_each_test_image(net):
    images, _ = load_images(train=False)
    predictions = predict.predict(net.train())
    assert not net.training  # else dropout would have decided
    assert predictions.shape == (10000,) and predictions.device.type == "cpu"
    with torch.no_grad():
        logits = net[0].cpu()(images)
    net.to(device)
    assert (predictions == logits.argmax(1)).float().mean() > 0.999
    assert len(predictions.unique()) > 3


def test_it_opens_the_test_set_once_and_nothing_else(net, monkeypatch):
    opened = []

    def load(train=True):
        opened.append(train)
        return torch.zeros(10000, 784), None

    monkeypatch.setattr(predict, "load_images", load)
    assert len(predict.predict(net).unique()) == 1
    assert opened == [False]


def test_the_file_holds_a_number_a_line_and_reads_back(tmp_path):
    predictions = torch.arange(10000) % 10
    path = tmp_path / "mine.csv"
    predict.write_predictions(predictions, path)
    assert path.read_bytes() == 1000 * b"0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n"
    assert read_predictions(path) == predictions.tolist()


def test_its_name_if_none_is_given(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    predict.write_predictions(torch.zeros(3, dtype=torch.int64))
    assert (tmp_path / "predictions.csv").read_text(encoding="utf-8") == "0\n0\n0\n"
