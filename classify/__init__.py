"""Takes mentions and what is known of their authors; gives one verdict for each, in the same order.

Never reads a clock, the network, a database or the environment: the one thing it reads is its own folder of weights.
The only home, with `training`, of scikit-learn and other machine learning libraries."""
