"""What other processors print: kept like any capture, and held against tolerances.

An entry says of one block how far its numbers moved, under which condition, and where
its words changed. It holds for the code that it was seen with; processors.py makes it.
"""

import hashlib
import json

from scripts.captures import capture_file, compare, fingerprints
from scripts.captures.of_site import processors_path
from scripts.page import program
from scripts.page.program import Block

CONDITIONS = {
    "one thread": {"OMP_NUM_THREADS": "1"},
    "AVX2": {"ATEN_CPU_CAPABILITY": "avx2"},
    "AVX2, one thread": {"ATEN_CPU_CAPABILITY": "avx2", "OMP_NUM_THREADS": "1"},
    "no vectors": {"ATEN_CPU_CAPABILITY": "default", "MKL_CBWR": "COMPATIBLE"},
}
COMMAND = "python scripts/processors.py --record"
MARGIN = 2  # a tolerance is at least this many times what was seen


def method() -> str:
    """What makes all that was seen stale: other conditions."""
    return hashlib.sha256(json.dumps(CONDITIONS).encode()).hexdigest()


def entry(blocks: list[Block], block: Block) -> dict:
    """Nothing seen yet of a block; its code is that of the program up to its end."""
    codes = [b.code for b in blocks[: blocks.index(block) + 1]]
    made_of = fingerprints.of_blocks(codes)
    return {"code": made_of, "moved": 0.0, "under": None, "words": {}}


def note(seen: dict, condition: str, fresh: str, captured: str) -> None:
    """Add to an entry what a block printed under one condition."""
    words, moved = compare.distance(fresh, captured)
    if words:
        seen["words"][condition] = words
    elif moved > seen["moved"]:
        seen["moved"], seen["under"] = round(moved, 6), condition


def problems(block: Block, seen: dict) -> list[str]:
    """Where what was seen does not fit the block's tolerance, a sentence each."""
    found = [f"under '{name}', {words}" for name, words in seen["words"].items()]
    if not block.volatile and block.tolerance < MARGIN * seen["moved"]:
        found.append(
            f"a number moved by {seen['moved']:.1e} under '{seen['under']}'; the "
            f"tolerance is {block.tolerance:.0e} and has to be {MARGIN} times as much"
        )
    return found


def others(found: dict[str, dict]) -> dict[str, dict]:
    """What is kept of the lessons that are not in `found`."""
    if not processors_path().exists():
        return {}
    kept = capture_file.load(processors_path())["result"]["lessons"]
    return {slug: entries for slug, entries in kept.items() if slug not in found}


def is_of(slug: str, block: Block, seen: dict) -> bool:
    """Was an entry seen of the code that stands in the tree?"""
    return seen["code"] == entry(program.program(slug), block)["code"]
