"""The pages: they read the scheduler app and show it. No page writes on GET."""
