"""What somebody wrote in a mail, without the mails it answers and without the signature. Pure."""

import re

WROTE = re.compile(
    r"^\s*(On|Am|Le|El|Il|Op|Em|Den|Dne|W dniu)\b.{5,400}?"
    r"\b(wrote|schrieb|a écrit|escribió|ha scritto|schreef|escreveu|skrev|napsal\(a\)|napisał(\(a\))?).{0,120}:\s*$"
)
"""The line before a quotation, in the mail programs' languages; it may be broken into three."""
ORIGINAL = re.compile(
    r"^\s*-{2,}\s*(Original Message|Ursprüngliche Nachricht|Message d'origine|Mensaje original|Messaggio originale"
    r"|Oorspronkelijk bericht)\s*-{2,}\s*$",
    re.IGNORECASE,
)
FIRST_OF_BLOCK = re.compile(r"^\s*\*?(From|Von|De|Da|Van)\s?:\*?\s", re.IGNORECASE)
REST_OF_BLOCK = re.compile(
    r"^\s*\*?(Sent|Date|To|Subject|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|Enviado|Para|Asunto)\s?:\*?\s",
    re.IGNORECASE,
)
LONGEST_LINE = 500


def said_in(text: str, *, is_reply: bool) -> str:
    """Everything where nothing would be left. `is_reply`: only an answer has a history to leave out; what somebody
    forwards is what they want to be read."""
    lines = text.split("\n")
    if is_reply:
        lines = [line for line in _before_history(lines) if not line.lstrip().startswith(">")]
    said = "\n".join(_before_signature(lines)).strip()
    return said or text.strip()


def _before_history(lines: list[str]) -> list[str]:
    kept: list[str] = []
    place = 0
    while place < len(lines):
        if _is_block(lines, place):
            return kept
        height = _wrote_lines(lines, place)
        place += height or 1
        if not height:
            kept.append(lines[place - 1])
        elif not _is_quoted(lines, place):
            return kept  # quoted without marks: all that follows is history
    return kept


def _wrote_lines(lines: list[str], place: int) -> int:
    """How many lines from here say who wrote what follows; 0: none."""
    for height in (1, 2, 3):
        line = " ".join(lines[place : place + height])
        if len(line) <= LONGEST_LINE and WROTE.match(line):
            return height
    return 0


def _is_quoted(lines: list[str], place: int) -> bool:
    following = next((line for line in lines[place : place + 4] if line.strip()), "")
    return following.lstrip().startswith(">")


def _is_block(lines: list[str], place: int) -> bool:
    line = lines[place]
    if len(line) > LONGEST_LINE:
        return False
    if ORIGINAL.match(line):
        return True
    return bool(FIRST_OF_BLOCK.match(line)) and any(REST_OF_BLOCK.match(each) for each in lines[place + 1 : place + 4])


def _before_signature(lines: list[str]) -> list[str]:
    for place, line in enumerate(lines):
        if line.rstrip() == "--" and any(each.strip() for each in lines[:place]):
            return lines[:place]
    return lines
