# %% tags=["file-only"]
"""The notebook that records lesson 2 on somebody's GPU: its cells."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

# %% [markdown]
# # Record the GPU lesson on your GPU
#
# The numbers of lesson 2 come from the GPUs that somebody recorded it on. This
# notebook records it on yours, twice, and gives you one file: send it to the project,
# or take it in at home. That takes about eight minutes on a fast GPU, longer on a small
# one. Nothing is uploaded.
#
# In Colab, choose *Runtime → Change runtime type → GPU* first, then *Runtime → Run
# all*. If you are interrupted, run all of it again: what is recorded already stays.

# %%
# The address of the repository, such as "https://github.com/owner/name". Or leave it
# empty, and upload the repository here as one archive.
REPOSITORY = ""
ARCHIVE = "tree.tgz"
FOLDER = "practical-patterns"  # where it is put; a folder of Google Drive outlives us

# %%
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

tree = Path(FOLDER).resolve()
recorder = tree / "scripts" / "prebuild.py"

if recorder.exists():
    print("The repository is there already:", tree)
elif REPOSITORY:
    subprocess.run(["git", "clone", "--depth", "1", REPOSITORY, str(tree)], check=True)
elif Path(ARCHIVE).exists():
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(tree, filter="data")  # nothing outside the folder
else:
    raise SystemExit(
        f"There is no repository: write its address after REPOSITORY, or upload "
        f"{ARCHIVE} to {Path.cwd()}"
    )
if not recorder.exists():
    raise SystemExit(f"{tree} is not this project: it has no scripts/prebuild.py")

# %%
import torch

if not torch.cuda.is_available():
    raise SystemExit(
        f"torch {torch.__version__} sees no GPU here: in Colab, choose Runtime, Change "
        "runtime type, GPU, and run all again"
    )
print("GPU:", torch.cuda.get_device_name(0))
print("CPU cores:", os.cpu_count())


# %%
def record(folder):
    """Record everything into a folder of the tree that is not in it yet."""
    command = [sys.executable, str(recorder), "--device", "cuda", "--out", folder]
    with subprocess.Popen(
        command,
        cwd=tree,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    ) as process:
        for line in process.stdout:
            if (
                line.startswith(("record", "error", "note"))
                or " captures are in " in line
            ):
                print(line, end="", flush=True)
    if process.returncode:
        raise SystemExit("Not everything was recorded: run this cell again to go on")


record("recording")

# %%
record("recording-2")  # so that one can see how far two recordings differ

# %%
import json

for path in sorted(tree.glob("recording/*.json")):
    for name, capture in json.loads(path.read_text(encoding="utf-8"))[
        "captures"
    ].items():
        print(f"\n{name}: {capture['seconds']} seconds on {capture['machine']['gpu']}")
        for table in capture.get("result", {}).get("tables", {}).values():
            print("  " + " | ".join(table["columns"]))
            for row in table["rows"]:
                print("  " + " | ".join(map(str, row)))

# %% [markdown]
# The file to send, or to take in at home:
#
# `python scripts/prebuild.py --accept recording.zip`

# %%
packed = Path("packed")
shutil.rmtree(packed, ignore_errors=True)
for folder in ("recording", "recording-2"):
    (packed / folder).mkdir(parents=True)
    for path in tree.glob(f"{folder}/*.json"):  # and nothing that a system adds there
        shutil.copy(path, packed / folder)
file = shutil.make_archive("recording", "zip", packed)
print(f"{file}: {Path(file).stat().st_size / 1e6:.1f} MB")

if "google.colab" in sys.modules:
    from google.colab import files

    files.download(file)
