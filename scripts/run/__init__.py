"""A fresh process for a page or an experiment, and the data that it needs."""
