"""From a page with includes to its program; what its front matter says."""
