"""What stands for {{ confusion }} and {{ grader }}, and the data of their scripts."""

import json
import re
import xml.etree.ElementTree as xml

import pytest
from listing import ROOT

from scripts.captures import capture_file, expected
from scripts.common.errors import SiteError
from scripts.common.paths import TREE
from scripts.content import grader, substitutions
from scripts.generated import check, files
from scripts.notebooks import markdown_cells
from scripts.render import social_cards

DATA = 'CLASSES = ["Cap & gown", "1", "2", "3", "4"]\nCLASSES += ["5", "6", "7"]\n'
DATA += 'CLASSES += ["8", "<b>"]\n'
GRADE = 'import no_such_module\n\nBARS = {"low": 50.0, "high": 90.5}\n'
LABELS = "0123456789" * 1000
VAL_LABELS = LABELS[:4990] + "1" * 10  # not as many of each class
GUESSES = "1123456789" * 150 + "0123456780" * 349 + "1" * 10
OURS = LABELS[2:] + "01"  # all wrong, but for
OURS = OURS[:1] + "1" + OURS[2:]  # one
SHARES = [float(label) for label in range(10)]
REAL = ROOT / "data/FashionMNIST/raw/t10k-labels-idx1-ubyte"


@pytest.fixture
def plant(house):
    """A function that writes the baseline's capture, with other series or without."""
    house("snippets/fashion_mnist_project/__init__.py")
    house("snippets/fashion_mnist_project/data.py", DATA)
    house("snippets/fashion_mnist_project/grade.py", GRADE)
    house(f"docs/{grader.SLUG}.md", "# Lesson\n\n{{ confusion }}\n\n{{ grader }}\n")
    for label in range(10):
        house(f"docs/assets/fashion-mnist/{label}.png")
        house(f"docs/assets/fashion-mnist/validation-{label}.png")

    def write_handed_in(**series):
        machine = dict.fromkeys(capture_file.MACHINE)
        capture = dict.fromkeys(capture_file.PASSPORT) | {"machine": machine}
        series = {"test_predictions": OURS, **series}
        capture["result"] = {"series": series}
        path = f"docs/captures/{grader.SLUG}/cpu/{grader.HANDED_IN}.json"
        return house(path, capture_file.seal(capture))

    def write(**series):
        ours = {"val_labels": VAL_LABELS, "val_predictions": GUESSES}
        series = {"test_labels": LABELS, "test_classes": SHARES, **ours, **series}
        machine = dict.fromkeys(capture_file.MACHINE)
        machine |= {"cpu": "A <fine> & CPU", "threads": 2, "torch": "9.9"}
        capture = dict.fromkeys(capture_file.PASSPORT)
        capture |= {"recorded": "2001-01-01", "machine": machine}
        capture["result"] = {"metrics": {}, "series": series}
        path = f"docs/captures/{grader.SLUG}/cpu/{grader.NAME}.json"
        return house(path, capture_file.seal(capture))

    write()
    write_handed_in()
    write.handed_in = write_handed_in
    return write


def exported(text) -> dict:
    """The constants of a module that exports nothing but JSON, by name."""
    parts = re.split(r"^export const (\w+) = ", text, flags=re.M)[1:]
    return dict(zip(parts[::2], map(json.loads, parts[1::2]), strict=True))


def page(key="confusion") -> str:
    """What a key becomes on the lesson's page."""
    return substitutions.fill(f"# Lesson\n\n{{{{ {key} }}}}\n", grader.SLUG)


