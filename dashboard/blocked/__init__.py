"""The blocked audit: its page, its charts and tables, acknowledging."""
