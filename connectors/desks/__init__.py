"""Takes tickets and comments; gives receipts that prove what a support desk took.

Never decides what is worth a ticket, and never shows a customer anything: every note is internal.
"""
