"""What is wrong with the tree, said to whoever looks after it."""

from collections.abc import Iterator
from contextlib import contextmanager

LONGEST = 4000  # characters of a message; some quote a file


class SiteError(Exception):
    """Something in the tree is wrong; the message names it and says what to do.

    What a message quotes may come from a stranger's file: control characters are
    written out, so that no terminal obeys them, and a long one loses its middle.
    """

    def __init__(self, message: object) -> None:
        said = "".join(
            char if char.isprintable() or char in "\n\t" else ascii(char)[1:-1]
            for char in str(message)
        )
        if len(said) > LONGEST:
            said = f"{said[: LONGEST // 2]} … {said[-LONGEST // 2 :]}"
        super().__init__(said)


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put the name of a page, or of another file, before every SiteError."""
    try:
        yield
    except SiteError as error:
        raise SiteError(f"{name}: {error}") from error
