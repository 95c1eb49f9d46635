"""Lesson 1, Saving and Loading: listings, experiments, practice and questions."""
