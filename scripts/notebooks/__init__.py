"""From a page, or from exercises, to a notebook."""
