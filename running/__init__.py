"""Keeping it running: the process tree, the embedded Redis, logs, and the doctor.

Takes settings, gives processes that are restarted when they die and stopped when they should.
Never looks at a message.
"""
