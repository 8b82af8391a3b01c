"""The optimizer and the training loop."""
