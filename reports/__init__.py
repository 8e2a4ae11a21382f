"""Takes the figures of a period.

Gives the board report as HTML and as PDF: the same content twice. Never reads a clock, a database or a person's data.
"""
