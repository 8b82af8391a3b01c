"""Which files a project has, what they are called, and the facts of all of them, read quickly."""
