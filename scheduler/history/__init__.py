"""Execution history: filtered, sorted and paged at any size, and what charts of it draw.

One way down: a `HistoryFilter`, whose fields hold what they ask of a row, becomes `streams`, each
of them rows in the order of one index (`scheduler.db.reaching` knows what began before a range),
`statements` reads one of them, and `orders` merges their heads. What is made of that: `pages`, the
newest rows as `samples` for totals and charts and as `blocks` for the audit, and `exports` of
everything.
`summed` counts from the summaries of cycles what a sample does not reach.
"""
