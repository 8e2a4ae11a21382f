"""A whole Bluesky network on loopback: PLC directory, data server, app view.

Takes Node 22, PostgreSQL and Redis, gives a network to post on, never listens off loopback.
"""
