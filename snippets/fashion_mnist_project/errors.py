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
print("a row is a true class, a column a predicted class, in the same order")
for name, counts in zip(CLASSES, errors["confusion"], strict=True):
    print(f"{name:12}", "".join(f"{count:5}" for count in counts))
# --8<-- [end:errors]
