"""Takes what was counted of verdicts and corrections.

Gives figures with their intervals: agreement of two classifiers, drift of one. Never reads a clock or a database.
"""
