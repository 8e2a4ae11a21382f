"""How fast the complaint register is verified and exported, and in how much memory.

Takes a number of entries and of complaints; gives a table, beside what is written by hand or with pandas.
"""
