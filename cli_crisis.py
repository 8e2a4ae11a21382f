"""`earshot spikes …`: what is far above its usual, and how often such an alarm would be false."""

import json
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli_start import ready
from flow.spikes import own_history, rule_of
from measure.spike_replay import Quality, make_up, quality, share_between
from policy.crisis_rules import load_crisis_rules
from store.encoding import encode
from triage.calendar import calendar_of

spike_commands = typer.Typer(
    help="Spikes: what is far above its usual, and how good the alarm is.", no_args_is_help=True
)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SIZES = (2.0, 3.0, 5.0, 10.0)


@spike_commands.command("list", epilog="Example: earshot spikes list")
def list_them(as_json: AsJson = False) -> None:
    """Spikes that are open, and the last ones that are over."""
    with ready().store.reading() as transaction:
        found = [*transaction.spikes.open_spikes(), *transaction.spikes.recent_spikes(limit=20)]
    if as_json:
        told = [encode(one) | {"numbers": {**one.numbers, "profile": None}} for one in found]
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return
    table = Table("number", "topic", "channel", "found at", "people", "usual", "over at", box=None)
    for one in found:
        numbers = (str(one.numbers["people"]), str(one.numbers["usual"]))
        over = one.ended_at.isoformat() if one.ended_at else "goes on"
        table.add_row(str(one.id), one.topic, one.channel, one.found_at.isoformat(), *numbers, over)
    Console(soft_wrap=True, highlight=False).print(table)


@spike_commands.command(epilog="Example: earshot spikes history")
def history() -> None:
    """Go through the firm's own past again: every alarm that today's rules would have raised in it."""
    flow, rules, now = ready(), load_crisis_rules(), datetime.now(UTC)
    with flow.store.reading() as transaction:
        seen = own_history(transaction, rules, zone=flow.policy.zone, calendar=calendar_of(flow.policy), now=now)
    console = Console(soft_wrap=True, highlight=False)
    if not seen.days:
        console.print("Nothing to go through yet: eight weeks are learnt from, and what comes after them is judged.")
        return
    for alarm in seen.alarms:
        found = alarm.found
        told = f"{found.people} people in {found.hours} h, {found.expected:.1f} usual"
        console.print(f"{alarm.at.isoformat()}  {found.series.topic}  {found.series.channel}  {told}", markup=False)
    low, high = seen.interval()
    console.print(
        f"{len(seen.alarms)} alarms in {seen.days:.0f} days: {seen.a_year:.1f} a year (95 %: {low:.1f} to {high:.1f}), "
        f"true ones among them; {rules.spikes.false_alarms_per_year:g} false ones a year are allowed."
    )


@spike_commands.command(epilog="Example: earshot spikes measure --years 8 --series 12")
def measure(
    years: Annotated[int, typer.Option(min=1, max=200, help="How many years are made up.")] = 4,
    series: Annotated[int, typer.Option(min=1, max=200, help="Topics in each of them.")] = 12,
    as_json: AsJson = False,
) -> None:
    """How often the alarm is false, and which spikes it finds, in made-up years: with the rules as they stand."""
    rules = load_crisis_rules()
    made = [
        make_up(seed=seed, days=365 + 56, series=series, planted=SIZES * 10 if seed % 2 else ())
        for seed in range(years)
    ]
    told = quality(made, rule_of(rules.spikes))
    if as_json:
        sys.stdout.write(json.dumps(encode(told), indent=2) + "\n")
        return
    Console(soft_wrap=True, highlight=False).print(_in_words(told, rules.spikes.false_alarms_per_year))


def _in_words(told: Quality, allowed: float) -> str:
    low, high = told.a_year_between
    first = f"false alarms a year: {told.a_year:.1f} (95 %: {low:.1f} to {high:.1f}), {allowed:g} allowed"
    lines = [f"{first}; {told.days / 365.25:.1f} years"]
    for times, planted, hits, delay in told.found:
        low, high = share_between(hits, planted)
        late = f", after {delay:.1f} h (median)" if delay is not None else ""
        lines.append(f"{times:g} times the usual: {hits} of {planted} found ({low:.0%} to {high:.0%}){late}")
    return "\n".join(lines)
