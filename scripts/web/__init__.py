"""What MkDocs does not do by itself: provenance, plain pages, lighter pages."""
