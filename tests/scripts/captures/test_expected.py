"""Captures: whole, true, fresh, called for."""

import json
import re
import subprocess
from dataclasses import replace

import pytest

from scripts.captures import capture_file, expected, record
from scripts.common.errors import SiteError
from scripts.common.paths import TREE

CAPTURE = dict.fromkeys(capture_file.PASSPORT) | {
    "machine": dict.fromkeys(capture_file.MACHINE) | {"device": "cpu"},
    "fingerprint": "abc",
}
PATH = "docs/captures/my-lesson/cpu/"


@pytest.fixture
def want(house):
    """An experiment's capture, recorded."""
    house(f"{PATH}x.json", capture_file.seal(CAPTURE))
    return expected.Expected("my-lesson", "x", "cpu", "abc", "python -m x")


def block(name, content):
    notes = {"tolerance": 1e-3, "tolerance_reason": None, "volatile": None}
    sha256 = capture_file.file_digest(content.encode())
    return {"name": name, "sha256": sha256, "figures": {}, **notes}


def test_fresh_stale_missing(want, house):
    assert expected.state(want) == "fresh"
    house(f"{PATH}x.json", capture_file.seal({**CAPTURE, "fingerprint": "old"}))
    assert expected.state(want) == "stale"
    want.path.unlink()
    assert expected.state(want) == "missing"


def test_the_digest_covers_everything(want):
    sealed = json.loads(want.path.read_text(encoding="utf-8"))
    for key in sealed:
        want.path.write_text(json.dumps({**sealed, key: "another"}), encoding="utf-8")
        with pytest.raises(SiteError, match=r"my-lesson/cpu/x\.json"):
            capture_file.load(want.path)
    want.path.write_text(json.dumps({**sealed, "more": 1}), encoding="utf-8")
    with pytest.raises(SiteError, match="contradicts its own digest"):
        capture_file.load(want.path)
    more = capture_file.seal({**sealed, "more": 1})
    want.path.write_text(more, encoding="utf-8")
    with pytest.raises(SiteError, match="not readable: it has 'more'"):
        capture_file.load(want.path)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"machine": 1}', "3"])
def test_what_is_no_capture_is_named(want, text):
    want.path.write_text(text, encoding="utf-8")
    with pytest.raises(SiteError, match=r"x\.json"):
        capture_file.load(want.path)


@pytest.mark.parametrize("key", [*capture_file.PASSPORT, *capture_file.MACHINE])
def test_a_passport_is_whole(want, key):
    machine = {k: None for k in capture_file.MACHINE if k != key}
    lacking = {k: v for k, v in CAPTURE.items() if k != key} | {"machine": machine}
    if key == "machine":
        del lacking["machine"]
    want.path.write_text(capture_file.seal(lacking), encoding="utf-8")
    with pytest.raises(SiteError, match=key):
        capture_file.load(want.path)


def test_captured_texts_are_what_was_captured(house):
    blocks = [block("a-b", "1\n")]
    program = house(
        f"{PATH}program.json", capture_file.seal({**CAPTURE, "blocks": blocks})
    )
    text = house(f"{PATH}a-b.txt", "1\n")
    assert capture_file.load(program)["blocks"] == blocks
    text.write_text("2\n", encoding="utf-8")
    with pytest.raises(SiteError, match=r"cpu/a-b\.txt"):
        capture_file.load(program)
    text.unlink()
    with pytest.raises(SiteError, match=r"cpu/a-b\.txt"):
        capture_file.load(program)


def test_orphans(want, house):
    captured = [block("a-b", "1\n"), block("a-c", "2\n")]
    captured[1]["figures"] = {"a-c-1.png": capture_file.file_digest(b"png")}
    house(f"{PATH}program.json", capture_file.seal({**CAPTURE, "blocks": captured}))
    house(f"{PATH}a-b.txt", "1\n")
    house(f"{PATH}a-c.txt", "2\n")
    house(f"{PATH}a-c-1.png", "png")
    table = house(f"{PATH}x-table.md", "|")
    program = expected.Expected("my-lesson", "program", "cpu", "abc", "")
    assert expected.orphans([want, program], [table]) == []
    gone = house(f"{PATH}gone.txt", "3\n")
    assert expected.orphans([want, program], []) == [gone, table]
    assert want.path in expected.orphans([program], [table])


