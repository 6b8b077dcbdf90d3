"""`python -m costlib lab`: the course in JupyterLab, at its first lesson, with one line of output,
and one more for the learner who comes back to lessons that have changed.

JupyterLab says only what is wrong: its usual lines about extensions and trust say nothing that a
learner can act on. `lab.log` keeps all of them, and `--verbose` shows them. Notebooks that are as
the course has them are trusted. A course that is open already is shown again. Used by README.md;
no units.
"""

from __future__ import annotations

import argparse
import difflib
import os
import secrets
import subprocess
import sys
import webbrowser
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from costlib.course.progress import news
from costlib.paths import ROOT

if TYPE_CHECKING:
    from nbformat.sign import NotebookNotary

LOG = ROOT / "lab.log"
FIRST_PAGE = "lab/tree/lessons/01_pricing_models.ipynb"


def arguments(options: list[str]) -> list[str]:
    """What JupyterLab is started with: the course as its root, and the person's own options."""
    found = [
        f"--ServerApp.root_dir={ROOT}",
        f"--LabApp.default_url=/{FIRST_PAGE}",
        # One that JupyterLab makes itself is announced in six lines.
        f"--IdentityProvider.token={secrets.token_hex(24)}",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        found.append("--allow-root")  # containers; JupyterLab refuses root without it
    return found + options


def unknown(options: list[str]) -> str | None:
    """A sentence on the first option that JupyterLab does not have, None where it has them all.

    Its own answer is a page of usage. What has a dot is a setting, which it warns of in its log.
    """
    from jupyter_server import serverapp
    from jupyterlab.labapp import LabApp

    names = {"-h", "--help", "--help-all", "--version", "-y"}
    for table in (serverapp.flags, serverapp.aliases, LabApp.flags, LabApp.aliases):
        for name in table:
            names |= {f"--{each}" for each in ([name] if isinstance(name, str) else name)}
    for option in options:
        name = option.partition("=")[0]
        if name.startswith("-") and "." not in name and name not in names:
            near = difflib.get_close_matches(name, names, n=1, cutoff=0.7)
            meant = f", the nearest is {near[0]}" * bool(near)
            return (
                f"Neither lab nor JupyterLab has an option {name}{meant}: "
                "`python -m costlib lab --help` says where they are listed."
            )
    return None


def running() -> str | None:
    """The address of the course where it is open already."""
    from jupyter_server.serverapp import list_running_servers

    for server in list_running_servers():
        if Path(server["root_dir"]) == ROOT:
            return _address(server["url"], server["token"])
    return None


def _address(server: str, token: str) -> str:
    return f"{server.rstrip('/')}/{FIRST_PAGE}" + (f"?token={token}" if token else "")


def logging_config(quiet: bool) -> dict[str, dict[str, dict[str, str | list[str]]]]:
    """Where the server's log goes, as `logging.config` reads it: the screen, where only errors are
    shown when `quiet`, and LOG, begun anew; without LOG where it cannot be written.
    """
    console: dict[str, str | list[str]] = {"level": "ERROR"} if quiet else {}
    try:
        LOG.write_text("", encoding="utf-8")
    except OSError:  # a course that is only to be read
        return {"handlers": {"console": console}}
    file: dict[str, str | list[str]] = {
        "class": "logging.FileHandler",
        "filename": str(LOG),
        "encoding": "utf-8",
        "level": "INFO",
        "formatter": "console",
    }
    handlers = {"console": console, "file": file}
    to_both: dict[str, str | list[str]] = {"handlers": list(handlers)}
    return {"handlers": handlers, "loggers": {"ServerApp": to_both, "LabApp": to_both}}


def trust(notary: NotebookNotary) -> None:
    """Sign the notebooks that are as git has them: JupyterLab shows all of what ours hold."""
    import nbformat

    for name in unchanged():
        notary.sign(nbformat.read(ROOT / name, as_version=4))


def unchanged() -> set[str]:
    """The course's notebooks that nobody has changed, by their paths; none where git cannot say."""
    folders = ["lessons/*.ipynb", "solutions/*.ipynb"]
    try:
        there, changed = (
            subprocess.run(
                ["git", *command, "-z", "--", *folders],
                cwd=ROOT,
                capture_output=True,
                text=True,
                encoding="utf-8",
                check=True,
            ).stdout.split("\0")
            for command in (["ls-files"], ["diff", "--name-only", "HEAD"])
        )
    except (OSError, subprocess.CalledProcessError, UnicodeDecodeError):
        return set()
    return set(filter(None, there)) - set(changed)


def main(options: argparse.Namespace) -> int:
    """Serves the course until it is stopped; 0."""
    if problem := unknown(options.rest):
        print(problem, file=sys.stderr)
        return 2
    asked = {option.partition("=")[0] for option in options.rest}
    if not {"--port", "--ServerApp.port"} & asked and (address := running()):
        print(f"The course is open already: {address}")
        if "--no-browser" not in asked:
            webbrowser.open(address)
        return 0
    from jupyterlab.labapp import LabApp
    from traitlets.config import Config

    quiet = not options.verbose and not {"--debug", "--log-level"} & asked
    # Of the server and of its extension JupyterLab, which are two applications.
    log = Config({"Application": {"logging_config": logging_config(quiet)}})
    server = LabApp.initialize_server(argv=arguments(options.rest), config=log)
    with suppress(OSError):  # where Jupyter's own folder cannot be written, they are as any others
        trust(server.contents_manager.notary)
    address = _address(server.connection_url, server.identity_provider.token)
    line = f"The course is open, until you stop it here with Ctrl-C: {address}"
    server.io_loop.add_callback(print, line, flush=True)  # once it answers
    if said := news():
        server.io_loop.add_callback(print, said, flush=True)
    server.start()
    return 0
