"""Cells of numbers alone are not broken, and columns of them are right-aligned."""

import re
from itertools import count

CELL = re.compile(
    r"<td( style=\"[^\"]*\")?>(\(?[-−+]?\d(?:[-−+\d.,%±×÷:() ]|\de(?=[-+]\d))*)</td>"
)
TABLE = re.compile(r"<table>.*?</table>", re.S)
ROW = re.compile(r"<tr>.*?</tr>", re.S)
BOX = re.compile(r"<(t[hd])((?: [^>]*)?)>(.*?)</\1>", re.S)
RIGHT = ' style="text-align: right;"'  # as Markdown has it for a column of `---:`
NUMBER = ' class="number"'
NOTHING = {"", "-", "–", "—"}  # what stands where there is no number


def marked(html: str) -> str:
    """The same page; a cell without a word in it has a class, and so has its column."""
    html = CELL.sub(rf"<td\1{NUMBER}>\2</td>", html)
    return TABLE.sub(lambda found: _aligned(found[0]), html)


def _aligned(table: str) -> str:
    """A table whose columns of numbers are right-aligned by a class, head and all."""
    rows = [BOX.findall(row) for row in ROW.findall(table)]
    body = [row for row in rows if row and row[0][0] == "td"]
    columns = enumerate(zip(*body, strict=False))  # a cell may span two
    right = {i for i, column in columns if _is_of_numbers(column)}
    return ROW.sub(lambda row: _row(row[0], right), table)


def _is_of_numbers(column: tuple[tuple[str, str, str], ...]) -> bool:
    """Whether each cell of a column is a number or empty, and one at least a number."""
    numbers = [NUMBER in attributes for _, attributes, _ in column]
    blank = [text.strip() in NOTHING for _, _, text in column]
    return any(numbers) and all(map(max, numbers, blank))


def _row(row: str, right: set[int]) -> str:
    """A row whose cells in the columns `right`, and those with the style, have it."""
    place = count()

    def cell(found: re.Match) -> str:
        name, attributes, text = found.groups()
        if next(place) in right or RIGHT in attributes:
            both = "number right" if NUMBER in attributes else "right"
            attributes = attributes.replace(RIGHT, "").replace(NUMBER, "")
            attributes += f' class="{both}"'
        return f"<{name}{attributes}>{text}</{name}>"

    return BOX.sub(cell, row)
