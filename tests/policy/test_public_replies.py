"""The rules for public replies: what is shipped can be read, and a fault is named."""

from pathlib import Path

import pytest

from models.clock import Force
from models.errors import SetupError
from policy.public_replies import FILE, RevealKind, load_public_reply_rules


def test_every_kind_says_its_paragraph_and_why() -> None:
    rules = load_public_reply_rules()
    assert set(rules.kinds) == set(RevealKind)
    assert all("RG 271" in rule.paragraph and rule.why for rule in rules.kinds.values())
    assert rules.kinds[RevealKind.CUSTOMER].force is Force.ENFORCEABLE
    assert rules.title == "public-replies 2026-11"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('references = "allow"', 'references = "perhaps"', "key 'references' must be one of allow, refuse"),
        ("[kinds.email]", "[kinds.mail]", "key 'kinds.email' is missing"),
        ('"as our customer"', '"as our (customer"', "cannot be read"),
        ("[safe_wording]", "[safe_wording]\nde = 'Hallo'", "key 'safe_wording.de' is unknown here"),
    ],
)
def test_a_fault_is_named_with_its_file_and_key(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "public.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SetupError) as caught:
        load_public_reply_rules(file)
    assert says in str(caught.value)
