"""Stage 1: from what was received to one clean, single, threaded mention.

Takes bytes, mentions, candidates and the instant of receipt; gives normalised mentions, duplicates and threads.
Never reads a clock, a file, a network or a database, and never drops a message: what it cannot read it names.
"""
