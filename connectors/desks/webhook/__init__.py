"""Takes tickets and comments; gives signed CloudEvents to one endpoint the operator names.

Never looks anything up: a repeat carries the same `webhook-id`, and the receiver drops what it has seen.
"""
