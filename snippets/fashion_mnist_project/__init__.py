"""Lesson 3, the Fashion-MNIST project. Its captures come from a CPU."""
