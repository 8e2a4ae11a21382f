"""`earshot policy …`: the policy as people read it."""

from pathlib import Path
from typing import Annotated

import typer
from markupsafe import Markup

from cli_start import errors, whole_file
from inbox.policy_document import document_of
from inbox.rendering import Pages
from inbox.urls import STATIC, Urls
from policy.approval_rules import load_approval_rules
from policy.loading import load_policy
from policy.paths import GENERIC
from settings import load as load_settings

LOOK = STATIC / "escalation.css"

policy_commands = typer.Typer(help="The policy, as it is set.", no_args_is_help=True)


@policy_commands.callback()
def policy() -> None:
    """The policy, as it is set."""


@policy_commands.command(epilog="Example: earshot policy document --sector bank --out escalation.html")
def document(
    sector: Annotated[
        str, typer.Option(help="bank, insurer, super, telco, retail, it or generic; default: EARSHOT_SECTOR.")
    ] = "",
    out: Annotated[Path | None, typer.Option(help="File to write; default: standard output.")] = None,
) -> None:
    """Tiers, targets, limits, reasons, teams and every path with its flow chart, as one HTML page to read or print.

    Made from the files under policy/ alone: no database, no network, nobody named.
    """
    settings = load_settings()
    wanted = {"sector": None if sector == GENERIC else sector} if sector else {}
    chosen = load_policy(**(settings.policy | wanted))
    pages = Pages(Urls(""), chosen.zone, settings.firm_name)
    look = Markup(LOOK.read_text(encoding="utf-8"))  # noqa: S704, our own file and no text of anybody's
    context = {"document": document_of(chosen, load_approval_rules()), "look": look}
    page = pages.answer("policy_alone.html", context, status=200)
    with whole_file(out) as file:
        file.write(bytes(page.body))
    errors.print(f"{chosen.paths.title}: {len(chosen.paths.paths)} paths", markup=False)
