"""Drawings that move: their frames, their sentences, their data."""

import json
import re
import xml.etree.ElementTree as xml

import pytest

from scripts.content import drawings
from scripts.content.drawings import (
    moving_loss_scale,
    moving_safe_save,
    moving_two_clocks,
)
from scripts.content.drawings.moving import LINE, Moving

SPACE = "{http://www.w3.org/2000/svg}"
MOVING = {
    function.__name__: function
    for function in (
        moving_safe_save.safe_save,
        moving_two_clocks.two_clocks,
        moving_loss_scale.loss_scale,
    )
}
ROW = {"power": 0, "zero": 0, "few_digits": 1, "infinite": 0, "off_percent": 26.085}


@pytest.fixture(params=MOVING)
def root(request):
    """One moving drawing after the other, as a tree of elements."""
    return xml.fromstring(MOVING[request.param]().svg())


def moves(root) -> dict:
    """What a drawing tells the module that moves it."""
    return json.loads(root.get("data-moves"))


def test_each_frame_has_a_sentence_and_each_part_its_frames(root):
    told = moves(root)
    assert len(told["says"]) == (2 if told["switch"] else 1)
    for sayings in told["says"]:
        starts = [start for start, *_ in sayings]
        assert starts == sorted(set(starts)) and starts[0] == 0
        assert starts[-1] <= told["last"] and 0 <= told["start"] <= told["last"]
        for _, name, sentence in sayings:
            assert name and sentence.endswith(".") and "  " not in sentence
    parts = list(root.iter(f"{SPACE}g"))
    assert len(parts) >= 2
    for part in parts:
        first, last = map(int, part.get("data-at").split())
        assert 0 <= first <= last <= told["last"]
        assert (
            part.get("data-state") in (None, "0", "1")[: 1 + 2 * bool(told["switch"])]
        )


def test_its_sentences_have_the_lines_that_they_need(root):
    longest = max(len(text) for part in moves(root)["says"] for *_, text in part)
    lines = int(re.fullmatch(r"--lines: (\d+); --rows: [12]", root.get("style"))[1])
    assert (lines - 1) * LINE < longest <= lines * LINE
    assert len(moves(root)["hint"]) <= lines * LINE


def test_the_drawings_that_move_are_those_that_say_so():
    told = {
        path.stem for path, text in drawings.files().items() if "data-moves" in text
    }
    assert told == {name.replace("_", "-") for name in MOVING}


def drawn(*parts, **during) -> str:
    """A small moving drawing."""
    image = Moving(9, "It is “small”.", 2, "s", "h", [[(0, "it's <b>", "A & b.")]])
    with image.during(*parts, **during):
        image.line(0, 0, 1, 1)
    return image.svg()


def test_its_data_is_whole_whatever_is_written():
    root = xml.fromstring(drawn(0, 1))
    assert moves(root)["says"] == [[[0, "it's <b>", "A & b."]]]
    assert root.get("style") == "--lines: 1; --rows: 1"
    assert [child.tag for child in root.find(f"{SPACE}g")] == [f"{SPACE}line"]


@pytest.mark.parametrize(
    ("during", "group"),
    [
        ({}, '<g data-at="0 1">'),
        ({"state": 0}, '<g data-at="0 1" data-state="0">'),
        ({"hidden": True}, '<g data-at="0 1" visibility="hidden">'),
        ({"gone": True}, '<g data-at="0 1" style="--else: 0">'),
        (
            {"slides": 6.3, "at": 16},
            '<g data-at="0 1" data-slides="" style="--by: 6.3px; --from: 16">',
        ),
        (
            {"grows": (66, 6)},
            '<g data-at="0 1" data-grows="" style="--of: 6; transform-origin: 66px 0">',
        ),
    ],
)
def test_what_a_part_says_of_itself(during, group):
    assert f"\n{group}\n" in drawn(0, 1, **during)


def test_what_a_kill_leaves_is_what_the_drawing_shows():
    """The words of each moment agree with the files that are drawn there."""
    states = {"old": "the old state", "new": "the new state"}
    for way, files in (
        ("plain", moving_safe_save.PLAIN),
        ("safe", moving_safe_save.SAFE),
    ):
        left = [states.get(name, "nothing to load") for name, *_ in files]
        assert list(moving_safe_save.LEFT[way]) == left


@pytest.mark.parametrize(
    ("x", "frame"), [(66, 0), (60, 0), (67, 1), (77, 1), (363, 27)]
)
def test_when_the_cursor_reaches_a_place(x, frame):
    assert moving_two_clocks.reaches(x) == frame


def test_a_piece_is_done_before_synchronize_is_back():
    last = moving_two_clocks.PIECES - 1
    end = moving_two_clocks.START + 8 + moving_two_clocks.WORKED * last + 68
    assert end <= moving_two_clocks.at(moving_two_clocks.DONE) < end + 11
    assert moving_two_clocks.at(moving_two_clocks.LAST) < 400


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (
            {},
            "Of 1,000 gradients, none becomes 0 and 1 loses digits. A backward pass in "
            "float16 is off by 26 %.",
        ),
        (
            {"zero": 5712, "few_digits": 0, "off_percent": 0.519},
            "Of 1,000 gradients, 5,712 become 0 and none loses digits. A backward pass "
            "in float16 is off by 0.52 %.",
        ),
        (
            {"infinite": 1},
            "Of 1,000 gradients, none becomes 0 and 1 loses digits. But 1 is infinite: "
            "GradScaler would skip this step.",
        ),
    ],
)
def test_what_is_said_of_a_scale(row, says):
    assert moving_loss_scale.sentence({**ROW, **row}, 1000) == says


def test_another_capture_draws_other_bars(monkeypatch):
    before = moving_loss_scale.loss_scale().svg()
    found = moving_loss_scale.measured()
    found["series"]["sizes"][0]["gradients"] *= 5000
    found["series"]["scales"][3]["zero"] = 777
    monkeypatch.setattr(moving_loss_scale, "measured", lambda: found)
    after = moving_loss_scale.loss_scale().svg()
    assert "777 become 0" in after and "777 become 0" not in before
    bars = [text.split('d="')[1].split('"')[0] for text in (before, after)]
    assert bars[0] != bars[1]


def test_bars_begin_and_end_on_the_ground():
    path = moving_loss_scale._bars({-3: 0.1, -1: 0.2}, 0.2).format(x=5.0)
    high, wide = moving_loss_scale.TALL, f"h{moving_loss_scale.UNIT}"
    first = f"M5.0 {moving_loss_scale.GROUND}v-{high / 2}{wide}v{high / 2}{wide}"
    assert path == f"{first}v-{high:.1f}{wide}v{high:.1f}z"
