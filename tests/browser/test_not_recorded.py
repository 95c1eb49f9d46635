"""What a lesson page looks like as long as a GPU has not recorded everything.

One sentence for all captures that are missing, which leads to their commands, and
nothing that is empty: no fence, no plot, no table, no box, no number not filled in.
"""

import pytest

from scripts.captures import expected
from scripts.common.paths import address_of

EMPTY = """
() => {
  const text = node => node.textContent.trim()
  const boxes = {
    "fence": [...document.querySelectorAll("article pre code")].filter(n => !text(n)),
    "figure": [...document.querySelectorAll("article figure")]
      .filter(n => !n.querySelector("svg.plot > title, table tbody td")),
    "caption": [...document.querySelectorAll("figcaption")].filter(n => !text(n)),
    "table": [...document.querySelectorAll("article table")]
      .filter(n => !n.querySelector("tbody td")),
    "box": [...document.querySelectorAll("article .admonition, article details")]
      .filter(n => [...n.children].filter(text).length < 2),
    "tab": [...document.querySelectorAll(".tabbed-block")].filter(n => !text(n)),
    "item": [...document.querySelectorAll("article li, article p, article small")]
      .filter(n => !text(n) && !n.querySelector("img, a[id]")
        && n.getAttribute("role") !== "status"),
  }
  return Object.entries(boxes).flatMap(([kind, found]) =>
    found.map(node => `empty ${kind}: ${node.outerHTML.slice(0, 120)}`))
}
"""
LESSONS = sorted({want.slug for want in expected.expected("cuda")})


@pytest.mark.parametrize("slug", LESSONS)
def test_what_is_missing_is_one_sentence_and_nothing_is_empty(visit, slug, say):
    wanted = [want for want in expected.expected("cuda") if want.slug == slug]
    missing = [want for want in wanted if expected.state(want) == "missing"]
    opened = visit(address_of(slug))
    opened.open_all()
    assert opened.page.evaluate(EMPTY) == []
    article = opened.page.locator("article")
    text = article.inner_text()
    assert "{{" not in text and "}}" not in text
    sentences = article.locator("p", has_text="evidence lists what is missing")
    assert sentences.count() == bool(missing)
    assert not [want.id for want in missing if expected.record_command(want) in text]
    if missing:
        sentences.get_by_role("link", name="evidence").click()
        rows = opened.page.locator("article tr", has_text="not recorded yet")
        commands = "\n".join(rows.all_inner_texts())
        for want in missing:
            assert expected.record_command(want) in commands, want.id
    say(f"{slug}: {len(missing)} of {len(wanted)} CUDA captures are missing, and said")


def test_an_empty_box_would_be_found(visit):
    opened = visit(address_of(LESSONS[0]))
    opened.page.evaluate(
        "document.querySelector('article').insertAdjacentHTML('beforeend', "
        "'<pre><code> </code></pre><figure><figcaption>x</figcaption></figure>')"
    )
    found = {line.split(":")[0] for line in opened.page.evaluate(EMPTY)}
    assert found == {"empty fence", "empty figure"}
