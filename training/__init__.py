"""Takes labelled files; gives the classifier's weights, their manifest and its card.

Runs offline, by hand. Never talks to the network, never keeps a text in what it writes."""
