"""`python -m costlib lab`: the course in JupyterLab, at its first lesson, with one line of output,
and one more for the learner who comes back to lessons that have changed.

JupyterLab says only what is wrong: its usual lines about extensions and trust say nothing that a
learner can act on. A course that is open already is shown again. Used by README.md; no units.
"""

from __future__ import annotations

import argparse
import logging
import os
import secrets
import webbrowser
from pathlib import Path

from costlib.course.progress import news
from costlib.paths import ROOT

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


def running() -> str | None:
    """The address of the course where it is open already."""
    from jupyter_server.serverapp import list_running_servers

    for server in list_running_servers():
        if Path(server["root_dir"]) == ROOT:
            return _address(server["url"], server["token"])
    return None


def _address(server: str, token: str) -> str:
    return f"{server.rstrip('/')}/{FIRST_PAGE}" + (f"?token={token}" if token else "")


def main(options: argparse.Namespace) -> int:
    """Serves the course until it is stopped; 0."""
    asked = [option.partition("=")[0] for option in options.rest]
    if not {"--port", "--ServerApp.port"} & set(asked) and (address := running()):
        print(f"The course is open already: {address}")
        if "--no-browser" not in asked:
            webbrowser.open(address)
        return 0
    from jupyterlab.labapp import LabApp

    if not {"--debug", "--log-level"} & set(asked):
        logging.disable(logging.WARNING)
    server = LabApp.initialize_server(argv=arguments(options.rest))
    address = _address(server.connection_url, server.identity_provider.token)
    line = f"The course is open, until you stop it here with Ctrl-C: {address}"
    server.io_loop.add_callback(print, line, flush=True)  # once it answers
    if said := news():
        server.io_loop.add_callback(print, said, flush=True)
    server.start()
    return 0
