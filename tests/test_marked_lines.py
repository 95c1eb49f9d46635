"""The lines that pages mark are those that were chosen, also after a snippet has grown.

A page marks lines by number. tests/fixtures/marked_lines.txt holds their text, so that
a line more in a snippet, which moves the marks, is seen: `python tests/marked_lines.py`
writes it anew.
"""

import marked_lines
from marked_lines import FILE, marked


def test_pages_mark_the_lines_that_were_chosen():
    found, chosen = marked(), FILE.read_text(encoding="utf-8").splitlines()
    gone = [line for line in chosen if line not in found]
    new = [line for line in found if line not in chosen]
    assert found == chosen, (
        f"no longer marked: {gone}; marked now: {new}. Change hl_lines on the page, "
        "or, if that is meant, run python tests/marked_lines.py"
    )


def test_a_range_of_lines_is_each_of_them():
    assert marked_lines.numbers("2 4-6 9") == [2, 4, 5, 6, 9]


def test_most_pages_mark_some():
    pages = {line.split(": ")[0] for line in marked()}
    assert {"gpu-training", "saving-and-loading", "fashion-mnist-project"} <= pages


def test_a_line_more_is_seen(monkeypatch):
    real = marked_lines.section_lines
    moved = lambda path, section: ["# new", *real(path, section)]  # noqa: E731
    monkeypatch.setattr(marked_lines, "section_lines", moved)
    assert marked() != FILE.read_text(encoding="utf-8").splitlines()
