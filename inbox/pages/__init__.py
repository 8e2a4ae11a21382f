"""One module a page: what it reads and what it shows.

Takes a visit that passed the gate; gives an answer.
Never looks at cookies, passwords or form tokens: the gate did.
"""
