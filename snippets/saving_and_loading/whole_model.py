"""Saving the whole object: what its file needs, and what breaks it."""

# Sections are blocks of a page, and each imports what it newly needs:
# ruff: noqa: E402

from snippets.saving_and_loading.data import nn, torch

# isort: split
# --8<-- [start:classifier]
import pickle


class Classifier(nn.Module):
    """Softmax regression: one layer."""

    def __init__(self):
        super().__init__()
        self.out = nn.Linear(784, 10)

    def forward(self, images):  # (batch, 784)
        return self.out(images)  # logits, (batch, 10)


def complaint(error):
    """What torch says first, and what it says of the class."""
    lines = str(error).splitlines()
    reason = next(line for line in lines if "GLOBAL" in line).split("error: ")[-1]
    return "\n".join(line.split(". ")[0] for line in (lines[0], reason))


# --8<-- [end:classifier]

# --8<-- [start:save]
classifier = Classifier()
torch.save(classifier, "whole.pt")  # the object itself, not its state_dict
try:
    torch.load("whole.pt", map_location="cpu")
except pickle.UnpicklingError as error:
    print(f"{type(error).__name__}: {complaint(error)}")
# --8<-- [end:save]

# --8<-- [start:renamed]
ImageClassifier = Classifier  # the class gets a better name ...
del Classifier  # ... and the old one is gone
try:
    # weights_only=False: the default refuses whole objects, and this file is our own
    torch.load("whole.pt", weights_only=False, map_location="cpu")
except AttributeError as error:
    print(f"{type(error).__name__}: {str(error).split(' on ')[0]}")
# --8<-- [end:renamed]

# --8<-- [start:moved]
import sys
import types

my_models = types.ModuleType("my_models")  # made here, in place of a file my_models.py
my_models.Classifier = ImageClassifier
sys.modules["my_models"] = my_models  # where `import my_models` looks first
ImageClassifier.__module__ = "my_models"  # as if the class were written there
torch.save(classifier, "whole.pt")

del sys.modules["my_models"]  # the file is deleted, or was never on this machine
try:
    # weights_only=False: the default refuses whole objects, and this file is our own
    torch.load("whole.pt", weights_only=False, map_location="cpu")
except ModuleNotFoundError as error:
    print(f"{type(error).__name__}: {error}")
# --8<-- [end:moved]

# --8<-- [start:survives]
torch.save(classifier.state_dict(), "weights.pt")  # names and tensors, no class
renamed = ImageClassifier()
state = torch.load("weights.pt", weights_only=True, map_location="cpu")
print(renamed.load_state_dict(state))
print("same weights:", torch.equal(renamed.out.weight, classifier.out.weight))
# --8<-- [end:survives]
