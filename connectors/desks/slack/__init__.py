"""Takes tickets and notes; gives messages in one channel of Slack, and notes in their threads.

A notification: people read it, nobody works in it. Never mentions anybody, and never lets a customer's text do so.
"""
