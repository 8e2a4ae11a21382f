"""Takes tickets and comments; gives tickets of Request Tracker 5, over REST 2.

Never writes to the customer: notes are comments, and RT is told to mail nothing to the invented requestor.
"""
