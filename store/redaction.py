"""The statements that take words and names out, or delete rows, in an order that foreign keys allow."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, delete, select, update

from models.digests import canonical
from models.retention import REDACTED
from store.approval_tables import approvals
from store.approvals import Approvals, ApprovalState
from store.aside_tables import author_mutes, message_marks
from store.channel_tables import account_states, bystanders, mention_versions, rechecks, reposts
from store.due import INVITATION, SESSION
from store.escalations import Escalations
from store.follow_up import FollowUps
from store.outbox import Effect, OutboxState
from store.promises import Promises
from store.tables import (
    attempts,
    author_histories,
    author_snapshots,
    authors,
    cases,
    events,
    invitations,
    local_comments,
    local_replies,
    local_tickets,
    mentions,
    outbox,
    quarantine,
    receipts,
    register_entries,
    sessions,
    verdicts,
)
from store.together_tables import drafts
from store.vips import Vips
from store.warnings import Warnings

NOTHING = canonical({})
SETTLED = (OutboxState.SENT.value, OutboxState.FAILED.value, OutboxState.GIVEN_UP.value)
KEPT_OF_EVENTS = frozenset(
    "act alarm at basis before by characters classifier clock complaint_id complaint_score complaint_type decided_by"
    " decision due_at effect entry force from from_type hold is_complaint is_private is_valid kind label lang outcome"
    " pack pack_version policy priority proposal record_class rules scope seq sink state status tags team tier to"
    " verdict version checked not_needed saved_reply macro approved_by"
    " until because ground target path priority_before tags_before".split()
)
"""Texts in an event that name no customer. Any other text goes: a key nobody thought of must not keep words."""
KEPT_OF_EFFECTS = frozenset("channel due_at external_id key person priority tags team".split())


def without_texts(value: Any, kept: Collection[str], key: str = "") -> Any:
    """The same value with every text replaced, but under the keys that are `kept`; figures and truths stay."""
    if isinstance(value, str):
        return value if key in kept else REDACTED
    if isinstance(value, Mapping):
        return {name: without_texts(inner, kept, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [without_texts(inner, kept, key) for inner in value]
    return value


class Redaction:
    """Nothing here asks whether it may: `flow/retention.py` does, in the same transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def register(self, complaint_id: str) -> list[int]:
        """Empty the personal data of its entries, the chain untouched; gives the numbers of those that held any."""
        table = register_entries.c
        held = (table.complaint_id == complaint_id, table.personal.is_not(None), table.personal != NOTHING)
        emptied = update(register_entries).where(*held).values(personal=None, salt=None).returning(table.seq)
        return sorted(self._connection.scalars(emptied))

    def words(self, case_id: int) -> int:
        """All messages of a case, and the thread's name at the platform; gives how many messages."""
        ids = list(self._connection.scalars(select(mentions.c.id).where(mentions.c.case_id == case_id)))
        key = f"redacted:{case_id}"
        thread = select(cases.c.conversation_key).where(cases.c.id == case_id).scalar_subquery()
        self._connection.execute(delete(bystanders).where(bystanders.c.conversation_key == thread))
        self._connection.execute(delete(drafts).where(drafts.c.case_id == case_id))
        FollowUps(self._connection).redact([case_id])
        self._connection.execute(
            update(message_marks).where(message_marks.c.mention_id.in_(ids)).values(words=REDACTED)
        )
        for mention_id in ids:
            self.message(mention_id, REDACTED)
            self.forget_place(mention_id, key)
        self._connection.execute(
            update(cases).where(cases.c.id == case_id).values(conversation_key=key, author_id=None, custom_fields=None)
        )
        self.decision_of_case(case_id)
        return len(ids)

    def unread(self, mention_id: str) -> None:
        """A message that belongs to no case."""
        self.message(mention_id, REDACTED)
        self.forget_place(mention_id, f"redacted:{mention_id}")

    def message(self, mention_id: str, marker: str) -> None:
        """Its words, its link, whatever else the source gave, and the words that moved the scores."""
        row = self._connection.execute(select(mentions.c.decision).where(mentions.c.id == mention_id)).one()
        self._connection.execute(
            update(mentions)
            .where(mentions.c.id == mention_id)
            .values(
                text=marker,
                url=None,
                shares=None,
                raw={},
                words_digest="",
                fault=None,
                decision=_without_evidence(row.decision),
            )
        )
        for found in self._connection.execute(select(verdicts).where(verdicts.c.mention_id == mention_id)).all():
            said = dict(found.verdict)
            for name in ("reasons", "bad_faith_reasons"):
                said[name] = [dict(reason) | {"text": REDACTED} for reason in said.get(name, ())]
            same = (verdicts.c.mention_id == mention_id, verdicts.c.classifier == found.classifier)
            self._connection.execute(update(verdicts).where(*same).values(verdict=said))

        table = mention_versions.c
        reworded = update(mention_versions).where(table.mention_id == mention_id).values(text=marker, verdict=None)
        self._connection.execute(reworded)
        self._connection.execute(delete(bystanders).where(bystanders.c.id == mention_id))
        self._connection.execute(update(rechecks).where(rechecks.c.mention_id == mention_id).values(shares=None))

    def forget_place(self, mention_id: str, key: str) -> None:
        """Who said it and where on the platform. Our own id still finds a message that comes a second time."""
        self._connection.execute(
            update(mentions)
            .where(mentions.c.id == mention_id)
            .values(
                native_id=f"redacted:{mention_id}",
                conversation_id=key,
                conversation_key=key,
                in_reply_to=None,
                author_id=None,
                snapshot_id=None,
            )
        )

    def decision_of_case(self, case_id: int) -> None:
        decision = self._connection.scalar(select(cases.c.decision).where(cases.c.id == case_id))
        self._connection.execute(
            update(cases).where(cases.c.id == case_id).values(decision=_without_evidence(decision))
        )

    def quotes(self, mention_id: str) -> None:
        """What other rows repeat of a message: the parent shown above an answer to it, the author's last seven days."""
        here = self._connection.execute(select(mentions).where(mentions.c.id == mention_id)).one()
        answers = select(mentions.c.id, mentions.c.raw).where(
            mentions.c.channel == here.channel, mentions.c.in_reply_to == here.native_id
        )
        for row in self._connection.execute(answers).all():
            raw = {name: value for name, value in row.raw.items() if name != "parent"}
            self._connection.execute(update(mentions).where(mentions.c.id == row.id).values(raw=raw))
        told = select(author_histories).where(author_histories.c.author_id == here.author_id)
        for row in self._connection.execute(told).all():
            posts = [post for post in row.posts if post.get("native_id") != here.native_id]
            same = author_histories.c.author_id == row.author_id
            self._connection.execute(update(author_histories).where(same).values(posts=posts))

    def sent(self, case_id: int, *, mention_id: str | None = None) -> int:
        """Effects of a case that are over, here and at the local desk; gives how many. Of one message where named."""
        wanted = [outbox.c.case_id == case_id, outbox.c.state.in_(SETTLED)]
        if mention_id is not None:
            wanted += [outbox.c.mention_id == mention_id, outbox.c.effect != Effect.SEND_REPLY.value]
        else:
            Approvals(self._connection).redact(case_id)
            Warnings(self._connection).redact(case_id)
            Promises(self._connection).redact(case_id)
        rows = self._connection.execute(select(outbox.c.id, outbox.c.key, outbox.c.payload).where(*wanted)).all()
        for row in rows:
            same = outbox.c.id == row.id
            payload = without_texts(row.payload, KEPT_OF_EFFECTS)
            self._connection.execute(update(outbox).where(same).values(payload=payload, error=None))
            self._connection.execute(update(attempts).where(attempts.c.outbox_id == row.id).values(error=None))
            self._connection.execute(update(receipts).where(receipts.c.outbox_id == row.id).values(url=None))
        self._local([row.key for row in rows])
        return len(rows)

    def _local(self, keys: Collection[str]) -> None:
        """The local desk's rows carry the key of the effect that made them."""
        tickets = update(local_tickets).where(local_tickets.c.external_id.in_(keys))
        self._connection.execute(tickets.values(subject=REDACTED, body=REDACTED))
        self._connection.execute(update(local_comments).where(local_comments.c.key.in_(keys)).values(body=REDACTED))
        self._connection.execute(update(local_replies).where(local_replies.c.key.in_(keys)).values(text=REDACTED))

    def is_waiting(self, case_id: int, mention_id: str | None = None) -> bool:
        """Whether an effect of the case, or of one message, is still to be carried out and needs its words."""
        needs_words = outbox.c.effect != Effect.UPDATE_TICKET.value
        wanted = [outbox.c.case_id == case_id, outbox.c.state.not_in(SETTLED), needs_words]
        if mention_id is not None:
            wanted.append(outbox.c.mention_id == mention_id)
        elif self._waits_for_approval(case_id):
            return True
        return self._connection.scalar(select(outbox.c.id).where(*wanted).limit(1)) is not None

    def _waits_for_approval(self, case_id: int) -> bool:
        wanted = (approvals.c.case_id == case_id, approvals.c.state == ApprovalState.WAITING.value)
        return self._connection.scalar(select(approvals.c.id).where(*wanted).limit(1)) is not None

    def log(self, case_id: int, *, notes: bool) -> int:
        """Texts in the log of a case, or what people noted there; what happened, when and by whom stays."""
        if notes:
            Escalations(self._connection).redact(case_id)
        is_note = events.c.kind == "noted"
        wanted = (events.c.case_id == case_id, is_note if notes else ~is_note)
        rows = self._connection.execute(select(events.c.id, events.c.facts, events.c.actor_kind).where(*wanted)).all()
        for row in rows:
            values: dict[str, Any] = {"facts": without_texts(row.facts, KEPT_OF_EVENTS)}
            if row.actor_kind == "author":
                values["actor"] = REDACTED
            self._connection.execute(update(events).where(events.c.id == row.id).values(values))
        return len(rows)

    def delete_unreadable(self, number: int) -> bool:
        return self._gone(delete(quarantine).where(quarantine.c.id == number))

    def delete_history(self, author_key: str) -> bool:
        return self._gone(delete(author_histories).where(author_histories.c.author_id == author_key))

    def delete_snapshot(self, number: int) -> bool:
        """And its author, once nothing else is known of them."""
        author_key = self._connection.scalar(
            select(author_snapshots.c.author_id).where(author_snapshots.c.id == number)
        )
        gone = self._gone(delete(author_snapshots).where(author_snapshots.c.id == number))
        if author_key is not None and not self._is_known(author_key):
            self._connection.execute(delete(account_states).where(account_states.c.author_key == author_key))
            self._connection.execute(delete(reposts).where(reposts.c.author_key == author_key))
            self._connection.execute(delete(author_mutes).where(author_mutes.c.author_id == author_key))
            Vips(self._connection).forget([author_key])
            self._connection.execute(delete(authors).where(authors.c.id == author_key))
        return gone

    def _is_known(self, author_key: str) -> bool:
        tables = (author_snapshots, author_histories, mentions, cases)
        found = (select(table.c.author_id).where(table.c.author_id == author_key).limit(1) for table in tables)
        return any(self._connection.scalar(one) is not None for one in found)

    def delete_session(self, subject: str) -> bool:
        if subject.startswith(SESSION):
            return self._gone(delete(sessions).where(sessions.c.digest == subject.removeprefix(SESSION)))
        return self._gone(delete(invitations).where(invitations.c.digest == subject.removeprefix(INVITATION)))

    def _gone(self, statement: Any) -> bool:
        return bool(self._connection.execute(statement).rowcount)


def _without_evidence(decision: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A decision as it was taken, without what it quotes of the words or tells of the author."""
    if decision is None:
        return None
    definition = dict(decision["definition"])
    definition["limbs"] = [dict(limb) | {"evidence": REDACTED} for limb in definition["limbs"]]
    return dict(decision) | {"definition": definition, "reach": dict(decision["reach"]) | {"steps": [REDACTED]}}
