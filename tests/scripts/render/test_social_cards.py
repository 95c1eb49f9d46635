"""Social cards: one for every page, of the right size, stale when its text changes."""

from dataclasses import replace

import pytest

from scripts.page import images
from scripts.render import social_cards

CARD = social_cards.Card(
    "x", "A Title", "What it says, in a few words.", "Lesson 1", "#1c5480"
)
MOST = 40_000  # bytes of one card
MARK = social_cards.mark_file().read_text(encoding="utf-8")


def test_every_page_and_every_practice_has_its_card():
    found = list(social_cards.wanted())
    assert len(found) >= 10 and len({card.name for card in found}) == len(found)
    assert {"index", "gpu-training", "gpu-training-practice"} <= {c.name for c in found}
    for card in found:
        content = social_cards.path_of(card).read_bytes()
        assert images.size(content) == (social_cards.WIDTH, social_cards.HEIGHT), (
            card.name
        )
        assert len(content) < MOST, card.name
    assert not social_cards.problems()


def test_the_same_card_has_the_same_bytes():
    assert (
        social_cards.draw(CARD)
        == social_cards.draw(CARD)
        != social_cards.draw(replace(CARD, says="No."))
    )


def test_the_longest_title_does_not_reach_the_text_below():
    import io

    import matplotlib.image

    longest = max(social_cards.wanted(), key=lambda card: len(card.title))
    pixels = matplotlib.image.imread(io.BytesIO(social_cards.draw(longest)))
    between = pixels[
        int(social_cards.HEIGHT * 0.52) : int(social_cards.HEIGHT * 0.56), 60:, :3
    ]
    assert (abs(between - between[0, 0]) < 0.01).all(), longest.title


def test_what_changes_is_drawn_again_and_what_is_gone_is_removed(house, capsys):
    house("docs/overrides/assets/mark.svg", MARK)
    house("docs/my-lesson.md", "# A lesson\n")
    (stale,) = social_cards.stale()
    assert stale.title == "A lesson"
    social_cards.make_files()
    assert not social_cards.problems()
    house("docs/my-lesson.md", "# Another\n")
    (said,) = social_cards.problems()
    assert "my-lesson.png is not what would be drawn" in said
    social_cards.make_files()
    house("docs/assets/cards/gone.png", "")
    (said,) = social_cards.problems()
    assert "gone.png is an orphan" in said
    social_cards.make_files()
    assert (
        not social_cards.problems()
        and "removed docs/assets/cards/gone" in capsys.readouterr()[0]
    )


def test_the_mark_is_drawn_where_it_belongs_and_counts(house):
    house("docs/overrides/assets/mark.svg", MARK)
    box = social_cards.mark(size=60, left=120, top=63).get_extents()
    left, right = 120 + 60 * 2 / 24, 120 + 60 * 22 / 24  # of 24, it leaves 2 free
    assert [box.x0 * 1200, box.x1 * 1200] == pytest.approx([left, right])
    assert (1 - box.y1) * 630 == pytest.approx(63 + 60 * 2 / 24)
    before = CARD.hash
    house("docs/overrides/assets/mark.svg", MARK.replace("2 2", "3 3"))
    assert CARD.hash != before


@pytest.mark.parametrize("part", ["title", "says", "place", "colour"])
def test_everything_on_it_counts(part):
    assert replace(CARD, **{part: "#000000"}).hash != CARD.hash
