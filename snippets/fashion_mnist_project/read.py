"""A file of predictions: read, or refused with a sentence, as the page does it."""

from snippets.fashion_mnist_project.predict import Path

# The section imports what its page newly needs:
# isort: split
# --8<-- [start:read]
import re

# What stands in a line in place of a class number, and what is said of it
ODD = {
    r"": "is blank; {expected}",
    r"[+-]?[0-9]+": "is {line}; the classes are 0 to 9",
    r"[+-]?(nan|inf|infinity|none|null|na)": "is “{line}”; {expected}",
    r"[+-]?([0-9]+\.?|[0-9]*\.[0-9]+)(e[+-]?[0-9]+)?": "is the decimal number "
    '“{line}”: write whole numbers, with fmt="%d" in NumPy\'s savetxt',
    r"[\"'][-+.0-9e]*[\"']": "is “{line}”: write the number without quotes",
    r"(?=.*[,;| \t])[-+.0-9e\"'\[\],;| \t]+": "has more than a number, “{line}”: "
    "write one a line, no index (in pandas, index=False), logits as their argmax",
}


def odd(line):
    """What is odd about a line that is no class number; "" if it may be a header."""
    for pattern, says in ODD.items():
        if re.fullmatch(pattern, line, re.ASCII | re.IGNORECASE):
            return says
    named = any(character.isalpha() for character in line)
    return "" if named else "is not a whole number: “{line}”; {expected}"


def read_predictions(path, count=10000):
    """The class numbers in a file, one a line; ValueError says what is wrong with it.

    One header line, blank lines at the end and Windows line ends are allowed.
    """
    content = Path(path).read_bytes()
    expected = f"the file should have {count:,} lines, each a class number from 0 to 9"
    if len(content) > 1_000_000:
        raise ValueError(f"The file has more than a million bytes; {expected}.")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise ValueError(f"The file is in UTF-16: save it as UTF-8; {expected}.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError(f"The file is not text; {expected}.")
    lines = [line.strip(" \t") for line in re.split(r"\r\n|\r|\n", text)]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        raise ValueError(f"The file is empty; {expected}.")
    header = 0 if lines[0] and odd(lines[0]) else 1
    for number, line in enumerate(lines[header:], start=header + 1):
        if not re.fullmatch("[0-9]", line):
            says = odd(line) or "is not a whole number: “{line}”; {expected}"
            says = says.format(line=line[:40], expected=expected)
            raise ValueError(f"Line {number} {says}.")
    held = len(lines) - header
    found = f"The file has {held:,} prediction{'s' * (held != 1)}"
    if held == count + 1 and lines[0] == "0":
        raise ValueError(
            f"{found}: line 1, “0”, is probably the header that pandas writes; delete "
            "it, or write with header=False."
        )
    if held != count:
        found += f" below a header, “{lines[0][:40]}”" if header else ""
        raise ValueError(f"{found}; {expected}.")
    return [int(line) for line in lines[header:]]


# --8<-- [end:read]
