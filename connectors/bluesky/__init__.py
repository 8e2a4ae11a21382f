"""Bluesky: mentions, replies and quotes in, replies out.

Takes a service URL, a handle and an app password, gives mentions with author facts and seven days of history.
Never marks a notification as read, never deletes, never reads the environment.
"""
