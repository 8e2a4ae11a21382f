"""How fast the inbox answers with many cases."""
