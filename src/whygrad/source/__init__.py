"""A person's files as something one can ask questions of. Never imports or runs any of them."""
