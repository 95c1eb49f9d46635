"""Loading into a net of another shape: the three complaints, and the silence."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

from snippets.saving_and_loading.data import load_images, nn, torch
from snippets.saving_and_loading.loop import accuracy, train_epoch
from snippets.saving_and_loading.model import Net

images, labels = load_images(train=True, count=8000)
val_images, val_labels = images[6000:], labels[6000:]
images, labels = images[:6000], labels[:6000]
torch.manual_seed(0)
net = Net()
train_epoch(net, torch.optim.Adam(net.parameters()), images, labels)
torch.save(net.state_dict(), "net.pt")

# --8<-- [start:messages]
import textwrap

state = torch.load("net.pt", weights_only=True, map_location="cpu")

deeper = Net()
deeper.more = nn.Linear(10, 10)  # a layer that is not in the file
plain = Net()
plain.norm = nn.Identity()  # the file has a batch norm, this net has none
wider = Net(hidden=256)

for other in (deeper, plain, wider):
    try:
        other.load_state_dict(state)
    except RuntimeError as error:
        first_complaint = str(error).splitlines()[1].strip()
        print(textwrap.fill(first_complaint, width=88, subsequent_indent="    "))
# --8<-- [end:messages]

# --8<-- [start:silent]
torch.manual_seed(0)
wrapped = nn.Sequential(Net())  # the same net, but each name now begins with "0."
result = wrapped.load_state_dict(state, strict=False)
# --8<-- [end:silent]

# capture: tolerance 2e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:loaded]
print(f"the saved net: {accuracy(net, val_images, val_labels):.0f} % right")
print(f"the loaded net: {accuracy(wrapped, val_images, val_labels):.0f} % right")

missing, unexpected = result
print(f"the first of its missing_keys: {missing[0]}")
print(f"the first of its unexpected_keys: {unexpected[0]}")
print(f"loaded: {len(state) - len(unexpected)} of {len(state)}")

print("into the net inside:", wrapped[0].load_state_dict(state))  # the cure
try:
    wider.load_state_dict(state, strict=False)
except RuntimeError as error:
    print("a wrong size, with strict=False:", type(error).__name__)
# --8<-- [end:loaded]
