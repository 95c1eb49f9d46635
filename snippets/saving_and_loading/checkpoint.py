"""Checkpoints that a crash cannot hurt, and damage that cannot load unseen."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# --8<-- [start:save]
import os
import pickle
import secrets
import shutil
import time
import traceback
from collections import Counter, OrderedDict
from contextlib import suppress
from pathlib import Path

import torch


def save_checkpoint(path, state):
    """Save `state`; if the process dies, `path` holds the old state or the new one
    (a power cut, or a folder on a network or in a cloud, is another matter).

    Raises TypeError if load_checkpoint would refuse a value in `state`, and ValueError
    if it would refuse the file for another reason. Raises OSError if `path` is not a
    file that can be written, the disk is full, or `path` cannot be replaced: then the
    error names the file that holds the new state. `path` keeps its mode, if it has one.
    """
    if os.fsdecode(path).endswith((os.sep, os.altsep or os.sep)):
        raise OSError(f"{path} is the name of a folder: add the name of a file")
    try:
        path = Path(os.path.realpath(path))  # where a link leads
    except ValueError as error:
        raise OSError(f"{path!r} can name no file ({error}): choose another") from error
    if os.path.lexists(path) and not (path.is_file() and os.access(path, os.W_OK)):
        raise OSError(f"{path} is not a file that can be written: choose another path")
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}.tmp")  # on the same disk
    try:
        new.touch(exist_ok=False)  # a file of this save alone
    except OSError as error:  # name the path that was asked for
        cure = f"{error.strerror}: choose a path in a folder that exists and is yours"
        raise OSError(error.errno, cure, str(path)) from error
    try:
        check_nesting(state)
        with suppress(OSError):  # no file is there, or the disk knows no modes
            shutil.copymode(path, new)  # what was private stays private
        with open(new, "wb") as file:
            try:
                torch.save(state, file)
            except BaseException as error:  # also Ctrl-C
                let_go(error)
                raise
            file.flush()  # from Python to the operating system
            os.fsync(file.fileno())  # from the operating system to the drive
        check_saved(state, new)
    except BaseException as error:
        new.unlink(missing_ok=True)
        if "unexpected pos" in str(error) and error.__context__:
            error = error.__context__  # torch hides it: Ctrl-C, or a full disk
        if isinstance(error, OSError) and error.errno:
            raise OSError(error.errno, error.strerror, str(path)) from error
        if isinstance(error, CheckpointError):
            why = f"load_checkpoint would refuse this: it {error}".rpartition(":")[0]
            raise ValueError(f"{why}; save less, nest less, keep checksums") from error
        if isinstance(error, (pickle.PickleError, AttributeError, RecursionError)):
            raise TypeError(not_plain(state, error)) from error
        raise error from None
    for wait in (0.1, 0.2, 0.4, 0.8, 0):
        try:
            return os.replace(new, path)  # one step: nobody ever sees half a file
        except OSError as error:  # on Windows, while another program reads `path`
            problem = error
            time.sleep(wait)
    raise OSError(
        f"cannot replace {path} ({problem}); the new state is in {new}"
    ) from problem


# --8<-- [end:save]


# --8<-- [start:load]
def check_saved(state, new):
    """Raise CheckpointError or TypeError if load_checkpoint would refuse file `new`."""
    with open(new, "rb") as file:
        check_file(file)
    refused = torch.serialization.get_unsafe_globals_in_checkpoint(new)
    if refused:
        raise TypeError(not_plain(state, ", ".join(sorted(refused))))


def let_go(error):
    """Delete what a failed torch.save still holds, while its file is open: its writer
    writes once more when it is deleted, and a closed file would end the process.
    """
    while error:
        traceback.clear_frames(error.__traceback__)
        error = error.__context__


def not_plain(state, reason):
    """A sentence: which part of `state` load_checkpoint would refuse, and a cure."""
    parts, seen, odd = [("state", state)], set(), f"state holds something ({reason})"
    for place, value in parts:  # which grows meanwhile
        kind = type(value)
        if id(value) in seen:
            continue  # what is shared is looked at once
        seen.add(id(value))
        if kind in (dict, OrderedDict, Counter):
            parts += [(f"{place}[{key!r}]", part) for key, part in value.items()]
        if kind in (list, tuple):
            parts += [(f"{place}[{index}]", part) for index, part in enumerate(value)]
        elif kind in (dict, OrderedDict, Counter, set):
            parts += [(f"a key or element of {place}", part) for part in value]
        elif is_refused(value):
            odd = f"{place} is a {kind.__module__}.{kind.__qualname__}"
            break
    return (
        f"{odd}, which load_checkpoint would refuse: save x.state_dict() of a model or "
        "an optimizer, float(x) of a number, x.tolist() of an array, str(x) of a path "
        "or a huge integer, dict(x) of a defaultdict, list(x) of a deque, None for b''"
    )


def is_refused(value):
    """Would load_checkpoint refuse a file that holds this value alone?"""
    if type(value) in (bool, float, str, type(None), torch.Tensor):
        return False  # most values: this saves time
    try:
        torch.save(value, file := io.BytesIO())
        file.seek(0)
        return bool(torch.serialization.get_unsafe_globals_in_checkpoint(file))
    except Exception:  # torch.save cannot write it, or torch.load cannot read it
        return True


import io
import stat
import sys
import zipfile
import zlib


class CheckpointError(Exception):
    """A file cannot be used as a checkpoint: which one, why, and what to do."""


def check_file(file):
    """Raise CheckpointError unless torch.save wrote this and every byte is right."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 65_557))  # the last record of a zip archive begins here
    end = file.read()  # zipfile would say "no zip file" if the disk does not answer
    if b"PK\x05\x06" not in end[: max(0, len(end) - 18)]:  # it has 22 bytes or more
        raise CheckpointError(what_file(file))  # torch.save writes a zip archive
    outside = sys.exc_info()[1]  # what the caller is handling
    try:
        with zipfile.ZipFile(file) as archive:
            if foreign := what_archive(archive, size):
                raise CheckpointError(foreign)
            damaged = archive.testzip()  # reads every byte; torch.load checks none
            # One flipped bit can also mark a tensor as a folder: torch.load skips it.
            files = [x for x in archive.infolist() if not x.is_dir()]
            folders = [x.filename for x in files if x.external_attr & 0x10]
    except (
        zipfile.BadZipFile,
        EOFError,
        RuntimeError,
        ValueError,
        OverflowError,
        zlib.error,
    ) as error:  # what zipfile raises where the archive is broken
        hidden = error.__context__
        if isinstance(hidden, OSError) and hidden is not outside:
            raise hidden from None  # the disk does not answer
        damaged, folders = str(error) or repr(error), []
    if damaged or folders:
        place = damaged or folders[0]
        raise CheckpointError(f"is damaged ({place}): go back to an older copy")


