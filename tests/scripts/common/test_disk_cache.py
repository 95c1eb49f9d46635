"""What is remembered is only ever what would be made."""

import json

import pytest

from scripts.common import disk_cache
from scripts.common.paths import TREE


@pytest.fixture
def made(house):
    """`make(name, *inputs)` recalls a text that says how often one was made."""
    times = []

    def make(name, *inputs):
        def count():
            times.append(inputs)
            return f"made {len(times)}"

        return disk_cache.recall(name, list(inputs), count)

    disk_cache._makers.cache_clear()
    yield make
    disk_cache._makers.cache_clear()


def test_the_same_is_made_once(made):
    assert [made("a", "x"), made("a", "x")] == ["made 1", "made 1"]
    assert made("b", "x") == "made 2"


def test_other_inputs_are_made_anew(made):
    assert [made("a", "x", "y"), made("a", "xy"), made("a", "x")] == [
        "made 1",
        "made 2",
        "made 3",
    ]


def test_other_code_makes_anew(made, house):
    house("scripts/render/plots/style.py", "a = 1\n")
    assert made("a") == "made 1"
    house("scripts/render/plots/style.py", "a = 2\n")
    disk_cache._makers.cache_clear()  # as in a new process
    assert made("a") == "made 2"


def test_another_package_makes_anew(made, monkeypatch):
    assert made("a") == "made 1"
    disk_cache._makers.cache_clear()
    monkeypatch.setattr(disk_cache, "version", lambda name: "0.0")
    assert made("a") == "made 2"


def test_what_an_editor_leaves_is_no_code(made, house):
    lock = house("scripts/render/style.py").with_name(".#style.py")
    lock.symlink_to("somebody@a-machine")
    assert made("a") == "made 1"


@pytest.mark.parametrize("damage", ["", "[]", '{"behind": 1}', "text"])
def test_what_was_damaged_is_made_anew(made, damage):
    assert made("a") == "made 1"
    path = TREE.cache / "made" / "a.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    edited = json.dumps({**known, "text": "by hand"})
    path.write_text(edited if damage == "text" else damage, encoding="utf-8")
    assert [made("a"), made("a")] == ["made 2", "made 2"]


def test_where_nothing_can_be_kept_it_is_made_each_time(made, house):
    house(".cache", "a file, no folder")
    assert [made("a"), made("a")] == ["made 1", "made 2"]
