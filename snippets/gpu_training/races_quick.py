"""The two races, the big one on a tenth of its images, on the reader's machine."""

from snippets.gpu_training.data import load_images, torch
from snippets.gpu_training.model import make_net
from snippets.gpu_training.races import arithmetic, race

# capture: volatile - it prints times
# --8<-- [start:run]
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print("both races on:", device)
few_images, few_labels = load_images(train=True, count=6000)

torch.manual_seed(0)
tiny, big = make_net(32), make_net(2048)
tiny_seconds = race(
    tiny, few_images[:1000], few_labels[:1000], device, epochs=5, batch_size=16
)
big_seconds = race(big, few_images, few_labels, device, epochs=1, batch_size=512)
print(f"tiny net, 5 times 1,000 images: {tiny_seconds:.2g} s")
print(f"big net, once 6,000 images: {big_seconds:.2g} s")

more_work = arithmetic(big, 6000) / arithmetic(tiny, 5000)
longer = big_seconds / tiny_seconds
print(f"arithmetic, big over tiny: {more_work:.0f} times")
print(f"time, big over tiny: {longer:.2g} times")
# --8<-- [end:run]
