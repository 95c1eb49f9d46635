"""The one table of budgets, and what measures a page and the site against it."""

import gzip
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from scripts.browser import static_server

KB = 1000  # bytes
BUDGETS = {
    # transferred on the first load of a page, compressed
    "bytes of a page": 160 * KB,
    "bytes of a notebook page": 240 * KB,
    "bytes of the search index": 90 * KB,  # with the first search, not before
    "files that a page waits for": 3,  # two stylesheets of the theme, and site.css
    "requests to other hosts": 0,
    "axe violations": 0,
    "lines in the console": 0,
    "layout shift": 0,
    # of our own
    "lines of site.css": 249,
    "lines of site-wide JavaScript": 399,
    "lines of a tool's JavaScript": 300,
    "lines of a tool's CSS": 249,
    # Lighthouse, of 100; of performance, the recorded medians alone
    "performance, median": 98,
    "accessibility": 100,
    "best-practices": 100,
    "seo": 100,
}
SITE_WIDE = ("site.js", "dom.js", "predict.js", "progress.js")
# Shifts from the first frame on, those before this script's start too
WATCH = """new PerformanceObserver(list => {
  for (const entry of list.getEntries()) {
    window.shifted = (window.shifted ?? 0) + entry.value
    window.shiftedBy = entry.sources[0]?.node?.nodeName
  }
}).observe({ type: "layout-shift", buffered: true })"""
LATE = "new Promise(done => setTimeout(done, 250))"
WAITS_FOR = """() => [
  ...[...document.querySelectorAll("link[rel=stylesheet]")]
    .filter(link => matchMedia(link.media).matches),
  ...document.querySelectorAll("script[src]:not([defer], [async], [type=module])"),
].map(element => element.getAttribute("href") ?? element.getAttribute("src"))"""
IMAGES = """() => [...document.querySelectorAll("article img")].map(image => [
  image.getAttribute("src").slice(-60),
  ["alt", "width", "height"].filter(name => !image.getAttribute(name)),
  image.loading === "lazy" || image.getBoundingClientRect().top + scrollY < innerHeight,
])"""


def page_faults(opened, site: Path, address: str) -> tuple[list[str], int]:
    """What a page that has just been loaded spends too much of; and its bytes."""
    page = opened.page
    page.wait_for_load_state("networkidle")
    asked = list(dict.fromkeys(opened.requests))
    foreign = [url for url in asked if not url.startswith((address, "data:", "blob:"))]
    ours = [file_of(site, address, url) for url in asked if url.startswith(address)]
    spent = sum(transferred(path) for path in ours if path.is_file())
    kind = "notebook page" if "/notebooks/" in page.url else "page"
    wrong = [f"asks for {url}" for url in foreign]
    if spent > BUDGETS[f"bytes of a {kind}"]:
        wrong.append(f"takes {spent} bytes of {BUDGETS[f'bytes of a {kind}']}")
    waits = page.evaluate(WAITS_FOR)
    if len(waits) > BUDGETS["files that a page waits for"]:
        wrong.append(f"waits for {len(waits)} files: {waits}")
    for source, lacking, lazy in page.evaluate(IMAGES):
        wrong += [f"the image {source} has no {name}" for name in lacking]
        wrong += [] if lazy else [f"the image {source} is below the fold and not lazy"]
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.evaluate(LATE)
    # To three digits, as Lighthouse says it: once, on a busy machine, a list moved by
    # 0.0003 while the page was being painted.
    if round(shifted := page.evaluate("window.shifted ?? 0"), 3):
        wrong.append(f"shifts by {shifted:.4f}, {page.evaluate('window.shiftedBy')}")
    return wrong + opened.console, spent


def transferred(path: Path) -> int:
    """The bytes that a host sends for a file, without the head of the answer."""
    return _transferred(path, path.stat().st_mtime_ns)


@cache
def _transferred(path: Path, changed: int) -> int:
    """The same, remembered until the file is written again."""
    content = path.read_bytes()
    if path.suffix in static_server.TEXTS:
        return len(gzip.compress(content, static_server.LEVEL))
    return len(content)


def file_of(site: Path, address: str, url: str) -> Path:
    """The file behind an address."""
    path = site / unquote(urlsplit(url).path).lstrip("/")
    return path / "index.html" if path.is_dir() else path


def site_faults(site: Path) -> list[str]:
    """What the site as a whole has too much of."""
    wrong = []

    def check(name: str, found: int, where: str) -> None:
        if found > BUDGETS[name]:
            wrong.append(f"{where}: {found}, and {name} are {BUDGETS[name]} at most")

    index = site / "search/search_index.json"
    check("bytes of the search index", transferred(index), index.name)
    assets = site / "assets"
    check("lines of site.css", lines(assets / "site.css"), "site.css")
    wide = sum(lines(assets / name) for name in SITE_WIDE)
    check("lines of site-wide JavaScript", wide, " + ".join(SITE_WIDE))
    for tool in sorted(assets.glob("*.js")):
        if tool.name not in SITE_WIDE:
            check("lines of a tool's JavaScript", lines(tool), tool.name)
    for style in sorted(assets.glob("*.css")):
        if style.name != "site.css":
            check("lines of a tool's CSS", lines(style), style.name)
    return wrong


def lines(path: Path) -> int:
    """How many lines a file has."""
    return len(path.read_text(encoding="utf-8").splitlines())


def link_fault(url: str) -> str | None:
    """What is wrong with the form of a link to another host; nobody is asked."""
    parts = urlsplit(url)
    if parts.scheme not in ("https", "mailto"):
        return f"{url} is not https"
    if parts.scheme == "https" and "." not in parts.netloc:
        return f"{url} names no host"
    return f"{url} has a blank in it" if any(c.isspace() for c in url) else None
