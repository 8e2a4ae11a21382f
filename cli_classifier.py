"""`earshot classifier …`: which version judges, which runs in its shadow, how the two compare, and what drifts."""

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli_start import errors, ready
from flow import drift
from learning.deciding import end_shadow, promote, put_into_shadow, roll_back
from learning.masking import masked
from learning.versions import SHIPPED
from measure.agreement import DECISIONS, Comparison, Group, compare
from measure.drift import GroupDrift, Level, worst
from measure.shares import Share
from models import ChangeKind, ClassifierChange, JudgedTwice
from models.errors import EarshotError, SetupError
from store.encoding import encode
from store.shadow import ShadowRun
from store.store import Transaction
from workers import Flow

By = Annotated[str, typer.Option("--by", help="Your name: it is kept with the decision.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]

classifier_commands = typer.Typer(
    help="Versions of the classifier: which is live, which runs in the shadow.", no_args_is_help=True
)


@classifier_commands.command("list", epilog="Example: earshot classifier list")
def list_versions(as_json: AsJson = False) -> None:
    """Every version there is on this machine, whether its files are whole, and what it does now."""
    engine = ready()
    with engine.store.reading() as transaction:
        shown = shown_versions(engine, transaction)
    rows = [{"version": name} | _condition(engine, name, shown) for name in engine.versions.names()]
    if as_json:
        _print_json({**shown, "versions": rows})
        return
    _print_table(("version", "role", "files"), ((row["version"], row["role"], row["files"]) for row in rows))


@classifier_commands.command("history", epilog="Example: earshot classifier history")
def history(as_json: AsJson = False) -> None:
    """Every decision about a version: who, when and why; oldest first."""
    with ready().store.reading() as transaction:
        changes = transaction.classifiers.history()
    if as_json:
        _print_json([encode(change) for change in changes])
        return
    rows = ((_instant(one.at), one.kind.replace("_", " "), one.version, one.person, one.reason) for one in changes)
    _print_table(("when", "what", "version", "by", "reason"), rows)


@classifier_commands.command("promote", epilog='Example: earshot classifier promote firm-2 --by Agnes --reason "+3 F1"')
def promote_version(
    version: Annotated[str, typer.Argument(help="Its name in `earshot classifier list`.")],
    by: By,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the decision.")],
    anyway: Annotated[
        str, typer.Option(help="Why although it was never evaluated, or was worse; it is kept, too.")
    ] = "",
) -> None:
    """Have a version judge from now on. Workers take it up with their next job; verdicts given stay as they are."""
    engine = ready()
    with engine.store.reading() as transaction:
        shadow = _last_shadow(transaction, version)
        tried = transaction.shadow.counts(shadow)[0] if shadow is not None else 0
    promote(engine.store, engine.versions, version, person=by, reason=reason, now=engine.now(), anyway=anyway)
    sys.stdout.write(f"{version} is live; it judged {tried} messages in the shadow before\n")


@classifier_commands.command("rollback", epilog="Example: earshot classifier rollback --by Agnes")
def rollback(by: By, reason: Annotated[str, typer.Option(help="Why.")] = "") -> None:
    """Return to the version that was live before; again: to the one before that, at last to the shipped weights."""
    engine = ready()
    left, live = roll_back(engine.store, engine.versions, person=by, reason=reason, now=engine.now())
    sys.stdout.write(f"{live} is live again; {left} is not any more\n")


@classifier_commands.command("shadow", epilog="Example: earshot classifier shadow firm-2 --by Agnes")
def shadow(
    version: Annotated[str, typer.Argument(help="Its name in `earshot classifier list`, or `off`.")],
    by: By = "operator",
) -> None:
    """Have a second version judge what the live one has judged. Nothing acts on what it says; `off` ends it."""
    engine = ready()
    if version == "off":
        ended = end_shadow(engine.store, person=by, now=engine.now())
        sys.stdout.write(f"{ended} is out of the shadow\n" if ended else "nothing was in the shadow\n")
        return
    put_into_shadow(engine.store, engine.versions, version, person=by, now=engine.now())
    sys.stdout.write(f"{version} runs in the shadow; see `earshot classifier compare`\n")


@classifier_commands.command("compare", epilog="Example: earshot classifier compare --limit 50 --texts")
def compare_versions(
    version: Annotated[str, typer.Argument(help="Default: the version in the shadow, or the last that was.")] = "",
    limit: Annotated[int, typer.Option(help="Messages to show on which the two disagree.")] = 20,
    texts: Annotated[bool, typer.Option("--texts", help="Show their words, without who wrote them.")] = False,
    as_json: AsJson = False,
) -> None:
    """The version in the shadow beside the live one, on the same messages; and who people agreed with."""
    with ready().store.reading() as transaction:
        change = _last_shadow(transaction, version)
        if change is None:
            what = f"version {version!r} never" if version else "no version ever"
            raise SetupError(f"{what} ran in the shadow; `earshot classifier shadow VERSION` puts it there")
        run, (_, failed) = transaction.shadow.run(change.id), transaction.shadow.counts(change)
        found = compare(transaction.shadow.judged_twice(change.version, since=change.at))
        judged = transaction.shadow.live_count(since=change.at)
        shown = found.disagreements[:limit]
        words = _words(transaction, shown) if texts else {}
    if as_json:
        whole = encode(found) | {"disagreements": [encode(one) for one in shown], "decisions": DECISIONS}
        _print_json(
            {
                "shadow": encode(change),
                "run": encode(run),
                "judged_live": judged,
                "failed": failed,
                "texts": words,
                **whole,
            }
        )
        return
    _print_comparison(change, run, (judged, failed), found)
    _print_disagreements(shown, words)


@classifier_commands.command("drift", epilog="Example: earshot classifier drift --json")
def show_drift(as_json: AsJson = False) -> None:
    """The last days beside the first days of the live version. Exit code 1 where there is an alarm."""
    engine = ready()
    days = engine.settings.drift_days
    with engine.store.reading() as transaction:
        version = engine.versions.live_version(transaction.classifiers.standing())
        groups = drift.compared(transaction, version, days=days, now=engine.now())
        known_from = drift.known_from(transaction, version, days=days)
    level = worst(groups)
    if as_json:
        _print_json({"classifier": version, "days": days, "level": level, "groups": [encode(one) for one in groups]})
    else:
        _print_drift(version, groups, days, known_from)
    raise typer.Exit(1 if level is Level.ALARM else 0)


# for `earshot status`


def shown_versions(engine: Flow, transaction: Transaction) -> dict[str, str]:
    standing = transaction.classifiers.standing()
    live = engine.versions.live(standing)
    version = engine.versions.live_version(standing)
    return {
        "live": version if live is not None and live.version != SHIPPED else f"{version} ({_unpromoted(engine)})",
        "shadow": standing.shadow.version if standing.shadow is not None else "off",
    }


def shown_drift(engine: Flow, transaction: Transaction) -> str:
    """As found by the last look of the clockwork."""
    look = transaction.drift.last_look(engine.versions.live_version(transaction.classifiers.standing()))
    if look is None:
        return Level.UNKNOWN.value
    return ", ".join([look.level, *look.report.get("alarms", [])])


def _unpromoted(engine: Flow) -> str:
    return "EARSHOT_WEIGHTS" if engine.versions.pinned is not None else SHIPPED


# shared


def _condition(engine: Flow, name: str, shown: dict[str, str]) -> dict[str, str]:
    live = shown["live"].endswith(f"({_unpromoted(engine)})") if name == SHIPPED else shown["live"] == name
    role = "live" if live else "shadow" if shown["shadow"] == name else ""
    try:
        found = engine.versions.find(name)
    except EarshotError as error:
        return {"role": role, "files": str(error)}
    return {"role": role, "files": f"whole, manifest SHA-256 {found.digest[:12]}…", "manifest_version": found.version}


def _last_shadow(transaction: Transaction, version: str) -> ClassifierChange | None:
    """When this version, or with no name any, was last put into the shadow."""
    put = (one for one in reversed(transaction.classifiers.history()) if one.kind is ChangeKind.SHADOWED)
    return next((one for one in put if version in ("", one.version)), None)


def _words(transaction: Transaction, shown: Sequence[JudgedTwice]) -> dict[str, str]:
    found = transaction.mentions.get([one.mention_id for one in shown])
    authors = {item.mention.id: item.mention.author for item in found}
    names = {key: tuple(name for name in (one.handle, one.name) if name) if one else () for key, one in authors.items()}
    return {item.mention.id: masked(item.mention.text, names[item.mention.id]) for item in found}


# printing


def _print_comparison(change: ClassifierChange, run: ShadowRun, counted: tuple[int, int], found: Comparison) -> None:
    """`counted`: messages judged since, and those the shadow failed on."""
    judged, failed = counted
    everything, scores, told = found.all, found.scores, found.corrected
    sys.stdout.write(
        f"{change.version} in the shadow since {_instant(change.at)}: {everything.count} of the {judged} messages"
        f" judged since then were judged by both; it failed on {failed}\n"
    )
    if run.last_error:
        errors.print(f"earshot: it could not be loaded: {run.last_error}", style="red", markup=False)
    if not everything.count:
        return
    sys.stdout.write(
        f"same decision {_share(everything.same)}; left to people: live {_share(everything.live_unsure)},"
        f" shadow {_share(everything.shadow_unsure)}\n"
        f"complaint scores, shadow minus live: mean {scores.mean_difference:+.3f}; half within"
        f" {scores.half_within:.3f}, nine in ten within {scores.nine_in_ten_within:.3f}\n"
    )
    _print_confusion(found)
    groups = [*found.by_language, *found.by_channel]
    headings = ("", "messages", "same", "complaints live", "shadow", "left to people live", "shadow")
    _print_table(headings, (_group_row(group) for group in groups))
    sys.stdout.write(
        f"corrected by people: {told.count}. Only the live one was right {told.only_live}, only the shadow"
        f" {told.only_shadow} (chance of such a split {told.chance:.3f}), both {told.both}, neither {told.neither}.\n"
        "People correct where the live one was seen to be wrong, so these favour the shadow: judge by"
        " `earshot evaluate` on a frozen file as well.\n"
    )


def _print_confusion(found: Comparison) -> None:
    used = [at for at in range(len(DECISIONS)) if any(found.confusion[at]) or any(row[at] for row in found.confusion)]
    rows = ((DECISIONS[live], *(str(found.confusion[live][at]) for at in used)) for live in used)
    _print_table(("live \\ shadow", *(DECISIONS[at] for at in used)), rows)


def _group_row(group: Group) -> tuple[str, ...]:
    return (
        group.name,
        str(group.count),
        f"{group.same.value:.1%}",
        str(group.live_complaints),
        str(group.shadow_complaints),
        f"{group.live_unsure.value:.1%}",
        f"{group.shadow_unsure.value:.1%}",
    )


def _print_disagreements(shown: Sequence[JudgedTwice], words: dict[str, str]) -> None:
    for one in shown:
        told = f", a person said {one.correction}" if one.correction else ""
        sys.stdout.write(
            f"{one.mention_id}  {one.live_decision} {one.live_score:.2f} → {one.shadow_decision}"
            f" {one.shadow_score:.2f}{told}\n"
        )
        if one.mention_id in words:
            sys.stdout.write(f"    {words[one.mention_id]}\n")


def _print_drift(version: str, groups: Sequence[GroupDrift], days: int, known_from: datetime | None) -> None:
    if not groups:
        when = f"from {_instant(known_from)} on" if known_from else f"{2 * days} days after its first verdict"
        sys.stdout.write(f"{version}: nothing to compare yet; the last {days} days and the first are known {when}\n")
        return
    sys.stdout.write(f"{version}: the last {days} days beside its first {days}\n")
    headings = ("", "messages then", "now", "score index", "left to people then", "now", "level", "why")
    _print_table(headings, (_drift_row(one) for one in groups))


def _drift_row(one: GroupDrift) -> tuple[str, ...]:
    return (
        one.name,
        str(one.unsure_before.total),
        str(one.unsure_now.total),
        f"{one.stability_index:.3f}" if one.level is not Level.UNKNOWN else "–",
        f"{one.unsure_before.value:.1%}",
        f"{one.unsure_now.value:.1%}",
        one.level.value,
        "; ".join(one.why),
    )


def _share(one: Share) -> str:
    return f"{one.value:.1%} ({one.low:.1%} to {one.high:.1%})"


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="minutes")


def _print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(*headings, box=None)
    for row in rows:
        table.add_row(*(cell.replace("[", r"\[") for cell in row))
    Console(soft_wrap=True).print(table)


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
