"""One pair of runs, with and without mixed precision: one seed, few images."""

from snippets.gpu_training.amp_accuracy import percent_right, train
from snippets.gpu_training.data import load_images, torch

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")

# capture: tolerance 2e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:run]
pair_images, pair_labels = load_images(count=15_000)
held_images, held_labels = pair_images[10_000:], pair_labels[10_000:]
pair_images, pair_labels = pair_images[:10_000], pair_labels[:10_000]

dtypes = [torch.float32, torch.bfloat16]
if device.type == "cuda":
    dtypes.append(torch.float16)

scores, weights = {}, {}
for dtype in dtypes:
    pair_net = train(0, dtype, device, pair_images, pair_labels, epochs=2)
    scores[dtype] = percent_right(pair_net, held_images, held_labels)
    weights[dtype] = pair_net[0].weight
    print(f"trained in {dtype}, validation accuracy: {scores[dtype]:.1f} %")
    print(f"trained in {dtype}, its weights are: {weights[dtype].dtype}")

for dtype in dtypes[1:]:
    apart = abs(scores[dtype] - scores[torch.float32])
    same = torch.equal(weights[dtype], weights[torch.float32])
    print(f"{dtype} and float32, the same weights: {same}")
    print(f"{dtype} and float32, less than 2 points apart: {apart < 2}")
# --8<-- [end:run]
