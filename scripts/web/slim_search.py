"""A search index that a phone can afford: of a page's code, each word once.

It comes when the search field has the focus. Half of the pages is Python; whoever
searches looks for a name, so a section keeps the words that are new in its code, and
prose and captured texts, error messages among them, stay as they are. The separator in
mkdocs.yml keeps `no_grad` whole; its parts are added here. An entry of the field guide
gets the words of the searches that have to find it, in a field of the index that no
result shows.
"""

import ast
import json
import re
from functools import lru_cache
from html import unescape
from keyword import kwlist
from pathlib import Path

from scripts.common.errors import SiteError
from scripts.common.paths import TREE
from scripts.content import guide

BLOCK = re.compile(r"<pre>(?:<span>)?<code>(.*?)</code>(?:</span>)?</pre>", re.S)
WORD = re.compile(r"[A-Za-z_]\w*")
ROW = r"(?:\s[-+−±]?[\d.,]+%?){2,}(?=\s|<|$)"  # of a table
MEASURED = r"\b\d[\d,]*\.\d{2,}\b(?!\.)"  # in a lesson, nobody looks for 0.393
IN_CODE = r"(?=[^<]*</code>)"
NUMBERS = {
    True: re.compile(f"{ROW}|{MEASURED}{IN_CODE}"),
    False: re.compile(f"{ROW}|{MEASURED}"),
}
KEPT = re.compile(r"<pre><code>([^<]*)</code></pre>")
TAG = re.compile(r"<[^>]*>")
SHORTEST = 3
BOOST = 1000  # as the theme's for titles
COMMON = {*kwlist, "self", "print", "range", "this", "that", "with", "float"}


def trim(site: Path) -> None:
    """Make the index of a built site smaller. SiteError if there is none."""
    path = site / "search/search_index.json"
    try:
        index = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SiteError(f"{path} is no search index: {error}") from error
    add_searches(index, guide.searches())
    known: dict[str, set[str]] = {}  # by page: what the code of its sections held
    for entry in index["docs"]:
        page = entry["location"].partition("#")[0]
        kept = known.setdefault(page, set())
        # In the guide, one looks for 2.303; the front page has few, and large ones
        numbers = not page or page.startswith(f"{TREE.guide.name}/")
        entry["text"] = trimmed(entry["text"], frozenset(kept), numbers)
        kept.update(*map(str.split, KEPT.findall(entry["text"])))
    path.write_text(json.dumps(index, separators=(",", ":")), encoding="utf-8")


def add_searches(index: dict, searches: dict[str, list[str]]) -> None:
    """Give entries of the field guide the words of their searches, in a field."""
    for entry in index["docs"]:
        page, _, id = entry["location"].partition("#")
        if id in searches and page.startswith(f"{TREE.guide.name}/"):
            stands = set(WORD.findall(entry["title"].lower()))
            asked = WORD.findall(" ".join(searches[id]).lower())
            new = dict.fromkeys(word for word in asked if word not in stands)
            entry["searches"] = " ".join(new)
            index["config"]["fields"]["searches"] = {"boost": BOOST}


@lru_cache(maxsize=1024)  # `mkdocs serve` builds all pages after each edit of one
def trimmed(
    text: str, known: frozenset[str] = frozenset(), numbers: bool = False
) -> str:
    """A section's text with its Python as words, and without what is mere numbers.

    Words of its Python that are `known` from sections before it are left out. With
    `numbers`, its prose keeps single ones, such as that of a loss that stays there.
    """
    seen = set(known)
    text = BLOCK.sub(lambda match: _words(match[1], seen), text)
    # After its Python: without its numbers it would be none
    text = NUMBERS[numbers].sub(" ", text)
    parts = _parts(unescape(TAG.sub(" ", text)))
    return text + (f"<pre><code>{parts}</code></pre>" if parts else "")


def _words(code: str, seen: set[str]) -> str:
    """What is Python as its words, but those seen before; what is not as it is."""
    plain = unescape(code)
    try:
        ast.parse(plain)
    except (SyntaxError, ValueError):
        return f"<pre><code>{code}</code></pre>"
    found = dict.fromkeys(WORD.findall(plain))
    kept = [w for w in found if len(w) >= SHORTEST and w not in {*COMMON, *seen}]
    seen.update(kept)
    return f"<pre><code>{' '.join(kept)}</code></pre>" if kept else ""


def _parts(text: str) -> str:
    """The parts of names such as `no_grad` that stand nowhere by themselves."""
    alone = {word.lower() for word in WORD.findall(text)}
    names = [name for name in WORD.findall(text) if "_" in name]
    parts = [part for name in names for part in name.lower().split("_")]
    new = dict.fromkeys(p for p in parts if p not in alone and p not in COMMON)
    return " ".join(part for part in new if len(part) >= SHORTEST)
