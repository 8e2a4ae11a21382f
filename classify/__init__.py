"""Takes mentions and what is known of their authors; gives one verdict for each, in the same order.

Never reads the network, a database or the environment, nor a clock but to time itself at load: all it reads is its own
folder of weights. The only home, with `training`, of machine learning libraries."""
