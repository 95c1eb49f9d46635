"""What every notebook runs second: are the files of Fashion-MNIST there, and whole?"""

# --8<-- [start:check]
from pathlib import Path

from torchvision.datasets import FashionMNIST

SIZES = {  # bytes; torchvision takes a file for whole if it is there
    "train-images-idx3-ubyte": 47_040_016,
    "train-labels-idx1-ubyte": 60_008,
    "t10k-images-idx3-ubyte": 7_840_016,
    "t10k-labels-idx1-ubyte": 10_008,
}
for name, size in SIZES.items():
    path = Path("data/FashionMNIST/raw", name)
    if path.exists() and path.stat().st_size != size:
        raise RuntimeError(
            f"{path} has {path.stat().st_size:,} bytes instead of {size:,}: it was cut "
            "off while it was downloaded or copied. Delete it and run this cell again."
        )
try:
    FashionMNIST("data", download=True)
except (OSError, RuntimeError) as error:
    raise RuntimeError(
        "Fashion-MNIST is not in the folder data, and could not be downloaded: connect "
        "to the network, or copy data/FashionMNIST/raw and its four files from another "
        "machine, then run this cell again."
    ) from error
# --8<-- [end:check]
