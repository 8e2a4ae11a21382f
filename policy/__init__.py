"""Rules as data: dated, sourced TOML packs.

Takes a folder of packs, gives one frozen `Policy`; never decides anything itself and never guesses a missing value.
"""
