"""Bring a recording home that was made on another machine."""

import re
import shlex
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from scripts.captures import (
    beside,
    bundle,
    capture_file,
    claims,
    expected,
    grids,
    left_out,
    pairs,
    png,
    record,
)
from scripts.captures.bundle import Recording
from scripts.captures.expected import PROGRAM, Expected
from scripts.captures.form import Capture
from scripts.captures.lost import (
    at_home,
    check_formats,
    faults_of_two,
    in_short,
    lost,
)
from scripts.common import files, lock
from scripts.common.errors import SiteError, named
from scripts.common.paths import TREE
from scripts.page import includes

Found = tuple[Expected, dict, Recording]


def take_in(path: Path, again: Path | None, make_files: Callable[[], None]) -> None:
    """Take in recordings and make what follows from them; or nothing, if that fails."""
    busy = "another process takes a recording into this tree: wait until it has ended"
    held = lock.held(TREE.cache / "accept.lock", busy)  # until all is put back, too
    with held, files.all_or_nothing("nothing was taken in"):
        accepted = take(path, again)
        make_files()
    print("\n".join(accepted))


def take(path: Path, again: Path | None = None) -> list[str]:
    """Take in a folder of recordings, or the one file that the notebook packed.

    Returns what was taken in, a line each.
    """
    for given in filter(None, (path, again)):
        bundle.check_place(given)
        if given.is_file() and given.suffix == ".json":
            raise SiteError(
                f"{given} is one file of a recording: give its folder, {given.parent}"
            )
    if not path.is_file():
        return bring_home(path, again)
    if again:
        raise SiteError(f"{path} holds both recordings: leave --again out")
    with tempfile.TemporaryDirectory() as room:
        folders = bundle.unpack(path, Path(room))
        try:
            return bring_home(*folders)
        except SiteError as error:  # nobody can look into that room any more
            said = str(error).replace(f"--out {room}/", "--out ")
            if "recording-2" in said and " is half-recorded" in said:
                said += "; or unpack the file, and take in its folder recording alone"
            raise SiteError(said.replace(f"{room}/", f"{path}: ")) from error


def bring_home(folder: Path, again: Path | None = None) -> list[str]:
    """Check every capture in `folder`, then copy them all; returns a line of each.

    `again` holds a second recording of the same; of it, the experiments are kept, so
    that one can say how much the two differ. Nothing is copied unless all of both is
    as it should be: whole, of this tree, from the device that it says. Else SiteError.
    """
    first = list(_recorded(folder))
    second = list(_recorded(again, first)) if again else []
    if again:
        _compare(folder, first, again, second)
    kept = [found for found in second if found[0].name != PROGRAM]
    for place, group in ((folder, first), (again, kept)):
        with named(str(place)):  # before what differs because the GPUs do
            held = [(want, capture) for want, capture, _ in group]
            pairs.check_one_card(held)
            check_formats(held)
    _check_pairs(first, second)
    _say_commits(first + second)
    new = [replace(want, again=False) for want, _, _ in second]
    gone = [
        _without_old_pair(want, capture)
        for want, capture, _ in first
        if want not in new
    ]
    copied = [
        _copy(want, capture, book)
        for want, capture, book in [*first, *second]
        if not (want.again and want.name == PROGRAM)
    ]
    return [*filter(None, gone), *copied]


def _copy(want: Expected, capture: Capture, book: Recording) -> str:
    """Write one capture into the tree; returns the line that says so."""
    for block in capture.get("blocks", []):
        for name in capture_file.files_of(block):
            files.write_if_changed(want.path.parent / name, book.files[name])
    files.write_if_changed(want.path, capture_file.seal(capture))
    return f"accepted {want.id} ({want.device}), recorded {capture['recorded']}"


def _without_old_pair(want: Expected, capture: Capture) -> str:
    """Remove a second recording of other code or of another machine; says so."""
    why = _other_than(want, capture)
    if not why:
        return ""
    other = replace(want, again=True)
    files.remove(other.path)
    return (
        f"note: {other.id} was of {why} and is removed: to say how far two "
        "recordings differ, record it a second time"
    )


