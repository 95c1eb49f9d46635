"""A run that is told to end: without a handler it saves nothing."""

# --8<-- [start:fails]
import signal
import subprocess
import sys

run = "import signal; signal.raise_signal(signal.SIGTERM); print('saved')"
result = subprocess.run([sys.executable, "-c", run], capture_output=True)
print("saved before it ended:", b"saved" in result.stdout)
# --8<-- [end:fails]

# --8<-- [start:cure]
asked = []  # empty is false
old = signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
for step in range(1, 101):
    if step == 7:  # in place of a training step in which the machine is taken back
        signal.raise_signal(signal.SIGTERM)
    if asked or step % 50 == 0:
        print("saved after step", step)  # save here
    if asked:
        break
signal.signal(signal.SIGTERM, old or signal.SIG_DFL)
# --8<-- [end:cure]
