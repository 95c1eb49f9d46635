"""Does coverage stay away from threads, and from processes that are told so?"""

import os
import subprocess
import sys
import threading

import pytest
from untraced import untraced

ASKED = "import sys; print('coverage' in sys.modules)"


@pytest.mark.parametrize(
    ("environment", "answer"), [(os.environ.copy, "True"), (untraced, "False")]
)
def test_a_process_is_traced_unless_it_is_told(monkeypatch, environment, answer):
    # What asks for coverage; there is no such file, which it finds after its import
    monkeypatch.setenv("COVERAGE_PROCESS_START", "no such file")
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    command = [sys.executable, "-c", ASKED]
    done = subprocess.run(
        command, env=environment(), capture_output=True, encoding="utf-8"
    )
    assert done.stdout.strip() == answer, done.stderr


def test_no_thread_is_traced():
    assert threading.gettrace() is None
    found = []
    thread = threading.Thread(target=lambda: found.append(sys.gettrace()))
    thread.start()
    thread.join()
    assert found == [None]
