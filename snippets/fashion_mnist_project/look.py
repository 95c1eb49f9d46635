"""What there is to learn: eight training images of each class."""

from snippets.fashion_mnist_project.data import CLASSES, load_training, torch

# The section imports what its page newly needs:
# isort: split
# --8<-- [start:grid]
import matplotlib.pyplot as plt

images, labels, _, _ = load_training()

figure, rows = plt.subplots(10, figsize=(3.1, 3.6), layout="compressed")
figure.set_facecolor("black")  # as the images are
for label, axes in enumerate(rows):
    found = images[labels == label][:8]  # (8, 784), mean 0, standard deviation 1
    pictures = found.mul(0.353).add(0.286).view(8, 28, 28)  # again 0 to 1
    strip = torch.hstack(list(pictures))  # (28, 224): side by side
    axes.imshow(strip.numpy(), cmap="gray", interpolation="nearest")
    axes.set_ylabel(CLASSES[label], color="white", rotation=0, ha="right", va="center")
    axes.set(xticks=[], yticks=[])
plt.show()
# --8<-- [end:grid]
