"""The pages, one a file: a view, its typed context, what it needs to fill it."""
