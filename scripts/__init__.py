"""The pipeline: snippet → page → run → captured output → page, notebook and test."""
