"""A search index that a phone can afford: of code, each word once.

The theme loads the whole index with the first page. Half of it is Python; whoever
searches looks for a name, so each block keeps its words, and prose and captured texts,
error messages among them, stay as they are.
"""

import ast
import json
import re
from functools import lru_cache
from html import escape, unescape
from keyword import kwlist
from pathlib import Path

from scripts.tree import SiteError

BLOCK = re.compile(r"<pre>(?:<span>)?<code>(.*?)</code>(?:</span>)?</pre>", re.S)
WORD = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
NUMBERS = re.compile(
    r"(?:\s[-+−±]?[\d.,]+%?){2,}(?=\s|<|$)"  # a row of a table
    r"|\b\d[\d,]*\.\d{2,}\b(?!\.)"  # what was measured: nobody looks for 0.393
)
SHORTEST = 4
COMMON = {*kwlist, "self", "print", "range", "this", "that", "with", "float"}


def trim(site: Path) -> None:
    """Make the index of a built site smaller. SiteError if there is none."""
    path = site / "search/search_index.json"
    try:
        index = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise SiteError(f"{path} is no search index: {error}") from error
    for entry in index["docs"]:
        entry["text"] = trimmed(entry["text"])
    path.write_text(json.dumps(index, separators=(",", ":")))


@lru_cache(maxsize=1024)  # `mkdocs serve` builds all pages after each edit of one
def trimmed(text: str) -> str:
    """A section's text with its Python as words, and without what is mere numbers."""
    text = BLOCK.sub(lambda match: f"<pre><code>{_words(match[1])}</code></pre>", text)
    return NUMBERS.sub(" ", text)  # after it: without its numbers it is no Python


def _words(code: str) -> str:
    """What is Python as its words, each once; what is not as it is."""
    plain = unescape(code)
    try:
        ast.parse(plain)
    except (SyntaxError, ValueError):
        return code
    found = dict.fromkeys(WORD.findall(plain))
    kept = [word for word in found if len(word) >= SHORTEST and word not in COMMON]
    return escape(" ".join(kept))
