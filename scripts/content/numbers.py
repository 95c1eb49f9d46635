"""The number, or the part of a passport, that stands for a key in a sentence.

`<slug>.<experiment>.<metric>.<median|spread|n>`      a measured number
`<slug>.<experiment>.<name>.<count|setting>`          what was counted; what was chosen
`<slug>.<capture>.<passport|command|recorded|seconds>`  where it is from
`<slug>.<capture>.<gpu|cpu|cores>`                    what machine that is
`<slug>.<experiment>@cuda.…`                          the same, from a GPU
`<slug>.<experiment>@again.…`                         … and from the second recording
`<slug>.cuda.agreement`                               how far two recordings differ
"""

from scripts.captures import capture_file, expected, left_out
from scripts.common.errors import SiteError
from scripts.common.formatting import passport, safe, show, show_spread
from scripts.common.paths import captures_of
from scripts.content import gpu, repeatability

ONCE = {"count": "counts", "setting": "settings"}  # what has no median and no spread


def lookup(key: str) -> str:
    """The text that stands for a key in a sentence. SiteError names an unknown key."""
    parts = key.split(".")
    if len(parts) not in (3, 4):
        raise SiteError(
            f"the key {{{{ {key} }}}} is not <slug>.<capture>.<metric>.<part>"
        )
    if parts[1:] == ["cuda", "agreement"]:
        return repeatability.sentence(parts[0])
    capture, stale = _capture(key, parts[0], parts[1])
    if len(parts) == 3:
        says = [passport(capture) + (", stale" * stale), left_out.sentence(capture)]
        facts = {**capture, "passport": "; ".join(filter(None, says))}
        machine = capture["machine"]
        facts |= {name: machine.get(name) for name in ("gpu", "cpu", "cores")}
        known = ("passport", "command", "recorded", "seconds", "gpu", "cpu", "cores")
        if parts[2] not in known or facts[parts[2]] is None:
            raise SiteError(f"the key {{{{ {key} }}}} names no part of the passport")
        return safe(show(facts[parts[2]]))
    result, name, part = capture["result"], parts[2], parts[3]
    try:
        if part in ONCE:
            return show(result[ONCE[part]][name]) + (" (stale)" * stale)
        metric = result["metrics"][name]
        number = metric[part]
    except KeyError as error:
        where = capture["machine"]["gpu"] or "a CPU"
        raise SiteError(
            f"the key {{{{ {key} }}}} is not in its capture, recorded on {where}"
        ) from error
    said = show_spread(number, metric["median"]) if part == "spread" else show(number)
    return said + (" (stale)" * stale)


def _capture(key: str, slug: str, name: str) -> tuple[dict, bool]:
    """The capture that a key speaks of, and whether its numbers have to say "stale".

    That of a CPU has not: the checks fail while it is stale.
    """
    name, _, device = name.partition("@")
    if device in ("", "cpu"):
        return capture_file.load(captures_of(slug) / f"{name}.json"), False
    try:
        if device not in ("cuda", "again"):
            raise SiteError(f"there is no device '{device}'")
        wanted = gpu.want(slug, name)
        if not wanted.path.exists():
            raise SiteError(
                f"{wanted.id} has not been recorded on a GPU; a sentence that needs it "
                f"stands between {{{{ if cuda.{name} }}}} and {{{{ end }}}}"
            )
        stale = expected.state(wanted) == "stale"
        if device == "cuda":
            return capture_file.load(wanted.path), stale
        if again := gpu.second(wanted):
            return again, stale
        raise SiteError(
            f"{wanted.id} has not been recorded twice; a sentence that needs it stands "
            f"between {{{{ if cuda.{name}.<metric>.again }}}} and {{{{ end }}}}"
        )
    except SiteError as error:
        raise SiteError(f"the key {{{{ {key} }}}}: {error}") from error
