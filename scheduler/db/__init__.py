"""What our writing and reading of the database rests on: the one clock, a service's lock, rows in
bulk, what reaches into a range, outages. It knows no kind of row.
"""
