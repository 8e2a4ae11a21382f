"""A real Dovecot on a free port of this machine, its mail in a temporary folder; gone afterwards.

with start_dovecot() as server:
    mailbox = imaplib.IMAP4(server.host, server.port)
"""

import contextlib
import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.programs import first_on_path, missing

HOST = "127.0.0.1"
PASSWORD = "pw"
START_SECONDS = 20.0
CONFIGURATION = """\
base_dir = {folder}/run
state_dir = {folder}/state
instance_name = earshot
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2
auth_failure_delay = 0
log_path = {folder}/dovecot.log
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 1
default_login_user = {user}
default_internal_user = {user}
default_internal_group = {group}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {folder}/oauth2.conf
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
"""
TOKENS = """\
tokeninfo_url = {tokens}
username_attribute = email
"""


@dataclass(frozen=True, slots=True)
class DovecotServer:
    port: int
    folder: Path
    host: str = HOST
    password: str = PASSWORD

    @property
    def address(self) -> str:
        return f"imap://{self.host}:{self.port}"

    def deliver(self, user: str, raw: bytes, *, folder: str = "INBOX") -> None:
        """Puts a mail into a folder, as a mail server would; any user's mailbox is there once it is asked for."""
        with self.log_in(user) as mailbox:
            assert mailbox.append(folder, "", "", raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))[0] == "OK"

    @contextmanager
    def log_in(self, user: str) -> Iterator[imaplib.IMAP4]:
        """A log-in of our own, past the client that is tested."""
        mailbox = imaplib.IMAP4(self.host, self.port, timeout=START_SECONDS)
        try:
            mailbox.login(user, self.password)
            yield mailbox
        finally:
            mailbox.logout()

    def renumber(self, user: str) -> None:
        """A new UIDVALIDITY for the inbox, as after a restore from a backup."""
        mail = self.folder / "mail" / user
        for index in [*mail.glob("dovecot*"), *mail.glob(".Sent/dovecot*")]:
            index.unlink()
        time.sleep(1.1)  # Dovecot numbers anew by the second


@contextmanager
def start_dovecot(tokens: str = "http://127.0.0.1:1/?") -> Iterator[DovecotServer]:
    """`tokens`: address that tells whose an access token is, which is put behind it."""
    program = first_on_path("dovecot") or next(filter(Path.exists, [Path("/usr/sbin/dovecot")]), None)
    if program is None:
        missing("Dovecot", "dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="earshot-dovecot-", dir="/tmp"))  # a socket's path must be short
    folder.chmod(0o755)
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name  # it keeps no mail as root
    group = _group_of(user)
    for name in ("run", "state", "mail"):
        (folder / name).mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder / "mail", user, group)
    port = free_port()
    file = folder / "dovecot.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, user=user, group=group, password=PASSWORD))
    (folder / "oauth2.conf").write_text(TOKENS.format(tokens=tokens))
    with (
        (folder / "output").open("wb") as output,
        subprocess.Popen(
            [program, "-F", "-c", file], stdin=subprocess.DEVNULL, stdout=output, stderr=output
        ) as process,
    ):
        try:
            _wait(port, process, folder)
            yield DovecotServer(port, folder)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(START_SECONDS)
            process.kill()
    shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int, process: "subprocess.Popen[bytes]", folder: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError, imaplib.IMAP4.error):
            mailbox = imaplib.IMAP4(HOST, port, timeout=START_SECONDS)
            mailbox.login("probe", PASSWORD)
            mailbox.logout()
            return
        time.sleep(0.05)
    said = [
        path.read_text(errors="replace")[-2000:]
        for path in (folder / "output", folder / "dovecot.log")
        if path.exists()
    ]
    raise AssertionError("Dovecot does not answer:\n" + "\n".join(said))


def _group_of(user: str) -> str:

    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def free_port() -> int:
    with socket.create_server((HOST, 0)) as server:
        port: int = server.getsockname()[1]
    return port
