"""What comes back is not a usable number."""
