from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.author import Author
from models.case import LimbVerdict
from models.errors import RecordError
from models.mention import Kind
from policy.house import ContactableBy, IdentifiableBy, ThirdPartyPosts, UnknownLimbs
from policy.loading import load_policy
from tests.triage.build import NSW, mention, verdict, with_definition
from triage.definition import define, expresses_dissatisfaction, judgement_of

SCORES = st.floats(0, 1)
DECISIONS = st.sampled_from(["complaint", "abuse", "spam", "praise", "enquiry", "other", "unsure"])
ENGAGE = with_definition(third_party_posts=ThirdPartyPosts.ENGAGE)
STRICT = with_definition(unknown_limbs=UnknownLimbs.NOT_MET)


def defined(of=None, decision="complaint", *, policy=NSW, person_label=None, person=None, **scores):
    judgement = judgement_of(verdict(decision, **scores), person_label=person_label, person=person)
    return define(of or mention(), judgement, policy)


def limb(definition, name):
    return next(one for one in definition.limbs if one.name == name)


def test_a_complaint_on_our_own_channel_meets_every_limb():
    found = defined()
    assert found.is_complaint
    assert [one.verdict for one in found.limbs] == [LimbVerdict.MET] * 6
    assert found.basis == "A complaint: every limb is met."
    assert (found.decided_by, found.pack, found.pack_version) == ("classifier:2026.1", "asic-rg271", "2021-09")


def test_limbs_stand_in_the_order_of_the_law_each_with_paragraph_and_evidence():
    found = defined()
    assert [(one.name, one.paragraph) for one in found.limbs] == [
        ("expression_of_dissatisfaction", "RG 271.27"),
        ("about_us", "RG 271.27"),
        ("response_expected", "RG 271.30"),
        ("channel_owned_or_controlled", "RG 271.32(a)"),
        ("author_identifiable", "RG 271.32(a)"),
        ("author_contactable", "RG 271.32(a)"),
    ]
    assert all(one.evidence for one in found.limbs)


@given(bad_faith=SCORES, decision=DECISIONS, complaint=SCORES, abuse=SCORES)
def test_promise_4_bad_faith_and_abuse_scores_change_nothing(bad_faith, decision, complaint, abuse):
    plain = defined(None, decision, complaint_score=complaint)
    assert plain == defined(None, decision, complaint_score=complaint, bad_faith_score=bad_faith, abuse_score=abuse)


def test_edge_26_abuse_with_a_real_issue_is_a_complaint():
    assert defined(None, "abuse", complaint_score=0.5).is_complaint
    assert not defined(None, "abuse", complaint_score=0.49).is_complaint


@pytest.mark.parametrize("decision", ["enquiry", "praise", "other"])
def test_another_label_with_a_high_complaint_score_is_registered_out_of_caution(decision):
    assert defined(None, decision, complaint_score=0.8).is_complaint
    assert not defined(None, decision, complaint_score=0.79).is_complaint


def test_unsure_below_the_threshold_waits_for_a_person_and_says_so():
    found = defined(None, "unsure", complaint_score=0.59)
    assert not found.is_complaint
    assert not expresses_dissatisfaction(found)
    assert limb(found, "expression_of_dissatisfaction").verdict is LimbVerdict.UNKNOWN
    assert "expression_of_dissatisfaction is not known" in found.basis


def test_unsure_from_the_threshold_on_is_registered():
    found = defined(None, "unsure", complaint_score=0.6)
    assert found.is_complaint
    assert limb(found, "expression_of_dissatisfaction").evidence.endswith("0.60 is at least 0.60")


def test_a_persons_label_overrides_the_classifier_both_ways():
    yes = defined(None, "spam", person_label="complaint", person="kim")
    no = defined(None, "complaint", person_label="praise", person="kim")
    assert yes.is_complaint
    assert yes.decided_by == no.decided_by == "person:kim"
    assert yes.basis == "A complaint: so decided by person:kim."
    assert not no.is_complaint


def test_a_person_may_be_unsure_too():
    found = defined(None, "complaint", person_label="unsure", person="kim", complaint_score=0.3)
    assert not found.is_complaint
    assert limb(found, "expression_of_dissatisfaction").verdict is LimbVerdict.UNKNOWN


def test_a_person_may_take_a_third_party_post_for_a_complaint():
    assert defined(mention(on_owned_channel=False), policy=ENGAGE, person_label="complaint", person="kim").is_complaint


def test_a_label_nobody_knows_or_nobody_gave_is_refused():
    with pytest.raises(RecordError, match="label 'rant' is unknown; use one of complaint"):
        defined(person_label="rant", person="kim")
    with pytest.raises(RecordError, match="given by no named person"):
        defined(person_label="complaint")


