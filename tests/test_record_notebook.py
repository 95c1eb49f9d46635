"""The notebook that records on a GPU, run in a fresh kernel; and its file, taken in."""

import lzma
import os
import shutil
import subprocess
import tarfile
import zipfile

import nbformat
import pytest
import tiny
from listing import ROOT
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from scripts.captures import accept, bundle
from scripts.common.errors import SiteError
from scripts.common.paths import TREE

BOOK = TREE.notebooks / "record-on-a-gpu.ipynb"


@pytest.fixture
def away(original, tmp_path):
    """A folder on the other machine, with the tiny tree as an uploaded archive.

    As contributing.md packs it, with its history.
    """
    tree = tiny.copy(original, tmp_path / "tree")
    for name in ("recording", "recording-2"):
        shutil.rmtree(tree / name)
    shutil.copy(ROOT / ".gitignore", tree)
    told = ("-c", "user.name=a", "-c", "user.email=a@b")
    for command in (["init", "-q"], ["add", "."], [*told, "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=tree, check=True)
    room = tmp_path / "away"
    room.mkdir()
    with tarfile.open(room / "tree.tgz", "w:gz") as archive:
        archive.add(tree, arcname=".", filter=without_data)
    return room


def without_data(member):
    """In the tiny tree `data` is a link out of it, which no archive may hold."""
    return None if member.name == "./data" else member


# Where the notebook would download them, the test has them already.
DATA = (
    "import torch\n",
    f"import torch\n(tree / 'data').symlink_to({str(ROOT / 'data')!r})",
)


def run(room, gpu=True, changes=()):
    """Run all cells in a new kernel in `room`; returns all that was printed."""
    book = nbformat.read(BOOK, as_version=4)
    for old, new in changes:
        cells = [cell for cell in book.cells if old in cell.source]
        assert cells, old
        for cell in cells:
            cell.source = cell.source.replace(old, new)
    resources = {"metadata": {"path": str(room)}}
    client = NotebookClient(book, kernel_name="python3", resources=resources)
    client.execute(env={**os.environ, **tiny.environment(gpu=gpu)})
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    return "".join(output.get("text", "") for output in outputs)


def test_from_an_archive_to_one_file_that_is_taken_in(original, away, tmp_path):
    said = run(away, changes=[DATA])
    assert said.count("3 of 3 captures are in recording") == 2
    assert f"GPU: {tiny.GPU}" in said
    assert "peak: " in said and "  8.5" in said, "what came out is shown"
    commit = ["git", "rev-parse", "--short=12", "HEAD"]
    here = subprocess.check_output(commit, cwd=tmp_path / "tree", encoding="utf-8")
    assert f"Send this along. Recorded at commit: {here}" in said
    (away / "practical-patterns/recording/.ipynb_checkpoints").mkdir()
    (away / "practical-patterns/recording/desktop.ini").touch()
    again = run(away)
    with zipfile.ZipFile(away / "recording.zip") as archive:
        names = [name for name in archive.namelist() if not name.endswith("/")]
    assert names == [f"recording{n}/tiny-lesson.cuda.json" for n in ("", "-2")]
    assert "The repository is there already" in again
    assert "recorded tiny-lesson/" in said and "recorded tiny-lesson/" not in again
    assert again.count("3 of 3 captures are in recording") == 2

    home = tiny.copy(original, tmp_path / "home")
    shutil.copy(away / "recording.zip", home)
    done = tiny.run((*tiny.PREBUILD, "--accept", "recording.zip"), home)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("accepted tiny-lesson/") == 5, "2 of them again"
    done = tiny.run((*tiny.CHECK, "--device", "cuda"), home)
    assert done.returncode == 0, done.stdout


def halve(room):
    """What is there of an upload while it goes on."""
    content = (room / "tree.tgz").read_bytes()
    (room / "tree.tgz").write_bytes(content[: len(content) // 2])


@pytest.mark.parametrize(
    ("gpu", "spoil", "message"),
    [
        (False, lambda room: None, "sees no GPU here: in Colab, choose Runtime"),
        (True, lambda room: (room / "tree.tgz").unlink(), "There is no repository: pa"),
        (
            True,
            lambda room: tarfile.open(room / "tree.tgz", "w:gz").close(),
            "is not this project: it has no scripts/prebuild.py",
        ),
        (True, halve, "tree.tgz cannot be unpacked .*: wait until it is uploaded, or"),
    ],
    ids=["no GPU", "no archive", "an archive of something else", "half an archive"],
)
def test_where_it_cannot_go_on_it_says_so(away, gpu, spoil, message):
    spoil(away)
    with pytest.raises(CellExecutionError, match=message):
        run(away, gpu=gpu)
    assert not (away / "recording.zip").exists()


def fill(room):
    """Another project in the folder that the repository would go to."""
    (room / "practical-patterns").mkdir()
    (room / "practical-patterns/mine.txt").write_text("mine", encoding="utf-8")


def test_a_folder_that_holds_something_else_is_named_and_left_as_it_is(away):
    fill(away)
    with pytest.raises(CellExecutionError, match="write another name after FOLDER"):
        run(away)
    folder = away / "practical-patterns"
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]


def test_a_half_repository_is_not_taken_for_a_whole_one(away):
    """An upload goes on, and it is run again afterwards; an empty folder is no harm."""
    whole = (away / "tree.tgz").read_bytes()
    (away / "practical-patterns").mkdir()
    halve(away)
    with pytest.raises(CellExecutionError, match="wait until it is uploaded"):
        run(away)
    assert not list((away / "practical-patterns").iterdir())
    (away / "tree.tgz").write_bytes(whole)
    with pytest.raises(CellExecutionError, match="sees no GPU"):
        run(away, gpu=False)
    assert (away / "practical-patterns/scripts/prebuild.py").exists()
    assert not list(away.glob("practical-patterns.*")), "no half copy is left"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            'REPOSITORY = ""',
            'REPOSITORY = "nowhere"',
            "does not exist(.|\n)*the address",
        ),
        ('"practical-patterns"', '"/content/drive/MyDrive/x"', "Drive is not mounted"),
    ],
)
def test_an_address_or_a_folder_that_does_not_work_is_named(away, old, new, message):
    with pytest.raises(CellExecutionError, match=message):
        run(away, changes=[(old, new)])


