"""The path from the variable to the loss is cut."""
