"""The end of a run: the test set, once; the file; the grade."""

from snippets.fashion_mnist_project.baseline_run import baseline
from snippets.fashion_mnist_project.data import CLASSES, load_images
from snippets.fashion_mnist_project.grade import BARS, grade
from snippets.fashion_mnist_project.predict import predict, write_predictions
from snippets.fashion_mnist_project.read import read_predictions

# capture: tolerance 3e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:submit]
write_predictions(predict(baseline), "predictions.csv")

_, labels = load_images(train=False)
report = grade(read_predictions("predictions.csv"), labels.tolist())
print(f"test accuracy: {report['accuracy']:.2f} %")
print(f"95 % interval: {report['low']:.2f} to {report['high']:.2f} %")
print("bar reached:", report["bar"] or "none", "of", BARS)
for name, accuracy in zip(CLASSES, report["per_class"], strict=True):
    print(f"{name}: {accuracy:.1f} %")
# --8<-- [end:submit]
