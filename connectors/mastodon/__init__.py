"""Mastodon: mentions, quotes, private messages and edits in; replies out, as visible as what they answer.

Takes the address of an instance and an access token, gives mentions with author facts, threads and recent history.
Never answers in public what was said in private, never dismisses a notification, never reads the environment.
"""
