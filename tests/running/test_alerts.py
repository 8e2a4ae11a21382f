"""The dashboard and the alert rules name what there is, and each alert has its section in the documents."""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from flow.vital_signs import METRICS, Kind

ROOT = Path(__file__).parents[2]
BOARD = ROOT / "running/dashboards/earshot.json"
RULES = ROOT / "running/alerts/earshot.yaml"
PAGE = ROOT / "docs/running.md"
FUNCTIONS = {"absent", "min", "max", "sum", "abs", "rate", "increase", "histogram_quantile"}
WORDS = FUNCTIONS | {"by", "or", "offset"}
DURATION = re.compile(r"\d+[smhd]")


@cache
def rules() -> list[dict[str, Any]]:
    told = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    assert set(told) == {"groups"}
    for group in told["groups"]:
        assert set(group) == {"name", "rules"}
    return [rule for group in told["groups"] for rule in group["rules"]]


@cache
def panels() -> list[dict[str, Any]]:
    return list(json.loads(BOARD.read_text(encoding="utf-8"))["panels"])


def expressions() -> list[str]:
    drawn = [target["expr"] for panel in panels() for target in panel.get("targets", [])]
    return [rule["expr"] for rule in rules()] + drawn


def series() -> dict[str, set[str]]:
    """As Prometheus sees them → their labels."""
    found: dict[str, set[str]] = {}
    for metric in METRICS:
        if metric.kind is Kind.HISTOGRAM:
            found |= {
                f"{metric.name}_{end}": {"le"} if end == "bucket" else set() for end in ("bucket", "sum", "count")
            }
        else:
            found[metric.name + ("_total" if metric.kind is Kind.COUNTER else "")] = set(metric.labels)
    return found


def metrics_in(expression: str) -> set[str]:
    return set(re.findall(r"\bearshot_\w+", expression))


@pytest.mark.parametrize("expression", expressions())
def test_every_figure_that_is_asked_for_is_there_with_its_labels(expression: str) -> None:
    known = series()
    assert metrics_in(expression) and metrics_in(expression) <= set(known)
    labels = set().union(*(known[name] for name in metrics_in(expression)))
    asked = {name for inside in re.findall(r"\{([^}]*)\}", expression) for name in re.findall(r"(\w+)\s*[=!]", inside)}
    grouped = {name.strip() for inside in re.findall(r"by \(([^)]*)\)", expression) for name in inside.split(",")}
    assert asked | grouped <= labels


@pytest.mark.parametrize("expression", expressions())
def test_an_expression_has_no_word_that_prometheus_does_not_know(expression: str) -> None:
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|by \([^)]*\)', " ", expression)
    words = set(re.findall(r"[A-Za-z_]\w*", DURATION.sub(" ", bare))) - metrics_in(expression)
    assert words <= WORDS
    assert expression.count("(") == expression.count(")") and expression.count("{") == expression.count("}")


def test_every_figure_is_drawn_or_alarmed_on() -> None:
    asked = set().union(*map(metrics_in, expressions()))
    without = {name for name in series() if not name.endswith(("_sum", "_count"))} - asked
    assert without == set()


def test_every_alert_is_as_prometheus_reads_it() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names)) > 15
    for rule in rules():
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}, rule["alert"]
        assert DURATION.fullmatch(rule.get("for", "0s"))
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"].endswith(".")
        assert re.fullmatch(r"Earshot[A-Za-z]+", rule["alert"])


def test_labels_that_a_summary_names_are_left_by_its_expression() -> None:
    for rule in rules():
        named = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        grouped = {name.strip() for inside in re.findall(r"by \(([^)]*)\)", rule["expr"]) for name in inside.split(",")}
        assert named <= grouped, rule["alert"]


def test_every_alert_has_its_section_and_every_section_its_alert() -> None:
    page = PAGE.read_text(encoding="utf-8")
    inside = page[page.index("\n## Alerts\n") :].split("\n## ")[1]
    sections = dict(re.findall(r"^### (\w+)\n\n(.+?)(?=\n### |\Z)", inside, re.MULTILINE | re.DOTALL))
    assert list(sections) == [rule["alert"] for rule in rules()]
    for rule in rules():
        assert rule["annotations"]["runbook_url"] == f"docs/running.md#{rule['alert'].lower()}"
        assert len(sections[rule["alert"]].split()) > 15, rule["alert"]


def test_links_within_the_page_lead_to_a_heading() -> None:
    page = PAGE.read_text(encoding="utf-8")
    anchors = {
        re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", page, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([\w-]+)\)", page)) <= anchors


def test_the_dashboard_is_one_that_grafana_takes_in() -> None:
    board = json.loads(BOARD.read_text(encoding="utf-8"))
    assert (board["title"], board["uid"]) == ("Earshot", "earshot")
    assert board["schemaVersion"] >= 36
    assert [one["type"] for one in board["templating"]["list"]] == ["datasource"]
    assert len({panel["id"] for panel in panels()}) == len(panels())
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        place = panel["gridPos"]
        cells = {(place["x"] + x, place["y"] + y) for x in range(place["w"]) for y in range(place["h"])}
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
        if panel["type"] != "row":
            assert panel["datasource"]["uid"] == "${datasource}"
            assert {target["refId"] for target in panel["targets"]} <= set("ABCDEF")
