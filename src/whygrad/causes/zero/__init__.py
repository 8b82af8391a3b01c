"""The path is whole and what comes back is zero."""
