"""What became of a cycle: each window's verdict, and the outcome of all. Incidents have a package
of their own.
"""
