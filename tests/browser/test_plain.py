"""Each page's Markdown, and llms.txt: whole, plain, and with links that lead there."""

import re

import pytest

from scripts.common.paths import (
    TREE,
    address_of,
    captures_of,
    lessons,
    pages,
    programs,
)
from scripts.content import guide
from scripts.page.program import program
from scripts.web import markdown_pages

PAGES = (path.relative_to(TREE.docs) for path in pages())
MARKDOWN = sorted(path.with_suffix("").as_posix() for path in PAGES)
LINKS = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


def folder_of(site, stem: str):
    """Where a page is published, its Markdown beside it."""
    return (site / stem.removesuffix("index")).resolve()


def text_of(site, stem: str) -> str:
    """The Markdown that is published beside a page."""
    return (folder_of(site, stem) / "index.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("stem", MARKDOWN)
def test_a_page_has_its_markdown_and_nothing_else_in_it(site, stem):
    text = text_of(site, stem)
    assert text.startswith("# "), text[:80]
    outside = re.sub(r"^(`{3,}).*?^\1$|`[^`\n]+`", "", text, flags=re.M | re.S)
    for left in ("--8<--", "{{", "<svg", "<details", "<div", "</", "\n!!!", "\n???"):
        assert left not in outside, f"{stem}: {left}"
    folder = folder_of(site, stem)
    assert "<wbr>" not in text
    for target in LINKS.findall(outside):
        goal = (folder / target).resolve()
        assert goal.is_relative_to(site.resolve()), target
        assert goal.is_file() or (goal / "index.html").is_file(), f"{stem}: {target}"


def test_marks_that_a_page_speaks_of_are_not_taken_for_marks(site):
    """In a recipe stands how a section begins and ends."""
    html = (site / "contributing/index.html").read_text(encoding="utf-8")
    for mark in ("[start:name]", "[end:name]"):
        assert f"<code># --8&lt;-- {mark}</code>" in html
        assert f"`# --8<-- {mark}`" in text_of(site, "contributing")


@pytest.mark.parametrize("slug", programs())
def test_a_page_has_all_its_code_and_all_that_was_captured(site, slug):
    text = text_of(site, address_of(slug).rstrip("/"))
    blocks = program(slug)
    assert len(blocks) > 10
    for block in blocks:
        assert f"```python\n{block.code.rstrip()}\n" in text, block.name
        output = captures_of(slug) / f"{block.name}.txt"
        if output.exists():
            lines = [
                line.strip() for line in output.read_text(encoding="utf-8").splitlines()
            ]
            assert "\n".join(lines).strip() in re.sub(r"\n[ \t]+", "\n", text), output
    assert text.count("[Plot: ") >= (slug in lessons())


def test_code_is_not_taken_for_a_link():
    """An index in brackets before a call looks like one."""
    for code in ("```python\nnet[:2](x)\n```", "`net[:2](x)`"):
        link = "[there](../a.md#b)"
        made = markdown_pages.markdown(f"{code}\n\n{link}\n", lambda target: "new/")
        assert code in made and "[there](new/#b)" in made


def test_llms_txt_leads_to_every_page_and_notebook(site):
    text = (site / "llms.txt").read_text(encoding="utf-8")
    assert re.match(r"# Practical Patterns\n\n> [^\n]+\n\n## Pages\n\n- \[", text)
    found = LINKS.findall(text)
    for target in found:
        goal = site / target
        assert goal.is_file() or (goal / "index.html").is_file(), target
    published = {folder_of(site, stem) / "index.md" for stem in MARKDOWN}
    assert published <= {(site / target).resolve() for target in found}
    assert sum(target.startswith("notebooks/") for target in found) == 9 + 3


def test_llms_txt_leads_to_every_entry_of_the_field_guide(site):
    text = (site / "llms.txt").read_text(encoding="utf-8")
    entries = [entry for slug in guide.slugs() for entry in guide.entries(slug)]
    for entry in entries:
        address = address_of(entry.slug)
        assert f"\n- [{entry.title}]({address}#{entry.id})\n" in text
        html = (site / address / "index.html").read_text(encoding="utf-8")
        assert f'id="{entry.id}"' in html
    assert len(entries) > 50 and text.count("/#") == len(entries)


def test_boxes_plots_and_html_become_words():
    text = (
        '# A\n\n!!! scope "What **it** does"\n\n    One.\n\n    ```text\n    <b> 1\n'
        '    ```\n\n<svg class="plot"><title>Down and\nup</title></svg>\n\n'
        "<details><summary>Why?</summary><p>Since &lt;x&gt; is `<i>` or "
        "<code>&lt;</code>.</p></details>\n"
    )
    assert markdown_pages.markdown(text) == (
        "# A\n\n**What **it** does**\n\nOne.\n\n```text\n<b> 1\n```\n\n"
        "[Plot: Down and up]\n\nWhy?\n\nSince &lt;x> is `<i>` or `<`.\n"
    )
