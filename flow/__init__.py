"""What the jobs of `workers.py` write down: a page arrives, a message is triaged, an effect is carried out.

Takes a transaction and what the pure stages said, gives ids and outbox rows to go on with; never talks to Redis.
"""