def is_there(path):
    """Is there anything at `path`? Raises OSError where the disk does not answer.

    os.path.exists would say no, and a run that believes it begins anew.
    """
    try:
        os.stat(path)
    except (FileNotFoundError, ValueError):  # or no file can have such a name
        return False
    return True


def load_checkpoint(path):
    """Load a checkpoint onto the CPU.

    Raises TypeError if `path` is not a path. Whatever else is wrong, it raises
    CheckpointError, which says what that is and what to do.
    """
    path = Path(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):  # opening a pipe would wait for ever
            raise CheckpointError("is a folder, pipe or device: give it a file")
        with open(path, "rb") as file:
            check_file(file)
            file.seek(0)
            state = torch.load(file, map_location="cpu", weights_only=True)
        check_nesting(state)
        return state
    except Exception as error:  # torch.load alone raises half a dozen types
        raise CheckpointError(f"{path} {advice(error, path)}") from error


# --8<-- [end:load]


# --8<-- [start:advice]
import re


class Do:
    """What to do with a file that is not loaded."""

    OLDER = "go back to an older copy"
    UNCHECKED = "if it is yours, torch.load reads it unchecked; if not, do not load it"
    CHANGED = "if you packed it anew, torch.load reads it unchecked; if not, " + OLDER
    CONVERT = "torch.load reads it unchecked; save what it returns, for a new file"


