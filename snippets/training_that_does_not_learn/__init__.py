"""The field guide: a loss that stays or is nan, and what a net learns wrongly."""
