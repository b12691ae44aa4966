"""Execution history: filtered, sorted and paged at any size, and what charts of it draw.

One way down: a `HistoryFilter` becomes `streams`, each of them rows in the order of one index
(`conditions` says what is asked of a row, `scheduler.db.reaching` what began before it),
`statements` reads one of them, and `orders` merges their heads. What is made of that: `pages`, the
newest rows as `samples` for totals and charts and as `blocks` for the audit, and `exports` of
everything.
`summed` counts from the summaries of cycles what a sample does not reach.
"""
