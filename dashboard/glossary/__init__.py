"""The words that are not everybody's, each explained once, and the page of them all."""
