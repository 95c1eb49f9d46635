"""Error analysis of the baseline, on the validation images: what it takes for what."""

from snippets.fashion_mnist_project.baseline_run import baseline
from snippets.fashion_mnist_project.data import CLASSES, load_training
from snippets.fashion_mnist_project.guess import guess

# The section imports what its page newly needs:
# isort: split
# capture: volatile - CPUs round differently, which moves a class by several points
# --8<-- [start:errors]
from collections import Counter

_, _, val_images, val_labels = load_training()
guesses = guess(baseline, val_images)  # (5000,)

pairs = zip(val_labels.tolist(), guesses.tolist(), strict=True)
mistakes = Counter((label, other) for label, other in pairs if label != other)
for (label, other), count in mistakes.most_common(5):
    print(f"{CLASSES[label]} taken for {CLASSES[other]}: {count} images")
# --8<-- [end:errors]
