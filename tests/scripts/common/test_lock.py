"""A lock between processes."""

import errno

import pytest

from scripts.common import lock
from scripts.common.errors import SiteError


def test_one_at_a_time(tmp_path):
    file = tmp_path / ".lock"
    with (
        lock.held(file, "busy"),
        pytest.raises(SiteError, match="another one has it"),
        lock.held(file, "another one has it"),
    ):
        pass
    with lock.held(file, "busy"):
        pass


def test_where_a_disk_has_no_locks_one_goes_on(tmp_path, monkeypatch):
    def unknown(number):
        raise OSError(errno.ENOTSUP, "not supported")

    monkeypatch.setattr(lock, "_lock", unknown)
    with lock.held(tmp_path / ".lock", "busy"):
        (tmp_path / "written").touch()
