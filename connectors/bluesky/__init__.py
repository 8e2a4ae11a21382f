"""Bluesky: mentions, replies, quotes and direct messages in, answers out; deletions where a Jetstream is set.

Takes a service URL, a handle and an app password, gives mentions with author facts, threads and recent history.
Never marks anything as read, never deletes, never answers in public what was said in private, never reads the
environment.
"""
