"""What an entry says of its complaint."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from models import Author, Mention
from models.digests import digest
from models.mention import Kind
from policy.loading import load_policy
from register.facts import acknowledged_facts, opening_facts, personal_facts, receipt_facts
from tests.flow.keyword_classifier import KeywordClassifier
from triage.assess import assess


def mention(text: str, **more: object) -> Mention:
    said_at = datetime(2026, 6, 30, 14, 30, tzinfo=UTC)
    given = {"author": Author("u1", handle="mira", name="Mira Field")} | more
    return Mention("m_1", "x", "acme", "1", Kind.MENTION, text, said_at, said_at, "1", **given)  # type: ignore[arg-type]


def test_names_and_words_stand_only_in_the_personal_part() -> None:
    assert personal_facts(mention("charged twice")) == {
        "complainant": "mira",
        "complainant_name": "Mira Field",
        "text": "charged twice",
        "text_sha256": digest("charged twice"),
        "url": None,
        "native_id": "1",
    }


def test_an_unknown_author_is_no_name() -> None:
    assert personal_facts(mention("charged twice", author=None))["complainant"] is None


def test_the_digest_of_a_text_takes_any_text() -> None:
    assert digest("жалба \ud83d") != digest("жалба")


def test_the_day_of_receipt_is_a_date_in_the_licensees_zone() -> None:
    policy = load_policy(pack="asic-rg271", house="house", place="AU-NSW")
    said = mention("I was charged twice")
    verdict = KeywordClassifier().judge([said], [None])[0]
    decision = assess(
        said, verdict, history=None, earlier=None, contacts_in_7_days=1, policy=policy, now=said.received_at
    )
    facts = opening_facts(said, verdict, decision, zone=policy.zone)
    assert facts["received_on"] == "2026-07-01"
    assert facts["respond_due_on"] == "2026-07-31"
    assert "mira" not in str(facts)


def test_the_day_of_receipt_is_that_of_the_licensees_zone() -> None:
    received_at = datetime(2026, 6, 30, 14, 30, tzinfo=UTC)
    assert receipt_facts(received_at, zone=ZoneInfo("Australia/Sydney")) == {
        "received_at": "2026-06-30T14:30:00+00:00",
        "received_on": "2026-07-01",
    }


def test_of_the_words_of_an_acknowledgement_only_their_digest_is_kept() -> None:
    at = datetime(2026, 6, 30, 14, 30, tzinfo=UTC)
    assert acknowledged_facts(at=at, channel="phone", by="Agnes", text="we got it") == {
        "acknowledged_at": "2026-06-30T14:30:00+00:00",
        "acknowledged_on_channel": "phone",
        "acknowledged_by": "Agnes",
        "acknowledgement_sha256": digest("we got it"),
    }
