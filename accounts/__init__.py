"""People: their accounts, how they sign in, and how often they may try. Knows no page of others."""
