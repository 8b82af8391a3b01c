"""Running an observed step again: what was kept of it, the run, and what can be changed in it."""
