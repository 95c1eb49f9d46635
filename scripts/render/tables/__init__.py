"""The tables of each lesson's experiments, a module a lesson."""
