"""What every room uses: paths of the tree, numbers as text, a cache on disk."""