@pytest.mark.parametrize(
    ("file", "mode", "message"),
    [
        (
            "snippets/tiny_lesson/peak.py",
            "a",
            "2 of 3 captures are in recording-2(.|\n)*"
            "Run all again; what has been measured",
        ),
        # No line of the recorder's tells of this
        ("scripts/prebuild.py", "w", "ZeroDivisionError"),
    ],
)
def test_a_half_recording_is_no_file_and_says_why(away, file, mode, message):
    broken = f'open("{file}", "{mode}").write("1/0")'
    line = f'import os; os.chdir(tree); {broken}; os.chdir("..")\n\nrecord("recording")'
    with pytest.raises(CellExecutionError, match=message):
        run(away, changes=[DATA, ('record("recording")', line)])
    assert not (away / "recording.zip").exists()


@pytest.fixture
def packed(tmp_path):
    """A function that packs texts under names, and gives the file."""

    def pack(**files):
        with zipfile.ZipFile(tmp_path / "recording.zip", "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
        return tmp_path / "recording.zip"

    return pack


@pytest.mark.parametrize(
    "name",
    ["../out.cuda.json", "recording/../../x.cuda.json", "/tmp/x.cuda.json", "a.exe"],
)
def test_a_foreign_name_in_the_file_is_refused(packed, tmp_path, name):
    room = tmp_path / "room"
    with pytest.raises(SiteError, match="no file of the recorder's"):
        bundle.unpack(packed(**{name: "{}"}), room)
    assert not room.exists()


def test_what_unpacks_to_too_much_is_refused(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "LARGEST", 10)
    with pytest.raises(SiteError, match="is too large"):
        bundle.unpack(packed(**{"recording/a.cuda.json": "x" * 11}), tmp_path)


def test_what_is_no_zip_is_named(tmp_path):
    (tmp_path / "recording.zip").write_text("<html>", encoding="utf-8")
    with pytest.raises(SiteError, match="is no packed recording, or damaged"):
        bundle.unpack(tmp_path / "recording.zip", tmp_path / "room")


def test_what_is_damaged_inside_is_named(tmp_path):
    path = tmp_path / "recording.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("recording/a.cuda.json", "abcdefgh" * 100)
    content = bytearray(path.read_bytes())
    start = 30 + len("recording/a.cuda.json")  # behind the head of its only file
    content[start : start + 8] = b"\xff" * 8
    path.write_bytes(content)
    with pytest.raises(SiteError, match="is no packed recording, or damaged"):
        bundle.unpack(path, tmp_path / "room")


@pytest.mark.parametrize("error", [EOFError, lzma.LZMAError, ValueError, MemoryError])
def test_whatever_is_wrong_with_it_is_one_sentence(
    packed, tmp_path, monkeypatch, error
):
    file = packed(**{"recording/a.cuda.json": "{}"})

    def fail(*_):
        raise error

    monkeypatch.setattr(zipfile.ZipFile, "extract", fail)
    says = f"no packed recording, or damaged: {error.__name__}"
    with pytest.raises(SiteError, match=says):
        bundle.unpack(file, tmp_path / "room")


LITTER = [".ipynb_checkpoints/a.cuda-checkpoint.json", "desktop.ini", ".DS_Store"]
LITTER += ["Thumbs.db", "a.cuda.json.old", "a.cuda.json.old-2", "a.cuda.json.71.part"]
LITTER += [".lock", "../__MACOSX/recording/._a.cuda.json"]


@pytest.mark.parametrize("name", LITTER)
def test_what_a_system_adds_is_left_out(packed, tmp_path, name):
    name = f"recording/{name}".replace("recording/../", "")
    file = packed(**{"recording/a.cuda.json": "{}", name: "x"})
    first, _ = bundle.unpack(file, tmp_path / "room")
    assert [path.name for path in (tmp_path / "room").rglob("*")] == [
        *("recording", "a.cuda.json")
    ]


def test_what_is_encrypted_is_named(packed, tmp_path):
    path = packed(**{"recording/a.cuda.json": "{}"})
    content = path.read_bytes()
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # both its heads
        at = content.index(mark) + place
        content = content[:at] + b"\x01" + content[at + 1 :]
    path.write_bytes(content)
    with pytest.raises(SiteError, match="encrypted"):
        bundle.unpack(path, tmp_path / "room")


def test_a_file_that_holds_both_recordings_takes_no_second(packed, tmp_path):
    file = packed(**{"recording/a.cuda.json": "{}"})
    with pytest.raises(SiteError, match="leave --again out"):
        accept.take(file, tmp_path)


def test_one_recording_alone_may_be_packed(packed, tmp_path):
    file = packed(**{"recording/a.cuda.json": "{}"})
    first, second = bundle.unpack(file, tmp_path / "room")
    assert first == tmp_path / "room/recording" and second is None


TOLD = ["accuracies", "error messages included", "cores and threads", "the commit"]
TOLD += ["commands", "Your Drive is not needed", "Python 3.11", "torchvision"]
TOLD += ["Also send the commit", "jupyter lab"]


@pytest.mark.parametrize("words", TOLD)
def test_what_leaves_and_what_is_needed_is_told_before_anything_runs(words):
    book = nbformat.read(BOOK, as_version=4)
    told = [cell.source for cell in book.cells if cell.cell_type == "markdown"]
    assert words in " ".join("\n".join(told).split())


def test_it_is_generated_and_no_page_of_the_site():
    assert BOOK.exists()
    assert "record-on-a-gpu" not in (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
