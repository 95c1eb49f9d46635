"""Syntax trees of source texts, each parsed once. Nobody may change a tree."""

import ast
from functools import lru_cache


def parsed(code: str) -> ast.Module:
    """The syntax tree of a source text. SyntaxError as Python has it."""
    return ast.parse(code)


@lru_cache(maxsize=1024)
def imports(code: str) -> tuple[ast.Import | ast.ImportFrom, ...]:
    """What a source text imports, also within functions, in the order of `ast.walk`."""
    kinds = (ast.Import, ast.ImportFrom)
    return tuple(node for node in ast.walk(parsed(code)) if isinstance(node, kinds))
