"""The first code cell of every notebook: it tells versions, or what to do."""

import json
import runpy

import pytest
import torch
import torchvision

from scripts.pages import section_lines
from scripts.tree import NOTEBOOKS, ROOT, lessons

PATH = "snippets/versions.py"


def run():
    return runpy.run_path(str(ROOT / PATH))


def test_it_prints_the_versions_and_whether_there_is_a_gpu(capsys):
    run()
    said = capsys.readouterr().out
    assert said.startswith(f"torch {torch.__version__}, ")
    assert f"torchvision {torchvision.__version__}, " in said
    assert ("no GPU" in said) != torch.cuda.is_available()


@pytest.mark.parametrize("version", ["2.6.0", "2.6.0+cpu", "2.10.1", "3.0.0a1"])
def test_new_versions_pass(monkeypatch, version):
    monkeypatch.setattr(torch, "__version__", version)
    run()


@pytest.mark.parametrize("version", ["2.5.1", "1.13.1+cu117", "2.0.0"])
def test_an_old_one_is_refused_with_what_to_do(monkeypatch, version):
    monkeypatch.setattr(torch, "__version__", version)
    with pytest.raises(RuntimeError) as refused:
        run()
    said = str(refused.value)
    oldest = ".".join(map(str, (2, 6)))
    assert f"torch {oldest} or newer" in said and version in said
    assert "Disconnect and delete runtime" in said and "--upgrade torch" in said


@pytest.mark.parametrize("kind", ["", "-practice", "-solutions"])
@pytest.mark.parametrize("slug", lessons())
def test_it_is_the_first_code_cell_of_every_notebook(slug, kind):
    cells = json.loads((NOTEBOOKS / f"{slug}{kind}.ipynb").read_text())["cells"]
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