def test_the_table_has_every_count_and_is_whole(plant):
    table = re.search(r"<table.*</table>", page(), re.S)[0].replace("<br>", "")
    head, body = xml.fromstring(table).findall("*")[1:]
    names = ["Cap & gown", *"12345678", "<b>"]
    assert [th.find("span").text for th in head.iter("th")] == names
    assert {th.get("scope") for th in head.iter("th")} == {"col"}
    rows = {tr.find("th").text: [td.text for td in tr.iter("td")] for tr in body}
    assert list(rows) == names
    assert {tr.find("th").get("scope") for tr in body} == {"row"}
    assert rows["Cap & gown"] == ["349", "150", *["0"] * 8]
    assert rows["<b>"] == ["349", *["0"] * 8, "150"]
    assert rows["1"] == ["0", "509", *["0"] * 8]
    kinds = [td.get("class") for td in body[0].iter("td")]
    assert kinds == ["right", "wrong", *["none"] * 8]
    assert "Captured 2001-01-01, A &lt;fine&gt; &amp; CPU, 2 threads" in table


def test_the_stronger_colour_has_the_larger_share(plant):
    styles = re.findall(r'<td class="(\w+)" style="--tint: (\d+)%">(\d+)<', page())
    assert {"right 70 349", "right 30 150", "right 100 509"} <= {
        f"{kind} {tint} {count}" for kind, tint, count in styles
    }
    assert ("wrong", "100", "150") in styles and ("none", "0", "0") in styles


def test_labels_js_is_a_module_that_says_what_made_it(plant):
    text = grader.files()[grader.labels_path()]
    note, _, rest = text.partition("\n")
    assert "prebuild.py" in note and f"{grader.NAME}.json" in note
    data = exported(rest)
    assert list(data) == list(grader.labels())
    assert data["labels"] == LABELS and data["baseline"] == SHARES
    assert data["validation"] == {"labels": VAL_LABELS, "baseline": GUESSES}
    assert data["classes"] == ["Cap & gown", *"12345678", "<b>"]
    assert data["bars"] == {"low": 50, "high": 90.5}
    assert data["source"] == "2001-01-01, A <fine> & CPU, 2 threads, torch 9.9"


def test_what_the_baseline_handed_in_is_a_module_of_its_own(plant):
    first, second = grader.files()[grader.handed_in_path()].splitlines()
    assert "prebuild.py" in first and f"{grader.HANDED_IN}.json" in first
    assert second == f'export default "{OURS.replace("1", ".", 1)}"', "the right one"
    assert grader.handed_in_path().name == "baseline.js"


@pytest.mark.parametrize("digits", [LABELS[1:], LABELS + "0", "x" * 10_000, [1], None])
def test_other_things_handed_in_are_named(plant, digits):
    plant.handed_in(test_predictions=digits)
    with pytest.raises(SiteError, match=r"handed_in: 'test_pred.* of 10,000 digits"):
        grader.files()
    with pytest.raises(SiteError, match="handed_in: "):
        page("grader")


def test_it_is_made_and_checked_with_all_else(plant, monkeypatch, capsys):
    monkeypatch.setattr(expected, "expected_everywhere", list)
    monkeypatch.setattr(files, "notebook_files", dict)
    monkeypatch.setattr(files.drawings, "files", dict)
    monkeypatch.setattr(expected, "orphans", lambda *_: [])
    monkeypatch.setattr(social_cards, "wanted", lambda: iter(()))
    name = "docs/assets/fashion-mnist/labels.js"
    says = f"{name} is not what would be generated: stale, or edited by hand?"
    other = says.replace("labels", "baseline")
    assert check._not_as_generated({}) == [says, other]
    files.make_files()
    names = [name, name.replace("labels", "baseline")]
    assert capsys.readouterr().out == "".join(f"wrote {n}\n" for n in names)
    assert check._not_as_generated({}) == []
    plant(val_predictions=VAL_LABELS)
    assert check._not_as_generated({}) == [says]


def test_without_the_lesson_or_its_capture_nothing_is_made(plant):
    path = grader.capture_path()
    text = path.read_text(encoding="utf-8")
    path.unlink()
    assert grader.files() == {}
    path.write_text(text, encoding="utf-8")
    grader.capture_path(grader.HANDED_IN).unlink()
    assert list(grader.files()) == [grader.labels_path()]
    (TREE.docs / f"{grader.SLUG}.md").unlink()
    assert grader.files() == {}


