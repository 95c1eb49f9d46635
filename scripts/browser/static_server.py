"""Serve a built site as a static host does: compressed, with its 404 page."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from mimetypes import guess_type
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a static host compresses; pictures and archives are compressed already.
TEXTS = (".html", ".css", ".js", ".json", ".svg", ".txt", ".md", ".xml", ".ipynb")
LEVEL = 6  # gzip's usual


@cache
def _body(path: Path, changed: int) -> tuple[bytes, bool]:
    """What is sent for a file, and whether it is compressed."""
    content = path.read_bytes()
    if path.suffix in TEXTS:
        return gzip.compress(content, LEVEL), True
    return content, False


def _handler(folder: Path, prefix: str) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # one connection, many answers

        def do_GET(self) -> None:
            where = unquote(urlsplit(self.path).path)
            path = _file(folder, prefix, where)
            if path and path.is_dir():
                self.send_response(301)
                self.send_header("Location", f"{self.path}/")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            self._send(path or folder / "404.html", 200 if path else 404)

        def _send(self, path: Path, status: int) -> None:
            there = path.is_file()
            body, packed = _body(path, path.stat().st_mtime_ns) if there else (b"", 0)
            kind = guess_type(path.name)[0] or "application/octet-stream"
            self.send_response(status)
            text = kind.startswith("text/") or kind.endswith(("json", "javascript"))
            self.send_header("Content-Type", kind + "; charset=utf-8" * text)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "max-age=600")
            if packed:
                self.send_header("Content-Encoding", "gzip")
            self.end_headers()
            try:
                self.wfile.write(body)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the browser went on to another page

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def _file(folder: Path, prefix: str, where: str) -> Path | None:
    """The file behind an address, or the folder that lacks its slash; else None."""
    if not where.startswith(prefix):
        return None
    path = (folder / where.removeprefix(prefix)).resolve()
    if not path.is_relative_to(folder.resolve()):
        return None
    if path.is_dir() and where.endswith("/"):
        path = path / "index.html"
    return path if path.exists() else None


@contextmanager
def served(folder: Path, prefix: str = "/") -> Iterator[str]:
    """Serve a folder on a free local port; yields its address, with a slash.

    With a prefix, such as "/course/", the folder is mounted below it and all other
    addresses answer 404.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(folder, prefix))
    with server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}{prefix}"
        server.shutdown()
        thread.join()
