# %% tags=["file-only"]
"""The notebook that records lesson 2 on somebody's GPU: its cells."""

# Cells of a notebook, each with what it newly needs:
# ruff: noqa: E402

# %% [markdown]
# # Measure lesson 2 on another GPU
#
# The GPU timings of lesson 2 come from a single GPU. This notebook repeats them on the
# one that Colab gives you, or on an NVIDIA GPU of your own. At the end you download one
# small file, `recording.zip`, and send it to the project.
#
# **What it takes.** A small GPU such as Colab's free T4 should do; number formats that
# it lacks, such as bfloat16, are skipped, and so is a net or batch that its memory is
# too small for (a line that begins with "note" names it). Everything is measured twice,
# to see how much timings vary. Both times together took less than eight minutes on an
# NVIDIA H200 with 16 CPU cores. We have not timed it on a free GPU, which comes with
# fewer CPU cores: expect it to take longer. Keep the tab open and look in now and then,
# because Colab ends idle sessions. It downloads about 35 MB, and uses up some of your
# free GPU time. You can stop whenever you like.
#
# **What leaves your machine.** Nothing, unless you send it. The file holds timings and
# accuracies; the text that the lesson's blocks printed, error messages included; the
# names of the GPU and the CPU, its cores and threads; versions and the date; and the
# commit and the commands that it was recorded with. It holds neither your name nor your
# account. If you attach it to a public issue, everybody can see it and your user name.
#
# **Before you run anything, in Colab:**
#
# 1. Choose *Runtime → Change runtime type → GPU*. (If you change it later,
#    what you have uploaded is gone.)
# 2. Paste the address of the project's repository between the quotes after
#    `REPOSITORY` below. If you were sent a file `tree.tgz` instead, leave the quotes
#    empty and upload it: open *Files* (the folder icon on the left) and drag it there.
#
# **Or in Jupyter, on a computer of your own** that has an NVIDIA GPU:
#
# 1. Install Python 3.11.4 or newer, and for it `pip install torch torchvision jupyter`:
#    a torch that is built for CUDA, as <https://pytorch.org/get-started/locally> says
#    for your system. (The third cell of code below says whether it sees the GPU.)
# 2. Put this notebook into an empty folder, and `tree.tgz` beside it if you were sent
#    one; else install git, and paste the address as above.
# 3. Run `jupyter lab` in that folder, and close whatever else uses the GPU or the CPU.
#    All that is written stays in the folder, `recording.zip` too.
#
# Then choose *Run → Run All Cells* (in Colab, *Runtime → Run all*). **If a cell ends
# with an error,** run all again: as long as the session lasts, what has been measured
# is kept. Both recordings must come from the same machine. If a later session gives
# you another GPU or CPU, the notebook says so: change the last part of `FOLDER` to a
# new name, and run all again.
#
# **When a session of Colab ends,** what was measured is gone, unless `FOLDER` is on
# your Google Drive; an uploaded `tree.tgz` is gone in any case. Your Drive is not
# needed. Once it is mounted, every cell of this notebook can read, change and delete
# all that is on it: mount it only if you want to go on in a later session, and trust
# this code with it.

# %%
REPOSITORY = ""  # such as "https://github.com/owner/name"
ARCHIVE = "tree.tgz"  # used where REPOSITORY is empty
# Where the repository and the recordings go. To go on in a later session of Colab,
# mount your Google Drive first (read above what that means), and write
# "/content/drive/MyDrive/practical-patterns".
FOLDER = "practical-patterns"

# %% [markdown]
# **Get the repository.** If the folder already holds it, it is used unchanged.

# %%
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zlib
from collections import deque
from pathlib import Path

tree = Path(FOLDER).resolve()
recorder = tree / "scripts" / "prebuild.py"

drive = Path("/content/drive")
if tree.is_relative_to(drive) and not drive.is_mount():
    raise SystemExit(
        "Your Google Drive is not mounted: open Files on the left and choose Mount "
        "Drive, or give another FOLDER"
    )
if recorder.exists():
    print("The repository is there already:", tree)
elif tree.exists() and (tree.is_file() or any(tree.iterdir())):
    raise SystemExit(
        f"{tree} is there already and is not this project (it has no scripts/"
        "prebuild.py): write another name after FOLDER. Nothing in it was changed"
    )