def _other_than(want: Expected, capture: Capture) -> str:
    """Why the tree's second recording is not one of what this one is of; or ""."""
    other = replace(want, again=True)
    try:
        state = "none" if want.name == PROGRAM else expected.state(other)
        if state == "stale":
            return "other code"
        known = at_home(other) if state == "fresh" else None
    except SiteError:  # a damaged one is named by --check
        return ""
    where = pairs.another(capture, known) if known else ""
    if where and known["machine"]["gpu"] != capture["machine"]["gpu"]:
        return f"another GPU, {where},"
    return f"another machine, {where}," if where else ""


def _recorded(folder: Path, first: list[Found] | None = None) -> Iterator[Found]:
    """Every capture in a folder of recordings, verified, with what it stands for.

    Of a second recording, `first` is what the first holds: it has to hold that, too.
    """
    if not folder.is_dir():
        hint = ": give a packed one alone, without --again" if folder.is_file() else ""
        raise SiteError(f"{folder} is not a folder with a recording{hint}")
    lessons: dict[str, dict[str, Expected]] = {}
    for device in expected.DEVICES:
        for want in expected.expected(device):
            name = bundle.path_of(folder, want.slug, device).name
            lessons.setdefault(name, {})[want.name] = want
    try:
        found = sorted(folder.iterdir())
    except OSError as error:
        raise SiteError(f"{folder} cannot be read: {files.reason(error)}") from error
    paths = [p for p in found if p.suffix == ".json" and not p.name.startswith(".")]
    if not paths:
        raise SiteError(f"{folder} holds no recording: expected {' or '.join(lessons)}")
    for path in paths:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise SiteError(f"{path} is no file")  # to read one might take for ever
        if path.name not in lessons:
            raise SiteError(
                f"{path} is a recording of no lesson: expected {' or '.join(lessons)}"
            )
        yield from _whole(path, lessons[path.name], first)


def _whole(
    path: Path, wanted: dict[str, Expected], first: list[Found] | None
) -> list[Found]:
    """A recording's captures, if none is false, unknown or lacking; else SiteError."""
    again = first is not None
    book = bundle.read(path)
    found = []
    for name, capture in book.captures.items():
        if name not in wanted:
            raise SiteError(
                f"{path} holds {book.slug}/{name}: no capture that this tree calls for"
            )
        with named(str(path)):  # the refusal is of one of two recordings
            verify(wanted[name], capture, book.files)
        found.append((replace(wanted[name], again=again), capture, book))
    blocks = book.captures.get(PROGRAM, {}).get("blocks", [])
    known = {name for block in blocks for name in capture_file.files_of(block)}
    for name in sorted(set(book.files) - known):
        raise SiteError(f"{path} holds the file {name}, which no block printed")
    lacking = [
        want.id
        for name, want in wanted.items()
        if name not in book.captures and _is_needed(want, first)
    ]
    if lacking:
        raise SiteError(
            f"{path} is half-recorded: it lacks {', '.join(lacking)}; go on, on the "
            f"other machine, with the command python scripts/prebuild.py --device "
            f"{book.device} --out {shlex.quote(str(path.parent))}"
        )
    if not found:
        raise SiteError(f"{path} holds no capture: record into it, or remove it")
    return found


def _is_needed(want: Expected, first: list[Found] | None) -> bool:
    """What is not fresh here; of a second recording the experiments of the first."""
    if first is None:
        return at_home(want) is None
    return want.name != PROGRAM and any(want == other for other, _, _ in first)


NO_RECORDING = "this is no recording of prebuild.py"
FIGURE = r"-[1-9][0-9]{0,2}\.png"  # behind the name of its block


