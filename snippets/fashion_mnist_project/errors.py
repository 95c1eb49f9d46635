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
mistakes = Counter((CLASSES[a], CLASSES[b]) for a, b in pairs if a != b)
tops = ["T-shirt/top", "Pullover", "Coat", "Shirt"]  # similar in outline
for label in tops:
    taken = [f"{mistakes[label, top]} for {top}" for top in tops if top != label]
    print(f"{label} taken: {', '.join(taken)}")
among = sum(mistakes[a, b] for a in tops for b in tops)
print(f"mistakes among these four: {among} of {mistakes.total()}")
# --8<-- [end:errors]
