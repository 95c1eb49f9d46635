"""The load of a lesson: names of PyTorch, counted in the blocks that a page shows."""

import pytest

from scripts import front, load, module, pages, plots_module
from scripts.pages import Block
from scripts.plots import draw


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import torch\ntorch.save(1, torch.load)", {"torch.save", "torch.load"}),
        ("from torch import nn\nnn.ReLU()", {"torch.nn.ReLU"}),
        ("from torch.optim import Adam as A\nA(1)", {"torch.optim.Adam"}),
        ("import torch\ntorch.cuda.amp.GradScaler", {"torch.cuda.amp.GradScaler"}),
        ("import torch\nprint(torch.__version__.split('.'))", set()),
        ("import json\njson.dumps(1)\nmodel.save(2)", set()),
        ("from torch import nn\ndef f():\n    return f(nn.ReLU())", {"torch.nn.ReLU"}),
        ("import torch\nx = torch.zeros(1).to(2)", {"torch.zeros"}),
        ("from torch import nn\nprint(nn)", set()),
    ],
)
def test_the_names_of_a_block(code, names):
    assert load.names_of(code, {}) == names


def test_what_an_earlier_block_imported_is_known():
    aliases = {}
    assert not load.names_of("from torch import nn", aliases)
    assert load.names_of("nn.Linear", aliases) == {"torch.nn.Linear"}


def test_only_what_is_new_counts(monkeypatch):
    programs = {
        "a": [("data-x", "import torch\ntorch.tensor(1)"), ("b-c", "torch.save(1)")],
        "b": [("data-x", "import torch\ntorch.save(1)\ntorch.load(1)\ntorch.ones(1)")],
        "c": [("x", "import torch\ntorch.tensor(1)\ntorch.ones(1)")],
    }
    monkeypatch.setattr(module, "of_lessons", lambda: dict.fromkeys(programs))
    monkeypatch.setattr(
        pages, "program", lambda slug: [Block(n, "", c) for n, c in programs[slug]]
    )
    assert load.new_names() == {"a": 1, "b": 2, "c": 0}


def test_the_picture_says_what_it_shows_and_is_always_the_same():
    result = {"bars": [(1, "BUILD", 3), (2, "STRETCH", 9), (3, "CONSOLIDATE", 1)]}
    svg = draw(plots_module.load_curve, result)
    assert "9 in lesson 2 (STRETCH)" in svg and "rises to lesson 2" in svg
    assert svg == draw(plots_module.load_curve, result)


def test_the_front_page_has_a_box_for_every_lesson():
    text = front.markdown()
    for slug, facts in module.of_lessons().items():
        assert f"### [{module.title(slug)}]({slug}.md)" in text
        assert f"{facts['number']} · {facts['load']}" in text
    assert text.count('class="front-lesson"') == len(module.of_lessons()) == 3


def test_a_page_without_a_title_is_named(house):
    house("docs/my-lesson.md", "No title.\n")
    with pytest.raises(module.SiteError, match="my-lesson.md: it has no title"):
        module.title("my-lesson")
