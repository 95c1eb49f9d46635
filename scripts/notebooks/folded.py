"""Cells that are folded: a title stands for their code until somebody opens them."""

# A code cell that begins with this is folded, and the rest of the line is shown in its
# place. It is Colab's own mark; build.py says the same to JupyterLab.
TITLE = "# @title "
