"""What a user opens, reads, saves, compares and verifies."""
