"""The second cell of every notebook: the data are there and whole, or what to do."""

import errno
import gzip
import runpy
import shutil
from pathlib import Path
from urllib.error import URLError

import pytest
from listing import ROOT
from torchvision.datasets import FashionMNIST, mnist

PATH = str(ROOT / "snippets" / "data_files.py")
RAW = ROOT / "data/FashionMNIST/raw"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder of its own, with links to the data; its raw folder."""
    monkeypatch.chdir(tmp_path)
    raw = tmp_path / "data/FashionMNIST/raw"
    raw.mkdir(parents=True)
    for path in RAW.glob("*-ubyte"):
        (raw / path.name).symlink_to(path)
    return raw


def test_whole_files_pass(here):
    names = runpy.run_path(PATH)
    assert set(names["CHECKSUMS"]) == {path.name for path in here.iterdir()}
    assert len(FashionMNIST("data", train=False)) == 10000


@pytest.mark.parametrize("name", [path.name for path in sorted(RAW.glob("*-ubyte"))])
@pytest.mark.parametrize("kept", [0, 16, 9_999])
def test_a_file_of_the_right_size_with_zeros_in_it_is_named(here, name, kept):
    """As a download leaves it that reserved all the room and then broke off."""
    whole = (here / name).read_bytes()
    (here / name).unlink()
    (here / name).write_bytes(whole[:kept] + bytes(len(whole) - kept))
    with pytest.raises(RuntimeError, match="cut off or damaged") as refused:
        runpy.run_path(PATH)
    assert f"{name} ({len(whole):,} bytes) is not as it should be" in str(refused.value)
    assert (here / name).stat().st_size == len(whole)  # nothing is lost


@pytest.mark.parametrize("name", [path.name for path in sorted(RAW.glob("*-ubyte"))])
@pytest.mark.parametrize("kept", [0, 9_999])
def test_a_file_that_was_cut_off_is_named(here, name, kept):
    whole = (here / name).read_bytes()
    (here / name).unlink()
    (here / name).write_bytes(whole[:kept])
    with pytest.raises(RuntimeError) as refused:
        runpy.run_path(PATH)
    said = str(refused.value)
    assert f"{name} ({kept:,} bytes) is not as it should be" in said
    assert "Delete it and run this cell again" in said
    assert (here / name).read_bytes() == whole[:kept]  # nothing is lost


def test_a_deleted_file_is_downloaded_again(here, monkeypatch):
    """torchvision does it, from a server that is stood in for here."""
    name = "t10k-labels-idx1-ubyte"
    packed = gzip.compress((RAW / name).read_bytes(), mtime=0)
    (here / name).unlink()

    def fetch(url, root, filename, *more, **options):
        assert url.endswith(f"{name}.gz")
        Path(root, filename).write_bytes(packed)

    of_it = [(file, md5) for file, md5 in FashionMNIST.resources if name in file]
    assert len(of_it) == 1
    monkeypatch.setattr(FashionMNIST, "resources", of_it)
    monkeypatch.setattr("torchvision.datasets.utils.download_url", fetch)
    runpy.run_path(PATH)
    assert (here / name).read_bytes() == (RAW / name).read_bytes()


@pytest.mark.parametrize(
    "error",
    [
        URLError("no route"),
        RuntimeError("File not found"),
        OSError(errno.ENOSPC, "No space left on device"),
    ],
)
def test_what_is_not_downloaded_is_not_called_a_lack_of_network(
    tmp_path, monkeypatch, error
):
    def fail(*arguments, **options):
        raise error

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(mnist, "download_and_extract_archive", fail)
    with pytest.raises(RuntimeError) as refused:
        runpy.run_path(PATH)
    said = str(refused.value)
    assert "could not be downloaded. The error above says why. Make room if" in said
    assert "connect to the network, or copy data/FashionMNIST/raw" in said
    assert str(error.args[-1]) in str(refused.value.__cause__)  # shown above it


def test_a_folder_that_cannot_be_written_says_so_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").write_text(
        "a file where a folder should be\n", encoding="utf-8"
    )
    with pytest.raises(RuntimeError, match="not in the folder data") as refused:
        runpy.run_path(PATH)
    assert isinstance(refused.value.__cause__, OSError)
    shutil.rmtree(tmp_path, ignore_errors=True)
