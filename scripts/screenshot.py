"""Take a picture of the built site, for README.md and for looking at the pages.

python scripts/screenshot.py [--page saving-and-loading] [--scheme dark] [--full]
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.browser.chromium import build, chromium
from scripts.browser.static_server import served
from scripts.common.paths import TREE

SOURCES = (".md", "/index.md", ".ipynb")  # what pages are made from


def take(options: argparse.Namespace) -> None:
    """Build, serve, open the page, write the picture."""
    if not any((TREE.docs / f"{options.page}{end}").is_file() for end in SOURCES):
        raise SystemExit(f"error: the site has no page '{options.page}'")
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
    out = TREE.assets / "lesson.png"
    parser.add_argument("--out", type=Path, default=out, help="the PNG to write")
    parser.add_argument("--page", default="saving-and-loading", help="'.' is the index")
    parser.add_argument("--width", type=int, default=1280, help="of the window, in px")
    parser.add_argument("--scheme", choices=["light", "dark"], default="light")
    parser.add_argument("--full", action="store_true", help="the page to its end")
    take(parser.parse_args(arguments))


if __name__ == "__main__":
    main()
