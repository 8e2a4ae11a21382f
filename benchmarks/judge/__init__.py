"""The judge beside the pipeline of transformers on the same encoder: messages a second, start, memory, one message.

Takes a folder of weights and messages; gives one table, every figure from the same run.
Never a test of quality: that is the classifier's card.
"""
