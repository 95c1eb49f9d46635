"""What readers may paste into the explorer: one good line, and many bad ones."""

import json

from made_up import CELLS

GOOD = {
    "practical_patterns": "crossover",
    "version": 1,
    "machine": "A reader's machine",
    "device": "cpu",
    "threads": 4,
    "torch": "2.15.0+cpu",
    "ms": [[width, batch, 0.125] for width, batch in CELLS],
}


def with_row(index, row) -> dict:
    """A good line with one other row."""
    rows = [*GOOD["ms"]]
    rows[index] = row
    return GOOD | {"ms": rows}


def as_text(old, new) -> str:
    """A good line with one other piece of text."""
    text = json.dumps(GOOD)
    assert text.count(old) >= 1
    return text.replace(old, new, 1)


def wrapped(line: str, width=80, end="\n") -> str:
    """A line as a terminal of that width breaks it."""
    return end.join(line[at : at + width] for at in range(0, len(line), width))


def curly(line: str) -> str:
    """A line with Word's quotes: every second one closes."""
    return "".join(
        part + "“”"[n % 2] for n, part in enumerate(line.split('"'))
    ).removesuffix("“")


LINE = json.dumps(GOOD)
# What becomes of the line on its way, and is the same line all the same.
SAME = {
    "as it is": LINE,
    "Windows": f" {LINE}\r\n",
    "pretty": json.dumps(GOOD, indent=2),
    **{f"wrapped at {width}": wrapped(LINE, width) for width in (40, 79, 80, 81, 132)},
    "wrapped, Windows": wrapped(LINE, 80, "\r\n"),
    "wrapped and padded": "\n".join(x.ljust(83) for x in wrapped(LINE).split("\n")),
    "wrapped and indented": wrapped(LINE, 80, "\n    "),
    "wrapped at blanks": LINE.replace(", [", ",\n["),
    "Word": curly(LINE),
    "Word in German": curly(LINE).replace("“", "„").replace("”", "“"),
    "Word, blanks that do not break": curly(LINE).replace(" ", "\u00a0"),
    "twice": f"{LINE}\n{LINE}",
    "twice in a line": LINE * 2,
    "twice, wrapped": wrapped(f"{LINE}{LINE}"),
    "text before": f">>> print(json.dumps(line))\n{LINE}",
    "text after": f"{LINE}\n\nIn [2]: and that was it",
}

