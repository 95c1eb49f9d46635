"""A run that is asked to stop: it saves first, and ends by itself."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

from snippets.saving_and_loading.checkpoint import load_checkpoint, save_checkpoint
from snippets.saving_and_loading.data import load_images, torch
from snippets.saving_and_loading.resume_cost import full_batch_steps, plain_net

few_images, few_labels = load_images(train=True, count=1000)

# isort: split
# --8<-- [start:handler]
import signal


def ask_to_stop(number, frame):
    global stop_asked
    stop_asked = True  # nothing else: the step that is under way is finished first


# --8<-- [end:handler]


# --8<-- [start:stop]
torch.manual_seed(0)
net = plain_net()
optimizer = torch.optim.Adam(net.parameters())
stop_asked = False  # anew, however often this runs
signal.signal(signal.SIGTERM, ask_to_stop)
try:
    for step in range(1, 101):
        full_batch_steps(net, optimizer, few_images, few_labels, 1)
        if step == 7:
            signal.raise_signal(signal.SIGTERM)  # stands in for the cluster
        stopping = stop_asked  # read only once: it may change between two looks
        if step % 50 == 0 or stopping:
            state = {"model": net.state_dict(), "optimizer": optimizer.state_dict()}
            save_checkpoint("asked.pt", state | {"step": step})
        if stopping:
            break
finally:  # also after Ctrl-C or an error
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # from here on it ends a run again
print("asked to stop:", stop_asked)
print("step in the checkpoint:", load_checkpoint("asked.pt")["step"])
# --8<-- [end:stop]
