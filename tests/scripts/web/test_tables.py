"""Which cells of a table hold numbers alone."""

import pytest
from bs4 import BeautifulSoup

from scripts.web import tables


@pytest.mark.parametrize(
    "text",
    [
        "12",
        "0.012 ± 0.001",
        "(89.5 ± 0.1 %)",
        "-0.1",
        "2.5×",
        "60,000",
        "2026-11-26",
        "2 ± 4.9e-05",
    ],
)
def test_numbers_are_marked(text):
    assert tables.marked(f"<td>{text}</td>") == f'<td class="number">{text}</td>'
    right = f'<td style="text-align: right;">{text}</td>'
    assert 'right;" class="number">' in tables.marked(right)


@pytest.mark.parametrize(
    "text", ["", "-", "2 kills", "3.53 to 4.25", "<code>1</code>", "torch 2.6"]
)
def test_words_are_not(text):
    assert tables.marked(f"<td>{text}</td>") == f"<td>{text}</td>"


def table(*rows):
    """A table as Markdown makes it: its head, and rows of cells."""
    head, *body = [[f"<{t}>{x}</{t}>" for x in row] for t, row in rows]
    lines = "\n".join(f"<tr>\n{chr(10).join(row)}\n</tr>" for row in body)
    top = "\n".join(head)
    return (
        f"<table>\n<thead>\n<tr>\n{top}\n</tr>\n</thead>\n"
        f"<tbody>\n{lines}\n</tbody>\n</table>"
    )


HEAD = "th", ["way", "ms", "note"]


def right(html):
    """The texts of the cells that are right-aligned."""
    found = BeautifulSoup(tables.marked(html), "html.parser").select(".right")
    return [cell.get_text() for cell in found]


def test_a_column_of_numbers_is_right_aligned_with_its_head():
    rows = [("td", ["usual", "25.0 ± 3.1", "7 of 8"]), ("td", ["own", "–", ""])]
    assert right(table(HEAD, *rows)) == ["ms", "25.0 ± 3.1", "–"]


def test_a_column_with_a_word_or_without_a_number_is_not():
    rows = [("td", ["a", "12", ""]), ("td", ["b", "12 of 13", "-"])]
    assert right(table(HEAD, *rows)) == []


def test_what_markdown_aligned_has_the_class_and_no_style():
    html = '<table><tr><th style="text-align: right;">ms</th></tr></table>'
    assert tables.marked(html) == '<table><tr><th class="right">ms</th></tr></table>'


def test_a_table_of_a_tool_is_left_alone():
    html = '<table class="matrix"><tr><td>12</td></tr></table>'
    assert right(html) == []
