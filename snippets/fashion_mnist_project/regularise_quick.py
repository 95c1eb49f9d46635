"""Pairs of trials on a tenth of the images, and accuracy with dropout on and off."""

from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.regularise import (
    accuracy_in_train_mode,
    add_layers,
    flip,
    paired,
)
from snippets.fashion_mnist_project.trial import trial

# capture: volatile - so few seeds and images: another CPU finds other differences
# --8<-- [start:run]
images, labels, *validation = load_training()
few_data = images[:5500], labels[:5500], *validation

quick_variants = {
    "plain": {"make_net": add_layers()},
    "dropout": {"make_net": add_layers(dropout=0.3)},
    "flip": {"make_net": add_layers(), "augment": flip},
}
quick_scores = {}
for name, settings in quick_variants.items():
    pairs = [trial(data=few_data, seed=s, epochs=8, **settings) for s in range(3)]
    quick_scores[name] = [log[-1]["val"]["accuracy"] for _, log in pairs]
    print(f"{name}, three seeds: {[round(score, 1) for score in quick_scores[name]]} %")
    if name != "plain":
        difference, error = paired(quick_scores["plain"], quick_scores[name])
        print(f"  minus plain: {difference:+.2f} points, standard error {error:.2f}")
    if name == "dropout":
        net, log = pairs[-1]
        in_train_mode = accuracy_in_train_mode(net, images[:5000], labels[:5000])
        print(f"  training accuracy with dropout on: {in_train_mode:.1f} %")
        print(f"  training accuracy in eval mode: {log[-1]['train']['accuracy']:.1f} %")
        print(f"  validation accuracy: {quick_scores[name][-1]:.1f} %")
# --8<-- [end:run]
