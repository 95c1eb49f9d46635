"""Half a file: torch's message, and a hash that says which half-truth it is."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

# --8<-- [start:fails]
from pathlib import Path

import torch

torch.save({"weight": torch.ones(1000)}, "whole.pt")
content = Path("whole.pt").read_bytes()
Path("half.pt").write_bytes(content[: len(content) // 2])
try:
    torch.load("half.pt", weights_only=True)
except Exception as error:
    print(f"{type(error).__name__}: {str(error).split('. ')[0]}")
# --8<-- [end:fails]

# --8<-- [start:cure]
import hashlib


def sha256(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(2**20):
            digest.update(piece)
    return digest.hexdigest()


Path("whole.pt.sha256").write_text(sha256("whole.pt"), encoding="utf-8")  # for later
said = Path("whole.pt.sha256").read_text(encoding="utf-8")
for path in ("half.pt", "whole.pt"):
    print(path, "is what was saved:", sha256(path) == said)
# --8<-- [end:cure]
