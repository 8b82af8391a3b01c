"""The classes of a project over all its files: their bases, and what their attributes hold."""
