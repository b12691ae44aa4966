"""The page of one attempt: facts, checks, its cycle drawn small, what ran around it."""
