"""Where the course lives on GitHub, and the Colab and Binder links that follow from it.

One file, `solutions/course.json`, names the repository, the branch or tag, and the lessons in
their order. `python -m costlib badges OWNER/REPO` changes it and everything derived from it. The
command alone takes the repository from git, so that a fork needs no more.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from costlib.display.amounts import counted
from costlib.paths import ROOT

# A branch with a slash is refused because neither Colab nor Binder can tell it from a folder.
TARGET = re.compile(
    r"(?P<repository>[A-Za-z0-9][A-Za-z0-9-]*/[\w.-]+?)(?:\.git)?(?:@(?P<ref>[\w.-]+))?", re.ASCII
)
# https://github.com/OWNER/REPO.git, git@github.com:OWNER/REPO.git, ssh://git@github.com/OWNER/REPO
REMOTE = re.compile(r"(?:\w+://)?(?:[^@/]*@)?github\.com[:/](?P<target>[^/]+/[^/]+?)/?")


@dataclass(frozen=True)
class Course:
    """What `solutions/course.json` holds: `OWNER/REPO`, a branch or tag, and slug -> title."""

    repository: str
    ref: str
    lessons: dict[str, str]

    @property
    def clone(self) -> str:
        """The arguments of `git clone` that fetch this version of the course."""
        return f"--branch {self.ref} https://github.com/{self.repository} "

    @property
    def colab(self) -> str:
        """The address under which Colab opens the files of this repository."""
        return f"colab.research.google.com/github/{self.repository}/blob/{self.ref}/"

    @property
    def binder(self) -> str:
        """The address under which mybinder.org starts this repository."""
        return f"mybinder.org/v2/gh/{self.repository}/{self.ref}"

    @property
    def site(self) -> str:
        """The address of the web pages that the repository's workflow publishes."""
        return "{}.github.io/{}/".format(*self.repository.split("/"))

    def badges(self, notebook: str) -> str:
        """Markdown for the two badges of a notebook, given as `folder/name.ipynb`."""
        path = notebook.replace("/", "%2F")
        return (
            "[![Open this notebook in Colab]"
            "(https://colab.research.google.com/assets/colab-badge.svg)]"
            f"(https://{self.colab}{notebook}) · "
            "[![Start this notebook on Binder](https://mybinder.org/badge_logo.svg)]"
            f"(https://{self.binder}?urlpath=doc%2Ftree%2F{path})"
        )

    def link(self, text: str, notebook: str) -> str:
        """Markdown for a link to a neighbour, given as `folder/name.ipynb`, that works anywhere.

        JupyterLab and GitHub follow a path from notebook to notebook; Colab has opened a single
        file, so it gets an address of its own.
        """
        name = notebook.rpartition("/")[2]
        return f"[{text}]({name}) ([in Colab](https://{self.colab}{notebook}))"


def read_course(root: Path = ROOT) -> Course:
    """The course as configured in `solutions/course.json` under `root`."""
    return Course(**json.loads((root / "solutions" / "course.json").read_text("utf-8")))


def move(text: str, old: Course, new: Course) -> str:
    """`text` with every link into the old repository and ref pointing into the new one."""
    for name in ("clone", "colab", "binder", "site"):
        text = text.replace(getattr(old, name), getattr(new, name))
    # The look-ahead keeps github.com/a/b from matching inside github.com/a/b-c or github.com/a/b.c
    plain = rf"github\.com/{re.escape(old.repository)}(?![\w-]|\.(?!git\b)\w)"
    return re.sub(plain, f"github.com/{new.repository}", text)


def remote(root: Path) -> str:
    """OWNER/REPO of git's remote `origin`, where that is on GitHub; empty otherwise."""
    command = ["git", "-C", str(root), "remote", "get-url", "origin"]
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:  # no git here
        return ""
    found = REMOTE.fullmatch(done.stdout.strip())
    return found["target"] if found else ""


def main(options: argparse.Namespace, root: Path = ROOT) -> int:
    """Point the course at another repository: course.json, then whatever links to it.

    Nothing is executed: a link stands in sources only, never in an output. Gives the exit code:
    0, or 2 when there is no repository of the form OWNER/REPO or OWNER/REPO@REF.
    """
    named = options.target if options.target is not None else remote(root)
    target = TARGET.fullmatch(named)
    if target is None:
        print(
            f"{named!r} is no repository: write OWNER/REPO or OWNER/REPO@BRANCH-OR-TAG, for "
            "example ada/ai-costs@v1.0."
            if named
            else "git has no remote origin on GitHub here: write OWNER/REPO after the command.",
            file=sys.stderr,
        )
        return 2
    old = read_course(root)
    new = Course(target["repository"], target["ref"] or old.ref, old.lessons)
    config = {"repository": new.repository, "ref": new.ref, "lessons": new.lessons}
    written = [_write(root / "solutions" / "course.json", json.dumps(config, indent=2) + "\n")]
    notebooks = [*root.glob("lessons/*.ipynb"), *root.glob("solutions/*.ipynb")]
    for path in (root / "README.md", root / "INSTRUCTORS.md", *notebooks):
        if path.exists():
            written.append(_write(path, move(path.read_text("utf-8"), old, new)))
    changed = counted(sum(written), "file")
    print(f"{new.repository} at {new.ref}: {changed} changed, nothing to rebuild")
    return 0


def _write(path: Path, text: str) -> bool:
    """Write with LF on every system; True when that changed the file."""
    if path.exists() and path.read_text("utf-8") == text:
        return False
    path.write_bytes(text.encode())
    return True
