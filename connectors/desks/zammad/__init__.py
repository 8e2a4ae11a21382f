"""Takes tickets and notes; gives tickets of Zammad with internal articles, and what becomes of them.

Never mails anybody: every article is an internal note, because Zammad sends even an internal one of type e-mail.
"""
