"""The quick run: which tests a change can break, and what it says of the others."""

import subprocess

import pytest
from listing import ROOT

from scripts import quick
from scripts.testing import choice, imports

LESSON = "a-lesson"
NEEDS = {
    "scripts/low.py": set(),
    "scripts/high.py": {"scripts/low.py"},
    "scripts/alone.py": set(),
    "scripts/render/plots/a_lesson.py": set(),
    "snippets/a_lesson/model.py": set(),
    "snippets/a_lesson/train.py": {"snippets/a_lesson/model.py"},
    "tests/helper.py": {"scripts/high.py"},
    "tests/a_lesson/test_model.py": {"snippets/a_lesson/model.py"},
    "tests/a_lesson/test_train.py": {"snippets/a_lesson/train.py"},
    "tests/a_lesson/test_plots.py": set(),
    "tests/scripts/test_low.py": {"scripts/low.py"},
    "tests/scripts/test_rooms.py": set(),
    "tests/test_high.py": {"tests/helper.py"},
    "tests/test_it_cannot_lie.py": {"tests/helper.py"},
    "tests/test_pages.py": set(),
    "tests/test_style.py": set(),
    "tests/test_versions.py": set(),
    "tests/browser/test_pages.py": set(),
    "tests/browser/test_budgets.py": set(),
    "tests/browser/test_explorer.py": set(),
}
PROGRAM = [
    "tests/test_pages.py::test_each_block_prints_what_was_captured[a-lesson]",
    "tests/test_pages.py::test_three_counts_agree[a-lesson]",
]
PAGE = [test for test in choice.PAGE if "test_pages" in test]  # NEEDS has no others
BUDGETS = list(choice.BUDGETS)
STYLE, ROOMS = "tests/test_style.py", "tests/scripts/test_rooms.py"
TRAIN, MODEL = "tests/a_lesson/test_train.py", "tests/a_lesson/test_model.py"


def chosen(*changed, programs=()):
    return choice.choose(changed, NEEDS, [LESSON], programs)


@pytest.mark.parametrize(
    ("changed", "tests"),
    [
        ("docs/a-lesson.md", PAGE),
        ("docs/evidence.md", PAGE),
        ("docs/captures/a-lesson/cpu/x-one.txt", []),
        ("docs/captures/site/lighthouse.json", []),
        ("docs/assets/cards/a-lesson.png", []),
        ("snippets/versions.py", ["tests/test_versions.py", STYLE]),
        ("snippets/a_lesson/train.py", [TRAIN, STYLE]),
        ("snippets/a_lesson/model.py", [MODEL, TRAIN, STYLE]),
        ("snippets/a_lesson/questions.yml", PAGE),
        ("scripts/low.py", ["tests/scripts/test_low.py", "tests/test_high.py"]),
        ("scripts/high.py", ["tests/test_high.py"]),
        ("scripts/render/plots/a_lesson.py", ["tests/a_lesson/test_plots.py"]),
        ("tests/helper.py", ["tests/test_high.py", STYLE]),
        ("tests/a_lesson/test_train.py", [TRAIN, STYLE]),
        ("tests/test_it_cannot_lie.py", ["tests/test_it_cannot_lie.py", STYLE]),
        ("docs/assets/explorer.js", ["tests/browser/test_explorer.py", *BUDGETS]),
        (
            "docs/overrides/explorer.html",
            ["tests/browser/test_explorer.py", *BUDGETS[1:]],
        ),
    ],
)
def test_what_a_change_can_break(changed, tests):
    found = chosen(changed)
    assert not found.unplaced
    expected = set(tests)
    if changed.startswith("scripts/"):
        expected |= {STYLE, ROOMS}
    if changed.startswith("docs/overrides/"):  # they are a part of every page, so the
        # whole file is run, the first of BUDGETS with it
        expected |= {"tests/browser/test_pages.py"}
    assert set(found.tests) == expected


