import random
import sys
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from measure.systemic import Cluster, ComplaintText, clusters, weeks_of
from tests.measure.planted import ISSUES, LAST, planted

CAMPAIGN = "Larkbank closes the branch in Millbrook. Keep the Millbrook branch open, older people depend on it!"


def complaint(number: int, text: str, *, author: str | None = "", category: str | None = None) -> ComplaintText:
    who = f"a{number}" if author == "" else author
    return ComplaintText(f"C-{number}", who, LAST - timedelta(days=number % 30), None, category, text)


def precision_and_recall(found: list[Cluster], truth: dict[str, str | None], each: int) -> tuple[float, float]:
    """Of what was clustered, the share that is about its cluster's issue; of each issue, the share in one cluster."""
    right, best = 0, Counter[str]()
    for cluster in found:
        counted = Counter(issue for one in cluster.complaint_ids if (issue := truth[one]) is not None)
        right += max(counted.values(), default=0)
        for issue, count in counted.items():
            best[issue] = max(best[issue], count)
    return right / max(1, sum(len(one.complaint_ids) for one in found)), sum(best.values()) / (each * len(ISSUES))


@pytest.mark.parametrize(("each", "least"), [(4, 0.85), (12, 0.85), (40, 0.9)])
def test_planted_issues_are_found_whole_and_others_are_left_out(each: int, least: float) -> None:
    scores = []
    for seed in range(4):
        complaints, truth = planted(each=each, seed=seed)
        scores.append(precision_and_recall(clusters(complaints), truth, each))
    precision, recall = (sum(score[side] for score in scores) / len(scores) for side in (0, 1))
    sys.stdout.write(f"{each} of each issue: precision {precision:.3f}, recall {recall:.3f}\n")
    assert precision >= least and recall >= least


def test_a_cluster_is_named_by_its_nature_and_by_words_that_several_used() -> None:
    complaints, _ = planted(each=20, seed=1)
    found = clusters(complaints)
    [fee] = [one for one in found if "fee" in one.words]
    [hail] = [one for one in found if "hail" in one.words]
    assert (fee.name, hail.name) == ("credit card, billing_payment", "home insurance, claims")
    assert {"annual", "twice"} <= set(fee.words) and "assessor" in hail.words


def test_edge_42_a_campaign_of_copies_is_one_candidate_in_which_each_author_counts() -> None:
    others, _ = planted(each=10, seed=2)
    chance = random.Random(4)
    copies = [
        complaint(5000 + number, CAMPAIGN + chance.choice(("", " Shame.", " My mother lives there.")))
        for number in range(60)
    ]
    nameless = [complaint(6000 + number, CAMPAIGN, author=None) for number in range(5)]
    again = [complaint(7000, CAMPAIGN, author="a5000")]
    found = [one for one in clusters([*others, *copies, *nameless, *again]) if "C-5000" in one.complaint_ids]
    [campaign] = found
    all_of_it = {one.complaint_id for one in [*copies, *nameless, *again]}
    strangers = set(campaign.complaint_ids) - all_of_it
    assert all_of_it <= set(campaign.complaint_ids) and len(strangers) <= 2
    assert campaign.people == 60 + len(strangers)


def test_one_person_who_says_it_often_is_no_candidate() -> None:
    said = [
        complaint(number, f"The annual fee was charged twice on my card {number}", author="a") for number in range(9)
    ]
    assert clusters(said) == []


def test_the_order_of_complaints_does_not_matter() -> None:
    complaints, _ = planted(each=8, seed=3)
    assert clusters(complaints) == clusters(complaints[::-1])


def test_names_addresses_and_numbers_are_never_among_the_words() -> None:
    text = "@larkbank annual fee twice on 4471-9920 mail ann@example.org see https://x.example/p?id=9 Ref 123456"
    found = clusters(
        [complaint(number, f"{text} {word}") for number, word in enumerate(("sorry", "please", "now", ""))]
    )
    assert found[0].words == ("annual", "fee", "mail", "ref", "twice")
    unusual = clusters([complaint(number, f"annual fee twice says Mira{'x' * number}") for number in range(4)])
    assert not any(word.startswith("mirax") for word in unusual[0].words)


def test_the_same_words_about_other_products_are_kept_further_apart() -> None:
    one = [
        complaint(number, f"statement shows wrong interest {word}", category="loans")
        for number, word in enumerate("abcd")
    ]
    other = [
        replace(each, complaint_id=f"D{each.complaint_id}", author=f"d{each.author}", category="cards") for each in one
    ]
    near, far = (
        clusters(one + other),
        clusters(one + [replace(each, text=f"{each.text} total rate sum") for each in other]),
    )
    assert len(near) == 1 and len(far) in (1, 2)


def test_a_chain_of_words_that_many_share_by_chance_does_not_make_all_one_candidate() -> None:
    """Three made-up words at the end of each: at this number they tie every complaint to every other by some way."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    complaints, truth = planted(each=300, seed=1)
    noisy = [
        replace(one, text=f"{one.text} {letters[at % 26] * 3} {letters[at // 26 % 26] * 4} {letters[at % 23] * 5}")
        for at, one in enumerate(complaints)
    ]
    precision, recall = precision_and_recall(clusters(noisy), truth, 300)
    assert precision > 0.9 and recall > 0.6


@pytest.mark.parametrize("texts", [[], [""], ["!!!", "1234567"], ["please help"] * 5])
def test_nothing_said_is_no_cluster(texts: list[str]) -> None:
    assert clusters([complaint(number, text) for number, text in enumerate(texts)]) == []


def test_an_author_counts_in_the_week_of_their_first_complaint() -> None:
    days = [(date(2026, 6, 30), "a"), (date(2026, 6, 24), "b"), (date(2026, 6, 23), "c"), (date(2026, 6, 30), "c")]
    assert weeks_of(days, until=date(2026, 6, 30), weeks=3) == (0, 1, 2)
    assert weeks_of([(date(2026, 7, 1), "a")], until=date(2026, 6, 30), weeks=2) == (0, 0)
