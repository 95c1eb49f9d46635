"""The baseline by one command; run again, it goes on, or has nothing left to do."""

from snippets.fashion_mnist_project.baseline import train_baseline

# capture: tolerance 1.5e-1 - CPUs round differently: measured, losses move by up to 5 %
# --8<-- [start:run]
baseline = train_baseline("baseline.pt")
# --8<-- [end:run]