@pytest.mark.parametrize(
    "changed",
    [
        "mkdocs.yml",
        "requirements.txt",
        "scripts/alone.py",
        "scripts/gone.py",
        "snippets/a_lesson/gone.py",
        "tests/a_lesson/test_gone.py",
        "tests/fixtures/tiny/plots.py",
        "docs/assets/sound.ogg",
    ],
)
def test_what_cannot_be_placed_is_said(changed, capsys):
    found = chosen(changed, "docs/evidence.md")
    assert found.unplaced == [changed] and set(found.tests) >= set(PAGE)
    quick.say(found, [changed], "HEAD", ["tests/test_pages.py"])
    said = capsys.readouterr().out
    assert f"what {changed} can break is not known here" in said
    assert "Run scripts/test, without --quick" in said


def test_a_program_runs_again_only_if_it_is_another():
    assert not set(PROGRAM) & set(chosen("snippets/a_lesson/train.py").tests)
    found = chosen("snippets/a_lesson/train.py", programs=[LESSON])
    assert set(PROGRAM) <= set(found.tests)
    found = chosen("snippets/a_lesson/untested.py", programs=[LESSON])
    assert set(PROGRAM) <= set(found.tests) and not found.unplaced


def test_what_takes_minutes_is_left_out_and_named(capsys):
    found = chosen("scripts/high.py")
    assert found.slow == {"tests/test_it_cannot_lie.py": "scripts/high.py"}
    every = [name for name in NEEDS if choice.is_test(name)]
    quick.say(found, ["scripts/high.py"], "HEAD", every)
    said = capsys.readouterr().out
    assert "  tests/test_high.py  (scripts/high.py)\n" in said
    assert f"left out: {len(every) - 3} of {len(every)} test files" in said
    assert "tests/test_it_cannot_lie.py takes minutes  (scripts/high.py)" in said


def test_a_whole_file_stands_for_the_tests_in_it():
    found = chosen("docs/a-lesson.md", "docs/overrides/main.html")
    names = [name for name in found.tests if name.startswith("tests/browser/test_p")]
    assert names == ["tests/browser/test_pages.py"]


@pytest.mark.parametrize(
    ("changed", "pages"),
    [
        (["docs/a-lesson.md", "docs/index.md"], {"a-lesson", "index"}),
        (["docs/a-lesson.md", "docs/assets/cards/a-lesson.png"], {"a-lesson"}),
        (["snippets/a_lesson/questions.yml"], {"a-lesson"}),
        (["docs/a-lesson.md", "docs/assets/site.css"], set()),
        (["docs/a-lesson.md", "scripts/low.py"], set()),
    ],
)
def test_only_changed_pages_are_looked_at_unless_all_may_have(changed, pages):
    assert chosen(*changed).pages == pages


FILES = {
    "scripts/low.py": "",
    "scripts/high.py": "def f():\n    from scripts import low\n",
    "snippets/a/one.py": "import torch\n",
    "snippets/a/two.py": "from snippets.a.one import f\n",
    "snippets/a/three.py": 'run(["-m", "snippets.a.one"])\n',
    "tests/conftest.py": "import helper\ndef f():\n    import scripts.high\n",
    "tests/helper.py": "from scripts.low import f\n",
    "tests/a/test_two.py": 'run_listing("a.two")\n',
    "tests/a/test_one.py": 'open("one.py")\n',
    "tests/b/test_one.py": 'open("one.py")\nfrom test_two import x\n',
    "tests/b/test_two.py": "import beside\n",
    "tests/b/beside.py": "",
}


def test_who_needs_whom(tmp_path):
    for name, code in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(code, encoding="utf-8")
    needs = imports.graph(tmp_path)
    below = {"tests/conftest.py"}
    assert needs == {
        "scripts/low.py": set(),
        "scripts/high.py": {"scripts/low.py"},
        "snippets/a/one.py": set(),
        "snippets/a/two.py": {"snippets/a/one.py"},
        "snippets/a/three.py": {"snippets/a/one.py"},
        "tests/conftest.py": {"tests/helper.py"},
        "tests/helper.py": {"scripts/low.py", *below},
        "tests/a/test_two.py": {"snippets/a/two.py", *below},
        "tests/a/test_one.py": {"snippets/a/one.py", *below},
        "tests/b/test_one.py": {"tests/b/test_two.py", *below},
        "tests/b/test_two.py": {"tests/b/beside.py", *below},
        "tests/b/beside.py": below,
    }
    assert imports.reaching(needs, "snippets/a/one.py") == {
        *(f"snippets/a/{name}.py" for name in ("one", "two", "three")),
        *(f"tests/a/test_{name}.py" for name in ("one", "two")),
    }
    assert len(imports.reaching(needs, "scripts/low.py")) == 9


