"""What needs an idle machine, from one command: what it prints, keeps and refuses."""

import json
import shutil
import subprocess
import sys

import asked
import pytest
from listing import ROOT

from scripts import audit
from scripts.browser import chromium, lighthouse_runs
from scripts.captures import capture_file, of_site
from scripts.common.errors import SiteError
from scripts.common.paths import TREE
from scripts.content import evidence

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
    monkeypatch.setattr(chromium, "build", build)
    monkeypatch.setattr(of_site, "lighthouse_path", lambda: kept)
    monkeypatch.setattr(audit, "versions", lambda: "Lighthouse 1")
    monkeypatch.setattr(
        lighthouse_runs,
        "audit",
        lambda url: {**RUN, "performance": next(scores), "load": 1.5},
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
    capture = capture_file.load(site)
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
        (["z/"], "no page z/; there are ., a/, b/c/"),
        (["--record", "a/"], "--record takes every page"),
        (["--record", "--runs", "5"], "--record takes every page"),
        (["--runs", "0"], "--runs is 0; it has to be 1 or more"),
        (["--times", "a/"], "--times takes every test that takes a time"),
        (["--times", "--runs", "1"], "--times takes every test that takes a time"),
        (["--times", "--record"], "--record: not allowed with argument --times"),
    ],
)
def test_what_makes_no_sense_is_refused(site, capsys, monkeypatch, arguments, says):
    monkeypatch.setattr(audit, "ask_for_times", lambda: pytest.fail("it ran"))
    with pytest.raises(SystemExit) as refused:
        audit.main(arguments)
    assert refused.value.code == 2 and says in capsys.readouterr().err
    assert not site.exists()


def test_where_it_is_not_installed_it_says_what_to_run(monkeypatch, tmp_path):
    monkeypatch.setattr(lighthouse_runs, "lighthouse", lambda: tmp_path / "none")
    with pytest.raises(SiteError, match="scripts/setup --tests"):
        lighthouse_runs.audit("http://127.0.0.1:1/")


def test_a_run_that_fails_says_lighthouses_own_words(monkeypatch, tmp_path):
    failed = subprocess.CompletedProcess([], 1, stdout="", stderr="x\nNo Chrome here\n")
    monkeypatch.setattr(lighthouse_runs, "lighthouse", lambda: tmp_path)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(SiteError, match="http://x/: No Chrome here"):
        lighthouse_runs.audit("http://x/")


def test_errors_are_said_and_not_raised(site, monkeypatch, capsys):
    def refuse(url):
        raise SiteError("no such thing")

    monkeypatch.setattr(lighthouse_runs, "audit", refuse)
    assert audit.main(["--runs", "1"]) == 1
    assert capsys.readouterr().err == "error: no such thing\n"

    def broken(folder):
        raise subprocess.CalledProcessError(1, "mkdocs", output="a strict word")

    monkeypatch.setattr(chromium, "build", broken)
    assert audit.main([]) == 1
    assert "does not build\na strict word" in capsys.readouterr().err


def test_another_way_of_measuring_makes_it_stale(site, monkeypatch):
    audit.main(["--record"])
    monkeypatch.setattr(of_site, "folder", lambda: site.parent)
    monkeypatch.setattr(TREE, "root", site.parent)
    monkeypatch.setattr(of_site, "fingerprint", lambda: "another")
    (said,) = of_site.problems()
    assert "lighthouse.json is stale: run python scripts/audit.py --record" in said
    assert ", stale, Lighthouse 1" in evidence.site()


