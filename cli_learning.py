"""`earshot corrections | train | evaluate`: from what people corrected to a version that is known to be better."""

import hashlib
import json
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from cli_start import errors, note_access, ready, whole_file
from learning.corrections import LeftOut, Part, Rows, rows_of
from learning.refit import Wish, learnt, mark_of, refit
from learning.versions import SHIPPED, Found, Versions
from models.access import AccessAct
from models.evaluation import Evaluation, EvaluationFigures
from store.encoding import encode
from workers import Flow

learning_commands = typer.Typer()


@learning_commands.command("corrections", epilog="Example: earshot corrections --part frozen --output frozen.jsonl")
def export_corrections(
    output: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
    part: Annotated[
        Part, typer.Option(help="learn: what `earshot train` learns from; frozen: kept apart, to measure on.")
    ] = Part.ALL,
) -> None:
    """Write what people corrected in the inbox as labelled rows: latest correction of each message, nobody named."""
    engine = ready()
    note_access(engine, AccessAct.EXPORTED, "corrections", part=part.value)
    found = _rows(engine, part)
    with whole_file(output) as file:
        for row in found.rows:
            file.write((json.dumps(row, ensure_ascii=False) + "\n").encode())
    _tell(found)


@learning_commands.command(epilog="Example: earshot train --data ~/labelled-sets --version firm-2")
def train(
    data: Annotated[
        Path | None, typer.Option(help="Folder with one folder per labelled set; left out: labels of our own only.")
    ] = None,
    own_labels: Annotated[
        list[Path] | None, typer.Option(help="More labels: a file, or a folder of *.jsonl. May be repeated.")
    ] = None,
    version: Annotated[str, typer.Option(help="Its name; default: firm- and today's date.")] = "",
    encoder: Annotated[str, typer.Option(help="Encoder to fine-tune: an id of a hub, or a folder.")] = "",
    multilingual: Annotated[
        bool, typer.Option("--multilingual", help="The encoder reads many languages: learn from those sets, too.")
    ] = False,
    passes: Annotated[
        float, typer.Option(help="How many times as long the encoder learns, for instance on a GPU.")
    ] = 1,
    no_encoder: Annotated[
        bool, typer.Option("--no-encoder", help="Character n-grams only: minutes, not hours.")
    ] = False,
    without_corrections: Annotated[
        bool, typer.Option("--without-corrections", help="Do not learn from corrections made in the inbox.")
    ] = False,
    only_clear_licences: Annotated[
        bool, typer.Option("--only-clear-licences", help="Leave out sets with an unclear licence.")
    ] = False,
    work: Annotated[
        Path | None, typer.Option(help="Keep the results of long steps here; a run that was stopped goes on from them.")
    ] = None,
    processes: Annotated[int, typer.Option(help="Parts measured at the same time.")] = 1,
) -> None:
    """Train a version on shipped labels, your own, and corrections. It judges nothing until somebody promotes it."""
    engine = ready()
    found = Rows((), {}, {}) if without_corrections else _rows(engine, Part.LEARN)
    _tell(found)
    flags = {
        "--no-encoder": no_encoder,
        "--multilingual": multilingual,
        "--only-clear-licences": only_clear_licences,
    }
    options = [flag for flag, is_set in flags.items() if is_set] + ["--processes", str(processes)]
    options += ["--encoder", _encoder(encoder)] if encoder else []
    options += ["--passes", str(passes)] if passes != 1 else []
    options += ["--work", str(work.absolute())] if work is not None else []
    name = version or _free_name(engine)
    made = refit(Wish(name, data, own_labels or [], found.rows, options), engine.versions)
    sys.stdout.write(
        f"{made.name} lies in {made.folder}; next: `earshot evaluate {made.name} --data frozen.jsonl`,"
        f" then `earshot classifier shadow {made.name}`\n"
    )


