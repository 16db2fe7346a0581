"""The two sides that are compared: the files of a commit in a folder of their own, and the work tree."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from guard.findings import CouldNotRunError

PARTS = ("domains", "examples", "queries")
"""The folders in which consumers see a change."""


@dataclass(frozen=True)
class Base:
    """The side that is there already: its files in `folder`, and what messages call it."""

    folder: Path
    name: str
    commit: str
    uncommitted: bool
    """Whether the work tree has changes in `PARTS` that no commit has."""


def check_out(repository: Path, name: str, into: Path) -> Base:
    """The files of the commit from which the work tree's branch left `name`, in `into`. Raises CouldNotRunError.

    Neither the work tree nor git's index is touched.
    """
    into.mkdir(exist_ok=True)
    git = _Git(repository)
    prefix = git.folder()
    commit = git.base(name)
    files = git.ask("ls-tree", "-r", "-z", "--name-only", commit, "--", *PARTS)
    index = {"GIT_INDEX_FILE": str(into / "index")}
    git.ask("read-tree", commit, env=index)
    git.ask("checkout-index", "-z", "--stdin", f"--prefix={into}/files/", text=files, env=index)
    folder = into / "files" / prefix
    for part in PARTS:
        (folder / part).mkdir(parents=True, exist_ok=True)
    changed = git.ask("status", "--porcelain", "--untracked-files=all", "--", *PARTS)
    return Base(folder, name, git.ask("rev-parse", "--short", commit).strip(), bool(changed))


class _Git:
    def __init__(self, repository: Path) -> None:
        program = shutil.which("git")
        if program is None:
            raise CouldNotRunError("git is not installed, and the guard compares with one of its commits: install it.")
        self._program, self._repository = program, repository

    def folder(self) -> str:
        """Where in its repository the project is: nothing, or a folder with a slash behind it."""
        done = self._run("rev-parse", "--show-prefix")
        if done.returncode:
            reason = done.stderr.strip().splitlines()[-1:] or ["no reason given"]
            raise CouldNotRunError(
                f"{self._repository} is no repository that git can read, and the guard compares with one of its "
                f"commits: {reason[0].removeprefix('fatal: ')}"
            )
        return done.stdout.strip()

    def base(self, name: str) -> str:
        """The commit from which this branch left `name`: what came to `name` later is no change of this branch."""
        commit = None if name.startswith("-") else self._commit(name)
        if commit is None:
            raise CouldNotRunError(f"there is no commit {name!r} here. {self._instead(name)}")
        if self._commit("HEAD") is None:
            raise CouldNotRunError("this branch has no commit yet: commit first, then there is something to compare.")
        done = self._run("merge-base", commit, "HEAD")
        if done.returncode:
            whole = self._shallow() or f"They have nothing in common: name the branch that this one left: {_USAGE}"
            raise CouldNotRunError(f"git finds no commit that {name} and this branch share. {whole}")
        return done.stdout.strip()

    def ask(self, *words: str, text: str = "", env: dict[str, str] | None = None) -> str:
        done = self._run(*words, text=text, env=env)
        if done.returncode:
            raise CouldNotRunError(f"`git {words[0]}` failed: {done.stderr.strip() or 'without a word'}")
        return done.stdout

    def _commit(self, name: str) -> str | None:
        done = self._run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
        return None if done.returncode else done.stdout.strip()

    def _instead(self, name: str) -> str:
        listed = self._run("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes").stdout.split()
        if alike := next((each for each in listed if each.endswith(f"/{name}")), None):
            return f"Type: make guard BASE={alike}"
        if shallow := self._shallow():
            return shallow
        branches = [each for each in listed if not each.endswith("/HEAD")]
        return f"Name a branch or a commit: {_USAGE}" + (f" (there are {', '.join(branches[:8])})" if branches else "")

    def _shallow(self) -> str | None:
        if self._run("rev-parse", "--is-shallow-repository").stdout.strip() != "true":
            return None
        return "This clone is shallow: type `git fetch --unshallow` (actions/checkout: `fetch-depth: 0`), then again."

    def _run(self, *words: str, text: str = "", env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self._program, "-C", str(self._repository), *words],
            input=text,
            capture_output=True,
            text=True,
            errors="surrogateescape",
            check=False,
            env=_ENVIRONMENT | (env or {}),
        )


_USAGE = "make guard BASE=main"
# what a hook of git is told of its own repository would lead elsewhere
_ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | {"LC_ALL": "C"}
