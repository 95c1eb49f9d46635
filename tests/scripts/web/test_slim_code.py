"""A slim page says the same in the same colours, with far fewer elements."""

import random
import re
from html import unescape

import pytest
from listing import ROOT
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from scripts.web import slim_code

FILES = sorted((ROOT / "snippets").rglob("*.py"))
SPAN = re.compile(r'<span class="([^"]*)">([^<]*)</span>|([^<]+)|<[^>]*>')


def text(html: str) -> str:
    """What a copy button gives."""
    return unescape(re.sub(r"<[^>]*>", "", html))


def coloured(html: str, same=lambda name: name) -> list[tuple[str, str]]:
    """Every character that is no blank, with the class that colours it."""
    found = []
    for name, inside, plain in SPAN.findall(html):
        found += [(same(name), letter) for letter in (inside or plain)]
    return [pair for pair in found if not pair[1].isspace()]


def lit(code: str, language: str = "python") -> str:
    """Code as Pygments marks it up, the way that the site's extension does."""
    options = HtmlFormatter(cssclass="highlight", wrapcode=True)
    return highlight(code, get_lexer_by_name(language), options)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_snippet_keeps_its_text_and_its_colours(path):
    html = lit(path.read_text(encoding="utf-8"))
    slimmed = slim_code.slim(html)
    assert text(slimmed) == text(html)
    as_shown = coloured(html, lambda name: slim_code.SHOWN.get(name, name))
    assert coloured(slimmed) == as_shown
    if path.stat().st_size > 200:
        assert slimmed.count("<span") < 0.45 * html.count("<span")


def test_any_code_keeps_its_text():
    chance = random.Random(0)
    letters = "abc01 \n\t.,()[]{}'\"#=<>&\\;:@fé→"
    for number in range(300):
        code = "".join(chance.choices(letters, k=chance.randint(1, 80)))
        language = ("python", "console", "diff", "text")[number % 4]
        html = lit(code, language)
        assert text(slim_code.slim(html)) == text(html), repr(code)


def test_neighbours_of_one_colour_are_one():
    slimmed = slim_code.slim(lit('# one\n# two\nprint(f"{a.b} of {c:.2f}")\n'))
    assert '<span class="c"># one\n# two</span>' in slimmed
    assert '<span class="s">f"{</span>a.b<span class="s">} of {</span>' in slimmed
    assert slimmed.count("<span") == 6, "five colours, and one around the code"


@pytest.mark.parametrize(
    "html",
    [
        '<pre><span></span><code>\n<span class="n">x</span></code></pre>',
        '<pre><code><span class="n">x</span><a href="#y">y</a></code></pre>',
        '<pre><code><span class="hll"><b>x</b></span></code></pre>',
        '<pre><code><span class="hll"><span class="hll">x</span></span></code></pre>',
        '<p><span class="n">x</span> stands in no code</p>',
    ],
)
def test_what_it_does_not_know_stays(html):
    inside = html.partition("<code>")[2] or html
    assert inside.removesuffix("</pre>") in slim_code.slim(html)


def test_marked_lines_stay_marked_and_are_slim_too():
    options = HtmlFormatter(cssclass="highlight", wrapcode=True, hl_lines=[2, 3])
    code = "a = 1\nb.c = d[2]\n# so\nprint(a)\n"
    html = highlight(code, get_lexer_by_name("python"), options)
    slimmed = slim_code.slim(html)
    assert text(slimmed) == text(html) == f"{code}\n"
    assert '<span class="hll">b.c = d[<span class="m">2</span>]\n</span>' in slimmed
    assert '<span class="hll"><span class="c"># so</span>\n</span>' in slimmed
    assert 'a = <span class="m">1</span>\n<span class="hll">' in slimmed


def test_a_code_is_no_child_of_its_pre():
    slimmed = slim_code.slim(lit("x = 1\n"))
    assert "<pre><span><code>" in slimmed and "</code></span></pre>" in slimmed
    assert "<pre><code>" not in slimmed


def test_what_has_no_row_keeps_its_class():
    assert 'class="gd"' in slim_code.slim(lit("-old\n+new\n", "diff"))


@pytest.mark.parametrize(
    ("output", "scrolls"),
    [
        ("width  batch  time\n   64     16  0.1\n", True),
        ("a sentence\nand another one\n", False),
        ("a sentence.  Two blanks in one line\nand another one\n", False),
        ("    indented\n    and indented\n", False),
        ("trailing  \ntrailing  \n", False),
    ],
)
def test_an_output_with_columns_scrolls_and_another_is_broken(output, scrolls):
    html = lit(output, "text").replace(
        'class="highlight"', 'class="language-text highlight"'
    )
    name = "language-text columns highlight" if scrolls else "language-text highlight"
    assert f'<div class="{name}"><pre>' in slim_code.slim(html)


def test_each_output_is_looked_at_by_itself():
    one = lit("a  b\nc  d\n", "text"), lit("a b\nc d\n", "text")
    html = "".join(one).replace('class="highlight"', 'class="language-text highlight"')
    assert slim_code.slim(html).count("columns") == 1


def test_code_with_columns_is_no_output():
    html = lit("x = 1  # a\ny = 2  # b\n").replace(
        "highlight", "language-python highlight"
    )
    assert "columns" not in slim_code.slim(html)
