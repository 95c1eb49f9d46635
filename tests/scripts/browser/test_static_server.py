"""The server that tests and measurements use does what a static host does."""

import gzip
import http.client
import socket
import threading
from functools import partial
from urllib.parse import urlsplit

import pytest
from browser.budgets import transferred

from scripts.browser import static_server


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "site"
    (root / "a").mkdir(parents=True)
    (root / "index.html").write_text("front", encoding="utf-8")
    (root / "a/index.html").write_text("é" * 500, encoding="utf-8")
    (root / "a/x.png").write_bytes(b"\x89PNG")
    (root / "404.html").write_text("lost", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("outside", encoding="utf-8")
    return root


def get(address, path, **headers):
    """Status, headers and body as they come, nothing decoded."""
    host = urlsplit(address).netloc
    connection = http.client.HTTPConnection(host, timeout=60)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    return answer.status, dict(answer.headers), answer.read()


def test_texts_are_compressed_and_pictures_are_not(folder):
    with static_server.served(folder) as address:
        status, headers, body = get(address, "/a/")
        assert (status, headers["Content-Encoding"]) == (200, "gzip")
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert gzip.decompress(body).decode() == "é" * 500
        assert len(body) == transferred(folder / "a/index.html") < 100
        status, headers, body = get(address, "/a/x.png")
        assert body == b"\x89PNG" and "Content-Encoding" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/b/",
        "/a/y.png",
        "/a/x.png/",
        "/a/index.html/",
        "/a/../../secret.txt",
        "/../secret.txt",
        "/%2e%2e/secret.txt",
    ],
)
def test_what_is_not_there_gets_the_404_page(folder, path):
    with static_server.served(folder) as address:
        status, _, body = get(address, path)
        assert status == 404 and gzip.decompress(body) == b"lost"


def test_a_folder_without_an_index_is_not_listed(folder):
    (folder / "a/index.html").unlink()
    with static_server.served(folder) as address:
        status, _, body = get(address, "/a/")
        assert status == 404 and gzip.decompress(body) == b"lost"


def test_a_site_without_a_404_page_says_404_too(folder):
    (folder / "404.html").unlink()
    with static_server.served(folder) as address:
        assert get(address, "/b/")[0] == 404


@pytest.mark.parametrize(("path", "status"), [("/a/", 200), ("/x/", 404)])
def test_the_head_alone(folder, path, status):
    with static_server.served(folder) as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        connection.request("HEAD", path)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (status, b"")
        assert int(answer.headers["Content-Length"]) == len(get(address, path)[2]) > 0
        connection.request("GET", "/a/x.png")  # a body would stand in its way
        assert connection.getresponse().read() == b"\x89PNG"


def test_a_picture_that_has_not_changed_is_not_sent_again(folder):
    with static_server.served(folder) as address:
        _, headers, _ = get(address, "/a/x.png")
        assert headers["Cache-Control"] == "max-age=600"
        since = {"If-Modified-Since": headers["Last-Modified"]}
        assert get(address, "/a/x.png", **since)[::2] == (304, b"")


def test_a_folder_gets_its_slash(folder):
    with static_server.served(folder) as address:
        status, headers, _ = get(address, "/a")
        assert (status, headers["Location"]) == (301, "/a/")


def test_below_a_prefix_and_nowhere_else(folder):
    with static_server.served(folder, "/course/x/") as address:
        assert address.endswith("/course/x/")
        assert gzip.decompress(get(address, "/course/x/")[2]) == b"front"
        assert get(address, "/course/x/a/x.png")[0] == 200
        assert get(address, "/a/x.png")[0] == 404
        assert gzip.decompress(get(address, "/")[2]) == b"lost"


def test_a_file_that_changes_is_sent_anew(folder):
    import os

    with static_server.served(folder) as address:
        assert gzip.decompress(get(address, "/")[2]) == b"front"
        (folder / "index.html").write_text("another", encoding="utf-8")
        os.utime(folder / "index.html", ns=(1, 1))
        assert gzip.decompress(get(address, "/")[2]) == b"another"


def test_connections_that_come_at_once_are_all_answered(folder):
    """As on a busy machine: forty are open before the server takes the first."""
    handler = partial(static_server.Handler, directory=folder, prefix="/")
    with static_server.Server(("127.0.0.1", 0), handler) as server:
        place = "127.0.0.1", server.server_port
        waiting = [socket.create_connection(place, timeout=5) for _ in range(40)]
        for connection in waiting:
            connection.sendall(
                b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            )
        threading.Thread(target=server.serve_forever, daemon=True).start()
        firsts = [connection.recv(12) for connection in waiting]
        for connection in waiting:
            connection.close()
        server.shutdown()
    assert firsts == [b"HTTP/1.1 200"] * 40
