"""The framework knows it and was told not to train it."""