@pytest.fixture
def method(monkeypatch, tmp_path):
    """A copy of the files that the fingerprint is over, and of the command line."""
    for name in (*of_site.METHOD, of_site.PINS, "scripts/audit.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    monkeypatch.setattr(TREE, "root", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "more", "same"),
    [
        ("scripts/audit.py", "print()", True),
        ("scripts/browser/lighthouse_runs.py", "# a comment", True),
        ("scripts/browser/lighthouse_runs.py", "RUNS = 3", False),
        ("scripts/browser/static_server.py", "LEVEL = 9", False),
        ("scripts/browser/lighthouse/package.json", " ", False),
    ],
)
def test_the_fingerprint_is_over_what_measures(method, name, more, same):
    before = of_site.fingerprint()
    path = method / name
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{more}\n", encoding="utf-8")
    assert (of_site.fingerprint() == before) == same


def test_it_says_which_versions_measured(monkeypatch, tmp_path):
    package = tmp_path / "package.json"
    package.write_text('{"version": "12.0"}', encoding="utf-8")
    said = {"node": "v20\n", "chromium": "Chromium 140.0 of Debian\n"}

    def run(command, **_):
        name = command[0].split("/")[-1]
        return subprocess.CompletedProcess(command, 0, said[name], "")

    monkeypatch.setattr(lighthouse_runs, "lighthouse", lambda: tmp_path)
    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(chromium, "DEBIAN", tmp_path / "chromium")
    assert audit.versions() == "Lighthouse 12.0, Node v20, a Chrome that it found"
    (tmp_path / "chromium").touch()
    assert audit.versions() == "Lighthouse 12.0, Node v20, Chromium 140.0"


def test_it_is_checked_and_shown(site, monkeypatch):
    assert "Not recorded yet; `python scripts/audit.py" in evidence.site()
    audit.main(["--record"])
    same = json.loads(site.read_text(encoding="utf-8"))["fingerprint"]
    monkeypatch.setattr(of_site, "folder", lambda: site.parent)
    monkeypatch.setattr(TREE, "root", site.parent)
    monkeypatch.setattr(of_site, "fingerprint", lambda: same)
    assert of_site.problems() == []
    text = evidence.site()
    assert "| front page | 97 | 100 |" in text and "Medians of 5 runs a page" in text
    (site.parent / "gone.json").write_text("{}", encoding="utf-8")
    (said,) = of_site.problems()
    assert "gone.json is an orphan" in said
    site.write_text(
        site.read_text(encoding="utf-8").replace('"b/c/"', '"b/d/"'), encoding="utf-8"
    )
    with pytest.raises(SiteError, match="contradicts its own digest"):
        of_site.problems()


def test_it_runs_the_tests_that_take_times_and_asks_them(monkeypatch):
    ran = []

    def run(command, cwd, env):
        ran.append((command[1:], env["ASK_FOR_TIMES"]))
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", run)
    assert audit.main(["--times"]) == 3
    assert ran == [(["-m", "pytest", "-q", "-m", "timed"], "1")]


@pytest.mark.parametrize("is_asked", [False, True])
def test_a_time_beyond_its_target_fails_only_if_asked(is_asked, monkeypatch):
    said = []
    monkeypatch.setattr(asked, "ASKED", is_asked)
    check = asked.beside_its_target(said.append)
    check("quick", 0.5, 1)
    if is_asked:
        with pytest.raises(AssertionError, match="slow took 2.0 s"):
            check("slow", 2, 1)
    else:
        check("slow", 2, 1)
    assert said[-1] == "slow: 2.0 s, the target is 1 s"


def test_the_command_finds_the_tests_that_take_times():
    """By their fixture: nobody has to mark them."""
    command = [sys.executable, "-m", "pytest", "-q", "--collect-only", "-m", "timed"]
    command += ["tests/test_scripts.py", "tests/scripts/test_audit.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert "test_a_warm_setup_is_quick_and_says_so" in done.stdout
    assert "test_a_bad_argument" not in done.stdout
    assert "test_audit.py" not in done.stdout


def test_no_other_script_asks_for_times():
    texts = {p: p.read_text(encoding="utf-8") for p in (ROOT / "scripts").rglob("*.py")}
    assert [p.name for p, text in texts.items() if "ASK_FOR" in text] == ["audit.py"]
    assert not (ROOT / "scripts/times.py").exists()
