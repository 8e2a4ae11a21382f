"""`make screenshots`: the real program with the bundled sample, on a folder of its own, and pictures of its screens.

Writes docs/img/<screen>.png, 1360 wide and light; a picture that is too large for the repository is an error.
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from inbox.access import ADMIN
from inbox.passwords import Passwords
from store.store import Store
from tests.browser.conftest import NAMES, QUIET
from tests.program import Program

HERE = Path(__file__).resolve().parents[2]
TARGET = HERE / "docs" / "img"
MOST_BYTES = 300_000
PASSWORD = "only for pictures"
SETTLED_SECONDS = 240
ANSWERED, OWNED = 2, 3
WORDS = "Thank you for telling us. We look into it now and write to you again today."
HEIGHTS = {"case": 1240, "complaint": 1100, "board": 1500}
SMALLER = (900, 800, 700, 600)
"""Heights that are tried where a picture is too large; one that is too large is not written."""
SHOTS = (
    *("queue", "case", "complaint", "complaints", "board", "channels", "register", "health"),
    *("escalations", "promises", "replies", "approvals", "crisis", "figures", "follow-up", "desk"),
    *("compliance", "people", "policy", "operations"),
)


def main() -> int:
    chromium = next((path for name in NAMES if (path := shutil.which(name))), None)
    if chromium is None:
        sys.stderr.write(f"screenshots: none of {', '.join(NAMES)} is on PATH; on Debian: apt-get install chromium\n")
        return 1
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="earshot-pictures-") as folder:
        program = Program(Path(folder) / "home")
        with program.up("--sample"):
            store = Store(f"sqlite:///{program.home / 'earshot.db'}")
            _wait_for_the_sample(program)
            _let_somebody_in(store)
            with _logged_in(chromium, f"http://127.0.0.1:{program.environment['EARSHOT_WEB_PORT']}") as page:
                _work_a_little(page)
                too_large = [name for name in SHOTS if _shoot(page, store, name) > MOST_BYTES]
            store.close()
    if too_large:
        sys.stderr.write(f"screenshots: larger than {MOST_BYTES} bytes: {', '.join(too_large)}\n")
    return 1 if too_large else 0


def _wait_for_the_sample(program: Program) -> None:
    def is_triaged() -> bool:
        messages = program.status()["messages"]
        return bool(messages["triaged"]) and not (messages["received"] or messages["classified"])

    program.wait_for(is_triaged, seconds=SETTLED_SECONDS)


def _let_somebody_in(store: Store) -> None:
    """An administrator with a password, as the one-time link would make."""
    now = datetime.now(UTC)
    with store.writing() as transaction:
        user = transaction.accounts.by_name(ADMIN)
        number = user.id if user is not None else transaction.accounts.add(ADMIN, "admin", now=now)
        transaction.accounts.set_password(number, Passwords().hash(PASSWORD))


@contextmanager
def _logged_in(chromium: str, address: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        context = browser.new_context(
            base_url=address,
            viewport={"width": 1360, "height": 900},
            color_scheme="light",
            reduced_motion="reduce",
            locale="en-AU",
        )
        page = context.new_page()
        page.goto("/login")
        page.get_by_label("Name").fill(ADMIN)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.wait_for_url("**/")
        yield page
        browser.close()


def _work_a_little(page: Page) -> None:
    """So that the pictures show work: the first cases are taken, and two of them answered."""
    for place, link in enumerate(_cases_of_the_queue(page)[: ANSWERED + OWNED]):
        page.goto(link)
        page.get_by_role("button", name="Assign to me").first.click()
        page.wait_for_load_state()
        if place < ANSWERED and page.get_by_label("Your reply").count():
            page.get_by_label("Your reply").fill(WORDS)
            page.locator("#composer .send button[type=submit]").last.click()
            page.wait_for_load_state()


def _cases_of_the_queue(page: Page) -> list[str]:
    page.goto("/?view=unowned")
    links = page.locator("a.open").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    return [str(link) for link in links]


def _place(page: Page, store: Store, name: str) -> str:
    """Where a screen is; a case and a complaint that show much."""
    if name == "case":
        return _cases_of_the_queue(page)[0]
    if name == "complaint":
        with store.reading() as transaction:
            listed = next(iter(transaction.complaints.all()), None)
        return f"/complaints/{listed.id}" if listed is not None else "/complaints"
    return {"queue": "/", "register": "/register"}.get(name, f"/{name}")


def _shoot(page: Page, store: Store, name: str) -> int:
    """The size of the picture in bytes."""
    page.goto(_place(page, store, name))
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    file = TARGET / f"{name}.png"
    for height in (HEIGHTS.get(name, 900), *SMALLER):
        page.set_viewport_size({"width": 1360, "height": height})
        picture = page.screenshot()
        if len(picture) <= MOST_BYTES:
            file.write_bytes(picture)
            sys.stdout.write(f"{file.relative_to(HERE)}: {len(picture) // 1000} kB\n")
            break
    return len(picture)


if __name__ == "__main__":
    sys.exit(main())
