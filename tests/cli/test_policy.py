from html.parser import HTMLParser
from pathlib import Path

import pytest

from policy.paths import load_paths
from tests.cli.conftest import Earshot


class Shape(HTMLParser):
    """What an accessible page without scripts has to have."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.named: list[str] = []
        self.count: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.count[tag] = self.count.get(tag, 0) + 1
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        self.named += (given.get("aria-labelledby") or "").split()


@pytest.mark.parametrize("sector", ["generic", "bank", "insurer", "super", "telco", "retail", "it"])
def test_the_document_of_every_sector_has_each_path_with_a_chart_and_no_script(
    earshot: Earshot, tmp_path: Path, sector: str
) -> None:
    done = earshot("policy", "document", "--sector", sector, "--out", str(tmp_path / "policy.html"))
    assert done.code == 0, done.err
    paths = load_paths(sector)
    assert f"{sector} 2026-11: {len(paths.paths)} paths" in done.err
    page = (tmp_path / "policy.html").read_text()
    shape = Shape()
    shape.feed(page)
    assert shape.count["svg"] == len(paths.paths)
    assert shape.count["desc"] == len(paths.paths)
    assert "script" not in shape.count and "link" not in shape.count
    assert len(set(shape.ids)) == len(shape.ids)
    assert set(shape.named) <= set(shape.ids)
    for path in paths.paths:
        assert path.name in page.replace("&amp;", "&")
    for name in paths.reasons.values():
        assert name in page


def test_it_goes_to_standard_output_and_needs_no_database(earshot: Earshot, tmp_path: Path) -> None:
    done = earshot("policy", "document")
    assert done.code == 0
    assert done.out.startswith("<!doctype html>")
    assert not (tmp_path / "home" / "earshot.db").exists()


def test_an_unknown_sector_is_named_with_those_there_are(earshot: Earshot) -> None:
    done = earshot("policy", "document", "--sector", "circus")
    assert done.code == 2
    assert "sector 'circus' is unknown" in done.err
