"""A past cycle as it was known at any of its instants."""