else:
    tree.parent.mkdir(parents=True, exist_ok=True)
    # A half copy must not count as the repository: it moves in when it is whole
    with tempfile.TemporaryDirectory(
        prefix=f"{tree.name}.", dir=tree.parent, ignore_cleanup_errors=True
    ) as room:
        copy = Path(room) / "copy"
        if REPOSITORY:
            cloned = subprocess.run(
                ["git", "clone", "--depth", "1", "--", REPOSITORY, str(copy)],
                env={**os.environ, "GIT_TERMINAL_PROMPT": "0"},  # nobody can answer
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",  # git speaks the system's language
            )
            if cloned.returncode:
                raise SystemExit(
                    f"{cloned.stderr}The repository could not be cloned: check the "
                    "address. It has to be public"
                )
        elif Path(ARCHIVE).exists():
            try:
                with tarfile.open(ARCHIVE) as archive:
                    archive.extractall(copy, filter="data")  # nothing outside
            except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
                raise SystemExit(
                    f"{ARCHIVE} cannot be unpacked ({error}): wait until it is "
                    "uploaded, or upload it again"
                ) from error
        else:
            raise SystemExit(
                "There is no repository: paste its address after REPOSITORY, or upload "
                f"{ARCHIVE} to {Path.cwd()}"
            )
        if not (copy / "scripts" / "prebuild.py").exists():
            raise SystemExit(
                f"{REPOSITORY or ARCHIVE} is not this project: it has no "
                "scripts/prebuild.py"
            )
        if tree.exists():
            tree.rmdir()  # it is empty: see above
        copy.rename(tree)
    print("The repository is in", tree)

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
# **Measure everything, and then all of it again.** Each of the two begins with a list
# of what will be measured, with the seconds that it took on the GPU of the project;
# yours may need several times as long. Then a line comes whenever a measurement begins
# or ends.


# %%
whole = {}  # folder: does it hold everything?


def record(folder):
    """Record everything that is not yet in a folder of the repository."""
    command = [sys.executable, str(recorder), "--device", "cuda", "--out", folder]
    last = deque(maxlen=30)  # of the lines that are not shown
    with subprocess.Popen(
        command,
        cwd=tree,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout:
            if (
                line.startswith(("plan", "record", "error", "note"))
                or " captures are in " in line
            ):
                print(line, end="", flush=True)
            else:
                last.append(line)
    if process.returncode:
        print("\nThe last of the other lines:\n", *last, sep="", flush=True)
    whole[folder] = process.returncode == 0


record("recording")

# %%
record("recording-2")
if not all(whole.values()):
    raise SystemExit(
        "Not everything was measured: the lines above say why. Run all again; what has "
        "been measured is kept. If it ends in the same way, the GPU may have too "
        "little memory for all of an experiment, and a recording without that cannot "
        "stand beside another GPU's: send these lines to the project"
    )

# %% [markdown]
# **Look at what your GPU did.**

# %%
import json

for path in sorted(tree.glob("recording/*.json")):
    for name, capture in json.loads(path.read_text(encoding="utf-8"))[
        "captures"
    ].items():
        print(f"\n{name}: {capture['seconds']} seconds on {capture['machine']['gpu']}")
        for part in capture.get("left_out", []):
            print("  left out, for lack of memory, with what is larger:", part["cell"])
        for table in capture.get("result", {}).get("tables", {}).values():
            print("  " + " | ".join(table["columns"]))
            for row in table["rows"]:
                print("  " + " | ".join(map(str, row)))

# %% [markdown]
# **Download `recording.zip`** before the session ends, and attach it to an issue of the
# repository, or send it to whoever asked you for it. Also send the commit that
# the cell prints: with other code, the file is refused. (If no download starts,
# open *Files* on the left, and choose *Download* in the menu of `recording.zip`. On
# your own computer, it lies beside this notebook.) That is all you have to do.

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
known = ", ".join(sorted(filter(None, commits)))
unknown = "not known (no git here, no .git in the archive, or a file was changed)"
print("Send this along. Recorded at commit:", known or unknown)
print("(The project will run: python scripts/prebuild.py --accept recording.zip)")

if "google.colab" in sys.modules:
    from google.colab import files

    files.download(file)
