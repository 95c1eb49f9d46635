"""Puts the stand-in for a visible GPU on the path of every process started."""

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from untraced import UNTRACED

STAND_IN = Path(__file__).parent / "fixtures/visible_gpu"


@contextmanager
def visible_gpu():
    """Processes started in this context find that they cannot fork after torch.

    It is copied to a folder outside the tree: recorded processes see none inside.
    """
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(STAND_IN / "sitecustomize.py", folder)
        inherited = filter(None, [folder, os.environ.get("PYTHONPATH")])
        path = {"PYTHONPATH": os.pathsep.join(inherited)}
        with mock.patch.dict(os.environ, {**path, **UNTRACED}):
            yield
