"""What a lesson page looks like as long as a GPU has not recorded everything.

One sentence with its command for each capture that is missing, and nothing that is
empty: no fence, no plot, no table, no box, no number that was not filled in.
"""

import pytest

from scripts import captures

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
LESSONS = sorted({want.slug for want in captures.expected("cuda")})


@pytest.mark.parametrize("slug", LESSONS)
def test_every_missing_capture_is_one_sentence_and_nothing_is_empty(visit, slug, say):
    opened = visit(f"{slug}/")
    opened.open_all()
    assert opened.page.evaluate(EMPTY) == []
    text = opened.page.inner_text("article")
    assert "{{" not in text and "}}" not in text
    wanted = [want for want in captures.expected("cuda") if want.slug == slug]
    missing = [want for want in wanted if captures.state(want) == "missing"]
    sentences = text.replace("\n", " ").split("; ")
    for want in wanted:
        command = captures.record_command(want)
        said = sum(part.split(" records it")[0] == command for part in sentences)
        assert said == (want in missing), f"{want.id}: said {said} times"
    say(f"{slug}: {len(missing)} of {len(wanted)} CUDA captures are missing, each said")


def test_an_empty_box_would_be_found(visit):
    opened = visit(f"{LESSONS[0]}/")
    opened.page.evaluate(
        "document.querySelector('article').insertAdjacentHTML('beforeend', "
        "'<pre><code> </code></pre><figure><figcaption>x</figcaption></figure>')"
    )
    found = {line.split(":")[0] for line in opened.page.evaluate(EMPTY)}
    assert found == {"empty fence", "empty figure"}
