"""What every notebook runs first: were the lessons tried with versions like these?"""

# --8<-- [start:check]
import platform

import torch
import torchvision

versions = {"Python": platform.python_version(), "torch": torch.__version__}
for name, oldest in {"Python": "3.10", "torch": "2.6"}.items():
    here, needed = (
        [int(part) for part in version.split(".")[:2]]
        for version in (versions[name], oldest)
    )
    if here < needed:
        raise RuntimeError(
            f"This notebook needs {name} {oldest} or newer; this is {name} "
            f"{versions[name]}. In Colab: Runtime, Disconnect and delete runtime, then "
            "connect again. Elsewhere: pip install --upgrade torch torchvision, with "
            "Python 3.10 or newer, then restart the kernel."
        )
versions["torchvision"] = torchvision.__version__
print(", ".join(f"{name} {version}" for name, version in versions.items()))
# --8<-- [end:check]
