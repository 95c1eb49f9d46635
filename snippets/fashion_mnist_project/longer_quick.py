"""The same question on 10,000 images, where the loss turns within seconds."""

from snippets.fashion_mnist_project.data import load_training
from snippets.fashion_mnist_project.longer import where_it_turns
from snippets.fashion_mnist_project.net import make_baseline
from snippets.fashion_mnist_project.trial import trial

# capture: volatile - CPUs round differently, which moves the epoch of the lowest loss
# --8<-- [start:run]
images, labels, *validation = load_training()
some_data = images[:10_000], labels[:10_000], *validation

_, long_log = trial(make_baseline, some_data, seed=0, epochs=30)
turn = where_it_turns(long_log)
print(f"validation loss is lowest after epoch {turn['epoch']} of {len(long_log)}")
print(f"validation loss rises by: {turn['loss_rise_percent']:.0f} %")
print(f"validation accuracy there: {turn['accuracy_there']:.1f} %")
print(f"validation accuracy at the end: {turn['accuracy_at_end']:.1f} %")
print(f"train minus validation accuracy there: {turn['gap_there']:.1f} points")
print(f"train minus validation accuracy at the end: {turn['gap_at_end']:.1f} points")
# --8<-- [end:run]
