"""The passport beside what was captured: one each, every fact, the right place."""

import json

import pytest

from scripts.captures import capture_file, expected
from scripts.common.errors import SiteError
from scripts.common.paths import captures_of
from scripts.content import evidence
from scripts.web import provenance

SLUG, SECRET = "my-lesson", {"torch": "9.8.7", "cpu": "A Fine CPU", "threads": 3}
COMMAND = "python -m snippets.my_lesson.race"
TEXT = f"docs/captures/{SLUG}/cpu/x-one.txt"
TABLE = f'--8<-- "docs/captures/{SLUG}/cpu/race-laps.md"'
SMALL = f"<small>Three seeds; `{COMMAND}`.</small>"


@pytest.fixture
def tell(house, monkeypatch):
    """`tell(text)` gives the page with its passports; two captures are there."""
    names = ("device", "gpu", "python", "torchvision", "cuda")
    machine = {**dict.fromkeys(names), "device": "cpu", **SECRET}
    facts = {"recorded": "2031-05-06", "commit": "abc1234", "seconds": 12.3}
    facts |= {"warmup": 0, "repeats": 3, "machine": machine, "fingerprint": "f"}
    for name, more in {"program": {"blocks": []}, "race": {"result": {}}}.items():
        command = COMMAND if name == "race" else f"scripts/prebuild.py {SLUG}/program"
        made = {**facts, **more, "command": command}
        house(f"docs/captures/{SLUG}/cpu/{name}.json", capture_file.seal(made))
    monkeypatch.setattr(
        expected, "wanted", lambda s, n, d: expected.Expected(s, n, d, "f", "")
    )
    return lambda text, where="../evidence/": provenance.beside(text, SLUG, where)


def fence(path=TEXT, indent=""):
    return "\n".join(indent + x for x in ("```text", f'--8<-- "{path}"', "```"))


def details(text):
    return [line for line in text.splitlines() if 'class="passport"' in line]


def test_a_text_has_its_passport_right_below_it(tell):
    text = tell(f"Before.\n\n{fence()}\n\nAfter.\n")
    (said,) = details(text)
    assert "captured 2031-05-06 on A Fine CPU, 3 threads</summary>" in said
    for fact in (f"prebuild.py {SLUG}/program", "9.8.7", "12 seconds", "abc1234"):
        assert fact in said, fact
    assert "; fresh." in said
    assert '<a href="../evidence/#my-lesson-cpu-program">' in said
    rest = [line for line in text.splitlines() if line and line != said]
    assert rest == ["Before.", *fence().splitlines(), "After."]
    lines = text.splitlines()
    assert [x for x in lines[lines.index("```") :] if x][1] == said


def test_it_stands_as_deep_as_its_text(tell):
    (said,) = details(tell(f'!!! captured "x"\n\n{fence(indent="    ")}\n'))
    assert said.startswith("    <details")


def test_the_first_text_of_a_program_has_it_and_other_fences_none(tell):
    python = '```python\n--8<-- "snippets/my_lesson/x.py:one"\n```'
    text = tell(f"{fence()}\n\n{python}\n\n{fence()}\n")
    assert len(details(text)) == 1
    assert text.index("passport") < text.index("snippets/my_lesson/x.py")
    assert not details(tell(f"{python}\n\n```text\ntyped\n```\n"))


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (f"{TABLE}\n\n{SMALL}\n\nMore.", SMALL),
        (f"{TABLE}\n\nMore.", TABLE),
        (f"{TABLE}\n\n{TABLE}\n\nMore.\n\n{SMALL}", SMALL),
        (f"{TABLE}\n\n## Next\n\n{SMALL}", TABLE),
        (f"<figure>\n{TABLE}\n</figure>\n\nMore.", "</figure>"),
        (
            f"{TABLE}\n\n<small>Three seeds;\n`{COMMAND}`.</small>",
            f"`{COMMAND}`.</small>",
        ),
        (f"{TABLE}\n\n<small>Of something else.</small>", TABLE),
    ],
)
def test_a_table_has_it_below_its_caption(tell, body, after):
    text = tell(body)
    (said,) = details(text)
    lines = [line for line in text.splitlines() if line]
    assert lines[lines.index(said) - 1] == after
    assert COMMAND in said and "my-lesson-cpu-race" in said


def test_it_stays_in_the_box_of_its_table(tell):
    box = f'??? captured "x"\n\n    {TABLE}\n\n    {SMALL}\n\n    More.'
    text = tell(f"{box}\n\n<figure>\nA drawing.\n</figure>\n")
    (said,) = details(text)
    lines = [line for line in text.splitlines() if line]
    assert lines[lines.index(said) - 1] == f"    {SMALL}"


def test_what_is_stale_says_so(tell, monkeypatch):
    want = expected.Expected
    monkeypatch.setattr(expected, "wanted", lambda s, n, d: want(s, n, d, "new", ""))
    for said in (found := details(tell(f"{fence()}\n\n{fence()}"))):
        assert "3 threads (stale)</summary>" in said and "; stale." in said
    assert len(found) == 2, "each that is stale says so"


def test_a_page_without_evidence_links_to_nothing(tell):
    (said,) = details(tell(fence(), where=None))
    assert "href" not in said


def test_a_capture_that_is_not_there_stops_and_is_named(tell):
    with pytest.raises(SiteError, match="lost.json"):
        tell(f'--8<-- "docs/captures/{SLUG}/cpu/lost-laps.md"\n')


def test_one_that_was_edited_stops(tell, house):
    path = captures_of(SLUG) / "race.json"
    edited = json.loads(path.read_text(encoding="utf-8")) | {"seconds": 1.0}
    house(f"docs/captures/{SLUG}/cpu/race.json", json.dumps(edited))
    with pytest.raises(SiteError, match="race.json contradicts"):
        tell(TABLE)


def test_the_address_is_that_of_the_table_of_evidence(monkeypatch):
    want = expected.Expected(SLUG, "race", "cuda", "f", "", again=True)
    monkeypatch.setattr(expected, "state", lambda want: "missing")
    (name, *_) = evidence.row(want, [])
    assert f'id="{evidence.anchor(want)}"' in name and "race" in name


def test_one_thread_is_no_threads(tell):
    path = captures_of(SLUG) / "program.json"
    capture = json.loads(path.read_text(encoding="utf-8"))
    capture["machine"]["threads"] = 1
    del capture["digest"]
    path.write_text(capture_file.seal(capture), encoding="utf-8")
    (said,) = details(tell(fence()))
    assert "on A Fine CPU, 1 thread</summary>" in said
