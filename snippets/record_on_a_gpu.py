# %% tags=["file-only"]
"""The notebook that records lesson 2 on somebody's GPU: its cells."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

# %% [markdown]
# # Record the GPU lesson on your GPU
#
# Somebody recorded the GPU numbers of lesson 2 on one GPU. This notebook records them
# on yours, twice, and ends with one file, `recording.zip`, for whoever looks after the
# site. It needs an NVIDIA GPU. A small one will do: what it cannot do, such as bfloat16
# on a T4, is left out. The file says which GPU and CPU measured, with which versions,
# and when. Nothing is uploaded.
#
# **Before you run anything:**
#
# 1. In Colab, choose *Runtime → Change runtime type → GPU*.
# 2. Write the address of the repository into the next cell. If it is not public, ask
#    for the archive `tree.tgz` and upload it instead (the folder icon on the left).
#
# Then choose *Runtime → Run all*. Each recording took less than four minutes on an
# NVIDIA H200 with 16 CPU cores; we have not measured how long a smaller GPU takes.
#
# **If a cell stops,** run all again: while the session lasts, what is recorded stays.
# When Colab ends the session, everything is lost unless `FOLDER` is on your Drive.

# %%
REPOSITORY = ""  # such as "https://github.com/owner/name"
ARCHIVE = "tree.tgz"  # used where REPOSITORY is empty
# Where the repository and the recordings go. To keep them when the session ends, mount
# Google Drive first and write "/content/drive/MyDrive/practical-patterns".
FOLDER = "practical-patterns"

# %% [markdown]
# **Get the repository.** What is there already is used as it is.

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

# %% [markdown]
# **Look for a GPU.**

# %%
import torch

if not torch.cuda.is_available():
    raise SystemExit(
        f"torch {torch.__version__} sees no GPU here: in Colab, choose Runtime, Change "
        "runtime type, GPU, and run all again"
    )
print("GPU:", torch.cuda.get_device_name(0))
print("CPU cores:", os.cpu_count())

# %% [markdown]
# **Record everything, and then all of it again,** so that one can see how far two
# recordings differ. Each begins with its plan. A recording has to come from one GPU: if
# a later session gives you another, change `FOLDER` and run all again.


# %%
def record(folder):
    """Record everything that is not yet in a folder of the repository."""
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
                line.startswith(("plan", "record", "error", "note"))
                or " captures are in " in line
            ):
                print(line, end="", flush=True)
    if process.returncode:
        raise SystemExit(
            "Not everything was recorded; see the errors above. Run this cell again to "
            "go on. If the same error comes back, this GPU may have too little memory: "
            "tell the project what it says"
        )


record("recording")

# %%
record("recording-2")

# %% [markdown]
# **Look at what your GPU did.**

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
# **Download `recording.zip`, and you are done:** attach it to an issue of the
# repository. (If no download starts, it lies in the folder on the left.)
#
# For whoever looks after the site: at home, at the commit that is printed below,
# `python scripts/prebuild.py --accept recording.zip` takes it in.

# %%
packed = Path("packed")
shutil.rmtree(packed, ignore_errors=True)
for folder in ("recording", "recording-2"):
    (packed / folder).mkdir(parents=True)
    for path in tree.glob(f"{folder}/*.json"):  # and nothing that a system adds there
        shutil.copy(path, packed / folder)
file = shutil.make_archive("recording", "zip", packed)
print(f"{file}: {Path(file).stat().st_size / 1e6:.1f} MB")
commits = {
    capture["commit"]
    for path in packed.glob("*/*.json")
    for capture in json.loads(path.read_text(encoding="utf-8"))["captures"].values()
}
print("recorded at commit:", ", ".join(sorted(map(str, commits))))

if "google.colab" in sys.modules:
    from google.colab import files

    files.download(file)
