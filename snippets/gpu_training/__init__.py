"""Lesson 2, GPU Training. Its captures come from a CPU and, where recorded, a GPU."""

DEVICES = ("cpu", "cuda")