def test_each_test_that_a_rule_names_is_there():
    groups = [tests for _, tests in choice.RULES]
    groups += [choice.LESSON, choice.PROGRAM, choice.SLOW]
    names = {name for tests in groups for name in tests}
    assert len(names) > 30
    for name in sorted(names):
        file, _, test = name.partition("::")
        if "{" not in file:  # else the name comes from the path
            text = (ROOT / file).read_text(encoding="utf-8")
            assert f"def {test.split('[')[0]}" in text, name


def test_each_rule_fits_a_file_of_the_tree():
    paths = [path.relative_to(ROOT).as_posix() for path in tracked()]
    for rule, _ in choice.RULES:
        assert any(choice.re.fullmatch(rule, path) for path in paths), rule


def tracked():
    folders = ("docs", "scripts", "snippets", ".github")
    yield ROOT / "README.md"
    for folder in folders:
        yield from (path for path in (ROOT / folder).rglob("*") if path.is_file())


def test_each_listing_has_a_test_that_can_be_found():
    """A new listing is tested by what imports or names it, and nothing else."""
    needs = imports.graph(ROOT)
    files = [name for name in needs if name.startswith("snippets/")]
    lost = [
        name
        for name in files
        if name.count("/") == 2
        and not name.endswith("__init__.py")
        and not any(map(choice.is_test, imports.reaching(needs, name)))
    ]
    assert len(files) > 80 and not lost


@pytest.fixture
def committed(house, tmp_path):
    """A tree in git, with everything committed; returns what writes a file of it."""
    house("tests/test_one.py")
    house("mkdocs.yml", "one")
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        name = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
        subprocess.run(["git", *name, *arguments], cwd=tmp_path, check=True)
    return house


def test_what_has_changed_is_what_git_says(committed, tmp_path):
    assert quick.changed_since("HEAD") == []
    committed("mkdocs.yml", "two")
    committed("docs/with a space.md", "new")
    (tmp_path / "tests/test_one.py").unlink()
    changed = ["docs/with a space.md", "mkdocs.yml", "tests/test_one.py"]
    assert quick.changed_since("HEAD") == changed


def test_nothing_has_changed(committed, capsys):
    assert quick.main([]) == 0
    assert "nothing has changed since HEAD" in capsys.readouterr().out


def test_a_commit_that_is_none(committed, capsys):
    assert quick.main(["--since", "yesterday"]) == 2
    assert "error: git knows no commit yesterday here" in capsys.readouterr().err


def test_a_tree_without_git(house, monkeypatch, capsys):
    monkeypatch.setenv("PATH", "")
    assert quick.main([]) == 2
    assert "scripts/test without --quick runs all" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("check", "tests", "status"), [(0, 0, 0), (1, 0, 1), (0, 3, 3), (1, 3, 3)]
)
def test_the_status_is_that_of_both(monkeypatch, check, tests, status, capsys):
    ran = []

    def call(command, cwd, env=None):
        ran.append((command[1:], (env or {}).get("QUICK_PAGES")))
        return tests if "pytest" in command else check

    monkeypatch.setattr(quick.subprocess, "call", call)
    assert quick.run(chosen("docs/a-lesson.md"), ["-x"]) == status
    (_, _), (command, pages) = ran
    assert command[:6] == ["-m", "pytest", "-n", "2", "--dist", "loadfile"]
    assert command[-1] == "-x" and PAGE[0] in command and pages == "a-lesson"
    assert ("stand further up" in capsys.readouterr().out) == bool(check)
