"""Execution history: filtered, sorted and paged at any size, and what charts of it draw.

One way down: a `HistoryFilter` becomes `streams`, each of them rows in the order of one index;
`pages` merges the heads of the streams, `samples` reads the newest of them for totals and charts.
"""
