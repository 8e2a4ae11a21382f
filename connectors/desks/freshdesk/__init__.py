"""Takes tickets and comments; gives tickets of Freshdesk, and what became of them.

Never writes to the customer: every note is private, and the requester's address is made up.
"""
