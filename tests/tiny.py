"""A whole tree around a tiny lesson, to be broken: real scripts, real settings."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from listing import ROOT
from untraced import untraced

from scripts.captures import capture_file
from scripts.common.paths import lessons

FIXTURES = Path(__file__).resolve().parent / "fixtures"
FIXTURE = FIXTURES / "tiny"
STUB = FIXTURES / "stub"  # holds a torch.py, which the tiny lesson runs on
GPU = "A Fine GPU"
SLUG = "tiny-lesson"
PREBUILD = (sys.executable, "scripts/prebuild.py")
CHECK = (*PREBUILD, "--check")
BUILD = (sys.executable, "-m", "mkdocs", "build", "--strict", "-d", "built")
PAGES = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q")
PAGES = (*PAGES, "tests/test_pages.py")


def environment(gpu: bool = False) -> dict[str, str]:
    """What a tree's commands run in: the stub of torch, with a GPU or without."""
    return {
        **{key: value for key, value in untraced().items() if key != "STUB_GPU"},
        "PYTHONPATH": str(STUB),
        **({"STUB_GPU": GPU} if gpu else {}),
    }


def run(
    command: tuple[str, ...], root: Path, gpu: bool = False
) -> subprocess.CompletedProcess[str]:
    """Run a command in a tree; what it says, on 1 and 2, is in `stdout`."""
    return subprocess.run(
        command,
        cwd=root,
        env=environment(gpu),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )


def bare(folder: Path) -> str:
    """A Python without any package, as on a machine that has torch and little else."""
    command = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    subprocess.run(command, check=True)
    return str(folder / "bin" / "python")


def record_on_gpu(root: Path, out: str = "recording", python: str = sys.executable):
    """Record the tree's lesson into a folder of it, as on a machine with a GPU."""
    command = (python, "scripts/prebuild.py", "--device", "cuda", "--out", out)
    done = run(command, root, gpu=True)
    assert done.returncode == 0, done.stdout
    return done


def plant(root: Path) -> Path:
    """A tree at `root` whose only lesson is the tiny one, recorded by `prebuild.py`."""
    ignored = shutil.ignore_patterns("__pycache__")
    for folder in ("scripts", "docs/assets", "docs/overrides"):
        shutil.copytree(ROOT / folder, root / folder, ignore=ignored)
    (root / "tests").mkdir()
    tests = ("asked.py", "conftest.py", "listing.py", "test_pages.py")
    tests += ("untraced.py", "visible_gpu.py", "fixtures/visible_gpu/sitecustomize.py")
    for name in ("pyproject.toml", *(f"tests/{name}" for name in tests)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, root / name)
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    settings = settings.replace(f"{lessons()[0]}.md", f"{SLUG}.md")
    practised = f"notebooks/{SLUG}-practice.ipynb"
    settings = settings.replace(f"notebooks/{lessons()[0]}-practice.ipynb", practised)
    others = r"^ +- .*notebooks/(?!tiny).*\n"
    settings = re.sub(others, "", settings, flags=re.M)
    (root / "mkdocs.yml").write_text(settings, encoding="utf-8")
    for page in re.findall(r"[\w/-]+\.md", settings):
        text = "{{ evidence }}" if page == "evidence.md" else "Nothing."
        (root / "docs" / page).parent.mkdir(exist_ok=True)
        (root / "docs" / page).write_text(f"# {page}\n\n{text}\n", encoding="utf-8")
    shutil.copytree(FIXTURE / "docs", root / "docs", dirs_exist_ok=True)
    shutil.copytree(FIXTURE / "snippets", root / "snippets", ignore=ignored)
    for name in ("versions.py", "data_files.py"):
        shutil.copyfile(ROOT / "snippets" / name, root / "snippets" / name)
    for kind in ("plots", "tables"):  # found there by no list of names
        target = root / "scripts/render" / kind / f"{SLUG.replace('-', '_')}.py"
        shutil.copyfile(FIXTURE / f"{kind}.py", target)
    (root / "data").symlink_to(ROOT / "data", target_is_directory=True)
    done = run(PREBUILD, root)
    assert done.returncode == 0, done.stdout
    return root


def copy(original: Path, root: Path) -> Path:
    """A copy of a planted tree, to be broken."""
    return shutil.copytree(original, root, symlinks=True)


def found(pattern: str, text: str) -> bool:
    """Does a pattern stand somewhere in a text?"""
    return re.search(pattern, text) is not None


def keep_accepted(root: Path) -> None:
    """Bring both recordings home in a copy; keep what comes of it in `accepted`."""
    home = copy(root, root.parent / "home")
    command = (*PREBUILD, "--accept", "recording", "--again", "recording-2")
    done = run(command, home)
    assert done.returncode == 0, done.stdout
    for folder in ("captures", "notebooks"):
        shutil.copytree(home / "docs" / folder, root / "accepted" / folder)


def edit(root: Path, name: str, old: str, new: str) -> None:
    """Replace the one place where `old` stands in a file of the tree."""
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{name} holds {text.count(old)} times {old!r}"
    path.write_text(text.replace(old, new), encoding="utf-8")


def captured(name: str, device: str = "cpu") -> str:
    """The path of one of the tiny lesson's captures."""
    return f"docs/captures/{SLUG}/{device}/{name}"


def reseal(path: Path, change) -> None:
    """Let `change` edit a capture and give it a digest that agrees."""
    capture = json.loads(path.read_text(encoding="utf-8"))
    change(capture)
    del capture["digest"], capture["generated"]
    path.write_text(capture_file.seal(capture), encoding="utf-8")


def forge_figure(root: Path, block: str, change) -> None:
    """Another captured figure, with digests that agree: only a new run can tell.

    `change` gets the bytes and returns others, or None for no figure at all.
    """
    name = f"{block}-1.png"
    path = root / captured(name)
    content = change(path.read_bytes())
    path.unlink() if content is None else path.write_bytes(content)

    def edit_note(capture):
        for note in capture["blocks"]:
            if note["name"] == block:
                drawn = (
                    {} if content is None else {name: capture_file.file_digest(content)}
                )
                note["figures"] = drawn

    reseal(root / captured("program.json"), edit_note)


def forge(root: Path, block: str, old: str, new: str) -> None:
    """Another captured text, with digests that agree: only a new run can tell."""
    edit(root, captured(f"{block}.txt"), old, new)
    content = (root / captured(f"{block}.txt")).read_bytes()

    def change(capture):
        for note in capture["blocks"]:
            if note["name"] == block:
                note["sha256"] = capture_file.file_digest(content)

    reseal(root / captured("program.json"), change)
