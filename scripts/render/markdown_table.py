"""Markdown tables: of the site's own numbers, and as a recording gave them."""

import re

from scripts.common.formatting import CELL, safe, show, signed

EATEN = re.compile(r"`[^`]*`|__|\*\*")


def cell(value: object) -> str:
    """A table cell: numbers as in sentences, and nothing that Markdown would eat.

    That is a pipe, which ends a cell, and outside `code` what makes text bold.
    """
    text = signed(value) if isinstance(value, str) else show(value)
    text = EATEN.sub(lambda found: _escaped(found[0]), text)
    return text.replace("|", "\\|").replace("\n", " ")


def _escaped(found: str) -> str:
    """What Markdown would eat with a backslash before each character; code as it is."""
    return found if found[0] == "`" else "".join(f"\\{mark}" for mark in found)


def table(columns: list[str], rows: list[list]) -> str:
    """A Markdown table; columns whose every cell is a number are right-aligned."""
    numeric = [
        all(not isinstance(row[i], str) for row in rows) for i in range(len(columns))
    ]
    rule = ["---:" if right else "---" for right in numeric]
    lines = [columns, rule, *[[cell(value) for value in row] for row in rows]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def recorded_table(data: dict) -> str:
    """A table as an experiment gave it: its texts show as they are, and do nothing."""

    def shown(row: list) -> list:
        return [safe(x, CELL) if isinstance(x, str) else x for x in row]

    return table(shown(data["columns"]), [shown(row) for row in data["rows"]])
