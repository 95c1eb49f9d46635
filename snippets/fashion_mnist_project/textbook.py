"""What the references are compared with: the textbook's recipe, and the plainest net.

Both run through the reference's own loop, so that they differ in the recipe alone: the
textbook's recipe gets the fast loop, too.
"""

from snippets.fashion_mnist_project.reference import GOOD, train

# --8<-- [start:recipes]
TEXTBOOK = GOOD | {
    "dropout": 0.3,
    "flip": False,
    "smoothing": 0.0,
    "batch_size": 64,
    "rate": 1e-3,
    "rise": None,  # always the same rate
    "epochs": 30,
    "patience": 5,  # early stopping
}
SOFTMAX = TEXTBOOK | {"widths": (), "epochs": 5}  # no hidden layer, hence no dropout
# --8<-- [end:recipes]


# --8<-- [start:train]
def train_textbook(data, checkpoint_path, on_step=None, recipe=TEXTBOOK, seed=0):
    """As the reference's `train`, by the textbook's recipe."""
    return train(data, checkpoint_path, on_step, recipe, seed)


# --8<-- [end:train]
