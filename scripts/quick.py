"""Run the tests that the last change can break, and say which ones are left out.

python scripts/quick.py [--since COMMIT] [ARGUMENT …]

`scripts/test --quick` calls this, once everything is set up. What has changed is what
git says: since the last commit, or since COMMIT, with files that git does not know yet.
Other arguments go to pytest.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.captures import fingerprints
from scripts.common.errors import SiteError
from scripts.common.paths import TREE, captures_of, programs
from scripts.page.program import program
from scripts.testing import imports
from scripts.testing.choice import Choice, choose, is_test, slug_of


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status of what ran."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--since", default="HEAD", metavar="COMMIT")
    options, others = parser.parse_known_args(arguments)
    try:
        changed = changed_since(options.since)
    except SiteError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if not changed:
        print(f"nothing has changed since {options.since}, so there is nothing to run")
        print("(--since HEAD~1 takes what the last commit changed, too)")
        return 0
    needs = imports.graph(TREE.root)
    others_now = [s for s in programs() if runs_again(s, options.since, changed)]
    choice = choose(changed, needs, programs(), others_now)
    say(choice, changed, options.since, [name for name in needs if is_test(name)])
    return run(choice, others)


def changed_since(commit: str) -> list[str]:
    """The paths that differ from a commit, and those that git does not know yet."""
    if git("rev-parse", "--verify", "--quiet", f"{commit}^{{commit}}") is None:
        raise SiteError(
            f"git knows no commit {commit} here; scripts/test without --quick runs all"
        )
    differ = git("diff", "--name-only", "--no-renames", "-z", commit, "--") or ""
    new = git("ls-files", "--others", "--exclude-standard", "-z") or ""
    return sorted({path for path in f"{differ}\0{new}".split("\0") if path})


def git(*arguments: str) -> str | None:
    """What git prints in the tree; None if it fails, or is not there."""
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=TREE.root,
            capture_output=True,
            text=True,
            encoding="utf-8",
        )
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None


def runs_again(slug: str, commit: str, changed: list[str]) -> bool:
    """Is a page's program, or what it printed, another than it was at a commit?"""
    folder = TREE.name(captures_of(slug))
    if any(slug_of(path) == slug and path.endswith(".txt") for path in changed):
        return True
    before = git("show", f"{commit}:{folder}/program.json")
    try:
        now = fingerprints.of_blocks([block.code for block in program(slug)])
    except SiteError:  # the checks name what is wrong with the page
        return False
    return before is None or json.loads(before)["fingerprint"] != now


def say(choice: Choice, changed: list[str], commit: str, every: list[str]) -> None:
    """Print what is run and why, and what is not."""
    print(f"{len(changed)} changed since {commit}: {', '.join(changed)}")
    print("This runs:")
    print("  scripts/prebuild.py --check")
    for test, why in sorted(choice.tests.items()):
        print(f"  {test}  ({why})" if test != why else f"  {test}")
    if choice.pages:
        print(f"  in a browser: only {', '.join(sorted(choice.pages))}")
    print(f"left out: {len(set(every) - choice.files())} of {len(every)} test files")
    for test, why in sorted(choice.slow.items()):
        print(f"  {test} takes minutes  ({why})")
    for path in choice.unplaced:
        print(f"  what {path} can break is not known here")
    print("Run scripts/test, without --quick, before you share this change.")
    sys.stdout.flush()


def run(choice: Choice, arguments: list[str]) -> int:
    """Check the tree, then run the chosen tests; a status that is not 0 wins."""
    check = [sys.executable, "scripts/prebuild.py", "--check"]
    checked = subprocess.call(check, cwd=TREE.root)
    tested = 0
    if choice.tests:
        # Two processes, each of which takes whole files, as in the whole run
        command = [sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile"]
        command += [*choice.tests, *arguments]
        env = {**os.environ, "QUICK_PAGES": " ".join(sorted(choice.pages))}
        tested = subprocess.call(command, cwd=TREE.root, env=env)
    if checked:
        print("scripts/prebuild.py --check has found problems: they stand further up")
    if tested < 0:  # a signal ended pytest; a shell says so above 128
        print(
            f"pytest was ended by signal {-tested}: what it did not reach was not run"
        )
        tested = 128 - tested
    return tested or checked


if __name__ == "__main__":
    sys.exit(main())