def test_a_private_message_is_made_to_the_organisation_whoever_wrote_it():
    found = defined(mention(kind=Kind.DM, on_owned_channel=None, author=None))
    assert found.is_complaint
    assert {one.verdict for one in found.limbs} == {LimbVerdict.MET}
    assert limb(found, "channel_owned_or_controlled").paragraph == "RG 271.27"
    assert limb(found, "author_identifiable").paragraph == "RG 271.27"


def test_edge_35_a_third_party_post_is_registered_by_default_with_the_limb_not_met():
    found = defined(mention("@acme_bank my card!", on_owned_channel=False))
    assert found.is_complaint
    assert limb(found, "channel_owned_or_controlled").verdict is LimbVerdict.NOT_MET
    assert "third-party posts follow the rule `register`" in found.basis


@pytest.mark.parametrize("rule", [ThirdPartyPosts.ENGAGE, ThirdPartyPosts.IGNORE])
def test_a_third_party_post_is_no_complaint_where_the_house_says_so(rule):
    found = defined(mention(on_owned_channel=False), policy=with_definition(third_party_posts=rule))
    assert not found.is_complaint
    assert expresses_dissatisfaction(found)
    assert "channel_owned_or_controlled is not met" in found.basis


def test_an_unknown_limb_counts_as_the_house_says():
    unknown = mention("awful", kind=Kind.REVIEW, on_owned_channel=None)
    assert {one.verdict for one in defined(unknown).limbs} == {LimbVerdict.MET, LimbVerdict.UNKNOWN}
    assert defined(unknown).is_complaint
    assert "about_us is not known and counts as met" in defined(unknown).basis
    assert not defined(unknown, policy=STRICT).is_complaint


def test_an_author_of_whom_nothing_is_known_is_unknown_and_not_anonymous():
    found = defined(mention(author=None))
    assert limb(found, "author_identifiable").verdict is LimbVerdict.UNKNOWN
    assert limb(found, "author_contactable").verdict is LimbVerdict.UNKNOWN
    assert found.is_complaint


def test_edge_36_an_author_without_the_facts_the_house_asks_for_is_not_identifiable_yet():
    names_only = with_definition(identifiable_by=frozenset({IdentifiableBy.NAME}))
    nameless = mention(author=Author(id="9", handle="xx"))
    found = defined(nameless, policy=names_only)
    assert not found.is_complaint
    assert limb(found, "author_identifiable").evidence == "none of name is known"
    assert defined(replace(nameless, kind=Kind.DM), policy=names_only).is_complaint


def test_where_only_private_messages_count_contact_is_not_known():
    private = with_definition(contactable_by=frozenset({ContactableBy.PRIVATE_MESSAGE}))
    assert limb(defined(policy=private), "author_contactable").verdict is LimbVerdict.UNKNOWN


@pytest.mark.parametrize(
    ("text", "verdict_of_limb"),
    [
        ("my card is refused", LimbVerdict.MET),
        ("refund me, no reply needed", LimbVerdict.MET),
        ("why? no reply needed", LimbVerdict.MET),
        ("The ATM at Main St is broken. No reply needed.", LimbVerdict.NOT_MET),
        ("bilginize, cevap beklemiyorum", LimbVerdict.NOT_MET),
    ],
)
def test_edges_28_and_29_a_response_is_expected_unless_declined(text, verdict_of_limb):
    assert limb(defined(mention(text)), "response_expected").verdict is verdict_of_limb


def test_a_review_that_asks_nothing_leaves_the_expectation_unknown():
    assert limb(defined(mention("awful", kind=Kind.REVIEW)), "response_expected").verdict is LimbVerdict.UNKNOWN


def test_what_the_law_does_not_ask_for_rules_no_complaint_out():
    text = "My transfer was three weeks late and cost me the flat. No reply needed"
    english = load_policy(pack="uk-disp", house="house", place="GB-ENG")
    found = defined(mention(text), policy=english)
    assert limb(found, "response_expected").verdict is LimbVerdict.NOT_MET
    assert found.is_complaint
    says = "A complaint: response_expected is not met and uk-disp 2026-06 does not ask for it; every other limb is met."
    assert found.basis == says
    assert not defined(mention(text)).is_complaint


def test_who_owns_the_page_stays_with_the_house_where_the_law_is_silent():
    english = load_policy(pack="uk-disp", house="house", place="GB-ENG")
    ignoring = replace(english, house=ENGAGE.house)
    elsewhere = mention(on_owned_channel=False)
    assert "third-party posts follow the rule `register`" in defined(elsewhere, policy=english).basis
    assert not defined(elsewhere, policy=ignoring).is_complaint