def test_experiments_and_devices(house):
    house("snippets/my_lesson/b.py", "\ndef main():\n    pass\n")
    house("snippets/my_lesson/a.py", '"""A."""\n\n\ndef main() -> dict:\n    pass\n')
    house("snippets/my_lesson/c.py", "domain = 1\n")
    assert expected.experiments("my-lesson") == ["a", "b"]
    assert expected.devices("my-lesson") == ("cpu",)
    house("snippets/my_lesson/__init__.py", 'DEVICES = ("cpu", "cuda")\n')
    assert expected.devices("my-lesson") == ("cpu", "cuda")
    assert expected.devices("my-lesson", "a") == ("cpu", "cuda")
    house("snippets/my_lesson/a.py", 'DEVICES = ("cuda",)\n\ndef main():\n    pass\n')
    assert expected.devices("my-lesson", "a") == ("cuda",)
    assert expected.devices("my-lesson", "b") == ("cpu", "cuda")
    assert [w.name for w in expected.expected("cpu")] == ["program", "b"]
    assert [w.name for w in expected.expected("cuda")] == ["program", "a", "b"]


@pytest.mark.parametrize(
    "value", ['("cpu", "tpu")', '"cuda"', "()", "(device,)", '["cuda"]', "(1,)"]
)
@pytest.mark.parametrize("name", ["a", "__init__"])
def test_devices_that_nobody_has_are_named(house, name, value):
    house(f"snippets/my_lesson/{name}.py", f'"""A."""\nDEVICES = {value}\n')
    house("snippets/my_lesson/b.py", "x.y = 1\nDEVICES: tuple\n")
    with pytest.raises(SiteError, match=rf"my_lesson/{name}\.py, line 2: DEVICES is "):
        expected.devices("my-lesson", "a" if name == "a" else "b")


def test_a_capture_from_another_device_is_named(want):
    gpu = CAPTURE["machine"] | {"device": "cuda", "gpu": "A GPU"}
    want.path.write_text(
        capture_file.seal({**CAPTURE, "machine": gpu}), encoding="utf-8"
    )
    with pytest.raises(SiteError, match=r"my-lesson/x: recorded on cuda .*not on cpu"):
        expected.state(want)


def test_a_second_recording_has_a_state_of_its_own(house):
    house("snippets/my_lesson/x.py", "\ndef main():\n    pass\n")
    first = expected.wanted("my-lesson", "x", "cpu")
    again = replace(first, again=True)
    assert again.path == first.path.parent / "again" / "x.json"
    assert again not in expected.expected_everywhere()
    capture = {**CAPTURE, "fingerprint": first.fingerprint}
    house(f"{PATH}again/x.json", capture_file.seal(capture))
    assert again in expected.expected_everywhere()
    assert (expected.state(first), expected.state(again)) == ("missing", "fresh")
    assert expected.orphans(expected.expected_everywhere(), []) == []
    assert expected.orphans([first], []) == [again.path]
    house(f"{PATH}again/x.json", capture_file.seal({**capture, "fingerprint": "old"}))
    assert expected.state(again) == "stale" and again.id == "my-lesson/x (again)"


def test_a_commit_is_named_only_if_it_is_this_trees(tmp_path, monkeypatch):
    monkeypatch.setattr(TREE, "root", tmp_path / "copy")
    (tmp_path / "copy").mkdir()
    assert record.commit() is None  # no repository
    for command in (
        "init -q",
        "-c user.name=a -c user.email=b commit -qm c --allow-empty",
    ):
        subprocess.run(["git", *command.split()], cwd=tmp_path, check=True)
    assert record.commit() is None  # somebody else's
    monkeypatch.setattr(TREE, "root", tmp_path)
    assert re.fullmatch("[0-9a-f]{12}", record.commit())
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "new.py").touch()
    assert record.commit() is None  # changed since
    monkeypatch.setenv("PATH", "")
    assert record.commit() is None  # no git


def test_repeats_are_how_many_values_a_metric_is_of():
    metrics = {"one": {"n": 1}, "five": {"n": 5}}
    assert record.repeats({"metrics": metrics}) == 5
    assert record.repeats({"tables": {}}) == record.repeats({}) == 1