EVIL = "<img src=x onerror=alert(1)><script>alert(2)</script>"
# What is pasted (an object becomes its JSON), and a piece of what the page answers.
BAD = {
    "empty": ("", "Nothing has been pasted"),
    "blank": (" \n\t ", "Nothing has been pasted"),
    "a number": ("1e9", "The paste is 1000000000, not one object in braces."),
    "below zero": ("-5", "The paste is -5, not one object in braces."),
    "beyond all numbers": ("1e999", "The paste is Infinity, not one object"),
    "Arabic digits": ("١٢", "not JSON: it starts without {"),
    "a megabyte": ("a text " * 150_000, "more than 10000 characters"),
    "a megabyte of braces": ("{" * 2**20, "more than 10000 characters"),
    "not JSON": ("width 64: 1.2 3.4", "not JSON: it starts without {"),
    "cut off": (json.dumps(GOOD)[:-9], "not JSON: it is cut off"),
    "code": ("alert(document.cookie)", "not JSON"),
    "Python's repr": (repr(GOOD), "“'” (U+0027) has no place in it, after “{”"),
    "two lines": (LINE + LINE.replace("0.125", "0.25"), "holds 2 lines that differ"),
    "a full-width digit": (
        as_text('"threads": 4', '"threads": ４'),
        '“４” (U+FF14) has no place in it, after “ "threads": ”',
    ),
    "an invisible character": (
        as_text('"version"', '\u200b"version"'),
        "“?” (U+200B) has no place in it",
    ),
    "beyond the first plane": (as_text("[[", "[🙂["), "“🙂” (U+1F642) has no place"),
    "French quotes": (curly(LINE).replace("“", "«"), "“«” (U+00AB) has no place in it"),
    "a stroke": (
        as_text('"version"', '\\"version"'),
        "“\\” (U+005C) has no place in it",
    ),
    "a comma is gone": (as_text("[64, 16,", "[64 16,"), "it is cut off or changed"),
    "its end alone": (LINE[40:], "not JSON: it starts without {"),
    "a string is cut off": (LINE[:30], "it is cut off or changed"),
    "huge": ("9" * 10_001, "more than 10000 characters"),
    "huge and whole": (GOOD | {"machine": "x" * 10_000}, "more than 10000 characters"),
    "a list": ([GOOD], "is a list, not one object"),
    "null": ("null", "is null, not one object"),
    "a text": (json.dumps(EVIL), "is “<img src=x"),
    "deep nesting": ("[" * 4_900 + "]" * 4_900, "is a list"),
    "deep nesting inside": (as_text("0.125", "[" * 2_000 + "]" * 2_000), "a list"),
    "another program": (
        {"version": 1, "ms": []},
        "another program: “practical_patterns”",
    ),
    "another marker": (
        GOOD | {"practical_patterns": EVIL},
        "another program: “practical",
    ),
    "a later version": (
        GOOD | {"version": 2},
        "“version” is 2; this page reads version 1",
    ),
    "version as text": (GOOD | {"version": "1"}, "“version” is “1”"),
    "a key is gone": (
        {k: v for k, v in GOOD.items() if k != "torch"},
        "“torch” is missing",
    ),
    "a key too many": (GOOD | {EVIL: 1}, "is no part of the line"),
    "__proto__": (
        as_text('"version"', '"__proto__": {"x": 1}, "version"'),
        "“__proto__”",
    ),
    "constructor": (GOOD | {"constructor": {"prototype": {"x": 1}}}, "“constructor”"),
    "inherited": ('{"__proto__": ' + json.dumps(GOOD) + "}", "another program"),
    "no name": (GOOD | {"machine": ""}, "“machine” is “”; expected"),
    "name is a list": (GOOD | {"machine": [EVIL]}, "“machine” is a list"),
    "control characters": (
        GOOD | {"machine": "a\u0000\u001b[2Jb"},
        "“machine” holds invis",
    ),
    "line break": (GOOD | {"machine": "a\nb"}, "“machine” holds invisible"),
    "turned round": (GOOD | {"machine": "a\u202eb"}, "“machine” holds invisible"),
    "device": (
        GOOD | {"device": "tpu"},
        "“device” is “tpu”; expected “cpu” or “cuda”",
    ),
    "device in a list": (GOOD | {"device": ["cpu"]}, "“device” is a list"),
    "threads": (
        GOOD | {"threads": 1.5},
        "“threads” is 1.5; expected a whole number",
    ),
    "no threads": (GOOD | {"threads": 0}, "“threads” is 0"),
    "torch": (GOOD | {"torch": EVIL}, "“torch” is “<img src=x"),
    "times are no list": (GOOD | {"ms": {"0": 1}}, "“ms” is an object"),
    "a row is short": (
        with_row(0, [64, 16]),
        "Row 1 of “ms” is a list; expected [width",
    ),
    "a row is a text": (with_row(1, EVIL), "Row 2 of “ms” is “<img src=x"),
    "NaN": (as_text("0.125", "NaN"), "holds NaN, which is no time"),
    "Infinity": (as_text("0.125", "-Infinity"), "holds Infinity, which is no time"),
    "too large for a float": (as_text("0.125", "1e999"), "the time is Infinity"),
    "zero": (
        with_row(2, [64, 256, 0]),
        "Row 3 of “ms”, width 64, batch 256: the time is 0",
    ),
    "negative": (
        with_row(2, [64, 256, -1.5]),
        "the time is -1.5; expected a number from 0.001 and below 10,000,000",
    ),
    "too short": (with_row(2, [64, 256, 1e-30]), "the time is 1e-30; expected"),
    "a bit too short": (with_row(2, [64, 256, 9e-4]), "the time is 0.0009; expected"),
    "too long": (with_row(2, [64, 256, 1e7]), "the time is 10000000; expected"),
    "a number as text": (with_row(0, [64, 16, "1.5"]), "the time is “1.5”"),
    "null for a time": (with_row(0, [64, 16, None]), "the time is null"),
    "another cell": (
        with_row(0, [65, 16, 1]),
        "is for width 65, batch 16, which is no choice",
    ),
    "cell as text": (with_row(0, ["64", 16, 1]), "is for width “64”, batch 16"),
    "a cell is missing": (
        GOOD | {"ms": GOOD["ms"][:-1]},
        "no time for width 4096, batch 1024",
    ),
    "a cell twice": (
        with_row(1, [64, 16, 1]),
        "Row 2 of “ms” repeats width 64, batch 16",
    ),
    "17 rows": (GOOD | {"ms": [*GOOD["ms"], [64, 16, 1]]}, "Row 17 of “ms” repeats"),
}
