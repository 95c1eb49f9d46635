"""What a recording says is shown as it is, everywhere, and does nothing."""

from html.parser import HTMLParser

import pytest
import tiny

from scripts.common import formatting

EVIL = 'H100 <script>alert("x")</script> {{ evidence }} *_|`[a](javascript:b)`&lt;'


class Page(HTMLParser):
    """Which elements a page has, and what can be read of it."""

    def __init__(self, html):
        super().__init__()
        self.scripts, self.links, self.text, self.inside = [], [], "", None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        self.links += [value for key, value in attrs if key == "href"]

    def handle_endtag(self, tag):
        self.inside = None

    def handle_data(self, data):
        if self.inside == "script":
            self.scripts.append(data)
        else:
            self.text += data


def test_a_gpu_of_any_name_is_but_a_name(original, tmp_path, monkeypatch):
    """The recorder refuses it; a page shows what a file says in spite of that."""
    root = tiny.copy(original, tmp_path / "tree")
    monkeypatch.setattr(tiny, "GPU", EVIL)
    with pytest.raises(AssertionError, match="machine.gpu is 'H100 <script>.*, not a"):
        tiny.record_on_gpu(root, "named")
    monkeypatch.undo()
    tiny.record_on_gpu(root, "named")
    done = tiny.run((*tiny.PREBUILD, "--accept", "named"), root)
    assert done.returncode == 0, done.stdout
    for path in root.glob("docs/captures/*/cuda/*.json"):
        tiny.reseal(path, named_evil)
    done = tiny.run(tiny.BUILD, root)
    assert done.returncode == 0, done.stdout
    seen = 0
    for path in sorted((root / "built").rglob("*.html")):
        page = Page(path.read_text(encoding="utf-8"))
        assert not any("alert(" in script for script in page.scripts), path
        assert not any("javascript:" in (link or "") for link in page.links), path
        seen += page.text.count(EVIL)
    # the program's small print, each block's label, tables and plots, their passports,
    # and the page of evidence
    assert seen >= 6, seen


def named_evil(capture):
    """Give a capture's GPU a name that would do harm."""
    capture["machine"]["gpu"] = EVIL


@pytest.mark.parametrize("text", [EVIL, "![x](y)", "# *a*", "a__b__c", "1 < 2 & 3"])
def test_what_markdown_makes_of_it(text):
    import markdown

    for made in (formatting.safe(text), formatting.code(text)):
        html = markdown.markdown(f"On {made}.", extensions=["attr_list", "md_in_html"])
        assert Page(html).text == f"On {text}."


def test_in_a_table_too():
    import markdown

    from scripts.render.markdown_table import recorded_table

    row = ["<b>x</b>", "[a](javascript:b)", "{: onclick=x }", "162 ± 3*"]
    text = recorded_table({"columns": ["<i>", "b", "c", "d"], "rows": [row]})
    html = markdown.markdown(text, extensions=["tables", "attr_list"])
    page = Page(html)
    assert "<b>" not in html and "<td onclick" not in html and not page.links
    for part in ("<i>", *row):
        assert part in page.text
