"""Measuring a step in which variables look sick: it is run again with hooks on their ways."""
