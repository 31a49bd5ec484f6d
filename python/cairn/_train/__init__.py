"""A training run: what is saved of it, when, and how it is resumed."""
