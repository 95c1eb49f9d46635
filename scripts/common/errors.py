"""What is wrong with the tree, said to whoever looks after it."""

from collections.abc import Iterator
from contextlib import contextmanager


class SiteError(Exception):
    """Something in the tree is wrong; the message names it and says what to do."""


@contextmanager
def named(name: str) -> Iterator[None]:
    """Put the name of a page, or of another file, before every SiteError."""
    try:
        yield
    except SiteError as error:
        raise SiteError(f"{name}: {error}") from error
