"""What is installed here by half: `python scripts/installed.py` prints one pin a line.

pip copies a package's name and version before the rest of its files. Killed in between,
or on a full disk, it takes the package for whole ever after. Each package has a list of
its files with their sizes (RECORD): this compares.
"""

import csv
import sys
import sysconfig
from collections import defaultdict
from email.parser import Parser
from pathlib import Path

Records = dict[Path, list[tuple[Path, int]]]  # a package → its files and their sizes


def packages(site: Path) -> list[Path]:
    """The folders that describe the packages of a site-packages folder, sorted."""
    return sorted(path for path in site.glob("*.dist-info") if path.name[0] != "~")


def record(package: Path) -> list[tuple[Path, int]] | None:
    """The files of a package and their sizes; None if it does not know them any more.

    What has no size there, such as compiled files, may be missing.
    """
    try:
        with open(package / "RECORD", encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        files = [(package.parent / row[0], int(row[2])) for row in rows if row[2]]
    except (OSError, ValueError, IndexError, csv.Error):
        return None
    return files or None


def pin(package: Path) -> str | None:
    """`NAME==VERSION` of a package; None if it does not know its name any more."""
    try:
        text = (package / "METADATA").read_text(encoding="utf-8")
    except (OSError, ValueError):
        return None
    said = Parser().parsestr(text, headersonly=True)
    named = said["Name"] and said["Version"]
    return f"{said['Name']}=={said['Version']}" if named else None


def broken(site: Path) -> list[Path]:
    """The packages of a site-packages folder of which a file is missing or too short.

    Where two packages bring the same file, either one's will do.
    """
    records = {package: record(package) for package in packages(site)}
    sizes = defaultdict(set)
    for files in records.values():
        for path, size in files or ():
            sizes[path].add(size)
    return [
        package
        for package, files in records.items()
        if files is None or any(size_of(path) not in sizes[path] for path, _ in files)
    ]


def size_of(path: Path) -> int | None:
    """A file's size; None if it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return None


def main() -> None:
    """Print what is broken. Status 1 if something of it does not know its own name."""
    site = Path(sysconfig.get_path("purelib"))
    found = broken(site)
    pins = [pin(package) for package in found]
    for said in filter(None, pins):
        print(said)
    lost = [p.name for p, said in zip(found, pins, strict=True) if said is None]
    if lost:
        sys.exit(f"{site} is broken beyond repair: {', '.join(lost)}")


if __name__ == "__main__":
    main()
