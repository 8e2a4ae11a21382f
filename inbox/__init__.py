"""The web page where social care agents work.

Takes requests of people who logged in; gives pages, and writes what they decide to the store in one transaction each.
Never imports the classifier or `workers`: background work is enqueued by its name.
"""
