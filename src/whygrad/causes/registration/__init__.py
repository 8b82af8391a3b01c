"""The framework does not know the variable."""
