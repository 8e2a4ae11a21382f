"""`earshot replay`: history again under other rules, case by case what would change. Writes nothing to the database."""

import json
import tempfile
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from types import TracebackType
from typing import IO, Annotated

import typer

from cli_replay_output import FORMATS, Line, Result
from cli_start import day, errors, ready, whole_file
from flow.dry_rules import RuleQuestion, look_at_rules, present_rules
from flow.past import Judge
from flow.replay import BATCH, Question, replayed
from measure.replayed import CaseChange, Tally, case_change, firing_change
from models.errors import SetupError
from policy.edited import Edited, Rules, read_edited, with_calendar, with_sector
from policy.loading import Policy, load_policy
from store.encoding import decode, encode
from workers import Flow

replay_commands = typer.Typer()


@replay_commands.command(
    epilog="Example: earshot replay --from 2026-04-01 --to 2026-06-30 --policy edited.toml --format csv --out diff.csv"
)
def replay(
    start: Annotated[str, typer.Option("--from", help="First day, e.g. 2026-04-01, in the licensee's zone.")],
    end: Annotated[str, typer.Option("--to", help="Last day, itself included.")],
    policy: Annotated[
        Path | None,
        typer.Option(
            help="An edited house, regulation or sector pack, holidays, approvals, paths, targets; or a folder."
        ),
    ] = None,
    house: Annotated[str | None, typer.Option(help="Another house pack, by its name.")] = None,
    sector: Annotated[str | None, typer.Option(help="Another sector pack, by its name.")] = None,
    calendar: Annotated[Path | None, typer.Option(help="Another holidays file, TOML or CSV.")] = None,
    classifier: Annotated[
        str | None, typer.Option(help="Another version of the classifier, as `earshot classifier list` names it.")
    ] = None,
    rule: Annotated[str | None, typer.Option(help="Only this rule, and the cases it holds or held for.")] = None,
    format_: Annotated[str, typer.Option("--format", help="table, csv or json.")] = "table",
    out: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
) -> None:
    """Run history again under other rules and show case by case what would change. Nothing is written or switched on.

    Cases that had a message in these days are replayed whole. Without other rules it shows what cannot be reproduced.
    """
    if format_ not in FORMATS:
        raise SetupError(f"--format {format_!r} is not known; use one of {', '.join(FORMATS)}")
    engine = ready()
    present = engine.policy
    since, until = _instant(present, start, "--from"), _instant(present, end, "--to") + timedelta(days=1)
    if until <= since:
        raise SetupError(f"--to {end} is before --from {start}")
    edited = _edited(present, policy, sector)
    if edited is not None and (house or (edited.rules is not None and (sector or calendar or classifier))):
        raise SetupError(f"--policy {policy} is a file of {edited.kind}: leave out what else is to be put in its place")
    with _Spool(rule) as spool:
        if edited is not None and edited.rules is not None:
            _try_rules(engine, edited.rules, spool, since, until)
        else:
            other = edited.policy if edited is not None else _other(engine, policy, house, sector)
            other = with_calendar(other, calendar) if calendar is not None else other
            _replay(engine, Question(since, until, present, other), classifier, spool)
        with whole_file(out) as file:
            FORMATS[format_](spool.result(), file)
    errors.print(f"{spool.tally.cases} cases looked at, {spool.tally.changed} would change; nothing was written")


def _instant(policy: Policy, text: str, name: str) -> datetime:
    return datetime.combine(day(text, name), time(), policy.zone)


def _edited(present: Policy, path: Path | None, sector: str | None) -> Edited | None:
    """Raises: SetupError."""
    if path is None or path.is_dir():
        return None
    try:
        other = with_sector(present, sector) if sector else present
        return read_edited(other, path.read_text(encoding="utf-8"), file=path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"--policy {path} cannot be read: {error}; name a TOML file or a folder of packs") from None


def _other(engine: Flow, folder: Path | None, house: str | None, sector: str | None) -> Policy:
    """The packs of the settings, with those named instead, out of `folder` where one is given."""
    chosen = engine.settings.policy | ({"house": house} if house else {}) | ({"sector": sector} if sector else {})
    return load_policy(**chosen, folder=folder)


def _replay(engine: Flow, question: Question, classifier: str | None, spool: "_Spool") -> None:
    judge: Judge | None = None
    if classifier is not None:
        version, judge = engine.versions.judging(classifier)
        question = replace(question, classifier=version)
    for one in replayed(engine.store, question, judge=judge):
        if one.outcome is None:
            spool.tally.leave_out(one.left_out or "unknown")
            continue
        spool.tally.add(one.outcome)
        rules = {*one.outcome.before.rules, *one.outcome.after.rules}
        spool.take(case_change(one.outcome), rules, one.outcome.before.score, one.outcome.after.score)


def _try_rules(engine: Flow, rules: Rules, spool: "_Spool", since: datetime, until: datetime) -> None:
    question = RuleQuestion(since, until, engine.policy, present_rules(engine.policy, rules), rules)
    after = 0
    while found := look_at_rules(engine.store, question, after=after):
        for one in found:
            spool.tally.add_firing(one)
            spool.take(firing_change(one), {*one.before, *one.after})
        if len(found) < BATCH:
            return
        after = found[-1].case_id


class _Spool:
    """Changed cases lie in a file until all scores are known: memory does not grow with them."""

    def __init__(self, rule: str | None) -> None:
        self.tally = Tally()
        self._rule = rule
        self._scores = (array("d"), array("d"))
        self._file: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")

    def __enter__(self) -> "_Spool":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def take(
        self, change: CaseChange, rules: set[str], before: float | None = None, after: float | None = None
    ) -> None:
        if before is not None and after is not None:
            self._scores[0].append(before)
            self._scores[1].append(after)
        is_wanted = bool(change.changes) if self._rule is None else self._rule in rules
        if is_wanted:
            self._file.write(json.dumps([encode(change), before, after]) + "\n")

    def result(self) -> Result:
        rules = self.tally.rules
        if self._rule is not None:
            rules = {name: count for name, count in rules.items() if name == self._rule}
        return Result(self.tally, rules, self._lines())

    def _lines(self) -> Iterator[Line]:
        before, after = (array("d", sorted(scores)) for scores in self._scores)
        self._file.seek(0)
        for text in self._file:
            change, was, would = json.loads(text)
            ranks = None
            if was is not None:
                ranks = (_rank(before, was), _rank(after, would))
            yield Line(decode(CaseChange, change), ranks)


def _rank(scores: "array[float]", score: float) -> int:
    """1 is first in the queue; equal scores share a place."""
    return len(scores) - bisect_right(scores, score) + 1
