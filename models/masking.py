"""What looks like a person or a secret, taken out of a line that was not meant to hold one.

A net under logs and errors: those who write a line leave words and names out to begin with. Whole words of a text are
not known from any others, and are not looked for here.
"""

import re
from collections.abc import Collection

E_MAIL = re.compile(r"[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
HANDLE = re.compile(r"(?<![\w/.@)])@[A-Za-z_][\w.-]{1,63}")
KEYED = re.compile(
    r"(?i)\b((?:access_?|refresh_?|id_?|bot_?|form_?)?token|secret|password|passwd|api_?key|client_secret|authorization"
    r"|cookie|signature|code_verifier)(\"?\s{0,3}[=:]\s{0,3}\"?)(?:(?:Bearer|Basic|Bot)\s{1,3})?[^\s\"'&;,)}\]]{1,4096}"
)
BEARER = re.compile(r"(?i)\b(Bearer|Basic)\s{1,3}[\w.~+/=-]{8,4096}")
TELEGRAM = re.compile(r"\b(?:bot)?\d{6,12}:[\w-]{20,64}")
KNOWN_SHAPES = re.compile(
    r"\b(?:xox[abprs]-[\w-]{8,255}|whsec_[\w+/=]{8,255}|ek_[\w-]{20,64}|eyJ[\w-]{8,4096}(?:\.[\w-]*){1,2})"
)
IN_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]{1,20}://)[^\s/@:]{0,128}:[^\s/@]{1,255}@")
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")
NUMBER = re.compile(r"(?<![\w.#-])\+?\(?\d(?:[ ().-]{0,2}\d){7,24}(?![\w-])")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,3}(?:\.\d{1,3}){3}")
DETAIL = re.compile(r"(?m)^(\s*(?:DETAIL|CONTEXT):).*$")
"""PostgreSQL repeats values of the row there."""
LEAST_DIGITS = 9
SHORTEST_SECRET = 6


def masked(line: str, secrets: Collection[str] = ()) -> str:
    """The same line; `secrets` are taken out as they stand. Takes time in proportion to its length."""
    for secret in secrets:
        if len(secret) >= SHORTEST_SECRET:
            line = line.replace(secret, "(secret)")
    line = IN_ADDRESS.sub(r"\1(secret)@", line)
    line = KEYED.sub(r"\1\2(secret)", line)
    line = BEARER.sub(r"\1 (secret)", line)
    line = TELEGRAM.sub("(secret)", line)
    line = KNOWN_SHAPES.sub("(secret)", line)
    line = DETAIL.sub(r"\1 (hidden)", line)
    line = E_MAIL.sub("(e-mail)", line)
    line = HANDLE.sub("(handle)", line)
    line = IBAN.sub(_account, line)
    return NUMBER.sub(_number, line)


def _account(found: re.Match[str]) -> str:
    return "(account)" if sum(one.isdigit() for one in found[0]) >= LEAST_DIGITS else found[0]


def _number(found: re.Match[str]) -> str:
    said = found[0]
    if sum(one.isdigit() for one in said) < LEAST_DIGITS or DATE.search(said):
        return said
    return "(number)"