def verify(
    want: Expected,
    capture: Capture,
    texts: dict[str, bytes],
    verdict: str = NO_RECORDING,
) -> None:
    """Raise SiteError, naming it, unless the capture may stand in for `want`.

    `texts` are the files of its blocks, figures too. `verdict` says what follows from
    what cannot be so.
    """
    capture_file.check(capture, want.id)
    if not expected.is_of_this_tree(want, capture):
        raise SiteError(
            f"{want.id}: the fingerprint of the recording is not this tree's: "
            "it was made from other code, or under other tolerances"
        )
    expected.check_device(want, capture)
    for fault in claims.faults(capture):
        raise SiteError(f"{want.id}: {fault}: {verdict}")
    for fault in left_out.foreign(capture, grids.grid_of(expected.file_of(want))):
        raise SiteError(f"{want.id}: {fault}: {verdict}")
    part = "blocks" if want.name == PROGRAM else "result"
    if not capture.get(part):
        raise SiteError(f"{want.id}: it is without {part}: {verdict}")
    if capture["command"] != want.command:
        raise SiteError(
            f"{want.id}: recorded with {capture['command']!a}, not with {want.command}"
        )
    for block in capture.get("blocks", []):
        for name in block["figures"]:
            if not re.fullmatch(re.escape(block["name"]) + FIGURE, name):
                raise SiteError(f"{want.id}: {name} is no figure of {block['name']}")
    capture_file.check_files(capture, Path(f"{want.name}.json"), texts.get)
    for block in capture.get("blocks", []):
        for name in block["figures"]:
            if fault := png.fault(texts[name]):
                raise SiteError(f"{want.id}: {name} {fault}: {NO_RECORDING}")
    for fault in claims.text_faults(capture, texts.get):
        raise SiteError(f"{want.id}: {fault}: {verdict}")
    for block in capture.get("blocks", []):
        text = texts[f"{block['name']}.txt"].decode("utf-8")
        includes.check_output(text.splitlines(), f"{want.id}: {block['name']}.txt")
    for fault in in_short(lost(want, capture)):
        raise SiteError(f"{want.id}: {fault}")
    for fault in beside.faults(want, capture, texts):
        raise SiteError(f"{want.id}: {fault}: {verdict}")


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
    same = [key for key, digest in others.items() if ones[key] == digest]
    copied = [f"{slug}/{name}" for slug, _, name in same if name != PROGRAM]
    if len(same) == len(others) or copied:
        what = "" if len(same) == len(others) else f" of {', '.join(copied)}"
        raise SiteError(
            f"{again} and {folder} hold one and the same recording{what}: record a "
            "second time, into another folder"
        )


def _check_pairs(first: list[Found], second: list[Found]) -> None:
    """Raise SiteError if an experiment's second recording is its first once more.

    Or if it is of another machine: how far two differ would say nothing of either.
    """
    given = {replace(want, again=False): capture for want, capture, _ in second}
    for want, capture, _ in first:
        if want.name == PROGRAM:
            continue  # of the second recording it is not kept
        other = given.get(want)
        if other and (where := pairs.another(capture, other)):
            raise SiteError(
                f"{want.id}: --again was recorded on {where}, the first recording was "
                "not: record both on one machine"
            )
        if not other and not _other_than(want, capture):
            other = at_home(replace(want, again=True))
        if other and pairs.is_one_measurement(capture, other):
            where = "--again" if want in given else "what the tree has of a second one"
            raise SiteError(
                f"{want.id}: most of its times are those of {where}, to a "
                "millionth: that is one recording, not two"
            )
        for fault in in_short(faults_of_two(want, capture, other)) if other else ():
            raise SiteError(f"{want.id}: {fault}: record it twice, and give both")


def _say_commits(found: list[Found]) -> None:
    """Name what was recorded from a commit that nobody can look up here."""
    unknown = {c["commit"] for _, c, _ in found if not record.knows(c["commit"])}
    for commit in sorted(unknown, key=str):
        what = f"the commit {commit}, which is not here" if commit else "no commit"
        names = [want.id for want, c, _ in found if c["commit"] == commit]
        print(f"note: recorded from {what}: {', '.join(names)}")
