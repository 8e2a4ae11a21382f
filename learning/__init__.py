"""Takes corrections and folders of weights.

Gives rows to learn from, the version that is live, the shadow's verdicts, before and after. Never fits anything itself.
"""
