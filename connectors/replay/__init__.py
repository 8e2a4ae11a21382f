"""Messages from a file or a pipe, and a sample to try Earshot with: the channel that needs no account and no network.

Takes JSON lines, plain or gzip, a parser and a cursor; gives pages of mentions, unreadable lines among the rejected.
Never skips a line silently and never judges one.
"""
