"""Whatever we import has an exact pin of its own, in the group that needs it."""

import ast
import re
import sys
from functools import cache
from importlib import metadata

import pytest
from listing import ROOT

# An import whose package cannot be installed, and why
NEVER = {"google": "Colab brings it"}
# What MkDocs and the generator of notebooks import; prebuild.py needs torch besides.
BUILD = ("common", "page", "captures", "render", "content", "notebooks")
BUILD += ("generated", "web")
FOLDERS = ("scripts", "snippets", "tests")
PIN = re.compile(r"([\w.-]+)==(\S+) +# \S.*")
OURS = {path.stem for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")}
OURS |= {path.name for path in (ROOT / "tests").rglob("*") if path.is_dir()}
OURS |= {*FOLDERS, "__main__"}


@cache
def packages():
    """{import name: the packages that bring it} of what is installed."""
    return metadata.packages_distributions()


def normal(name):
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def groups():
    """{group: {package: version}} of requirements.txt."""
    found = {}
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# group: "):
            found[line.removeprefix("# group: ")] = pins = {}
        elif line and not line.startswith("#"):
            pin = PIN.fullmatch(line)
            assert pin, f"neither a pin nor its reason: {line}"
            pins[normal(pin[1])] = pin[2]
    return found


def imported(code):
    """The first names of what a file imports and we did not write ourselves."""
    for node in ast.walk(ast.parse(code)):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module]
        for name in (name.partition(".")[0] for name in names):
            # A fixture may bear the name of a package, such as torch.
            ours = name in OURS and name not in packages()
            if not ours and name not in {*sys.stdlib_module_names, *NEVER}:
                yield name


def unpinned(code, pins):
    """The imports of a file whose package is not pinned."""
    return [
        name
        for name in imported(code)
        if not {normal(package) for package in packages().get(name, [])} & set(pins)
    ]


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_we_import_is_pinned(folder, say):
    pins = {
        name: version for pins in groups().values() for name, version in pins.items()
    }
    codes = {p: p.read_text(encoding="utf-8") for p in (ROOT / folder).rglob("*.py")}
    wrong = {
        p.name: found for p, code in codes.items() if (found := unpinned(code, pins))
    }
    seen = {name for code in codes.values() for name in imported(code)}
    say(f"{folder}: {len(seen)} packages are imported, each with a pin")
    assert len(seen) >= 5 and not wrong, wrong


def test_the_group_site_is_enough_to_build_the_site():
    files = [path for room in BUILD for path in (ROOT / "scripts" / room).rglob("*.py")]
    files += [ROOT / "scripts/hooks.py"]
    site = groups()["site"]
    wrong = {p.name: unpinned(p.read_text(encoding="utf-8"), site) for p in files}
    assert len(files) > 50 and not any(wrong.values()), wrong


def test_what_is_installed_here_is_what_is_pinned():
    pins = {
        name: version for pins in groups().values() for name, version in pins.items()
    }
    assert len(pins) > 20
    assert {name: metadata.version(name) for name in pins} == pins


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import yaml.nodes", ["yaml"]),
        ("def f():\n    from bs4 import Tag", ["bs4"]),
        ("from PIL import Image\nimport torch", ["torch"]),
        ("import json, tiny\nfrom scripts.common import paths", []),
        ("import no_such_package", ["no_such_package"]),
    ],
)
def test_an_import_without_a_pin_is_named(code, found):
    assert unpinned(code, {"pillow": "1"}) == found
