"""Notices as data: complete, and every fault in them is named with its file and key."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from models.errors import SetupError
from policy.notices import FOLDER, LANGUAGES, NoticeForm, NoticeKind, load_notices

ON = date(2026, 6, 20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "notices"))


def changed(folder: Path, name: str, old: str, new: str) -> str:
    file = folder / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SetupError) as caught:
        load_notices(folder)
    return str(caught.value)


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("form", NoticeForm)
def test_every_kind_and_variant_is_written_in_three_languages(kind: NoticeKind, form: NoticeForm) -> None:
    templates = [item for item in load_notices().templates if item.kind is kind and item.form is form]
    variants = {item.variant for item in templates}
    assert {(item.variant, item.language) for item in templates} == {(v, la) for v in variants for la in LANGUAGES}
    assert all(item.version and item.from_on <= ON for item in templates)
    assert all(bool(item.subject) is (form is NoticeForm.LETTER) for item in templates)


def test_the_details_of_afca_are_those_it_publishes() -> None:
    afca = load_notices().scheme("asic-rg271", ON)
    assert afca is not None
    assert (afca.name, afca.phone, afca.website) == (
        "Australian Financial Complaints Authority",
        "1800 931 678",
        "www.afca.org.au",
    )
    assert load_notices().scheme("uk-disp", ON) is None


def test_a_firm_may_keep_its_own_file_of_schemes(tmp_path: Path) -> None:
    own = tmp_path / "schemes.toml"
    own.write_text((FOLDER / "schemes.toml").read_text(encoding="utf-8").replace("asic-rg271", "uk-disp"), "utf-8")
    assert load_notices(schemes=own).scheme("uk-disp", ON) is not None
    with pytest.raises(SetupError, match="there is no such file; notices need it"):
        load_notices(schemes=tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("name", "old", "new", "says"),
    [
        (
            "holding_reply.en.toml",
            '"agent", ',
            "",
            "key 'template[1].needs' must be exactly what the text holds; different: agent",
        ),
        ("holding_reply.en.toml", "Dear {name}", "Dear {name", "has a brace that opens no placeholder"),
        (
            "holding_reply.en.toml",
            'language = "en"',
            'language = "tr"',
            "must be those of the file, not holding_reply.tr",
        ),
        ("holding_reply.en.toml", 'form = "message"', 'form = "letter"', "is that of another letter for 'all'"),
        (
            "contents.toml",
            'force = "enforceable"',
            'force = "enforceable"\nblocks = false',
            "must be true for what is enforceable",
        ),
        ("contents.toml", 'kinds = ["acknowledgement"]', 'kinds = ["letter"]', "may hold acknowledgement"),
        ("contents.toml", "least_detail_words = 12", "least_detail_words = 0", "whole number from 1"),
        ("words.toml", '"complain to"', '"complain (to"', "hold a phrase that cannot be read"),
        ("words.toml", "January February", "January", "must name twelve months"),
        ("schemes.toml", 'phone = "1800 931 678"\n', "", "key 'scheme[1].phone' is missing"),
    ],
)
def test_a_fault_is_named_with_its_file_and_key(folder: Path, name: str, old: str, new: str, says: str) -> None:
    message = changed(folder, name, old, new)
    assert message.startswith(f"notices/{name}: key")
    assert says in message


def test_two_records_of_a_scheme_from_one_day_are_refused(folder: Path) -> None:
    text = (folder / "schemes.toml").read_text(encoding="utf-8")
    twice = text + text[text.index("[[scheme]]") :]
    (folder / "schemes.toml").write_text(twice, encoding="utf-8")
    with pytest.raises(SetupError, match="two records of one scheme from one date"):
        load_notices(folder)


def test_a_kind_without_a_language_is_named(folder: Path) -> None:
    (folder / "holding_reply.bg.toml").unlink()
    with pytest.raises(SetupError, match=r"no templates in holding_reply\.bg"):
        load_notices(folder)


def test_what_of_a_scheme_may_stand_in_public_is_its_phone_mail_and_post() -> None:
    scheme = load_notices().scheme("asic-rg271", ON)
    assert scheme is not None
    assert scheme.contacts == (scheme.phone, scheme.email, scheme.post)
