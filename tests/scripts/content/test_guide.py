"""The field guide: what an entry has to hold, and the list of all entries."""

import re

import pytest

from scripts.common.errors import SiteError
from scripts.common.paths import TREE, address_of, page_path
from scripts.content import guide, questions

PROGRAM = """# --8<-- [start:fails]
import torch
print("FileNotFoundError: there is no file of this name")
# --8<-- [end:fails]
"""
WORDS = "These are ten words in all, so count them once. " * 6
CODE = '```python\n--8<-- "snippets/my_guide/it.py:fails"\n```'
OUTPUT = '```text\n--8<-- "docs/captures/my-guide/cpu/it-fails.txt"\n```'
ENTRY = f"""## “It fails” {{ #it-fails }}

{CODE}

{OUTPUT}

**Why.** {WORDS}

**The cure.** Another.

**To be sure.** Look. [Lesson](../my-lesson.md#there)
"""
LESSON = """---
lesson: {number: 1, load_type: BUILD, do: 60, needs: x, from: a, to: b, measured: m,
  measures: s}
---

# My lesson
"""


@pytest.fixture
def entry(house):
    """Plant a page of the guide with this text, and all that it leads to."""
    house("docs/my-lesson.md", LESSON)
    house("snippets/my_lesson/__init__.py", "")
    house("snippets/my_guide/it.py", PROGRAM)
    said = "Error: too short\nFileNotFoundError: there is no file of this name\n"
    house("docs/captures/my-guide/cpu/it-fails.txt", said)

    def plant(text: str) -> None:
        page = "---\nguide: 1\n---\n\n# My guide\n\nWords before.\n\n" + text
        house("docs/field-guide/my-guide.md", page)

    return plant


def test_a_good_entry_has_no_fault_and_is_listed_with_its_message(entry):
    entry(ENTRY)
    assert list(guide.problems()) == []
    listed = guide.markdown()
    assert "## [My guide](my-guide.md)" in listed
    assert (
        "- [“It fails”](my-guide.md#it-fails)"
        "<br><code>FileNotFoundError: there is no file of this name</code>\n" in listed
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (" { #it-fails }", "", "needs an id of its own"),
        ("**Why.**", "Why?", r"has no \*\*Why.\*\*"),
        ("**The cure.**", "So:", r"has no \*\*The cure.\*\*"),
        ("**To be sure.**", "Then:", r"has no \*\*To be sure.\*\*"),
        (WORDS, "", "has 9 words; it may have 60 to 160"),
        (WORDS, 3 * WORDS, "words; it may have 60 to 160"),
        (CODE, "", "0 lines of code"),
        (OUTPUT, "", "shows nothing that was captured"),
        ("../my-lesson.md", "../index.md", "leads to no lesson"),
    ],
)  # fmt: skip
def test_what_an_entry_lacks_is_named_with_its_line(entry, old, new, says):
    entry(ENTRY.replace(old, new))
    found = list(guide.problems())
    assert [said for said in found if re.search(says, said)], found
    assert all(said.startswith("my-guide.md, line 9: the entry") for said in found)


def test_two_entries_of_one_id_are_named(entry):
    entry(f"{ENTRY}\n{ENTRY.replace('“It fails”', 'Again')}")
    (found,) = guide.problems()
    assert "'Again' has the id of '“It fails”': it-fails" in found


def test_a_program_with_too_many_lines_is_named(entry, house):
    long = PROGRAM.replace("import torch\n", "import torch\n" * 20)
    house("snippets/my_guide/it.py", long)
    entry(ENTRY)
    (found,) = guide.problems()
    assert "has 21 lines of code; it may have 1 to 20" in found


def test_searches_of_no_entry_are_named(entry, house):
    entry(ENTRY)
    assert guide.searches() == {}
    house("docs/field-guide/searches.yml", "it-fails: [why]\nit-is-gone: [how]\n")
    assert list(guide.problems()) == ["searches.yml: no entry has the id it-is-gone"]
    house("docs/field-guide/searches.yml", "it-fails: [why\n")
    with pytest.raises(SiteError, match=r"searches.yml is no YAML"):
        guide.searches()


def test_a_guide_without_pages_is_no_guide(house):
    house("docs/field-guide/other.md", "# Not a page of entries\n")
    assert guide.slugs() == []
    with pytest.raises(SiteError, match="no page of docs/field-guide/"):
        guide.markdown()


def test_a_page_of_the_guide_has_an_address_of_its_own_and_no_questions(entry):
    entry(ENTRY)
    assert address_of("my-guide") == "field-guide/my-guide/"
    assert address_of("my-lesson") == "my-lesson/"
    assert page_path("index") == TREE.docs / "index.md"
    assert questions.read("my-guide") == {}
    with pytest.raises(SiteError, match=r"my_lesson/questions.yml does not exist"):
        questions.read("my-lesson")
