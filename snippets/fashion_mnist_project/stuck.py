"""Three nets, two of them stuck at about the same accuracy: a bug and a limit."""

from snippets.fashion_mnist_project.checklist import check_training
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.net import make_baseline, nn
from snippets.fashion_mnist_project.trial import trial

# capture: tolerance 5e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:train]
suspects = {
    "baseline": make_baseline,
    "suspect A": lambda: nn.Sequential(nn.Linear(784, 10)),
    "suspect B": lambda: nn.Sequential(*make_baseline(), nn.Softmax(dim=1)),
}
images, labels, *validation = load_training()
some_data = images[:10_000], labels[:10_000], *validation

for name, make_net in suspects.items():
    _, log = trial(make_net, some_data, seed=0, epochs=20)
    half, end = (log[epoch]["val"]["accuracy"] for epoch in (9, 19))
    print(f"{name}: validation accuracy after 10 epochs {half:.1f} %, 20: {end:.1f} %")
# --8<-- [end:train]

# capture: tolerance 5e-2 - CPUs round differently, which moves a loss a little
# --8<-- [start:check]
for name, make_net in suspects.items():
    print(f"--- {name}")
    if check_training(make_net, images[:64], labels[:64]):
        print(f"{name}: no bug found: if more epochs do not help, it is a limit")
    else:
        print(f"{name}: a bug: look for it before you change the recipe")
# --8<-- [end:check]
