"""A file called .pt that is something else: its first bytes say what."""

# --8<-- [start:fails]
from pathlib import Path

import torch

Path("net.pt").write_text("<!DOCTYPE html><title>Sign in</title>", encoding="utf-8")
for safe in (False, True):
    try:
        torch.load("net.pt", weights_only=safe)
    except Exception as error:
        text = str(error).split("WeightsUnpickler error:")[-1].split("Check")[0]
        print(f"{type(error).__name__}: {text.strip()}")
# --8<-- [end:fails]

# --8<-- [start:cure]
kinds = {
    b"PK": "a zip archive, perhaps of torch.save",
    b"\x80\x02": "a pickle, perhaps of torch.save before PyTorch 1.6",
    b"<": "a web page: download the file itself",
    b"{": "JSON, such as an error: download the file itself",
    b"version https://git-lfs": "a pointer: run git lfs pull",
    b"\x80": "a pickle, of pickle.dump perhaps",
    b"": "empty, or something else (gzip: unpack it)",
}
begin = Path("net.pt").read_bytes()[:400].lstrip()  # lines may be empty
print(next(kind for first, kind in kinds.items() if begin.startswith(first)))
# --8<-- [end:cure]
