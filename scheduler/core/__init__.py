"""The pure scheduler: values in, values out.

Nothing in this package imports Django, reads a clock or does I/O; the one impurity is the fresh run
id of a cleared run. Instants are timezone-aware UTC datetimes, rounded to microseconds.
"""
