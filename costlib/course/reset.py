"""`python -m costlib reset 3`: a fresh copy of a lesson, the old one kept aside.

The fresh copy comes from git, where the lesson was before anybody worked on it: exact, outputs
included, and with nothing to install or run. Used by README.md; no units.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from costlib.paths import ROOT


class Problem(Exception):
    """Why a lesson cannot be reset; its text is the sentence to print."""


def reset_lesson(lesson: int, *, version: str = "HEAD", root: Path = ROOT) -> tuple[Path, Path]:
    """Put a fresh `lessons/NN_*.ipynb` in place; returns its path and that of the copy kept aside.

    Raises `Problem` when git has no such lesson, or when there is nothing to reset.
    """
    # In a branch where a learner committed their work, HEAD holds that: hence `version`.
    unknown = (
        f"git has no version {version!r} of the course: name a branch, a tag or a commit, for "
        "example: --from origin/main."
    )
    wanted = ("rev-parse", "--verify", "--quiet", f"{version}^{{tree}}")
    tree = _git(root, *wanted, silent=unknown).decode().strip()
    listed = _git(root, "ls-tree", "--name-only", tree, "lessons/").decode().splitlines()
    names = [name for name in listed if Path(name).match(f"{lesson:02d}_*.ipynb")]
    if not names:
        raise Problem(f"Version {version} of the course has no notebook of lesson {lesson}.")
    current = root / names[0]
    fresh = _git(root, "show", f"{tree}:{names[0]}")
    if current.is_file() and current.read_bytes() == fresh:
        raise Problem(
            f"{names[0]} is already as in version {version}. If your own work was committed "
            "there, name another version, for example: --from origin/main."
        )
    # Whatever bears the name is moved, not read: a folder, or a link that leads nowhere, too.
    kept = _keep_aside(current) if os.path.lexists(current) else current
    current.parent.mkdir(exist_ok=True)
    current.write_bytes(fresh)
    return current, kept


def _keep_aside(path: Path) -> Path:
    """Move a notebook to `kept/`, beside it, under the first free number."""
    folder = path.parent / "kept"
    folder.mkdir(exist_ok=True)
    number = 1
    while os.path.lexists(kept := folder / f"{path.stem}.{number}.ipynb"):
        number += 1
    os.replace(path, kept)
    return kept


def _git(root: Path, *arguments: str, silent: str = "") -> bytes:
    """What git prints; `silent` is the problem where it fails and does not say why."""
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True)
    except FileNotFoundError:
        raise Problem("git is not installed: install it, or download the lesson again.") from None
    if done.returncode and silent and not done.stderr:
        raise Problem(silent)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise Problem(f"git cannot give the fresh copy ({said[0]}): download the lesson again.")
    return done.stdout


def main(options: argparse.Namespace) -> int:
    """Reset lessons by number. Returns 0, or 1 when one of them could not be reset."""
    failed = 0
    for lesson in options.lesson:
        try:
            fresh, kept = reset_lesson(lesson, version=options.version)
        except (Problem, OSError) as problem:
            print(problem, file=sys.stderr)
            failed = 1
            continue
        print(f"{fresh.relative_to(ROOT).as_posix()} is fresh.", end=" ")
        if kept != fresh:
            print(f"Yours is kept as {kept.relative_to(ROOT).as_posix()}.", end=" ")
        print("If it is open in JupyterLab, use File > Reload Notebook from Disk.")
    return failed
