"""What a training loop does wrong, read off what happened when its program was followed."""
