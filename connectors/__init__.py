"""The world: channels that are listened to and answered on, and desks that tickets are pushed to.

Takes cursors, tickets and replies; gives pages of mentions and receipts; never decides anything about a message.
The only home of httpx and tweepy. One folder per vendor with the same file names in each.
"""
