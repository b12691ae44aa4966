"""Sentences, numbers and names made from facts, for pages, commands and alerts alike."""
