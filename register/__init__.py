"""The complaint register: append-only, hash-chained entries, their verification and export.

Takes a complaint's facts and the digest of the entry before; gives entries, the first break, files.
Never changes an entry: a change is a new one.
"""
