"""Takes tickets and notes; gives adaptive cards to a Workflows webhook of Microsoft Teams.

A notification: it cannot be asked what it took, so a lost answer may lead to a second card, and never to none.
"""
