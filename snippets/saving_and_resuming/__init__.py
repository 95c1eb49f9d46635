"""The field guide: what goes wrong when a model is saved, loaded, or trained on."""
