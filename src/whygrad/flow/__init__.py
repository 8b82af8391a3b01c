"""What a training step did, in no framework's words."""
