"""The variables of a model, and the plan that restores a checkpoint into them."""
