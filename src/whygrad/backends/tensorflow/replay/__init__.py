"""Running an observed step again, with something changed."""
