"""Sentences, numbers and names made from facts, for pages, commands, alerts and the API alike: each
wording and each rounding once. Imports the core only, which makes no sentence."""
