"""All files that are made from captures and pages: to write, and to check."""
