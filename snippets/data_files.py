"""What every notebook runs second: are the files of Fashion-MNIST there, and whole?"""

# --8<-- [start:check]
import zlib
from pathlib import Path

from torchvision.datasets import FashionMNIST

CHECKSUMS = {  # torchvision takes a file for whole if it is there
    "train-images-idx3-ubyte": 0xB4F29F28,
    "train-labels-idx1-ubyte": 0x741A4657,
    "t10k-images-idx3-ubyte": 0x678FE0B1,
    "t10k-labels-idx1-ubyte": 0x80142C1F,
}
for name, checksum in CHECKSUMS.items():
    path = Path("data/FashionMNIST/raw", name)
    if path.exists() and zlib.crc32(path.read_bytes()) != checksum:
        raise RuntimeError(
            f"{path} ({path.stat().st_size:,} bytes) is not as it should be: it was "
            "cut off or damaged while it was downloaded or copied. Delete it and run "
            "this cell again."
        )
try:
    FashionMNIST("data", download=True)
except (OSError, RuntimeError) as error:
    raise RuntimeError(
        "Fashion-MNIST is not in the folder data, and could not be downloaded. The "
        "error above says why. Make room if the disk is full; else connect to the "
        "network, or copy data/FashionMNIST/raw and its four files from another "
        "machine. Then run this cell again."
    ) from error
# --8<-- [end:check]
