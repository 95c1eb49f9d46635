"""Three nets, two of them behind the first: one has a limit, and one has a bug."""

from snippets.fashion_mnist_project.checklist import check_training
from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.stuck_runs import best_after, suspects
from snippets.fashion_mnist_project.trial import trial

# capture: tolerance 3e-2 - CPUs round differently, which moves an accuracy a little
# --8<-- [start:train]
images, labels, *validation = load_training()
some_data = images[:10_000], labels[:10_000], *validation

for name, make_net in suspects.items():
    _, log = trial(make_net, some_data, seed=0, epochs=20)
    print(f"{name}: best validation accuracy of 20 epochs {best_after(log, 20):.1f} %")
# --8<-- [end:train]

# capture: tolerance 5e-2 - CPUs round differently, which moves a loss a little
# --8<-- [start:check]
for name, make_net in suspects.items():
    print(f"--- {name}")
    if check_training(make_net, images[:64], labels[:64]):
        print(f"{name}: no bug found")
    else:
        print(f"{name}: look for a bug before you change the recipe")
# --8<-- [end:check]
