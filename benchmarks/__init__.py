"""Speed: messages a second from file to ticket, stage by stage, and a common way to judge texts beside us.

Takes a file of messages, or the bundled sample repeated; gives one table and JSON, every figure from the same run.
Never a test of quality (that is the classifier's card), and never a gate: seconds depend on the machine.
"""
