"""Serve a built site as a static host does: compressed, with its 404 page."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache, partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

# What a static host compresses; pictures and archives are compressed already.
TEXTS = (".html", ".css", ".js", ".json", ".svg", ".txt", ".md", ".xml", ".ipynb")
LEVEL = 6  # gzip's usual


@cache
def _compressed(path: Path, changed: int) -> bytes:
    """A text as it is sent; `changed` is when it was written."""
    return gzip.compress(path.read_bytes(), LEVEL)


class Handler(SimpleHTTPRequestHandler):
    """The standard library's server of files; besides, it compresses texts."""

    protocol_version = "HTTP/1.1"  # one connection, many answers

    def __init__(self, *args: Any, prefix: str, **kwargs: Any) -> None:
        self.prefix = prefix
        super().__init__(*args, **kwargs)  # answers the request

    def translate_path(self, path: str) -> str:
        """The file or folder behind an address below the prefix."""
        return super().translate_path("/" + path.removeprefix(self.prefix))

    def guess_type(self, path: str | Path) -> str:
        """The type of a file, with the encoding of a text."""
        kind = super().guess_type(path)
        text = kind.startswith("text/") or kind.endswith(("json", "javascript"))
        return kind + "; charset=utf-8" * text

    def send_head(self) -> BinaryIO | None:
        """Send the head of an answer; returns its body, if it has one."""
        if not self.path.startswith(self.prefix):
            return self.send_error(HTTPStatus.NOT_FOUND)
        found = self.translate_path(self.path)
        path = Path(found, "index.html" if found.endswith("/") else "")
        if path.suffix in TEXTS and path.is_file():
            return self._send_text_head(path, HTTPStatus.OK)
        return super().send_head()

    def _send_text_head(self, path: Path, status: HTTPStatus) -> BinaryIO:
        body = _compressed(path, path.stat().st_mtime_ns)
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        return BytesIO(body)

    def list_directory(self, path: str | Path) -> None:
        """A folder without an index.html is not shown."""
        self.send_error(HTTPStatus.NOT_FOUND)

    def send_error(self, code: int, *args: Any, **kwargs: Any) -> None:
        """Answer with the site's own page for what is not there, if it has one."""
        page = Path(self.directory, "404.html")
        if code != HTTPStatus.NOT_FOUND or not page.is_file():
            return super().send_error(code, *args, **kwargs)
        body = self._send_text_head(page, HTTPStatus.NOT_FOUND)
        if self.command != "HEAD":
            self.copyfile(body, self.wfile)

    def end_headers(self) -> None:
        """A browser may keep what it got for ten minutes, as with GitHub Pages."""
        self.send_header("Cache-Control", "max-age=600")
        super().end_headers()

    def copyfile(self, source: BinaryIO, outputfile: BinaryIO) -> None:
        """Send a body, unless the browser has gone on to another page."""
        try:
            super().copyfile(source, outputfile)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Say nothing of each request."""


class Server(ThreadingHTTPServer):
    """Takes what a browser asks for at once, also while the machine is busy.

    With the standard library's five waiting connections, Linux drops the next: the
    browser takes it for open, and waits on it for minutes.
    """

    request_queue_size = 128


@contextmanager
def served(folder: Path, prefix: str = "/") -> Iterator[str]:
    """Serve a folder on a free local port; yields its address, with a slash.

    With a prefix, such as "/course/", the folder is mounted below it and all other
    addresses answer 404.
    """
    handler = partial(Handler, directory=folder, prefix=prefix)
    server = Server(("127.0.0.1", 0), handler)
    with server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
        server.shutdown()
        thread.join()
