"""Text as every desk can store it."""


def plain(text: str) -> str:
    """The text without what no desk stores: NUL and lone surrogates. Line ends become `\\n`; nothing else changes."""
    storable = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return storable.encode("utf-8", errors="replace").decode("utf-8")


def one_line(text: str, *, longest_bytes: int) -> str:
    """The text as one line of at most `longest_bytes` of UTF-8 (RT's columns count so); a cut ends in `…`."""
    line = " ".join(plain(text).split())
    if len(line.encode()) <= longest_bytes:
        return line
    kept = line.encode()[: longest_bytes - len("…".encode())].decode("utf-8", errors="ignore")
    return kept.rstrip() + "…"


REST_IS_ELSEWHERE = "\n[… cut here: the desk takes no longer text; Earshot's inbox shows it whole]"


def fitted(text: str, *, longest_bytes: int) -> str:
    """The plain text, or as much as fits into `longest_bytes` of UTF-8 with a line that says where the rest is."""
    whole = plain(text)
    if len(whole.encode()) <= longest_bytes:
        return whole
    room = longest_bytes - len(REST_IS_ELSEWHERE.encode())
    return whole.encode()[:room].decode("utf-8", errors="ignore") + REST_IS_ELSEWHERE
