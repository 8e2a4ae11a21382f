"""X: mentions, search hits and direct messages in, public and private answers out; pushes of the Activity API.

Takes the number of an account and the keys of an app, gives mentions with author facts, threads and seven days of
history. Never follows, likes, reposts or deletes; never writes first to anybody; never spends beyond the budget.
"""
