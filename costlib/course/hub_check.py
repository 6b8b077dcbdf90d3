"""`python -m costlib hub-check`: a dry start of one seat, before the first learner logs in.

Asks of the machine what the hub of INSTRUCTORS.md needs, one line a question: ok, problem (a login
fails until it is mended) or note. As root the last question runs as an account without rights, as
a seat does; else as whoever asks. Linux. Units: GB.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

from costlib.paths import ROOT

Answer = tuple[str, str]
NODE = 22  # configurable-http-proxy 5 asks for it; its version 4 runs with 20
SEAT_GB, REST_GB = 0.7, 2  # measured: INSTRUCTORS.md
NOBODY = "nobody"
SEAT = """
import costlib, ipykernel, jupyterhub, jupyterlab
costlib.rate_card("gpt-5")
print("started")
"""


def closed_to_others(path: Path) -> Path | None:
    """The first folder on the way to a file, or the file, that another account cannot open."""
    real = path.resolve()
    for part in [*reversed(real.parents), real]:
        try:
            mode = part.stat().st_mode
        except OSError:
            return part
        needed = stat.S_IXOTH if stat.S_ISDIR(mode) and part != real else stat.S_IROTH
        if not mode & needed:
            return part
    return None


def _version(program: str) -> tuple[int, ...] | None:
    """The version that a program prints; None where it does not start."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+(?:\.\d+)+", done.stdout)
    return tuple(map(int, found[0].split("."))) if found and not done.returncode else None


def _node() -> Answer:
    node, proxy = _version("node"), _version("configurable-http-proxy")
    if node is None:
        return "problem", f"no Node.js: install version {NODE} or newer (apt's own may be older)"
    shown = ".".join(map(str, node))
    if proxy is None:
        hint = "npm install -g configurable-http-proxy" + ("@4" if node[0] < NODE else "")
        return "problem", f"Node.js {shown}, but configurable-http-proxy does not start: {hint}"
    return "ok", f"Node.js {shown}, configurable-http-proxy {'.'.join(map(str, proxy))}"


def _python(hub: Path) -> Answer:
    python = hub / "bin" / "python"
    if not python.exists():
        return "problem", f"there is no {python}: make the environment as INSTRUCTORS.md says"
    closed = closed_to_others(python)
    if closed:
        where = "take a Python that is not in a home, such as apt's python3"
        return "problem", f"a seat cannot open {closed}, where the hub's Python lies: {where}"
    return "ok", f"a seat can read the hub's Python ({python.resolve()})"


def _course() -> Answer:
    samples = [*ROOT.glob("lessons/01_*.ipynb"), ROOT / "costlib/__init__.py"]
    closed = next(filter(None, map(closed_to_others, samples)), None)
    if closed:
        return "problem", f"a seat cannot read {closed}: put the course in /srv/course, say"
    if not (ROOT / ".git").exists() or not shutil.which("git"):
        return "problem", "the course is no git checkout, or git is missing: seats clone it"
    return "ok", f"a seat can read the course ({ROOT})"


def _memory(seats: int) -> Answer:
    try:
        text = Path("/proc/meminfo").read_text("ascii")
    except OSError:
        return "note", "how much memory there is cannot be read here"
    here = int(re.findall(r"MemAvailable:\s+(\d+)", text)[0]) / 1024**2
    needed = seats * SEAT_GB + REST_GB
    said = f"{here:.0f} GB of memory are free, {seats} seats need {needed:.0f}"
    return ("ok", said) if here >= needed else ("problem", f"{said}: take fewer, or more memory")


def _seat(hub: Path) -> Answer:
    user = NOBODY if os.geteuid() == 0 else None
    who = f"as {NOBODY}" if user else "as yourself, for a real answer run this as root"
    python = hub.absolute() / "bin" / "python"
    if not python.exists():
        return "problem", f"a seat's Python does not start: there is no {python}"
    try:
        done = subprocess.run(
            [python, "-c", SEAT],
            user=user,
            group=os.stat(ROOT).st_gid if user else None,
            extra_groups=[] if user else None,
            cwd="/",
            env={"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", ""), "HOME": "/tmp"},
            capture_output=True,
            text=True,
            timeout=120,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return "problem", f"a seat's Python does not start {who}: {error}"
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        return "problem", f"a seat does not start {who}: {last}"
    return "ok", f"a seat's Python loads JupyterLab and the course ({who})"


def main(options: argparse.Namespace) -> int:
    """Prints one line a question; 1 when one of them is a problem."""
    questions: list[Callable[[], Answer]] = [
        _node,
        lambda: _python(options.hub),
        _course,
        lambda: _memory(options.seats),
        lambda: _seat(options.hub),
    ]
    problems = 0
    for question in questions:
        word, text = question()
        problems += word == "problem"
        print(f"{word:8} {text}", flush=True)
    return int(bool(problems))
