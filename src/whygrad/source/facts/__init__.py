"""What one file says of its classes and functions, small enough to keep: no tree, no text."""
