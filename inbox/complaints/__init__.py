"""What the complaint's page is made of: its clocks, its history and its forms.

Takes a complaint's life and entries, the policy, and what a person typed; gives records to show, and acts to carry out.
Never opens a transaction and never renders: the pages do.
"""
