"""Files as they are dropped on the grader: those it takes, and those it refuses.

The grader in the notebook and the one on the page are both fed with these.
"""

import gzip
import random

# Class numbers that each file that is taken holds, in this order.
PREDICTIONS = random.Random(0).choices(range(10), k=10000)

EXPECTED = "the file should have 10,000 lines, each a class number from 0 to 9"
HUGE = f"The file has more than a million bytes; {EXPECTED}."
NO_TEXT = f"The file is not text; {EXPECTED}."
UTF_16 = f"The file is in UTF-16: save it as UTF-8; {EXPECTED}."
PANDAS = (
    "The file has 10,001 predictions: line 1, “0”, is probably the header that pandas "
    "writes; delete it, or write with header=False."
)
EMPTY = f"The file is empty; {EXPECTED}."


def counted(found):
    """What is said of a file with so many predictions (as "9,999")."""
    predictions = "prediction" if found == "1" else "predictions"
    return f"The file has {found} {predictions}; {EXPECTED}."


def below(found, header):
    """What is said of a file with so many predictions below a header."""
    return f"The file has {found} predictions below a header, “{header}”; {EXPECTED}."


def odd(number, line):
    """What is said of a line that is not a whole number."""
    return f"Line {number} is not a whole number: “{line}”; {EXPECTED}."


def blank(number):
    """What is said of a blank line that is neither the first nor among the last."""
    return f"Line {number} is blank; {EXPECTED}."


def missing(number, line):
    """What is said of a word for a missing number."""
    return f"Line {number} is “{line}”; {EXPECTED}."


def decimal(number, line):
    """What is said of a decimal number."""
    says = 'write whole numbers, with fmt="%d" in NumPy\'s savetxt.'
    return f"Line {number} is the decimal number “{line}”: {says}"


def quoted(number, line):
    """What is said of a number in quotes."""
    return f"Line {number} is “{line}”: write the number without quotes."


