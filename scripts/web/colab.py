"""Where the repository is on the web: from configuration, never hard-coded."""

import os
import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from scripts.common.errors import SiteError

HOST = "github.com"  # the one whose notebooks Colab opens by their address
NAME = re.compile(r"[A-Za-z0-9_.-]+")


def colab(config, path: str, environ: Mapping[str, str] = os.environ) -> str | None:
    """The address that opens a notebook of the repository in Colab.

    None where repository or branch are not known, or the repository is not on GitHub.
    `config` is MkDocs' (repo_url, extra.branch); `environ` is that of a CI in a fork.
    Raises SiteError for a repo_url that is no repository's.
    """
    repository, branch = _repository(config, environ), _branch(config, environ)
    if not (repository and branch):
        return None
    where = f"{repository}/blob/{quote(branch)}/{quote(path)}"
    return f"https://colab.research.google.com/github/{where}"


def _repository(config, environ: Mapping[str, str]) -> str | None:
    """`owner/name` on GitHub, or None."""
    if url := config.get("repo_url"):
        return _of_url(url)
    server = environ.get("GITHUB_SERVER_URL", f"https://{HOST}")
    name = environ.get("GITHUB_REPOSITORY")
    return _of_url(f"{server.rstrip('/')}/{name}") if name else None


def _of_url(url: str) -> str | None:
    parts = urlsplit(url)
    if not parts.hostname:
        raise SiteError(
            f"repo_url is '{url}'; expected an address such as "
            f"https://{HOST}/owner/name"
        )
    if parts.hostname not in (HOST, f"www.{HOST}"):
        return None
    names = parts.path.strip("/").removesuffix(".git").split("/")
    if len(names) != 2 or not all(NAME.fullmatch(name) for name in names):
        raise SiteError(f"repo_url is '{url}'; expected https://{HOST}/owner/name")
    return "/".join(names)


def _branch(config, environ: Mapping[str, str]) -> str | None:
    """As configured; else the branch that a CI builds, of a pull request its own."""
    configured = (config.get("extra") or {}).get("branch")
    if configured or environ.get("GITHUB_REF_TYPE") == "tag":
        return configured or None
    name = environ.get("GITHUB_HEAD_REF") or environ.get("GITHUB_REF_NAME")
    merged = bool(re.fullmatch(r"\d+/merge", name or ""))  # a request's, no branch
    return name if name and not merged else None
