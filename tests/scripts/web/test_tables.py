"""Which cells of a table hold numbers alone."""

import pytest

from scripts.web import tables


@pytest.mark.parametrize(
    "text",
    ["12", "0.012 ± 0.001", "(89.5 ± 0.1 %)", "-0.1", "2.5×", "60,000", "2026-11-26"],
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
