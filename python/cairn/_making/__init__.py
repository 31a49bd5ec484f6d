"""Changes to a checkpoint, and the functions that make one of others."""
