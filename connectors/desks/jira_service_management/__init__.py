"""Takes tickets and notes; gives requests of Jira Service Management with internal comments, and what becomes of them.

Never shows a customer anything: requests are raised in the name of our own user, and every comment is internal.
"""
