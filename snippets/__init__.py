"""The code that the pages show: one folder a lesson, nothing here imports `scripts`."""