def what_file(file):
    """What a file is that is not a zip archive, and what to do."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    start = file.read(512)
    if not start:
        return "is empty: " + Do.OLDER
    if start[8:9] == b"{" and int.from_bytes(start[:8], "little") < size:
        return "is a safetensors file: safetensors.torch.load_file opens it"
    if start[257:262] == b"ustar":
        return "is a tar archive: unpack it first"
    old_format = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."  # a number, pickled
    for known, what in {
        b"PK\x03\x04": f"is cut short: {Do.OLDER}",
        b"version https://git-lfs": "is only a git-lfs pointer: run `git lfs pull`",
        old_format: f"has the format from before PyTorch 1.6: {Do.CONVERT}",
        b"\x93NUMPY": "is a NumPy array: numpy.load opens it",
        b"\x89HDF": "is an HDF5 file, perhaps of Keras: h5py opens it",
        b"GGUF": "is a GGUF file: llama.cpp opens it",
        b"\x1f\x8b": "is packed with gzip: unpack it first",
        b"BZh": "is packed with bzip2: unpack it first",
        b"\xfd7zXZ": "is packed with xz: unpack it first",
        b"(\xb5/\xfd": "is packed with zstd: unpack it first",
        b"7z\xbc\xaf": "is packed with 7-Zip: unpack it first",
        b"Rar!": "is packed with RAR: unpack it first",
        b"%PDF": "is a PDF: check the path",
        b"\x80": "is a pickle that torch.save did not write: do not load a stranger's",
        b"\0\0\0\0": f"begins with zeros, as after a power cut: {Do.OLDER}",
    }.items():
        if start.startswith(known):
            return what
    encoding = "utf-16" if start[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = start.decode(encoding, errors="replace").expandtabs(1).strip()
    line = text.partition("\n")[0].strip()[:40]
    if line.isprintable() and "\ufffd" not in line:
        return f"is text, perhaps a failed download (“{line}”): look into it"
    return "is of no known kind: check the path, or " + Do.OLDER


def what_archive(archive, size):
    """What a zip archive is, if not a whole one by torch.save, and what to do."""
    names = [entry.filename.lower() for entry in archive.infolist()]  # as torch looks
    ends = {name.partition("/")[2] for name in names}  # without the first folder
    if names and all(name.endswith(".npy") for name in names):
        return "is a NumPy archive (.npz): numpy.load opens it"
    if "constants.pkl" in ends:
        return "is a TorchScript archive: torch.jit.load opens it"
    if "archive_format" in ends:
        return "is an exported program (.pt2): torch.export.load opens it"
    if "data.pkl" not in ends:
        some = ", ".join(archive.namelist()[:2]) or "nothing"
        return f"is a zip archive of something else ({some}): unpack it and look"
    if len(names) > 100_000:
        return f"has more entries than are checked ({len(names):,}): {Do.UNCHECKED}"
    if min(entry.header_offset for entry in archive.infolist()):
        return f"has something before its beginning: {Do.OLDER}"
    if len(set(names)) < len(names):
        return f"has two entries with one name, unlike torch.save's: {Do.CHANGED}"
    if any(entry.compress_type for entry in archive.infolist()):
        return f"is compressed, unlike torch.save's: {Do.CHANGED}"
    if sum(entry.file_size for entry in archive.infolist()) > size:
        return f"claims to hold more bytes than it has: {Do.OLDER}"
    if not any(entry.CRC for entry in archive.infolist()):
        return (
            f"was saved without checksums, so that damage cannot be seen: {Do.CONVERT}"
        )
    order = next((n for n in archive.namelist() if n.endswith("/byteorder")), None)
    other = {"little": b"big", "big": b"little"}[sys.byteorder]
    if order and archive.read(order) == other:
        return f"says that it is from a processor of another byte order: {Do.UNCHECKED}"
    return None


def check_nesting(state, levels=20):
    """Raise CheckpointError if containers in `state` are nested deeper than that."""
    inside = [state]
    for _ in range(levels):
        containers = [x for x in inside if isinstance(x, (dict, list, tuple, set))]
        groups = [x.values() if isinstance(x, dict) else x for x in containers]
        inside = {id(x): x for group in groups for x in group}.values()  # each once
    if inside:
        raise CheckpointError(f"is nested over {levels} levels deep: {Do.UNCHECKED}")


def advice(error, path):
    """What is wrong and what to do, given the error of loading a file."""
    if isinstance(error, CheckpointError):
        return str(error)
    text = str(error)
    reason = text.rpartition("WeightsUnpickler error: ")[2].strip().partition("\n")[0]
    reason = reason or type(error).__name__
    if isinstance(error, FileNotFoundError):
        return "does not exist: check the path"
    if isinstance(error, PermissionError):
        return "cannot be read (no permission): is it yours, or in use elsewhere?"
    if isinstance(error, MemoryError) or re.search("allocate memory|enough mem", text):
        return "needs more memory than there is: try torch.load with mmap=True"
    torchs = "PytorchStreamReader|span multiple disks|endianness type|record size"
    if isinstance(error, EOFError) or re.search(torchs, text):
        return f"is damaged ({reason[:60]}): {Do.OLDER}"
    if isinstance(error, (OSError, ValueError)):
        return f"cannot be read now ({reason}): check path, disk and connection"
    if "supported version" in text:
        return f"is from a newer PyTorch than {torch.__version__}: update PyTorch"
    if "Unsupported operand 139" in text:
        return "holds an integer of over 600 digits: have it saved as a string, str(x)"
    if "Unsupported operand" in text:
        return f"is not in torch.save's own pickle protocol ({reason}): save it anew"
    found = re.search(r"GLOBAL (\S+)|Can only build .* got <class '(\S+)'>", text)
    if not found:
        return f"is whole, but PyTorch {torch.__version__} cannot read it ({reason})"
    if " is blocked" in text:
        return f"calls {found[1]} when it is loaded: do not load it"
    # All that the file names, or the one type that then turns out to be missing too
    try:
        needed = torch.serialization.get_unsafe_globals_in_checkpoint(path)
    except Exception:  # the rest cannot be read, or the file is gone meanwhile
        needed = []
    names = ", ".join(sorted({found[1] or found[2], *needed}))
    return (
        f"{'needs' if found[1] else 'also needs'} {names} to rebuild what it holds, "
        "which could run code: if the file is yours, load it under "
        f"torch.serialization.safe_globals([{names}]), and then save plain values; "
        "if not, do not load it"
    )


# --8<-- [end:advice]
