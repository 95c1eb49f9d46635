"""The first code cell of every notebook: it tells versions, or what to do."""

import json
import platform
import runpy

import pytest
import torch
import torchvision
from listing import ROOT

from scripts.common.paths import TREE, lessons
from scripts.page.includes import section_lines

PATH = "snippets/versions.py"


def run():
    return runpy.run_path(str(ROOT / PATH))


def test_it_prints_the_versions(capsys):
    run()
    assert capsys.readouterr().out == (
        f"Python {platform.python_version()}, torch {torch.__version__}, "
        f"torchvision {torchvision.__version__}\n"
    )


def test_it_does_not_touch_a_gpu(monkeypatch):
    """What asks for a GPU takes memory on it, and spoils processes forked later."""

    def touched(*_):
        raise AssertionError("the check asked for a GPU")

    for name in ("is_available", "device_count", "get_device_name", "_lazy_init"):
        monkeypatch.setattr(torch.cuda, name, touched)
    monkeypatch.setattr(torch.accelerator, "current_accelerator", touched)
    run()


@pytest.mark.parametrize("version", ["2.6.0", "2.6.0+cpu", "2.10.1", "3.0.0a1"])
def test_new_versions_pass(monkeypatch, version):
    monkeypatch.setattr(torch, "__version__", version)
    run()


@pytest.mark.parametrize("version", ["2.5.1", "1.13.1+cu117", "2.0.0"])
def test_an_old_torch_is_refused_with_what_to_do(monkeypatch, version):
    monkeypatch.setattr(torch, "__version__", version)
    with pytest.raises(RuntimeError) as refused:
        run()
    said = str(refused.value)
    assert "needs torch 2.6 or newer" in said and version in said
    assert "Disconnect and delete runtime" in said and "--upgrade torch" in said


@pytest.mark.parametrize("version", ["3.9.19", "3.8.0"])
def test_an_old_python_is_refused(monkeypatch, version):
    monkeypatch.setattr(platform, "python_version", lambda: version)
    with pytest.raises(RuntimeError, match=f"needs Python 3.10 or .* {version}"):
        run()


@pytest.mark.parametrize("kind", ["", "-practice", "-solutions"])
@pytest.mark.parametrize("slug", lessons())
def test_it_is_the_first_code_cell_of_every_notebook(slug, kind):
    cells = json.loads(
        (TREE.notebooks / f"{slug}{kind}.ipynb").read_text(encoding="utf-8")
    )["cells"]
    codes = [cell for cell in cells if cell["cell_type"] == "code"]
    shown = "\n".join(section_lines(PATH, "check")).strip()
    assert "".join(codes[0]["source"]) == shown
    assert cells.index(codes[0]) == 1, "below the title"
    sources = ["".join(code["source"]) for code in codes]
    assert sources.count(shown) == 1
    second = "\n".join(section_lines("snippets/data_files.py", "check")).strip()
    assert [*sources[:2], sources.count(second)] == [shown, second, 1]
    for word in ("pip install", "git clone"):
        assert not any(line.startswith(("!", "%")) and word in line for line in sources)
