"""The face of the headings: small, free, complete, and nothing moves when it comes."""

import pytest

from scripts.common.paths import TREE

FONT = TREE.assets / "fonts/headings.woff2"
MOST = 16_000  # bytes, compressed as it is
HEADINGS = "article :is(h1, h2, h3)"
HIGH = "headings => headings.map(heading => heading.offsetHeight)"
LOADED = "[...document.fonts].map(face => `${face.family} ${face.status}`)"


def test_it_is_small_and_its_license_is_beside_it(site):
    assert FONT.read_bytes()[:4] == b"wOF2" and FONT.stat().st_size <= MOST
    license = (site / "assets/fonts/OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in license
    assert "Copyright 2014 - 2021 Adobe" in license and "Source Serif 4" in license
    readme = (TREE.root / "README.md").read_text(encoding="utf-8")
    assert "docs/assets/fonts/OFL.txt" in readme


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_without_it(visit, width):
    opened = visit("gpu-training/", width)
    fonts = [url for url in opened.requests if url.endswith(".woff2")]
    assert [url.rpartition("/")[2] for url in fonts] == [FONT.name], "one, once"
    opened.page.evaluate("document.fonts.ready")
    assert "Headings loaded" in opened.page.evaluate(LOADED)
    with_it = opened.page.locator(HEADINGS).evaluate_all(HIGH)
    opened.page.route("**/*.woff2", lambda route: route.abort())
    opened.page.reload()
    assert "Headings error" in opened.page.evaluate(LOADED)
    without = opened.page.locator(HEADINGS).evaluate_all(HIGH)
    assert len(with_it) > 10
    # a heading may break elsewhere; a line of one is as high
    differ = [pair for pair in zip(with_it, without, strict=True) if len(set(pair)) > 1]
    assert len(differ) <= 1, differ
