"""The embedded default's own desk and channel, so that the whole way can be seen with no key and no network.

Takes tickets and replies, gives receipts; keeps both in our own database and sends nothing anywhere.
"""
