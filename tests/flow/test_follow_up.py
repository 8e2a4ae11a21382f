"""Asking once, at work, in private, and never over what happened meanwhile; ratings; the customer's own page."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from flow import customer_page
from flow.complaints import Complaints
from flow.customer_page import Stage, Step, status_of
from flow.follow_up import ask_due
from flow.public_links import PATHS, Links
from models import AuthoredBy, CaseState, EventKind, MayReply, Mention, Receipt
from models.errors import RetryableError
from models.follow_up import STATUS_PAGE, LinkPurpose, SurveyState, Via, WhyNotAsked
from models.identity import mention_id
from models.retention import REDACTED
from policy.follow_up import How
from policy.help_articles import HelpArticles
from settings import Settings
from store.callouts import Call
from store.follow_up import PublicLink, StoredSurvey
from store.moderation import Reason
from store.outbox import Effect, OutboxState
from store.store import Store
from tests.flow.bench import Bench, ChannelInMemory, message

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEY = "k" * 32


class Private(ChannelInMemory):
    """Answers reach their author."""

    takes_automation = True

    def may_reply(self, mention: Mention, *, authored_by=AuthoredBy.PERSON, is_private=None) -> MayReply:
        is_taken = self.takes_automation or authored_by is AuthoredBy.PERSON
        return MayReply(allowed=is_taken, reason="" if is_taken else "the window has closed")

    def reply(self, mention: Mention, reply) -> Receipt:
        return replace(super().reply(mention, reply), reached_author=True)


class AskingBench(Bench):
    """A firm that asks, with a public address. It is Tuesday, 9 June 2026, 10:00 in Sydney."""

    def __init__(self, store: Store, home: Path, **survey: object) -> None:
        super().__init__(store, settings=Settings(home=home, public_url="https://care.bank.test", web_root="/help"))
        self.channel = Private()
        self.time += timedelta(days=3, hours=10)
        self.set_survey(is_on=True, **survey)

    def set_survey(self, **survey: object) -> None:
        self.survey = survey
        self.prepare(self.flow)

    def prepare(self, flow):
        policy = flow.policy
        rules = replace(policy.follow_up, survey=replace(policy.follow_up.survey, **self.survey))
        flow.__dict__["policy"] = replace(policy, follow_up=rules)
        return flow

    def say(self, text: str, *, id: str, **more: object) -> None:
        given = {"kind": "dm", "conversation_id": "talk", "created_at": self.time.isoformat()}
        self.read(message(text, id=id, **{**given, **more}))
        self.drain()

    def answer_privately(self, number: int, *, to: str, case_id: int = 1) -> None:
        payload = {"text": "Done.", "is_private": True, "person": "agnes"}
        with self.store.writing() as transaction:
            row = transaction.outbox.add(
                Effect.SEND_REPLY, sink="x", key=f"reply:{number}", case_id=case_id, payload=payload, now=self.time,
                mention_id=mention_id("x", "acme", to),
            )  # fmt: skip
        assert self.flow.deliver(row) == "sent"

    def close(self, case_id: int = 1) -> None:
        with self.store.writing() as transaction:
            transaction.cases.set_state(case_id, CaseState.CLOSED, now=self.time)

    def solve(self, text: str = "how do i log in?", *, number: int = 1, **more: object) -> None:
        self.say(text, id=str(number), **more)
        self.answer_privately(number, to=str(number), case_id=number)
        self.close(number)

    def deliver(self) -> None:
        self.flow.sweep()
        self.drain()

    def get(self, case_id: int = 1) -> StoredSurvey:
        with self.store.reading() as transaction:
            found = transaction.follow_ups.get(case_id)
        assert found is not None
        return found

    def ask(self) -> None:
        """A survey that reached its customer."""
        self.solve()
        self.time += 3 * HOUR
        self.flow.tick()
        self.deliver()
        assert self.get().state is SurveyState.ASKED

    @property
    def surveys_sent(self) -> list[str]:
        return [text for key, text in self.channel.sent.items() if key.startswith("survey:")]

    def link(self, purpose: LinkPurpose, token: str) -> PublicLink | None:
        with self.store.reading() as transaction:
            return self.links.open(transaction, purpose, token, now=self.time)

    @property
    def links(self) -> Links:
        return Links.of(self.settings, self.flow.policy.follow_up.links)

    def events(self, kind: EventKind, case_id: int = 1) -> list[dict]:
        with self.store.reading() as transaction:
            return [dict(event.facts) for event in transaction.events.of_case(case_id) if event.kind is kind]

    def state(self, case_id: int = 1) -> CaseState:
        with self.store.reading() as transaction:
            return transaction.cases.get(case_id).state


@pytest.fixture
def bench(store: Store, tmp_path: Path) -> AskingBench:
    return AskingBench(store, tmp_path / "home")


def token_in(text: str, purpose: LinkPurpose) -> str:
    return text.split(f"/{PATHS[purpose]}/")[1].split()[0]


def test_a_solved_case_is_asked_about_once_after_the_time_that_the_rules_say(bench: AskingBench) -> None:
    bench.solve()
    bench.time += 2 * HOUR - timedelta(minutes=1)
    bench.flow.tick()
    assert bench.get().state is SurveyState.WAITING
    bench.time += timedelta(minutes=1)
    for _ in range(3):
        bench.flow.tick()
        bench.deliver()
    assert len(bench.surveys_sent) == 1
    assert "https://care.bank.test/help/rate/" in bench.surveys_sent[0]
    assert (bench.get().state, bench.get().asked_at) == (SurveyState.ASKED, bench.time)
    assert len(bench.events(EventKind.SURVEY_ASKED)) == 1
    assert len(bench.events(EventKind.REPLIED)) == 1, "a question answers nobody"
    bench.close()
    bench.time += 40 * DAY
    bench.flow.tick()
    bench.deliver()
    assert len(bench.surveys_sent) == 1, "one a case, however often it is closed"


def test_nobody_is_asked_before_the_firm_says_so(store: Store, tmp_path: Path) -> None:
    bench = AskingBench(store, tmp_path / "home")
    bench.set_survey(is_on=False)
    bench.solve()
    bench.flow.tick()
    assert (bench.get().state, bench.get().why_not) == (SurveyState.NOT_ASKED, WhyNotAsked.OFF)
    assert bench.surveys_sent == []


def test_a_case_solved_on_friday_evening_is_asked_about_on_monday(bench: AskingBench) -> None:
    bench.time += timedelta(days=3, hours=6, minutes=30)  # Friday 16:30
    bench.solve()
    bench.time += 20 * HOUR
    bench.flow.tick()
    bench.deliver()
    assert bench.surveys_sent == []
    bench.time += timedelta(hours=46)  # Monday 10:30, half an hour on Friday and one and a half since nine
    bench.flow.tick()
    bench.deliver()
    assert len(bench.surveys_sent) == 1


def test_a_question_whose_channel_was_down_until_night_waits_for_the_morning(bench: AskingBench) -> None:
    bench.solve()
    bench.time += 2 * HOUR
    bench.flow.tick()
    bench.time += 8 * HOUR
    bench.deliver()
    assert bench.surveys_sent == []
    bench.time += 14 * HOUR
    bench.deliver()
    assert len(bench.surveys_sent) == 1


def test_two_processes_at_once_ask_once(bench: AskingBench) -> None:
    for number in range(1, 6):
        bench.solve(f"how do i log in, {number}?", number=number, conversation_id=f"t{number}",
                    author={"id": f"u{number}"})  # fmt: skip
    bench.time += 3 * HOUR
    flows = [bench.prepare(bench.new_flow()) for _ in range(4)]
    gate, asked, faults = threading.Barrier(len(flows)), [], []

    def run(flow) -> None:
        gate.wait()
        try:
            asked.append(ask_due(bench.store, flow.policy, bench.settings, now=bench.time))
        except RetryableError as error:  # on SQLite the loser of a race may be told to try again
            faults.append(error)

    threads = [threading.Thread(target=run, args=(flow,)) for flow in flows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ask_due(bench.store, flows[0].policy, bench.settings, now=bench.time)
    bench.deliver()
    bench.deliver()
    assert sum(asked) == 5
    assert len(bench.surveys_sent) == 5


def test_a_question_is_called_off_when_the_customer_writes_before_it_is_sent(bench: AskingBench) -> None:
    bench.solve()
    bench.time += 2 * HOUR
    bench.flow.tick()
    bench.say("hello, how do i get my refund", id="9", in_reply_to="1")
    bench.deliver()
    assert bench.surveys_sent == []
    assert bench.get().why_not is WhyNotAsked.REOPENED
    with bench.store.reading() as transaction:
        [row] = [row for row in transaction.outbox.of_case(1) if row.key == "survey:1"]
        sink = transaction.connections.get(row.sink)
    assert row.state is OutboxState.GIVEN_UP, "nobody has to decide anything"
    assert bench.events(EventKind.DELIVERY_FAILED) == []
    assert sink.last_error is None, "nothing is wrong with the channel"


def test_a_question_that_the_channel_does_not_take_is_not_asked_and_troubles_nobody(bench: AskingBench) -> None:
    bench.solve()
    bench.channel.takes_automation = False
    bench.time += 2 * HOUR
    bench.flow.tick()
    bench.deliver()
    assert (bench.get().state, bench.get().why_not) == (SurveyState.NOT_ASKED, WhyNotAsked.UNREACHABLE)
    assert bench.events(EventKind.DELIVERY_FAILED) == []


@pytest.mark.parametrize(
    ("prepare", "why"),
    [
        (lambda bench: bench.say("more", id="7"), WhyNotAsked.REOPENED),
        (lambda bench: mute(bench), WhyNotAsked.MUTED),
        (lambda bench: bench.set_survey(is_on=True, labels=frozenset()), WhyNotAsked.NOT_CHOSEN),
        (lambda bench: bench.set_survey(is_on=True, kinds=frozenset()), WhyNotAsked.PUBLIC),
        (lambda bench: later(bench), WhyNotAsked.TOO_LATE),
    ],
)
def test_what_is_not_asked_says_why(
    bench: AskingBench, prepare: Callable[[AskingBench], None], why: WhyNotAsked
) -> None:
    bench.solve()
    bench.time += 3 * HOUR
    prepare(bench)
    bench.flow.tick()
    assert (bench.get().state, bench.get().why_not, bench.surveys_sent) == (SurveyState.NOT_ASKED, why, [])


def mute(bench: AskingBench) -> None:
    with bench.store.writing() as transaction:
        author = transaction.cases.get(1).author_key
        transaction.moderation.mute(author, Reason("spam", "", "agnes", bench.time))


def later(bench: AskingBench) -> None:
    bench.time += timedelta(days=21)


def test_a_registered_complaint_that_is_open_is_never_asked_about(bench: AskingBench) -> None:
    bench.solve("I was charged twice, give me a refund")
    bench.time += 3 * HOUR
    bench.flow.tick()
    assert bench.get().why_not is WhyNotAsked.COMPLAINT


def test_a_customer_of_many_cases_is_asked_once_in_a_while(bench: AskingBench) -> None:
    for number in (1, 2):
        bench.solve(f"how do i log in, {number}?", number=number, conversation_id=f"t{number}")
    bench.time += 3 * HOUR
    bench.flow.tick()
    bench.deliver()
    assert len(bench.surveys_sent) == 1
    assert bench.get(2).why_not is WhyNotAsked.ASKED_LATELY


def test_a_case_that_nobody_answered_is_not_asked_about(bench: AskingBench) -> None:
    bench.say("how do i log in?", id="1")
    bench.close()
    bench.time += 3 * HOUR
    bench.flow.tick()
    assert bench.get().why_not is WhyNotAsked.NOT_ANSWERED


def test_without_a_public_address_no_link_goes_out_and_a_score_can_still_be_asked_for(
    store: Store, tmp_path: Path
) -> None:
    bench = AskingBench(store, tmp_path / "home")
    bench.settings = bench.flow.settings = Settings(home=tmp_path / "home")
    bench.solve()
    bench.time += 3 * HOUR
    bench.flow.tick()
    assert bench.get().why_not is WhyNotAsked.NO_ADDRESS
    bench.close()
    bench.set_survey(is_on=True, how=How.IN_CHANNEL)
    bench.time += 3 * HOUR
    bench.flow.tick()
    bench.deliver()
    [text] = bench.surveys_sent
    assert "from 1 (not at all) to 5" in text


# scores as answers


def test_a_score_written_as_an_answer_is_the_rating_and_leaves_the_case_closed(bench: AskingBench) -> None:
    bench.ask()
    bench.time += HOUR
    bench.say("5", id="2")
    assert (bench.get().score, bench.state()) == (5, CaseState.CLOSED)
    bench.say("1", id="3")
    assert bench.get().score == 5, "once"
    assert [fact["score"] for fact in bench.events(EventKind.RATED)] == [5]


def test_a_score_with_words_that_want_something_is_a_rating_and_opens_the_case(bench: AskingBench) -> None:
    bench.ask()
    bench.time += HOUR
    bench.say("2\nI was charged twice and want a refund", id="2")
    assert (bench.get().score, bench.state()) == (2, CaseState.OPEN)
    with bench.store.reading() as transaction:
        assert transaction.cases.get(1).complaint_id is not None


def test_a_score_long_after_the_question_or_by_somebody_else_is_a_message_like_any_other(bench: AskingBench) -> None:
    bench.ask()
    bench.time += HOUR
    bench.say("4", id="2", author={"id": "u2", "handle": "other"})
    assert bench.get().score is None
    bench.time += 20 * DAY
    bench.say("4", id="3")
    assert bench.get().score is None


# links


def test_links_are_signed_expire_and_name_nobody(bench: AskingBench) -> None:
    bench.ask()
    [text] = bench.surveys_sent
    token = token_in(text, LinkPurpose.RATE)
    assert bench.link(LinkPurpose.RATE, token) is not None
    assert bench.link(LinkPurpose.STATUS, token) is None, "for one purpose only"
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert changed == token or bench.link(LinkPurpose.RATE, changed) is None or place == len(token) - 1
    for wrong in ("", "x", token + "x", token[:-1], "é" * 34, "../../etc/passwd"):
        assert bench.link(LinkPurpose.RATE, wrong) is None
    bench.time += 30 * DAY + HOUR
    assert bench.link(LinkPurpose.RATE, token) is None


def test_the_database_holds_no_token_and_another_key_opens_nothing(bench: AskingBench, tmp_path: Path) -> None:
    bench.ask()
    token = token_in(bench.surveys_sent[0], LinkPurpose.RATE)
    with bench.store.engine.connect() as connection:
        for table in ("public_links", "surveys", "outbox", "events"):
            assert token not in str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
    other = Links.of(Settings(home=tmp_path / "other"), bench.flow.policy.follow_up.links)
    with bench.store.reading() as transaction:
        assert other.open(transaction, LinkPurpose.RATE, token, now=bench.time) is None


def test_a_reply_that_is_tried_again_carries_the_same_link(bench: AskingBench) -> None:
    bench.say("how do i log in?", id="1")
    payload = {"text": "See {status_link}", "is_private": True, "person": "agnes"}
    with bench.store.writing() as transaction:
        row = transaction.outbox.add(
            Effect.SEND_REPLY, sink="x", key="reply:7", case_id=1, payload=payload, now=bench.time,
            mention_id=mention_id("x", "acme", "1"),
        )  # fmt: skip
        first = bench.links.filled(transaction, transaction.outbox.get(row), "{status_link}", now=bench.time)
    bench.time += HOUR
    assert bench.flow.deliver(row) == "sent"
    assert bench.channel.sent["reply:7"] == f"See {first}"
    assert len(bench.events(EventKind.STATUS_LINK_GIVEN)) == 1


# the customer's page


@pytest.fixture
def status_link(bench: AskingBench) -> PublicLink:
    bench.say("how do i log in?", id="1")
    return new_link(bench, LinkPurpose.STATUS)


def new_link(bench: AskingBench, purpose: LinkPurpose, case_id: int = 1) -> PublicLink:
    with bench.store.writing() as transaction:
        public_id = transaction.follow_ups.make_link(
            f"test:{purpose}", purpose, case_id, now=bench.time, expires_at=bench.time + 60 * DAY
        )
        found = transaction.follow_ups.link(public_id, purpose, now=bench.time)
    assert found is not None
    return found


def write(bench: AskingBench, link: PublicLink, text: str, key: str = KEY) -> customer_page.Kept:
    with bench.store.writing() as transaction:
        kept = customer_page.answer(transaction, link, text, key, bench.flow.policy.follow_up.links, now=bench.time)
    if kept.ids:
        bench.flow.classify_mentions(kept.ids)
        bench.drain()
    return kept


def test_an_answer_on_the_page_is_a_message_of_its_case_and_opens_it(
    bench: AskingBench, status_link: PublicLink
) -> None:
    with bench.store.writing() as transaction:
        user = transaction.accounts.add("agnes", "agent", now=bench.time)
        transaction.cases.assign(1, "agnes", version=transaction.cases.get(1).version, now=bench.time)
    bench.answer_privately(1, to="1")
    bench.close()
    bench.time += DAY
    for _ in range(2):
        write(bench, status_link, "how do i get in then?")
    with bench.store.reading() as transaction:
        case = transaction.cases.get(1)
        found = transaction.mentions.of_case(1)
        calls = transaction.callouts.of(user, limit=9)
        assert transaction.cases.get(2) is None, "no case of its own"
    assert [item.mention.channel for item in found] == ["x", STATUS_PAGE]
    assert found[1].mention.is_private and found[1].author_key == found[0].author_key
    assert found[1].mention.author is not None
    assert (case.state, case.mention_count) == (CaseState.OPEN, 2)
    assert [call.kind for call in calls] == [Call.CUSTOMER]
    assert len(bench.events(EventKind.CUSTOMER_ANSWERED)) == 1


def test_a_complaint_on_the_page_is_registered_with_its_clocks(bench: AskingBench, status_link: PublicLink) -> None:
    bench.close()
    bench.time += DAY
    said_at = bench.time
    write(bench, status_link, "I was charged twice, I want a refund")
    with bench.store.reading() as transaction:
        case = transaction.cases.get(1)
        clocks = transaction.cases.clocks_of(1)
    assert case.complaint_id is not None
    assert case.complaint_received_at == said_at
    assert clocks


def test_an_answer_is_stored_though_the_queue_is_away(bench: AskingBench, status_link: PublicLink) -> None:
    with bench.store.writing() as transaction:
        rules = bench.flow.policy.follow_up.links
        customer_page.answer(transaction, status_link, "how do i log out?", KEY, rules, now=bench.time)
    bench.recover()
    with bench.store.reading() as transaction:
        assert transaction.cases.get(1).mention_count == 2


def test_too_many_answers_in_an_hour_are_refused_and_the_next_hour_takes_them(
    bench: AskingBench, status_link: PublicLink
) -> None:
    most = bench.flow.policy.follow_up.links.most_answers_an_hour
    kept = [write(bench, status_link, f"how do i {number}?", f"{number:032x}") for number in range(most + 1)]
    assert [one.is_too_much for one in kept] == [False] * most + [True]
    bench.time += HOUR
    assert write(bench, status_link, "how do i now?", "f" * 32).ids


def test_the_page_says_how_it_stands_and_what_happened_without_a_word(
    bench: AskingBench, status_link: PublicLink
) -> None:
    with bench.store.reading() as transaction:
        assert status_of(transaction, status_link, bench.flow.policy.help).stage is Stage.RECEIVED
    bench.answer_privately(1, to="1")
    with bench.store.reading() as transaction:
        status = status_of(transaction, status_link, bench.flow.policy.help)
    assert status.stage is Stage.ANSWERED
    assert [step for _, step in status.steps] == [Step.REPLIED, Step.WROTE]
    bench.time += HOUR
    write(bench, status_link, "I was charged twice, refund please")
    with bench.store.reading() as transaction:
        status = status_of(transaction, status_link, bench.flow.policy.help)
        complaint = transaction.complaints.of_case(1)
    assert status.stage is Stage.COMPLAINT_RECEIVED
    assert status.respond_by == complaint.respond_due_on is not None


def test_help_stands_beside_what_a_case_is_about_where_it_is_on_and_never_beside_what_is_nobodys_business(
    bench: AskingBench, status_link: PublicLink
) -> None:
    help_ = replace(bench.flow.policy.help, is_on=True)

    def shown(tags: tuple[str, ...], rules: HelpArticles = help_) -> list[str]:
        with bench.store.writing() as transaction:
            case = transaction.cases.get(1)
            assert case is not None
            transaction.cases.decide(case.id, replace(case.decision, tags=tags), now=bench.time)
        with bench.store.reading() as transaction:
            return [one.key for one in status_of(transaction, status_link, rules).articles]

    assert shown(("outage",)) == ["outage", "charged_twice"], "by a tag of the case, and by what its words are about"
    assert shown(("charge", "fraud", "outage")) == ["protect_account", "outage", "charged_twice"]
    assert shown(("outage", "hardship")) == []
    assert shown(("press",)) == []
    assert shown(("outage",), bench.flow.policy.help) == [], "off as shipped"


# ratings by link


def rate(bench: AskingBench, link: PublicLink, score: int, comment: str = "", key: str = KEY) -> customer_page.Kept:
    with bench.store.writing() as transaction:
        kept = customer_page.rate(
            transaction, link, score, comment, key, bench.flow.policy.follow_up.links, now=bench.time
        )
    if kept.ids:
        bench.flow.classify_mentions(kept.ids)
        bench.drain()
    return kept


@pytest.fixture
def rate_link(bench: AskingBench) -> PublicLink:
    bench.ask()
    found = bench.link(LinkPurpose.RATE, token_in(bench.surveys_sent[0], LinkPurpose.RATE))
    assert found is not None
    return found


def test_one_rating_a_case_may_change_and_the_same_form_counts_once(bench: AskingBench, rate_link: PublicLink) -> None:
    rate(bench, rate_link, 2)
    rate(bench, rate_link, 2)
    assert (bench.get().score, bench.get().changes) == (2, 0)
    bench.time += HOUR
    rate(bench, rate_link, 4, key="a" * 32)
    survey = bench.get()
    assert (survey.score, survey.changes, survey.changed_at) == (4, 1, bench.time)
    assert survey.rated_at == bench.time - HOUR
    assert [fact["score"] for fact in bench.events(EventKind.RATED)] == [2, 4]
    with pytest.raises(ValueError, match="6 is no score"):
        rate(bench, rate_link, 6, key="b" * 32)


def test_a_friendly_comment_leaves_the_case_closed_and_is_judged(bench: AskingBench, rate_link: PublicLink) -> None:
    kept = rate(bench, rate_link, 5, "thank you so much")
    with bench.store.reading() as transaction:
        verdicts = transaction.verdicts.latest(kept.ids)
        [listed] = transaction.follow_ups.asked_between(bench.time - DAY, bench.time + DAY)
    assert bench.state() is CaseState.CLOSED
    assert [verdict.decision for verdict in verdicts.values()] == ["praise"]
    assert listed.comment_label == "praise"
    assert listed.survey.handled_by == "agnes"


@pytest.mark.parametrize("words", ["I want my refund, the third time", "how do i reach you", "perhaps"])
def test_a_comment_that_wants_something_opens_the_case_for_a_person(
    bench: AskingBench, rate_link: PublicLink, words: str
) -> None:
    with bench.store.writing() as transaction:
        user = transaction.accounts.add("agnes", "agent", now=bench.time)
        transaction.cases.assign(1, "agnes", version=transaction.cases.get(1).version, now=bench.time)
    rate(bench, rate_link, 1, words)
    assert bench.state() is CaseState.OPEN
    assert [fact["because"] for fact in bench.events(EventKind.REOPENED)] == ["a comment to a rating"]
    with bench.store.reading() as transaction:
        assert [call.kind for call in transaction.callouts.of(user, limit=9)] == [Call.CUSTOMER]


def test_a_rating_given_as_an_answer_may_still_change_by_the_link(bench: AskingBench, rate_link: PublicLink) -> None:
    bench.time += HOUR
    bench.say("3", id="2")
    rate(bench, rate_link, 5)
    assert (bench.get().score, bench.get().rated_at is not None) == (5, True)
    with bench.store.reading() as transaction:
        [listed] = transaction.follow_ups.asked_between(bench.time - DAY, bench.time + DAY)
    assert listed.survey.via is Via.LINK


def test_when_the_words_of_a_case_go_its_links_end_and_nobody_is_named(
    bench: AskingBench, rate_link: PublicLink
) -> None:
    token = token_in(bench.surveys_sent[0], LinkPurpose.RATE)
    rate(bench, rate_link, 1, "thank you for nothing")
    with bench.store.writing() as transaction:
        transaction.follow_ups.review(1, by="lena", note="called Mira, all is well", now=bench.time)
        transaction.redaction.words(1)
        [listed] = transaction.follow_ups.asked_between(bench.time - DAY, bench.time + DAY)
    assert bench.link(LinkPurpose.RATE, token) is None
    assert (listed.survey.score, listed.survey.review_note) == (1, REDACTED)


def test_where_only_a_person_writes_the_page_tells_nothing_more(bench: AskingBench, status_link: PublicLink) -> None:
    write(bench, status_link, "I was charged twice, refund please")
    with bench.store.writing() as transaction:
        complaint = transaction.complaints.of_case(1)
        assert complaint is not None
        acts = Complaints(transaction, bench.flow.policy, now=bench.time)
        acts.record_representative(
            complaint.id,
            person="agnes",
            at=bench.time,
            kind="lawyer",
            name="Jo",
            contact="jo@x.test",
            authority="letter",
        )
        status = status_of(transaction, status_link, bench.flow.policy.help)
    assert (status.stage, status.steps, status.respond_by) == (Stage.IN_TOUCH, [], None)
