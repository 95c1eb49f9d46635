"""Take a picture of the built site, for README.md and for looking at the pages.

python scripts/screenshot.py [--page saving-and-loading] [--scheme dark] [--full]
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts.browser.static_server import served  # noqa: E402, the path has to be known first

DEBIAN = Path("/usr/bin/chromium")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def build(folder: Path) -> None:
    """Build the site strictly; CalledProcessError carries what mkdocs said."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet"]
    subprocess.run(
        [*command, "--site-dir", str(folder)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        check=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


@contextmanager
def chromium() -> Iterator:
    """Debian's Chromium, or else Playwright's own."""
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        path = str(DEBIAN) if DEBIAN.exists() else None
        try:
            browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        except Error as error:
            raise SystemExit(
                f"error: no Chromium starts: {str(error).splitlines()[0]}\n"
                "       install Debian's package chromium, or run "
                "python -m playwright install chromium"
            ) from error
        yield browser
        browser.close()


def take(options: argparse.Namespace) -> None:
    """Build, serve, open the page, write the picture."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder)
        try:
            build(site)
        except subprocess.CalledProcessError as error:
            raise SystemExit(
                f"error: the site does not build\n{error.output}"
            ) from error
        if not (site / options.page / "index.html").exists():
            raise SystemExit(f"error: the site has no page '{options.page}'")
        with served(site) as address, chromium() as browser:
            page = browser.new_page(
                viewport={"width": options.width, "height": 800},
                color_scheme=options.scheme,
                reduced_motion="reduce",
            )
            page.goto(f"{address}{options.page}/", wait_until="networkidle")
            options.out.parent.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=options.out, full_page=options.full)
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


def main(arguments: list[str] | None = None) -> None:
    """Read the options and take the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    out = ROOT / "docs/assets/lesson.png"
    parser.add_argument("--out", type=Path, default=out, help="the PNG to write")
    parser.add_argument("--page", default="saving-and-loading", help="'.' is the index")
    parser.add_argument("--width", type=int, default=1280, help="of the window, in px")
    parser.add_argument("--scheme", choices=["light", "dark"], default="light")
    parser.add_argument("--full", action="store_true", help="the page to its end")
    take(parser.parse_args(arguments))


if __name__ == "__main__":
    main()
