"""Runs the person's script and gathers what backends see."""
