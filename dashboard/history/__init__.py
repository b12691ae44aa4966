"""The execution history: what an address asks, the filter as a form, rows, totals, chart; and what
the audit shares of it.
"""
