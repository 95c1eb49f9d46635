"""A flipped bit that loads without a word, a save that fails half way, older copies."""

from snippets.saving_and_loading.checkpoint import (
    CheckpointError,
    Path,
    load_checkpoint,
    save_checkpoint,
    torch,
)
from snippets.saving_and_loading.model import Net

# --8<-- [start:flip]
torch.manual_seed(0)
net = Net()
save_checkpoint("sound.pt", {"model": net.state_dict(), "step": 100})

weight = net.out.weight.detach()  # (10, 128)
content = bytearray(Path("sound.pt").read_bytes())
place = content.index(weight.numpy().tobytes())  # where its bytes are in the file
content[place + 3] ^= 0b0100_0000  # of the first number: the top bit of its exponent
Path("flipped.pt").write_bytes(content)

loaded = torch.load("flipped.pt", map_location="cpu", weights_only=True)
print(f"saved weight: {weight[0, 0]:.3f}")
print(f"loaded by torch.load: {loaded['model']['out.weight'][0, 0]:.2e}")
try:
    load_checkpoint("flipped.pt")
except CheckpointError as error:
    print("refused:", error)
# --8<-- [end:flip]

# --8<-- [start:overwrite]
torch.save({"step": 100}, "plain.pt")
save_checkpoint("safe.pt", {"step": 100})

numbers = (number for number in range(10))  # a Python generator cannot be saved
state = {"step": 200, "numbers": numbers}
try:
    torch.save(state, "plain.pt")
except TypeError as error:
    print("torch.save:", error)
try:
    save_checkpoint("safe.pt", state)
except TypeError as error:
    print("save_checkpoint:", error)

for path in ("plain.pt", "safe.pt"):
    try:
        loaded = torch.load(path, map_location="cpu", weights_only=True)
        print(f"{path}: step", loaded["step"])
    except RuntimeError as error:
        print(f"{path}: RuntimeError: {str(error).partition('. ')[0]}")
print("temporary files:", sorted(path.name for path in Path().glob("*.tmp")))
# --8<-- [end:overwrite]

# --8<-- [start:keep]
OURS = f"run-{9 * '[0-9]'}.pt"  # nine digits: never run-best.pt, or another run's
for old in Path().glob(OURS):  # only before a brand-new run, never before a resume:
    old.unlink()  # this deletes every checkpoint of an earlier run
for step in (10, 20, 30, 40, 50):
    save_checkpoint(f"run-{step:09}.pt", {"step": step})
    for old in sorted(Path().glob(OURS))[:-3]:
        old.unlink()  # the last three stay
print("kept:", *sorted(path.name for path in Path().glob(OURS)))
# --8<-- [end:keep]

# --8<-- [start:fall_back]
newest = Path("run-000000050.pt")
newest.write_bytes(newest.read_bytes()[:-100])  # damaged
state, skipped = None, []
for path in sorted(Path().glob(OURS), reverse=True):  # the newest first
    try:
        state = load_checkpoint(path)
        break
    except CheckpointError as error:
        if "older copy" not in str(error):
            raise  # nothing says that it is damaged: look into it first
        print("skipped:", error)
        skipped.append(path)
if skipped and state is None:
    raise CheckpointError("none of them loads: find out why before you begin anew")
for path in skipped:  # else it would count among the last three
    path.replace(path.with_suffix(".skipped"))
print("goes on from step:", state["step"] if state else 0)
# --8<-- [end:fall_back]
