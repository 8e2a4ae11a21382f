"""The ticket a case becomes: everything a desk agent needs to begin, as plain text."""

import hashlib
from datetime import datetime

from models import Comment, Decision, Mention, Ticket, TicketUpdate, Verdict

SUBJECT_CHARACTERS = 90


def external_id(conversation_key: str) -> str:
    """Stable over retries, restarts and re-installations: one conversation, one ticket."""
    return "earshot-" + hashlib.sha256(conversation_key.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def make_ticket(
    mention: Mention, verdict: Verdict, decision: Decision, *, key: str, case_id: int, complaint_id: str | None
) -> Ticket:
    """For the case with conversation key `key`, as it stands with this message."""
    author = mention.author
    return Ticket(
        external_id=external_id(key),
        subject=_subject(mention, decision),
        body=_body(mention, verdict, decision, case_id=case_id, complaint_id=complaint_id),
        priority=decision.priority,
        team=decision.team,
        tags=decision.tags,
        channel=mention.channel,
        requestor=author.handle if author else None,
        reach=author.followers if author else None,
        due_at=min((due.at for due in decision.dues), default=None),
    )


def make_comment(mention: Mention, verdict: Verdict, decision: Decision, *, key: str) -> Comment:
    """The author, or somebody in the thread, wrote again."""
    lines = [
        f"New message in the conversation, {_when(mention)} on {mention.channel}, from {_who(mention)}:",
        "",
        mention.text,
        "",
        f"Judged: {verdict.decision}. The case is now tier {int(decision.tier)}, priority {decision.priority.value}.",
        *([f"Link: {mention.url}"] if mention.url else []),
    ]
    return Comment(external_id=external_id(key), key=f"note-{mention.id}", body="\n".join(lines))


def _subject(mention: Mention, decision: Decision) -> str:
    words = " ".join(mention.text.split())
    short = words if len(words) <= SUBJECT_CHARACTERS else words[: SUBJECT_CHARACTERS - 1] + "…"
    return (
        f"[{mention.channel}] {_who(mention)}: {short}"
        if short
        else f"[{mention.channel}] {_who(mention)}: {decision.label}"
    )


def _body(mention: Mention, verdict: Verdict, decision: Decision, *, case_id: int, complaint_id: str | None) -> str:
    reasons = ", ".join(f"“{reason.text}” {reason.weight:+.2f}" for reason in verdict.reasons[:5])
    clocks = [f"  {due.key}: {due.at.isoformat()} ({due.paragraph}, {due.force.value})" for due in decision.dues]
    parts = [
        mention.text,
        "",
        f"From: {_who(mention)} on {mention.channel}, {_when(mention)}",
        *([f"Link: {mention.url}"] if mention.url else []),
        f"Case {case_id}, tier {int(decision.tier)}, priority {decision.priority.value}, team {decision.team}",
        *([f"Complaint {complaint_id} is in the register: {decision.definition.basis}"] if complaint_id else []),
        f"Tags: {', '.join(decision.tags) or 'none'}",
        f"Judged: {verdict.decision} (complaint {verdict.complaint_score:.2f}, classifier {verdict.classifier})",
        *([f"Because of: {reasons}"] if reasons else []),
        f"Rules: {', '.join(decision.rules) or 'none'} ({decision.policy_version})",
        *(["Clocks:", *clocks] if clocks else []),
    ]
    return "\n".join(parts)


def _who(mention: Mention) -> str:
    author = mention.author
    if author is None:
        return "an unknown author"
    return f"@{author.handle}" if author.handle else (author.name or author.id)


def _when(mention: Mention) -> str:
    assumed = " (time of fetching: the platform gave none)" if mention.created_at_assumed else ""
    return f"{mention.created_at:%Y-%m-%d %H:%M} UTC{assumed}"


def make_update(before: Decision, now: Decision, *, key: str, at: datetime) -> TicketUpdate | None:
    """What a later message changes about a ticket that is there; None where nothing does. `at` tells changes apart."""
    priority = now.priority if now.priority is not before.priority else None
    team = now.team if now.team != before.team else None
    tags = tuple(tag for tag in now.tags if tag not in before.tags)
    if not (priority or team or tags):
        return None
    number = external_id(key)
    return TicketUpdate(number, f"change-{number}-{at.isoformat()}", priority=priority, team=team, add_tags=tags)
