"""Values that nobody expects, and every way by which they can come in."""
