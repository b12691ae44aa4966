"""Collectors: they read a fleet that decides for itself and report what they see.

One fleet's kind is one package (`pynenc`), the loop that keeps a collector going is `loop`. What a
report becomes is `scheduler.intake.reports`'.
"""
