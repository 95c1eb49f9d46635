"""Lesson 3's project with its solutions, a file a step, in percent cells."""
