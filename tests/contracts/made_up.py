"""Settings in which everything is given, with made-up values: every connector can be opened, none can reach anybody."""

import json
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from connectors.connector import Tools
from connectors.quota import LedgerInMemory
from settings import Settings
from settings_channels import ChannelSettings
from settings_desks import DeskSettings

SPECIAL: dict[str, Any] = {
    "webhook_secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "mailbox_imap": "imaps://imap.bank.test",
    "mailbox_smtp": "smtps://smtp.bank.test",
    "mailbox_address": "care@bank.test",
    "bluesky_jetstream": "wss://jetstream.test/subscribe",
    "bluesky_handle": "larkbank.test",
    "telegram_token": "123456:made-up",
    "public_url": "https://care.bank.test",
    "x_search": "larkbank",
}
"""Where any word will not do."""


def everything(folder: Path) -> Settings:
    """`folder` takes the key files."""
    given = {name: _value(name, folder) for name, field in Settings.model_fields.items() if _belongs(name, field)}
    return Settings.model_validate({"home": folder, **{name: value for name, value in given.items() if value}})


def offline_tools() -> Tools:
    """Whoever makes a call with these fails."""
    return Tools(ledger=LedgerInMemory(), transport=httpx.MockTransport(_refuse), sleep=_no_sleep)


def _belongs(name: str, field: Any) -> bool:
    """Credentials and addresses of vendors: what has no default, and of those only what connectors read."""
    is_vendors = name in ChannelSettings.model_fields or name in DeskSettings.model_fields
    return field.default is None and is_vendors and name != "x_prices"


def _value(name: str, folder: Path) -> Any:
    if name in SPECIAL:
        return SPECIAL[name]
    annotation = str(Settings.model_fields[name].annotation)
    if "Path" in annotation:
        return _key_file(name, folder)
    if "int" in annotation:
        return 7
    if name.endswith("_url"):
        return f"https://{name.removesuffix('_url').replace('_', '-')}.test"
    return "17" if name.endswith("_id") else f"made-up-{name}"


def _key_file(name: str, folder: Path) -> str:
    path = folder / name
    if name == "app_store_key":
        path.write_bytes(_pem(ec.generate_private_key(ec.SECP256R1())))
    else:
        key = _pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)).decode()
        account = {"type": "service_account", "client_email": "earshot@project.test", "private_key": key}
        more = {"private_key_id": "1", "token_uri": "https://token.test/token", "project_id": "project"}
        path.write_text(json.dumps({**account, **more}))
    return str(path)


def _pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    coding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(coding, form, serialization.NoEncryption())


def _refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"a call was made: {request.method} {request.url.host}")


def _no_sleep(seconds: float) -> None:
    raise AssertionError("nobody waits here")
