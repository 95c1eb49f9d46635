"""The end of a run: the test set, once; the file; the grade."""

from snippets.fashion_mnist_project.baseline_run import baseline
from snippets.fashion_mnist_project.data import load_images
from snippets.fashion_mnist_project.grade import BARS, grade
from snippets.fashion_mnist_project.predict import predict, write_predictions
from snippets.fashion_mnist_project.read import read_predictions

# capture: tolerance 2e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:submit]
write_predictions(predict(baseline), "baseline.csv")  # not your predictions.csv

_, test_labels = load_images(train=False)
report = grade(read_predictions("baseline.csv"), test_labels.tolist())
print(f"test accuracy: {report['accuracy']:.1f} %")
print(f"95 % interval: {report['low']:.1f} to {report['high']:.1f} %")
reached = report["accuracy"] >= BARS["good"]
print(f"the bar for good, {BARS['good']} %, is reached: {reached}")
# --8<-- [end:submit]