@pytest.mark.parametrize("key", ["confusion", "grader"])
def test_a_build_without_the_capture_stops(plant, key):
    grader.capture_path().unlink()
    with pytest.raises(SiteError, match=rf"{grader.NAME}\.json does not exist"):
        page(key)


def test_a_build_without_what_the_baseline_handed_in_stops(plant):
    grader.capture_path(grader.HANDED_IN).unlink()
    with pytest.raises(SiteError, match=rf"{grader.HANDED_IN}\.json does not exist"):
        page("grader")


@pytest.mark.parametrize(
    ("key", "other", "picture"),
    [("confusion", "6", "validation-6"), ("grader", "validation-6", "6")],
)
def test_what_is_missing_or_misplaced_is_named(plant, key, other, picture):
    with pytest.raises(SiteError, match=f"{key} }}}} belongs to {grader.SLUG}.md"):
        substitutions.fill(f"{{{{ {key} }}}}\n", "my-lesson")
    (grader.pictures() / f"{other}.png").unlink()
    page(key)  # shows none of these
    (grader.pictures() / f"{picture}.png").unlink()
    says = rf"/{picture}\.png does not exist: run scripts/sprites"
    with pytest.raises(SiteError, match=says):
        page(key)


@pytest.mark.parametrize(
    ("series", "says"),
    [
        ({"test_labels": LABELS[1:]}, "'test_labels' is not a string of 10,000 digits"),
        ({"val_predictions": GUESSES + "0"}, "'val_predictions' is not a string of 5,"),
        ({"val_predictions": "x" * 5000}, "'val_predictions' is not a string"),
        ({"val_predictions": [0] * 5000}, "'val_predictions' is not a string"),
        ({"val_labels": None}, "'val_labels' is not a string of 5,000 digits"),
        ({"test_labels": "1" + LABELS[1:]}, "not 1,000 of the test labels are 0"),
        ({"val_labels": "1" * 5000}, "none of the validation labels is 0"),
        ({"test_classes": SHARES[1:]}, "'test_classes' is not a list of ten numbers"),
        ({"test_classes": "0123456789"}, "'test_classes' is not a list"),
    ],
)
def test_a_capture_that_holds_something_else_is_named(plant, series, says):
    plant(**series)
    with pytest.raises(SiteError, match=f"{grader.SLUG}/{grader.NAME}: {says}"):
        page()


def test_an_edited_prediction_is_found(plant):
    path = grader.capture_path()
    path.write_text(
        path.read_text(encoding="utf-8").replace("11234", "01234", 1), encoding="utf-8"
    )
    with pytest.raises(SiteError, match="contradicts its own digest"):
        page()


def test_a_listing_without_its_constant_is_named(plant, house):
    house("snippets/fashion_mnist_project/grade.py", "OTHER = {}\n")
    with pytest.raises(SiteError, match=r"grade\.py does not define BARS"):
        grader.files()


def test_in_a_notebook_they_are_a_table_and_sentences(plant):
    text = page("confusion") + page("grader")
    ((kind, source, _),) = markdown_cells.parts(text)
    assert kind == "markdown"
    assert "<table" in source and '<th scope="row">' in source
    assert source.count("needs JavaScript") == 2
    assert "the starter's second cell below “Hand it in” gives" in source
    assert not re.search(r"<(script|form|template|button|input)|\{\{", source)
    assert "\n\n" not in source[source.index("<div") : source.index("</table>")]


def test_the_real_constants_and_labels_are_those_of_the_lesson():
    from snippets.fashion_mnist_project import data, grade

    assert grader.literal("data", "CLASSES") == data.CLASSES
    assert grader.literal("grade", "BARS") == grade.BARS
    if grader.labels_path().exists():
        text = grader.labels_path().read_text(encoding="utf-8")
        digits = "".join(map(str, REAL.read_bytes()[8:]))
        assert exported(text)["labels"] == digits
