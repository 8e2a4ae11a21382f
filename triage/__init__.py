"""From verdict to decision: definition test, tier, priority, team, clocks.

Takes mention, verdict, author history, policy and now; gives a `Decision`; never reads a clock, a file or a network.
"""
