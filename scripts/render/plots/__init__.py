"""The style of all plots, and a file for each lesson."""
