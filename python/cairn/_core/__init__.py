"""Errors, arrays and their values, progress, and what other packages are there: what every other part uses."""
