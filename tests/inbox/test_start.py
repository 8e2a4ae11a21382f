import subprocess
import sys
from pathlib import Path

import pytest

from connectors.local.channel import LocalChannel
from inbox import vendor
from inbox.app import create_app
from models.errors import SetupError

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "sklearn", "transformers", "workers", "classify", "scipy")


def test_the_inbox_loads_neither_the_classifier_nor_the_workers():
    code = f"import sys, inbox.app; print([name for name in {HEAVY!r} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_start_is_refused_while_the_front_end_is_missing(settings, sqlite_store, queues, monkeypatch, tmp_path):
    monkeypatch.setattr(vendor.missing, "__defaults__", (tmp_path,))
    with pytest.raises(SetupError, match="make setup"):
        create_app(settings, sqlite_store, queues, channel_for=lambda name, _, store: LocalChannel(store))


def test_the_lock_file_names_no_place_to_download_from():
    assert "://" not in (vendor.HERE / "package-lock.json").read_text().replace("https://github.com/sponsors", "")


def test_what_is_copied_is_what_npm_installed(tmp_path, monkeypatch):
    for place in vendor.FILES.values():
        file = tmp_path / "node_modules" / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(place)
    monkeypatch.setattr(vendor, "find_npm", lambda: ["true"])
    vendor.fetch(tmp_path, tmp_path / "out")
    assert vendor.missing(tmp_path / "out") == []
    assert (tmp_path / "out" / "htmx.min.js").read_text() == "htmx.org/dist/htmx.min.js"


def test_a_failing_npm_says_what_happened(tmp_path, monkeypatch):
    monkeypatch.setattr(vendor, "find_npm", lambda: ["false"])
    with pytest.raises(SetupError, match="failed with 1"):
        vendor.fetch(tmp_path, tmp_path / "out")
