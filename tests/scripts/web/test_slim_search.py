"""The search index: small, and what a reader looks for is in it."""

import gzip
import json

import pytest

from scripts.common.errors import SiteError
from scripts.web import slim_search

CODE = "import torch\n\n# Saves it\nscaler = torch.amp.GradScaler()\nscaler.step(x)\n"


def test_python_is_kept_as_words_each_once_a_section():
    block = f"<pre><code>{CODE}</code></pre>"
    text = slim_search.trimmed(f"<p>Prose.</p> {block} More. {block} End.")
    words = "torch Saves scaler amp GradScaler step"
    assert text == f"<p>Prose.</p> <pre><code>{words}</code></pre> More.  End."


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("<code>torch.no_grad</code>", "grad"),
        ("get_rng_state and the state", "get rng"),
        ("<pre><code>pin_memory=True, x=__file__\n</code></pre>", "pin memory file"),
        ("no names", ""),
        ("<a href='some_place'>Memory</a>", ""),
    ],
)
def test_the_parts_of_a_name_are_added(text, parts):
    left, _, added = slim_search.trimmed(text).partition("<pre><code>" + parts)
    if parts:
        assert added == "</code></pre>" and text[:5] in left + "<pre>"
    else:
        assert "</pre>" not in slim_search.trimmed(text)


@pytest.mark.parametrize(
    "text",
    [
        "RuntimeError: size mismatch for out.weight: copying (10, 1)\n",
        "epoch 1 of 3: saved\nepoch 1 of 3: saved\n",
        "pip install a &amp;&amp; pip install b\n",
    ],
)
def test_what_is_not_python_stays_as_it_is(text):
    block = f"<pre><span><code>{text}</code></span></pre>"
    assert slim_search.trimmed(block) == f"<pre><code>{text}</code></pre>"


def test_a_site_without_an_index_is_named(tmp_path):
    with pytest.raises(SiteError, match="search_index.json is no search index"):
        slim_search.trim(tmp_path)


def test_it_is_written_back(tmp_path):
    (tmp_path / "search").mkdir()
    path = tmp_path / "search/search_index.json"
    docs = [{"location": "a/", "text": f"<pre><code>{CODE}</code></pre>"}]
    path.write_text(
        json.dumps({"config": {"lang": ["en"]}, "docs": docs}), encoding="utf-8"
    )
    slim_search.trim(tmp_path)
    index = json.loads(path.read_text(encoding="utf-8"))
    assert index["config"] == {"lang": ["en"]}
    assert "import" not in index["docs"][0]["text"]
    assert len(gzip.compress(path.read_bytes())) > 20


def test_a_word_of_code_stands_once_a_page(tmp_path):
    (tmp_path / "search").mkdir()
    path = tmp_path / "search/search_index.json"
    first, second = "import torch\ntorch.save(1)", "torch.save(1)\ntorch.load(2)"
    docs = [
        {"location": place, "text": f"<p>save</p><pre><code>{code}</code></pre>"}
        for place, code in (("a/", first), ("a/#b", second), ("c/#b", second))
    ]
    path.write_text(json.dumps({"docs": docs}), encoding="utf-8")
    slim_search.trim(tmp_path)
    one, two, other = json.loads(path.read_text(encoding="utf-8"))["docs"]
    assert one["text"] == "<p>save</p><pre><code>torch save</code></pre>"
    assert two["text"] == "<p>save</p><pre><code>load</code></pre>"
    assert other["text"] == "<p>save</p><pre><code>torch save load</code></pre>"


def test_an_entry_gets_the_words_of_its_searches_that_its_heading_lacks():
    places = ("field-guide/a/#it-fails", "field-guide/a/#other", "lesson/#it-fails")
    docs = [{"location": place, "title": "It fails", "text": ""} for place in places]
    index = {"config": {"fields": {"title": {"boost": 1000}}}, "docs": docs}
    slim_search.add_searches(index, {"it-fails": ["Fails with no_grad", "fails again"]})
    assert index["config"]["fields"].keys() == {"title", "searches"}
    said = [entry.get("searches") for entry in docs]
    assert said == ["with no_grad again", None, None]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a loss of 0.393 after 24 steps", "a loss of   after 24 steps"),
        ("Trouser 4 969 3 20 Coat", "Trouser  Coat"),
        ("torch 2.6 or 2.15.0", "torch 2.6 or 2.15.0"),
        ("copying (10, 128) from (10, 64)", "copying (10, 128) from (10, 64)"),
    ],
)
def test_mere_numbers_are_left_out(text, left):
    assert slim_search.trimmed(text) == left


def test_the_field_guide_keeps_the_numbers_of_its_prose():
    text = "<p>It stays at 2.303 for ten.</p> <pre><code>loss: 2.3026</code></pre>"
    kept = slim_search.trimmed(text, numbers=True)
    assert "2.303" in kept and "2.3026" not in kept
    assert "2.303" not in slim_search.trimmed(text)
