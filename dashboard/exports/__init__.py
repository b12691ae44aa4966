"""The answers to an export. Their formats and links are the history's, which shows them."""
