"""What is written into a log stays one line of what was meant: no new lines, no signs that move a terminal's cursor.

Names of files, hosts, addresses and errors of vendors stand in messages of the log, and somebody else chose them.
"""

MOST_CHARACTERS = 8_000
"""Of one message, or of one line of a trace; the rest is cut and counted."""
_UNPRINTED = {
    **{code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160))},
    **{code: f"\\u{code:04x}" for code in (0x2028, 0x2029, *range(0x200B, 0x2010), *range(0x202A, 0x202F))},
    **{code: f"\\u{code:04x}" for code in (*range(0x2066, 0x206A), 0xFEFF)},
    10: "\\n",
    13: "\\r",
    9: "\\t",
}


def one_line(text: str) -> str:
    """Control characters, line ends, and signs that hide or turn what follows, are written out."""
    told = text if len(text) <= MOST_CHARACTERS else f"{text[:MOST_CHARACTERS]}… ({len(text)} characters)"
    return told.translate(_UNPRINTED)


def lines(text: str) -> str:
    """Of a trace, whose own line ends stay."""
    return "\n".join(one_line(line) for line in text.split("\n"))
