"""The templates of our HTML: what is filled in is escaped, and nothing is forgotten."""

import re

import pytest
from jinja2 import DictLoader, UndefinedError
from listing import ROOT
from markupsafe import Markup

from scripts.content import templating


@pytest.fixture
def template(monkeypatch):
    """A function that renders a template, given as a text."""

    def render(source, **values):
        loader = DictLoader({"x.html": source})
        only = templating.TEMPLATES.overlay(loader=loader)
        monkeypatch.setattr(templating, "TEMPLATES", only)
        return templating.render("x.html", **values)

    return render


def test_text_is_escaped_and_markup_is_not(template):
    html = template("{{ a }} {{ b }}", a="<b> & c", b=Markup("<i>"))
    assert html == "&lt;b&gt; &amp; c <i>"


def test_what_a_recording_gave_is_plain_for_markdown_too(template):
    html = template("{{ text | plain }}", text="*a* {{ b }} <c> `d`")
    assert not set(html) & set("*{}<>`")


def test_a_value_that_nobody_gave_stops(template):
    with pytest.raises(UndefinedError, match="'title' is undefined"):
        template("<p>{{ title }}</p>")


def test_no_blank_line_stands_around_it_and_a_tag_leaves_none(template):
    inside = "  {% if n %}\n<p>{{ n }}</p>\n  {% endif %}\n"
    text = f"\n{{# why #}}\n{{% for n in [1, 2] %}}\n{inside}{{% endfor %}}\n\n"
    assert template(text) == "<p>1</p>\n<p>2</p>"


def test_every_template_is_used():
    names = templating.TEMPLATES.list_templates()
    codes = [p.read_text(encoding="utf-8") for p in (ROOT / "scripts").rglob("*.py")]
    used = set(re.findall(r'render\(\s*"([\w.]+)"', "\n".join(codes)))
    assert len(used) >= 6 and used == set(names)
