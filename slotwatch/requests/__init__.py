"""What a request may carry, read before any page sees it."""
