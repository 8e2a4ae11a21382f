"""What a release is made of: locked by digest, listed, free of secrets, and looked up where the data can be had."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from detect_secrets.core.scan import scan_file
from detect_secrets.settings import transient_settings

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.lock"))
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    """Name, as package indexes write it, by its version."""
    found = PINNED.findall(lock.read_text(encoding="utf-8"))
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_every_package_is_locked_to_one_version_and_to_digests(lock):
    blocks = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^#.*\n", "", lock.read_text(encoding="utf-8")).strip())
    assert len(blocks) >= len(pins(lock)) > 0
    for block in blocks:
        assert PINNED.match(block), block[:80]
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", block), block[:80]
        assert "://" not in block, block[:80]


def test_torch_alone_is_pinned_without_a_digest():
    lines = (ROOT / "requirements" / "torch.txt").read_text(encoding="utf-8").splitlines()
    named = [line.split("==")[0].strip() for line in lines if line and not line.startswith(("#", "-"))]
    assert named == ["torch"]
    assert "torch" not in {name for lock in LOCKS for name in pins(lock)}


@pytest.mark.slow
def test_the_list_of_what_a_release_is_made_of_holds_each_locked_package_with_its_version(tmp_path):
    """What `make sbom` writes: CycloneDX, of the locks and not of the machine it is made on."""
    for lock in LOCKS:
        file = tmp_path / f"{lock.stem}.json"
        sbom(lock, file)
        told = json.loads(file.read_text(encoding="utf-8"))
        assert told["bomFormat"] == "CycloneDX"
        listed = {re.sub(r"[-_.]+", "-", one["name"]).lower(): one["version"] for one in told["components"]}
        assert pins(lock).items() <= listed.items()
        hashed = [one for one in told["components"] if one.get("hashes") or one.get("externalReferences")]
        assert len(hashed) >= len(pins(lock))


def sbom(lock: Path, file: Path) -> None:
    """As the Makefile makes it."""
    made = ("-m", "cyclonedx_py", "requirements", "--output-reproducible", "--of", "JSON", "-o", str(file), str(lock))
    subprocess.run([sys.executable, *made], check=True, capture_output=True, timeout=120)


PLUGINS = (
    *("ArtifactoryDetector", "AWSKeyDetector", "AzureStorageKeyDetector", "BasicAuthDetector", "CloudantDetector"),
    *(
        "DiscordBotTokenDetector",
        "GitHubTokenDetector",
        "GitLabTokenDetector",
        "IbmCloudIamDetector",
        "JwtTokenDetector",
    ),
    *(
        "MailchimpDetector",
        "NpmDetector",
        "OpenAIDetector",
        "PrivateKeyDetector",
        "PypiTokenDetector",
        "SendGridDetector",
    ),
    *("SlackDetector", "SoftlayerDetector", "SquareOAuthDetector", "StripeDetector", "TelegramBotTokenDetector"),
    *("TwilioKeyDetector",),
)
SKIPPED = (".lock", ".po", ".png", ".safetensors", ".npz", ".gz", ".jsonl", ".svg")
"""Digests, translations, pictures, weights and labelled texts."""


def tracked() -> Iterator[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is no checkout: git knows no tracked files here")
    for name in filter(None, listed.stdout.decode().split("\0")):
        if not name.endswith(SKIPPED) and "/weights/" not in name and (ROOT / name).is_file():
            yield ROOT / name


def found_in(file: Path) -> list[tuple[str, str]]:
    with transient_settings({"plugins_used": [{"name": name} for name in PLUGINS]}):
        return [(one.type, one.secret_value or "") for one in scan_file(str(file))]


ALLOWED = (
    re.compile(
        r"(?i)larkbank|example|secret|password|test|fake|wrong|made.?up|token|user|canary|postgres|earshot|\*\*"
    ),
    re.compile(r"^BEGIN (RSA |EC |OPENSSH )?PRIVATE KEY$"),
)
"""What the made-up credentials of tests and documents say of themselves. There is no baseline file: what is found
and is not here is a leak."""
MADE_UP = ("tests/", ".env.example", "docs/")


@pytest.mark.slow
def test_no_tracked_file_holds_a_credential():
    leaks = []
    for file in tracked():
        name = str(file.relative_to(ROOT))
        for kind, value in found_in(file):
            is_made_up = name.startswith(MADE_UP)
            if not (is_made_up or any(rule.search(value) for rule in ALLOWED)):
                leaks.append((name, kind))
    assert leaks == []


@pytest.mark.parametrize(
    "leak",
    [
        "AKIA" + "QYLPMN5HFIQR7XYA",
        "ghp_" + "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx",
        "sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
    ],
)
def test_a_credential_would_be_found(tmp_path, leak):
    file = tmp_path / "settings.py"
    file.write_text(f'value = "{leak}"\n', encoding="utf-8")
    assert found_in(file)


@pytest.mark.slow
def test_no_locked_package_has_a_known_vulnerability():
    """Where the data of the Python Packaging Advisory Database can be had; else it says why not."""
    lock = ROOT / "requirements" / "runtime.lock"
    made = (
        "-m",
        "pip_audit",
        "--disable-pip",
        "--require-hashes",
        "--format",
        "json",
        "--timeout",
        "10",
        "-r",
        str(lock),
    )
    try:
        done = subprocess.run([sys.executable, *made], capture_output=True, text=True, timeout=90, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("pip-audit: its data did not come within 90 seconds")
    try:
        told = json.loads(done.stdout)
    except ValueError:
        pytest.skip(f"pip-audit cannot reach its data: {(done.stderr.strip().splitlines() or ['no word'])[-1][:200]}")
    looked_up = [one for one in told["dependencies"] if "skip_reason" not in one]
    if not looked_up:
        pytest.skip(f"pip-audit cannot reach its data: {told['dependencies'][0]['skip_reason'][:200]}")
    assert [(one["name"], one["vulns"]) for one in looked_up if one["vulns"]] == []
