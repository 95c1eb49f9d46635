"""Where Colab finds a notebook: from configuration, or from a CI's environment."""

import pytest

from scripts.common.errors import SiteError
from scripts.web.colab import colab

PATH = "docs/notebooks/gpu-training.ipynb"
AT = "https://colab.research.google.com/github/"
FORK = {"GITHUB_REPOSITORY": "fork/course", "GITHUB_REF_NAME": "trunk"}


def config(url: str = "", branch: str = "") -> dict:
    """MkDocs' configuration, as far as it matters here."""
    return {"repo_url": url, "extra": {"branch": branch}}


@pytest.mark.parametrize(
    ("given", "environ", "where"),
    [
        (config("https://github.com/a/b", "main"), {}, "a/b/blob/main"),
        (config("https://github.com/a/b.git/", "main"), {}, "a/b/blob/main"),
        (config("https://github.com/a/b", "main"), FORK, "a/b/blob/main"),
        (config("https://github.com/a/b"), FORK, "a/b/blob/trunk"),
        (config(), FORK, "fork/course/blob/trunk"),
        (config(branch="x/y z"), FORK, "fork/course/blob/x/y%20z"),
        (
            config(),
            FORK | {"GITHUB_REF_NAME": "12/merge", "GITHUB_HEAD_REF": "fix"},
            "fork/course/blob/fix",
        ),
    ],
)
def test_colab_opens_the_notebook_of_the_repository(given, environ, where):
    assert colab(given, PATH, environ) == f"{AT}{where}/{PATH}"


@pytest.mark.parametrize(
    ("given", "environ"),
    [
        (config(), {}),
        (config("https://github.com/a/b"), {}),
        (config(branch="main"), {}),
        (config("https://example.org/a/b", "main"), {}),
        (config(), FORK | {"GITHUB_REF_NAME": "12/merge"}),
        (config(), FORK | {"GITHUB_REF_TYPE": "tag"}),
        (config(), FORK | {"GITHUB_SERVER_URL": "https://git.example.org"}),
    ],
)
def test_what_is_not_known_is_not_made_up(given, environ):
    assert colab(given, PATH, environ) is None


@pytest.mark.parametrize(
    "url", ["nonsense", "https://github.com/a", "https://github.com/a/b/c d"]
)
def test_an_address_of_no_repository_is_named(url):
    with pytest.raises(SiteError, match="; expected "):
        colab(config(url, "main"), PATH, {})
