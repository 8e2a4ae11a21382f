"""YouTube: comments under our videos and their replies in, replies out.

Takes a channel and an API key, or the owner's consent, gives comments with who wrote them.
Holds a comment back only where a person asks for it; never deletes one, never gives more of its authors than their
channel shows, never reads the environment.
"""
