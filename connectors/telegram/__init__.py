"""Telegram: what people write to our bot, in private, in groups and in business chats; answers out.

Takes a bot token, gives mentions, edits and (for business chats) deletions, pulled or pushed by webhook.
Never sets or removes a webhook, never reads a group message that is not meant for us, never reads the environment.
"""
