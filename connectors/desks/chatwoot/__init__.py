"""Takes tickets and notes; gives conversations of Chatwoot with private messages, and what becomes of them.

Never sends a message to a contact: every message is private.
"""