@learning_commands.command(epilog="Example: earshot evaluate firm-2 --data frozen.jsonl")
def evaluate(
    version: Annotated[str, typer.Argument(help="Its name in `earshot classifier list`.")],
    data: Annotated[Path, typer.Option(help="Frozen labelled rows, as `earshot corrections` writes them.")],
    against: Annotated[str, typer.Option(help="Version to compare with; default: the live one.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    no_keep: Annotated[
        bool, typer.Option("--no-keep", help="Do not keep the figures for the page of the classifier.")
    ] = False,
) -> None:
    """Before and after on a frozen file: both versions judge the same labelled texts. Figures are kept, no texts."""
    engine = ready()
    # By name: it needs the trainer's libraries, and no other command should wait for them.
    evaluation = import_module("learning.evaluation")
    rows = evaluation.read_labelled(data)
    wanted = engine.versions.find(version)
    other = engine.versions.find(against or _live_name(engine))
    known = {one.version: _known(one, rows) for one in (other, wanted)}
    for name, count in known.items():
        _warn_of_known(name, count, len(rows))
    before, after = engine.versions.load_found(other), engine.versions.load_found(wanted)
    found = evaluation.evaluate(rows, before, after)
    if not no_keep:
        figures = evaluation.figures_of(found, learnt_before=known[other.version], learnt_after=known[wanted.version])
        _keep(engine, (other, wanted), data, len(rows), figures)
    if as_json:
        sys.stdout.write(json.dumps(_as_json(found, before.version, after.version), indent=2) + "\n")
        return
    _print_lines(found.lines, before.version, after.version)
    _print_confusion(found.before, f"before: {before.version}")
    _print_confusion(found.after, f"after: {after.version}")


def _known(one: Found, rows: Sequence[Any]) -> int:
    marks = learnt(one)
    return sum(mark_of(row.text) in marks for row in rows)


def _keep(engine: Flow, both: tuple[Found, Found], data: Path, count: int, figures: EvaluationFigures) -> None:
    other, wanted = both
    kept = Evaluation(
        version=wanted.version,
        digest=wanted.digest,
        against=other.version,
        against_digest=other.digest,
        rows_digest=hashlib.sha256(data.read_bytes()).hexdigest(),
        row_count=count,
        at=engine.now(),
        figures=figures,
    )
    with engine.store.writing() as transaction:
        transaction.evaluations.keep(kept)


def _live_name(engine: Flow) -> str:
    with engine.store.reading() as transaction:
        live = engine.versions.live(transaction.classifiers.standing())
    return live.version if live is not None else SHIPPED


def _warn_of_known(version: str, known: int, total: int) -> None:
    """Figures on texts that were learnt by heart promise too much."""
    if known:
        errors.print(
            f"earshot: {version} learnt from {known} of these {total} texts, so its figures are too good; use texts it"
            " never saw: `earshot corrections --part frozen`",
            style="yellow",
            markup=False,
        )


def _rows(engine: Flow, part: Part) -> Rows:
    with engine.store.reading() as transaction:
        corrections = transaction.corrections.all()
    return rows_of(corrections, denied=engine.settings.training_channels_denied, part=part)


def _tell(found: Rows) -> None:
    errors.print(f"corrections: {len(found.rows)}", markup=False)
    for why, count in found.left_out.items():
        where = f": {', '.join(f'{name} {number}' for name, number in found.channels.items())}"
        errors.print(f"{count} left out, {why}{where if why is LeftOut.CHANNEL else ''}", markup=False)


def _encoder(name: str) -> str:
    """A folder as seen from here: the trainer runs elsewhere."""
    return str(Path(name).absolute()) if Path(name).is_dir() else name


def _free_name(engine: Flow) -> str:
    today = f"firm-{engine.now():%Y-%m-%d}"
    taken = set(Versions.names(engine.versions))
    names = (today, *(f"{today}.{number}" for number in range(2, 100)))
    return next(name for name in names if name not in taken)


def _print_lines(lines: Sequence[Any], before: str, after: str) -> None:
    table = Table("on the same texts", "n", f"before: {before}", f"after: {after}", "difference", "", box=None)
    for line in lines:
        table.add_row(
            line.name,
            str(line.before.count),
            *(f"{one.value:.3f} ({_ends(one)})" for one in (line.before, line.after)),
            f"{line.difference.value:+.3f} ({line.difference.low:+.3f} to {line.difference.high:+.3f})",
            line.verdict,
        )
    Console(soft_wrap=True).print(table)


def _print_confusion(confusion: Any, title: str) -> None:
    """Whoever gave no six labels has none."""
    if not confusion.rows:
        return
    table = Table("labelled", box=None, title=f"{title}, decided as", title_justify="left")
    for name in confusion.columns:
        table.add_column(name, justify="right", no_wrap=True)
    for label, counts in confusion.rows.items():
        table.add_row(label, *(str(count) for count in counts))
    figures = Table("label", "n", "precision", "recall", box=None)
    for line in confusion.labels:
        figures.add_row(line.label, str(line.given), _share_of(line.precision), _share_of(line.recall))
    console = Console(soft_wrap=True)
    for each in ("", table, "", figures):
        console.print(each)


def _share_of(found: Any) -> str:
    return f"{found.value:.3f} ({_ends(found)}, n {found.count})" if found is not None else "none"


def _ends(found: Any) -> str:
    return f"{found.low:.3f} to {found.high:.3f}"


def _as_json(found: Any, before: str, after: str) -> dict[str, object]:
    return {
        "before": before,
        "after": after,
        "lines": [encode(line) | {"verdict": line.verdict} for line in found.lines],
        "confusion": {"before": _confusion_as_json(found.before), "after": _confusion_as_json(found.after)},
    }


def _confusion_as_json(confusion: Any) -> dict[str, object]:
    figures = {
        line.label: {"precision": _measured_as_json(line.precision), "recall": _measured_as_json(line.recall)}
        for line in confusion.labels
    }
    return {"decided": confusion.columns, "labelled": dict(confusion.rows), "labels": figures}


def _measured_as_json(found: Any) -> object:
    return encode(found) if found is not None else None
