"""Measuring a step in which variables look sick: it is run again, looked at on their ways."""
