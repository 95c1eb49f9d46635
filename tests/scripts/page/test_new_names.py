"""The load of a lesson: names of PyTorch, counted in the blocks that a page shows."""

import pytest

from scripts.content import front_page
from scripts.page import front_matter, new_names, program
from scripts.page.program import Block
from scripts.render.plots import load_curve
from scripts.render.plots.style import draw


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
    assert new_names.names_of(code, {}) == names


def test_what_an_earlier_block_imported_is_known():
    aliases = {}
    assert not new_names.names_of("from torch import nn", aliases)
    assert new_names.names_of("nn.Linear", aliases) == {"torch.nn.Linear"}


def test_only_what_is_new_counts(monkeypatch):
    programs = {
        "a": [("data-x", "import torch\ntorch.tensor(1)"), ("b-c", "torch.save(1)")],
        "b": [("data-x", "import torch\ntorch.save(1)\ntorch.load(1)\ntorch.ones(1)")],
        "c": [("x", "import torch\ntorch.tensor(1)\ntorch.ones(1)")],
    }
    monkeypatch.setattr(front_matter, "of_lessons", lambda: dict.fromkeys(programs))
    monkeypatch.setattr(
        program, "program", lambda slug: [Block(n, "", c) for n, c in programs[slug]]
    )
    assert new_names.new_names() == {"a": 1, "b": 2, "c": 0}


def test_the_picture_says_what_it_shows_and_is_always_the_same():
    result = {"bars": [(1, "BUILD", 3), (2, "STRETCH", 9), (3, "CONSOLIDATE", 1)]}
    svg = draw(load_curve.load_curve, result)
    assert "9 in lesson 2 (STRETCH)" in svg and "rises to lesson 2" in svg
    assert svg == draw(load_curve.load_curve, result)


def test_the_front_page_has_a_box_for_every_lesson():
    text = front_page.markdown()
    for slug, facts in front_matter.of_lessons().items():
        assert f"## [{front_matter.title(slug)}]({slug}.md)" in text
        assert f"{facts['number']} · {facts['load_type']}" in text
        assert f"“{facts['from']}” → “{facts['to']}”" in text
    assert text.count('class="front-lesson"') == len(front_matter.of_lessons()) == 3


def test_a_page_without_a_title_is_named(house):
    house("docs/my-lesson.md", "No title.\n")
    with pytest.raises(front_matter.SiteError, match="my-lesson.md: it has no title"):
        front_matter.title("my-lesson")