def columns(number, line):
    """What is said of several numbers in a line."""
    says = (
        "write one a line, no index (in pandas, index=False), logits as their argmax."
    )
    return f"Line {number} has more than a number, “{line}”: {says}"


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
    first = PREDICTIONS[0]
    from_one = [label + 1 for label in PREDICTIONS]
    page = b"<!doctype html>\n<title>a page</title>\n"
    joined, logits = ",".join(map(str, PREDICTIONS)), "-1.25e+00," * 9 + "3.5"
    one_hot = [" ".join(str(int(x == k)) for k in range(10)) for x in PREDICTIONS]
    return {
        # no text, or nothing
        "no bytes": (b"", EMPTY),
        "only blank lines": (b"\n \r\n\t\n", EMPTY),
        "only a byte order mark": (b"\xef\xbb\xbf", EMPTY),
        "a byte too many": (right.ljust(1_000_001), HUGE),
        "a huge file": (text(PREDICTIONS * 60), HUGE),
        "a huge file that is not text": (bytes(1_000_001), HUGE),
        "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", NO_TEXT),
        "compressed": (gzip.compress(right, mtime=0), NO_TEXT),
        "a byte that is zero": (right + b"\0\n", NO_TEXT),
        "UTF-16": (b"\xff\xfe" + right.decode().encode("utf-16-le"), UTF_16),
        "UTF-16, the other way": (
            b"\xfe\xff" + right.decode().encode("utf-16-be"),
            UTF_16,
        ),
        "UTF-16 without its mark": (right.decode().encode("utf-16-le"), NO_TEXT),
        "Latin-1": ("für\n".encode("latin-1") + right, NO_TEXT),
        "half a surrogate pair": (b"\xed\xa0\x80\n" + right, NO_TEXT),
        # the count
        "a line too few": (text(PREDICTIONS[1:]), counted("9,999")),
        "a line too many": (text([*PREDICTIONS, 3]), counted("10,001")),
        "both sets": (text([3] * 70000), counted("70,000")),
        "one line": (b"3\n", counted("1")),
        "only a header": (b"label\n", below("0", "label")),
        "a header too few": (
            b"label\n" + text(PREDICTIONS[1:]),
            below("9,999", "label"),
        ),
        "a letter for a zero": (replaced(1, "O"), below("9,999", "O")),
        "the header of pandas": (b"0\n" + right, PANDAS),
        "the header of pandas, Windows": (
            b"\xef\xbb\xbf0\r\n" + text(PREDICTIONS, "\r\n"),
            PANDAS,
        ),
        "another number first": (b"1\n" + right, counted("10,001")),
        # several numbers in a line
        "all in one line": (joined.encode(), columns(1, joined[:40])),
        "a list": (
            str(PREDICTIONS).encode(),
            columns(1, str(PREDICTIONS)[:40]),
        ),
        "the index of pandas": (
            text([",0", *(f"{n},{x}" for n, x in enumerate(PREDICTIONS))]),
            columns(1, ",0"),
        ),
        "two columns": (
            text(["index,label", *(f"{n},{x}" for n, x in enumerate(PREDICTIONS))]),
            columns(2, f"0,{first}"),
        ),
        "two columns, semicolons": (
            text(["index;label", *(f"{n};{x}" for n, x in enumerate(PREDICTIONS))]),
            columns(2, f"0;{first}"),
        ),
        "two columns, tabs": (
            text(f"{n}\t{x}" for n, x in enumerate(PREDICTIONS)),
            columns(1, f"0\t{first}"),
        ),
        "two columns in quotes": (
            text(f'"{n}","{x}"' for n, x in enumerate(PREDICTIONS)),
            columns(1, f'"0","{first}"'),
        ),
        "semicolons at the ends": (
            right.replace(b"\n", b";\n"),
            columns(1, f"{first};"),
        ),
        "logits": (text([logits] * 9000), columns(1, logits[:40])),
        "one-hot": (text(one_hot), columns(1, one_hot[0])),
        "a decimal comma": (replaced(3, "2,0"), columns(3, "2,0")),
        # whole numbers, and no class
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
        # decimal numbers, quotes, nothing
        "a fraction": (replaced(3, "2.5"), decimal(3, "2.5")),
        "a fraction first": (replaced(1, "2.5"), decimal(1, "2.5")),
        "a fraction before": (b".5\n" + right, decimal(1, ".5")),
        "all as floats": (
            text(f"{x}.0" for x in PREDICTIONS),
            decimal(1, f"{first}.0"),
        ),
        "as NumPy writes it": (
            text(f"{x:.18e}" for x in PREDICTIONS),
            decimal(1, f"{first:.18e}"),
        ),
        "an exponent first": (replaced(1, "1E0"), decimal(1, "1E0")),
        "a point at its end": (replaced(2, "-3."), decimal(2, "-3.")),
        "all in quotes": (
            text(f'"{x}"' for x in PREDICTIONS),
            quoted(1, f'"{first}"'),
        ),
        "in quotes below a header": (
            text(["'label'", *(f"'{x}'" for x in PREDICTIONS)]),
            quoted(2, f"'{first}'"),
        ),
        "an empty header in quotes": (b'""\n' + right, quoted(1, '""')),
        "not a number": (replaced(4, "nan"), missing(4, "nan")),
        "not a number first": (b"NaN\n" + right, missing(1, "NaN")),
        "infinite": (replaced(4, "-Infinity"), missing(4, "-Infinity")),
        "none": (replaced(1, "None"), missing(1, "None")),
        "a blank line inside": (replaced(40, ""), blank(40)),
        "a line of blanks inside": (replaced(40, " \t "), blank(40)),
        # something else
        "a name": (replaced(4, "Ankle boot"), odd(4, "Ankle boot")),
        "names": (
            text(["label", *["Ankle boot"] * 10000]),
            odd(2, "Ankle boot"),
        ),
        "two headers": (b"label\nclass\n" + right, odd(2, "class")),
        "two headers, one blank": (b"\nlabel\n" + right, odd(2, "label")),
        "digits of another script": (replaced(9, "٣"), odd(9, "٣")),
        "digits of another script first": (replaced(1, "٣"), odd(1, "٣")),
        "a full-width digit before": ("３\n".encode() + right, odd(1, "３")),
        "half": ("½\n".encode() + right, odd(1, "½")),
        "a line of strokes": (b"---\n" + right, odd(1, "---")),
        "a typographic minus": (replaced(9, "−3"), odd(9, "−3")),
        "a space that is no ASCII": (replaced(9, "\u00a03"), odd(9, "\u00a03")),
        "a form feed": (replaced(9, "3\f"), odd(9, "3\f")),
        "a line separator": (replaced(9, "3\u20283"), odd(9, "3\u20283")),
        "two byte order marks": (
            b"\xef\xbb\xbf\xef\xbb\xbf3\n\xef\xbb\xbf4\n" + right,
            odd(1, "\ufeff3"),
        ),
        "a long line": (replaced(6, "ab" * 99), odd(6, "ab" * 20)),
        "a long line of emoji": (replaced(6, "🙂" * 99), odd(6, "🙂" * 40)),
        "markup": (replaced(6, "<img src=x>&amp;"), odd(6, "<img src=x>&amp;")),
        "a web page": (page, odd(2, "<title>a page</title>")),
        "a minus sign alone": (replaced(6, "-"), odd(6, "-")),
    }


# Name → (bytes, the sentence that refuses them; None: they hold PREDICTIONS).
FILES = {name: (content, None) for name, content in taken().items()} | refused()
