"""The text of each line that a page marks: `page: snippet:section: line`."""

import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent)]

from scripts.common.paths import page_path, programs  # noqa: E402, see above
from scripts.page.fences import INCLUDE, fences  # noqa: E402
from scripts.page.includes import section_lines  # noqa: E402

FILE = HERE / "fixtures/marked_lines.txt"


def marked() -> list[str]:
    """Every marked line, in the order of pages, blocks and lines."""
    found = []
    for slug in programs():
        for fence in fences(page_path(slug).read_text(encoding="utf-8")):
            said = re.search(r'hl_lines="([^"]+)"', fence.info)
            if not said:
                continue
            path, section = INCLUDE.match("".join(fence.body[:1]).strip()).groups()
            lines = section_lines(path, section)
            name = f"{slug}: {path.removeprefix('snippets/')}:{section}"
            found += [f"{name}: {lines[n - 1]}" for n in numbers(said[1])]
    return found


def numbers(said: str) -> list[int]:
    """`2 4-6` → [2, 4, 5, 6]."""
    ranges = [part.partition("-") for part in said.split()]
    return [n for a, _, b in ranges for n in range(int(a), int(b or a) + 1)]


if __name__ == "__main__":
    FILE.write_text("".join(f"{line}\n" for line in marked()), encoding="utf-8")
