"""Bring a recording home that was made on another machine."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from scripts import captures, claims, pages, recording, sealed
from scripts.captures import PROGRAM, Expected
from scripts.recording import Recording
from scripts.tree import SiteError, write_if_changed

Found = tuple[Expected, dict, Recording]


def take(path: Path, again: Path | None = None) -> None:
    """Take in a folder of recordings, or the one file that the notebook packed."""
    if not path.is_file():
        bring_home(path, again)
        return
    if again:
        raise SiteError(f"{path} holds both recordings: leave --again out")
    with tempfile.TemporaryDirectory() as room:
        bring_home(*recording.unpack(path, Path(room)))


def bring_home(folder: Path, again: Path | None = None) -> None:
    """Check every capture in `folder`, then copy them all. Raises SiteError.

    `again` holds a second recording of the same; of it, the experiments are kept, so
    that one can say how much the two differ. Nothing is copied unless all of both is
    as it should be: whole, of this tree, from the device that it says.
    """
    first = list(_recorded(folder))
    second = list(_recorded(again, again=True)) if again else []
    if again:
        _compare(folder, first, again, second)
    for want, capture, book in [*first, *second]:
        if want.again and want.name == PROGRAM:
            continue
        for block in capture.get("blocks", []):
            for name in sealed.files_of(block):
                write_if_changed(want.path.parent / name, book.files[name])
        write_if_changed(want.path, sealed.seal(capture))
        print(f"accepted {want.id} ({want.device}), recorded {capture['recorded']}")


def _recorded(folder: Path, again: bool = False) -> Iterator[Found]:
    """Every capture in a folder of recordings, verified, with what it stands for."""
    if not folder.is_dir():
        raise SiteError(f"{folder} is not a folder with a recording")
    lessons: dict[str, dict[str, Expected]] = {}
    for device in captures.DEVICES:
        for want in captures.expected(device):
            name = recording.path_of(folder, want.slug, device).name
            lessons.setdefault(name, {})[want.name] = want
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise SiteError(f"{folder} holds no recording: expected {' or '.join(lessons)}")
    for path in paths:
        if path.name not in lessons:
            raise SiteError(
                f"{path} is a recording of no lesson: expected {' or '.join(lessons)}"
            )
        yield from _whole(path, lessons[path.name], again)


def _whole(path: Path, wanted: dict[str, Expected], again: bool) -> list[Found]:
    """A recording's captures, if none is false, unknown or lacking; else SiteError."""
    book = recording.read(path)
    found = []
    for name, capture in book.captures.items():
        if name not in wanted:
            raise SiteError(
                f"{path} holds {book.slug}/{name}: no capture that this tree calls for"
            )
        verify(wanted[name], capture, book.files, path)
        found.append((replace(wanted[name], again=again), capture, book))
    blocks = book.captures.get(PROGRAM, {}).get("blocks", [])
    known = {name for block in blocks for name in sealed.files_of(block)}
    for name in sorted(set(book.files) - known):
        raise SiteError(f"{path} holds the file {name}, which no block printed")
    lacking = [
        want.id
        for name, want in wanted.items()
        if name not in book.captures and _is_needed(want, again)
    ]
    if lacking:
        raise SiteError(
            f"{path} is half-recorded: it lacks {', '.join(lacking)}; go on, on the "
            f"other machine, with the command python scripts/prebuild.py --device "
            f"{book.device} --out {path.parent}"
        )
    return found


def _is_needed(want: Expected, again: bool) -> bool:
    """Of a second recording the experiments, which are kept; else what is not fresh."""
    return want.name != PROGRAM if again else captures.state(want) != "fresh"


def verify(want: Expected, capture: dict, files: dict[str, bytes], path: Path) -> None:
    """Raise SiteError, naming it, unless the capture may stand in for `want`."""
    sealed.check(capture, f"{want.id} in {path}")
    if not captures.is_of_this_tree(want, capture):
        raise SiteError(
            f"{want.id}: the fingerprint of the recording is not this tree's: "
            "it was made from other code, or under other tolerances"
        )
    captures.check_device(want, capture)
    for fault in claims.faults(capture):
        raise SiteError(f"{want.id}: {fault}: this is no recording of prebuild.py")
    if capture["command"] != want.command:
        raise SiteError(
            f"{want.id}: recorded with {capture['command']!a}, not with {want.command}"
        )
    for block in capture.get("blocks", []):
        for name in block["figures"]:
            if not re.fullmatch(re.escape(block["name"]) + r"-\d+\.png", name):
                raise SiteError(f"{want.id}: {name} is no figure of {block['name']}")
    sealed.check_files(capture, path / f"{want.name}.json", files.get)
    for block in capture.get("blocks", []):
        text = files[f"{block['name']}.txt"].decode("utf-8", "replace")
        pages.check_output(text.splitlines(), f"{want.id}: {block['name']}.txt")
    for name in _lost_metrics(want, capture):
        raise SiteError(f"{want.id}: the metric '{name}' is gone from the recording")


def _lost_metrics(want: Expected, capture: dict) -> list[str]:
    """Metrics that a capture from the same code has, on any device, and this lacks."""
    known: set[str] = set()
    for device in captures.DEVICES:
        other = replace(want, device=device)
        if other.path.exists() and captures.state(other) == "fresh":
            known |= set(captures.load(other.path).get("result", {}).get("metrics", {}))
    return sorted(known - set(capture.get("result", {}).get("metrics", {})))


def _compare(
    folder: Path, first: list[Found], again: Path, second: list[Found]
) -> None:
    """Raise SiteError unless `second` is another recording of what `first` is of."""
    ones = {(w.slug, w.device, w.name): c["digest"] for w, c, _ in first}
    others = {(w.slug, w.device, w.name): c["digest"] for w, c, _ in second}
    for slug, device, name in others:
        if (slug, device, name) not in ones:
            raise SiteError(
                f"{again} holds {slug}/{name} ({device}), {folder} does not"
            )
    if all(ones[key] == digest for key, digest in others.items()):
        raise SiteError(f"{again} and {folder} hold one and the same recording")
