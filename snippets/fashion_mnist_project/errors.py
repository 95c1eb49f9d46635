"""Error analysis of the baseline, on the validation images: what it takes for what."""

from snippets.fashion_mnist_project.baseline_run import baseline
from snippets.fashion_mnist_project.data import CLASSES, load_training
from snippets.fashion_mnist_project.grade import grade
from snippets.fashion_mnist_project.guess import guess

# capture: volatile - CPUs round differently, which moves a class by several points
# --8<-- [start:errors]
_, _, val_images, val_labels = load_training()
guesses = guess(baseline, val_images)  # (5000,)

errors = grade(guesses.tolist(), val_labels.tolist())
mistakes = [
    (count, CLASSES[label], CLASSES[other])
    for label, row in enumerate(errors["confusion"])
    for other, count in enumerate(row)
    if label != other
]
for count, label, other in sorted(mistakes, reverse=True)[:5]:
    print(f"{label} taken for {other}: {count} images")
# --8<-- [end:errors]
