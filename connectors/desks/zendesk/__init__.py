"""Takes tickets and comments; gives tickets of Zendesk Support, and what became of them, pulled and pushed.

Never writes to the customer: the ticket's first comment and every note are private.
"""
