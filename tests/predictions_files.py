"""Files as they are dropped on the grader: those it takes, and those it refuses.

The grader in the notebook and the one on the page are both fed with these.
"""

import gzip
import random

# Class numbers that each file that is taken holds, in this order.
PREDICTIONS = random.Random(0).choices(range(10), k=10000)

EXPECTED = "expected are 10,000 lines, each a class number from 0 to 9"
HUGE = f"The file has more than a million bytes; {EXPECTED}."
NO_TEXT = f"The file is not text; {EXPECTED}."
EMPTY = f"The file is empty; {EXPECTED}."


def counted(found):
    """What is said of a file with so many predictions (as "9,999")."""
    return f"The file has {found} predictions; {EXPECTED}."


def odd(number, line):
    """What is said of a line that is no whole number."""
    return f"Line {number} is no whole number: “{line}”; {EXPECTED}."


def outside(number, line):
    """What is said of a line that is a whole number and no class."""
    return f"Line {number} is {line}; the classes are 0 to 9."


def text(lines, end="\n"):
    """Bytes of a file with these lines, each ended."""
    return "".join(f"{line}{end}" for line in lines).encode()


def replaced(number, line):
    """The right file with another text in line `number`, counted from 1."""
    lines = [*PREDICTIONS]
    lines[number - 1] = line
    return text(lines)


def taken():
    """Name → bytes of each file that holds PREDICTIONS in a form that is allowed."""
    right = text(PREDICTIONS)
    return {
        "as the notebook writes it": right,
        "no end of the last line": right.rstrip(),
        "Windows line ends": text(PREDICTIONS, "\r\n"),
        "old Mac line ends": text(PREDICTIONS, "\r"),
        "line ends mixed": right.replace(b"\n", b"\r\n", 500),
        "a header": b"label\n" + right,
        "a header with a number in it": b"10,000 predictions\n" + right,
        "a header with quotes and commas": b'"class, 0 to 9"\r\n' + right,
        "a header beyond ASCII": "Klasse für Bild 🙂\n".encode() + right,
        "a blank first line": b"\n" + right,
        "blank lines at the end": right + b"\n\n \n\t\n",
        "blanks around numbers": text(f" \t{label} \t" for label in PREDICTIONS),
        "a byte order mark": b"\xef\xbb\xbf" + right,
        "a byte order mark and a header": b"\xef\xbb\xbflabel\n" + right,
        "a million bytes": text(f"{label}".ljust(99) for label in PREDICTIONS),
    }


def refused():
    """Name → bytes and sentence of each file that is refused."""
    right = text(PREDICTIONS)
    from_one = [label + 1 for label in PREDICTIONS]
    page = b"<!doctype html>\n<title>a page</title>\n"
    return {
        "no bytes": (b"", EMPTY),
        "only blank lines": (b"\n \r\n\t\n", EMPTY),
        "only a byte order mark": (b"\xef\xbb\xbf", EMPTY),
        "a byte too many": (right.ljust(1_000_001), HUGE),
        "a huge file": (text(PREDICTIONS * 60), HUGE),
        "a huge file that is not text": (bytes(1_000_001), HUGE),
        "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", NO_TEXT),
        "compressed": (gzip.compress(right, mtime=0), NO_TEXT),
        "a byte that is zero": (right + b"\0\n", NO_TEXT),
        "UTF-16": (right.decode().encode("utf-16"), NO_TEXT),
        "Latin-1": ("für\n".encode("latin-1") + right, NO_TEXT),
        "half a surrogate pair": (b"\xed\xa0\x80\n" + right, NO_TEXT),
        "a line too few": (text(PREDICTIONS[1:]), counted("9,999")),
        "a line too many": (text([*PREDICTIONS, 3]), counted("10,001")),
        "both sets": (text([3] * 70000), counted("70,000")),
        "one line": (b"3\n", counted("1")),
        "only a header": (b"label\n", counted("0")),
        "all in one line": (
            ",".join(map(str, PREDICTIONS)).encode(),
            counted("0"),
        ),
        "a list": (str(PREDICTIONS).encode(), counted("0")),
        "a header too few": (b"label\n" + text(PREDICTIONS[1:]), counted("9,999")),
        "class 10": (replaced(17, "10"), outside(17, "10")),
        "class 10 first": (replaced(1, "10"), outside(1, "10")),
        "class 10 last": (replaced(10000, "10"), outside(10000, "10")),
        "classes from 1": (text(from_one), outside(from_one.index(10) + 1, "10")),
        "class -1": (replaced(2, "-1"), outside(2, "-1")),
        "class -1 first": (replaced(1, "-1"), outside(1, "-1")),
        "a plus sign": (replaced(5, "+3"), outside(5, "+3")),
        "two digits": (replaced(5, "03"), outside(5, "03")),
        "after a header": (b"label\n" + replaced(5, "12"), outside(6, "12")),
        "a long number": (replaced(7, "1" * 60), outside(7, "1" * 40)),
        "wrong class in a short file": (b"3\n11\n", outside(2, "11")),
        "a fraction": (replaced(3, "2.5"), odd(3, "2.5")),
        "a fraction first": (replaced(1, "2.5"), odd(1, "2.5")),
        "all as floats": (
            text(f"{x}.0" for x in PREDICTIONS),
            odd(1, f"{PREDICTIONS[0]}.0"),
        ),
        "an exponent first": (replaced(1, "1e0"), odd(1, "1e0")),
        "not a number": (replaced(4, "nan"), odd(4, "nan")),
        "a name": (replaced(4, "Ankle boot"), odd(4, "Ankle boot")),
        "a blank line inside": (replaced(40, ""), odd(40, "")),
        "a line of blanks inside": (replaced(40, " \t "), odd(40, "")),
        "two headers": (b"label\nclass\n" + right, odd(2, "class")),
        "two headers, one blank": (b"\nlabel\n" + right, odd(2, "label")),
        "two columns": (
            text(["index,label", *(f"{n},{x}" for n, x in enumerate(PREDICTIONS))]),
            odd(2, f"0,{PREDICTIONS[0]}"),
        ),
        "digits of another script": (replaced(9, "٣"), odd(9, "٣")),
        "a space that is no ASCII": (replaced(9, "\u00a03"), odd(9, "\u00a03")),
        "a form feed": (replaced(9, "3\f"), odd(9, "3\f")),
        "a line separator": (replaced(9, "3\u20283"), odd(9, "3\u20283")),
        "two byte order marks": (
            b"\xef\xbb\xbf\xef\xbb\xbf3\n\xef\xbb\xbf4\n" + right,
            odd(2, "\ufeff4"),
        ),
        "a long line": (replaced(6, "ab" * 99), odd(6, "ab" * 20)),
        "a long line of emoji": (replaced(6, "🙂" * 99), odd(6, "🙂" * 40)),
        "markup": (replaced(6, "<img src=x>&amp;"), odd(6, "<img src=x>&amp;")),
        "a web page": (page, odd(2, "<title>a page</title>")),
        "a minus sign alone": (replaced(6, "-"), odd(6, "-")),
    }


# Name → (bytes, the sentence that refuses them; None: they hold PREDICTIONS).
FILES = {name: (content, None) for name, content in taken().items()} | refused()
