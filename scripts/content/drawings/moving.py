"""A drawing that moves: frames that a slider chooses, a switch, a sentence for each.

`docs/assets/moving.js` gives it its controls and `moving.css` its looks. What it says
stands in its own data, so that each number comes from a capture and neither of the two
knows any drawing. Where nothing moves it (no JavaScript, print, a notebook, or nobody
has touched it) it is the still drawing: what only moves is hidden there.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape

from scripts.content.drawings.pen import Drawing

LINE = 46  # letters of a sentence in a line, on a phone
Sayings = list[tuple[int, str, str]]  # from which frame on: its name, a sentence


class Moving(Drawing):
    """A picture with frames from 0 to `last`, and controls that are called so.

    `slider` is the slider's name, `hint` what stands below it until it is used. `says`
    has the sentences, one list of them for each position of the `switch`, if there is
    one. `play` is how many milliseconds a frame lasts for those who let it run.
    """

    def __init__(
        self, height, says, last, slider, hint, sayings, start=0, switch="", play=0
    ) -> None:
        super().__init__(height, says)
        longest = max(len(text) for part in sayings for *_, text in part)
        self._lines = -(-longest // LINE)
        self._moves = {
            "last": last,
            "start": start,
            "slider": slider,
            "hint": hint,
            "switch": switch,
            "play": play,
            "says": sayings,
        }

    @contextmanager
    def during(
        self, first, last, state=None, hidden=False, gone=False, **motion
    ) -> Iterator[None]:
        """What is drawn within is strong in these frames (and this state), else faint.

        `hidden`: it is not part of the still drawing. `gone`: it is not faint in other
        frames, but away. `slides`: it is that many units further to the right in each
        frame, and where it is drawn in frame `at` (0). `grows`: from a left edge; after
        so many frames it is as wide as it is drawn, and stays so.
        """
        style = {"--else": 0} if gone else {}
        if "slides" in motion:
            style["--by"] = f"{motion['slides']:g}px"
            style["--from"] = motion.get("at", 0)
        if "grows" in motion:
            left, frames = motion["grows"]
            style["--of"] = frames
            style["transform-origin"] = f"{left:g}px 0"
        self._parts.append(_opening(f"{first} {last}", state, hidden, motion, style))
        yield
        self._parts.append("</g>")

    def svg(self) -> str:
        """The whole as a text, with what `moving.js` has to know."""
        moves = escape(json.dumps(self._moves, ensure_ascii=False), quote=False)
        data = f"data-moves='{moves.replace(chr(39), '&#39;')}'"
        rows = 2 if self._moves["switch"] or self._moves["play"] else 1  # on a phone
        style = f'style="--lines: {self._lines}; --rows: {rows}"'
        mark = 'data-drawing=""'
        return super().svg().replace(mark, f"{mark} {data} {style}", 1)


def _opening(at, state, hidden, motion, style) -> str:
    """The tag that begins a group."""
    attributes = {
        "data-at": at,
        "data-state": state,
        "data-slides": "" if "slides" in motion else None,
        "data-grows": "" if "grows" in motion else None,
        "visibility": "hidden" if hidden else None,
        "style": "; ".join(f"{name}: {value}" for name, value in style.items()) or None,
    }
    said = " ".join(f'{k}="{v}"' for k, v in attributes.items() if v is not None)
    return f"<g {said}>"
