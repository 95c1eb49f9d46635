"""Lighthouse from one command: what it prints, keeps and refuses."""

import json
import subprocess

import pytest

from scripts import audit, screenshot, sealed, site_captures
from scripts.tree import SiteError

RUN = dict.fromkeys(audit.CATEGORIES, 100.0) | {audit.BLOCKING: 10.0, audit.SHIFT: 0.0}


@pytest.fixture
def site(monkeypatch, tmp_path):
    """A build of three pages, a Lighthouse that answers, a place for what is kept."""

    def build(folder):
        for name in ("", "a/", "b/c/"):
            (folder / name).mkdir(parents=True, exist_ok=True)
            (folder / name / "index.html").write_text("x", encoding="utf-8")

    kept = tmp_path / "lighthouse.json"
    scores = iter([90, 99, 94, 98, 97] * 3)
    monkeypatch.setattr(screenshot, "build", build)
    monkeypatch.setattr(site_captures, "LIGHTHOUSE", kept)
    monkeypatch.setattr(audit, "versions", lambda: "Lighthouse 1")
    monkeypatch.setattr(
        audit, "audit", lambda url: {**RUN, "performance": next(scores), "load": 1.5}
    )
    return kept


def test_it_prints_the_medians_of_every_page(site, capsys):
    assert audit.main(["--runs", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [".", "a/", "b/c/"]
    said = "97 / 100 / 100 / 100, blocking 10 ms, shift 0.000, load 1.5"
    assert all(line.endswith(said) for line in lines)
    assert not site.exists(), "nothing is kept unless that is asked for"


def test_it_keeps_them_like_any_capture(site):
    assert audit.main(["--record"]) == 0
    capture = sealed.load(site)
    assert capture["repeats"] == audit.RUNS and capture["machine"]["device"] == "cpu"
    assert capture["command"] == audit.COMMAND
    rows = capture["result"]["tables"]["pages"]["rows"]
    assert [row[:2] for row in rows] == [["front page", 97], ["a/", 97], ["b/c/", 97]]
    assert len(capture["result"]["runs"]["a/"]) == audit.RUNS


def test_one_page_alone(site, capsys):
    assert audit.main(["--runs", "1", "a/"]) == 0
    assert capsys.readouterr().out.startswith("a/ ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["z/"], "no page z/; there are , a/, b/c/"),
        (["--record", "a/"], "--record takes every page"),
        (["--record", "--runs", "1"], "--record takes every page"),
    ],
)
def test_what_makes_no_sense_is_refused(site, capsys, arguments, says):
    with pytest.raises(SystemExit):
        audit.main(arguments)
    assert says in capsys.readouterr().err


def test_where_it_is_not_installed_it_says_what_to_run(monkeypatch, tmp_path):
    monkeypatch.setattr(audit, "LIGHTHOUSE", tmp_path / "none")
    with pytest.raises(SiteError, match="scripts/setup --tests"):
        audit.audit("http://127.0.0.1:1/")


def test_a_run_that_fails_says_lighthouses_own_words(monkeypatch, tmp_path):
    failed = subprocess.CompletedProcess([], 1, stdout="", stderr="x\nNo Chrome here\n")
    monkeypatch.setattr(audit, "LIGHTHOUSE", tmp_path)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(SiteError, match="http://x/: No Chrome here"):
        audit.audit("http://x/")


def test_errors_are_said_and_not_raised(site, monkeypatch, capsys):
    def refuse(url):
        raise SiteError("no such thing")

    monkeypatch.setattr(audit, "audit", refuse)
    assert audit.main(["--runs", "1"]) == 1
    assert capsys.readouterr().err == "error: no such thing\n"

    def broken(folder):
        raise subprocess.CalledProcessError(1, "mkdocs", output="a strict word")

    monkeypatch.setattr(screenshot, "build", broken)
    assert audit.main([]) == 1
    assert "does not build\na strict word" in capsys.readouterr().err


def test_another_way_of_measuring_makes_it_stale(site, monkeypatch):
    audit.main(["--record"])
    monkeypatch.setattr(site_captures, "SITE", site.parent)
    monkeypatch.setattr(site_captures, "ROOT", site.parent)
    monkeypatch.setattr(site_captures, "fingerprint", lambda: "another")
    (said,) = site_captures.problems()
    assert "lighthouse.json is stale: run python scripts/audit.py --record" in said
    assert ", stale, Lighthouse 1" in site_captures.markdown()


def test_it_is_checked_and_shown(site, monkeypatch):
    assert "Not recorded yet; `python scripts/audit.py" in site_captures.markdown()
    audit.main(["--record"])
    same = json.loads(site.read_text(encoding="utf-8"))["fingerprint"]
    monkeypatch.setattr(site_captures, "SITE", site.parent)
    monkeypatch.setattr(site_captures, "ROOT", site.parent)
    monkeypatch.setattr(site_captures, "fingerprint", lambda: same)
    assert site_captures.problems() == []
    text = site_captures.markdown()
    assert "| front page | 97 | 100 |" in text and "Medians of 5 runs a page" in text
    (site.parent / "gone.json").write_text("{}", encoding="utf-8")
    (said,) = site_captures.problems()
    assert "gone.json is an orphan" in said
    site.write_text(
        site.read_text(encoding="utf-8").replace('"b/c/"', '"b/d/"'), encoding="utf-8"
    )
    with pytest.raises(SiteError, match="contradicts its own digest"):
        site_captures.problems()
