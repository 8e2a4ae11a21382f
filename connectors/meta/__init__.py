"""Meta: Facebook Page comments and mentions, Messenger, Instagram, WhatsApp and Threads; pushed in, answers out.

Takes app secret, verify token and one token per product, gives mentions, changes and receipts.
Hides only what a person asks for; never deletes or likes anything, never sends a template, never fetches an attachment.
"""
