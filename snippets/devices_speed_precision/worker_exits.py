"""A worker that imports the program which starts it, and the guard that it needs."""

# capture: volatile - it prints the number of a process
# --8<-- [start:fails]
import subprocess
import sys
from pathlib import Path

loader = """from torch.utils.data import DataLoader
loader = DataLoader(range(2), num_workers=1, multiprocessing_context="spawn")
"""
loop = "for batch in loader: print('a batch:', batch)"


def run(program):
    Path("spawn.py").write_text(program, encoding="utf-8")
    command = [sys.executable, "-Wignore", "spawn.py"]  # some Pythons warn at their end
    ended = subprocess.run(command, capture_output=True)
    return (ended.stdout + ended.stderr).decode(errors="replace")


for line in run(loader + loop).splitlines():
    if "bootstrapping" in line or "exited unexpectedly" in line:
        print(line.strip())
# --8<-- [end:fails]

# --8<-- [start:cure]
guard = "if __name__ == '__main__':\n    "
print(run(loader + guard + loop))
# --8<-- [end:cure]
