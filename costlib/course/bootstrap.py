"""Finds the environment the course runs in, or makes it in `.venv`, and goes on inside it.

Only the standard library: this runs before anything is installed. A Python that already has the
packages is used as it is. Otherwise `.venv` is made and filled with the exact pins; a note in it
is empty until the last package is in, so that a second run repairs a broken-off one. Every
failure is a `Stop`: one sentence that says what to do.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

from costlib.course.install_progress import Progress, Stop, explain, install
from costlib.paths import ROOT

WINDOWS = os.name == "nt"
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
NOTE = VENV / "costlib.json"
# The learners' with the checksum of each file that may be installed: pip then takes no other.
PINS = {"run": ".pins/run.txt", "dev": "tests/requirements.txt"}
PIP = ".pins/pip.txt"  # the pip that installs them, with its checksum, too
EXTRAS = {"run": ("course",), "dev": ("course", "dev")}  # of pyproject.toml
NEEDED_BYTES = {"run": 0.9e9, "dev": 1.2e9}  # measured: 0.65 GB and 0.9 GB, and room for pip
LAB_SETTINGS = {
    # Not asking about Jupyter's news keeps the first start quiet, offline too.
    "@jupyterlab/apputils-extension:notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
    },
    # A saved calculator is drawn again when its notebook is opened without a kernel.
    "@jupyter-widgets/jupyterlab-manager:plugin": {"saveState": True},
}
# ---- what is there


def missing(group: str) -> list[str]:
    """What this Python lacks for `group` ("run" or "dev"), as "pandas >=2.2 (here: 1.5.3)"."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = list(project["dependencies"])
    for extra in EXTRAS[group]:
        wanted += project["optional-dependencies"][extra]
    lacking = []
    for requirement in wanted:
        name, rule, least = re.split(r"(>=|==)", requirement)
        try:
            here = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            lacking.append(f"{name} {rule}{least} (here: none)")
            continue
        fits = here == least if rule == "==" else _release(here) >= _release(least)
        if not fits:
            lacking.append(f"{name} {rule}{least} (here: {here})")
    return lacking


def _release(version: str) -> list[int]:
    numbers = re.match(r"\d+(\.\d+)*", version)
    return [int(part) for part in numbers[0].split(".")] if numbers else []


def venv_lacks(group: str) -> list[str]:
    """What the Python of `.venv` lacks for `group`, as in `missing`."""
    lacking = _ask_venv(f"costlib.course.bootstrap.missing({group!r})")
    return lacking if isinstance(lacking, list) else ["a Python that runs"]


def _ask_venv(expression: str) -> object:
    """The value of an expression in the Python of `.venv`; None when that fails."""
    code = "import importlib.util, json, sys, costlib.course.bootstrap\n"
    command = [str(PYTHON), "-c", f"{code}print(json.dumps({expression}))"]
    try:
        answer = subprocess.run(
            command, env=environment(PYTHON), capture_output=True, text=True, check=True
        )
        return json.loads(answer.stdout)
    except (OSError, subprocess.CalledProcessError, json.JSONDecodeError):
        return None


def read_note() -> dict[str, str] | None:
    """The note that set-up left in `.venv`: None when there is none, {} while unfinished."""
    try:
        return json.loads(NOTE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}


def _wanted_note(group: str) -> dict[str, str]:
    note = {"root": str(ROOT)}
    for each in ("run", "dev") if group == "dev" else ("run",):
        note[each] = hashlib.sha256((ROOT / PINS[each]).read_bytes()).hexdigest()
    return note


def venv_is_ready(group: str) -> bool:
    """Whether `.venv` can be used as it stands: finished, for this folder, with these pins."""
    if not PYTHON.exists():
        return False
    note = read_note()
    as_noted = note is None or note.items() >= _wanted_note(group).items()
    return as_noted and not venv_lacks(group)


def environment(python: Path | str) -> dict[str, str]:
    """The environment variables for children that run in `python`, where costlib is importable."""
    env = dict(os.environ)
    if Path(python) == PYTHON:
        # What points at another Python would break this one; without byte code written once,
        # every kernel would compile pandas and matplotlib again.
        for name in ("PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PIP_TARGET"):
            env.pop(name, None)
        env.pop("PIP_PREFIX", None)
        env.update(PIP_USER="0", PYTHONNOUSERSITE="1", VIRTUAL_ENV=str(VENV))
        env["PATH"] = str(PYTHON.parent) + os.pathsep + env.get("PATH", "")
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), env.get("PYTHONPATH"))))
    # While one thread of OpenBLAS multiplies, the others wait at full speed: for arrays as small as
    # the course's that costs the processor twice the time, and saves nobody a second.
    env.setdefault("OPENBLAS_NUM_THREADS", "1")
    return env


# ---- making it


def find_or_make(group: str) -> str:
    """The Python that has the packages of `group`, making `.venv` when there is none.

    Raises Stop.
    """
    if Path(sys.prefix).resolve() != VENV.resolve() and not missing(group):
        return sys.executable
    if not venv_is_ready(group):
        with _alone():
            if not venv_is_ready(group):  # another process may have made it meanwhile
                _make(group)
    return str(PYTHON)


def _make(group: str) -> None:
    if VENV.is_symlink() or (VENV.exists() and not VENV.is_dir()):
        # Whatever a link leads to is somebody else's, and making it anew would empty that.
        raise Stop(
            f"{VENV} is a file or a link where the course makes its environment: move it away, "
            "then run this again."
        )
    note = read_note()
    has_pip = _ask_venv("importlib.util.find_spec('pip') is not None")
    if not has_pip or (note is not None and note.get("root") != str(ROOT)):
        _make_venv(group)
    NOTE.write_text("{}", encoding="utf-8")
    _newer_pip(PYTHON, "-m", "pip")
    install(
        PYTHON,
        ROOT / PINS[group],
        environment(PYTHON),
        unpacked=lambda: len(list(_site_packages().glob("*.dist-info"))),
        log=VENV / "install.log",
    )
    write_lab_settings(VENV)
    # ASCII only and run as code: Python before 3.13 reads .pth files in the locale's encoding.
    line = f"import sys; sys.path.append({str(ROOT)!a})\n"
    (_site_packages() / "costlib-course.pth").write_text(line, encoding="ascii")
    NOTE.write_text(json.dumps(_wanted_note(group)), encoding="utf-8")


def _make_venv(group: str) -> None:
    for module in ("venv", "ensurepip"):
        if importlib.util.find_spec(module) is None:
            raise Stop(
                f"This Python lacks its {module} module: on Debian or Ubuntu run "
                "`sudo apt install python3-venv`, elsewhere install Python from python.org, "
                "then run this again."
            )
    free = shutil.disk_usage(ROOT).free
    if free < NEEDED_BYTES[group]:
        raise Stop(
            f"About {NEEDED_BYTES[group] / 1e9:.1f} GB of disk space is needed in {ROOT} and "
            f"{free / 1e9:.1f} GB is free: make room, then run this again."
        )
    version = sys.version.split()[0]
    print(f"[1/2] Making the environment .venv with Python {version} ...", flush=True)
    # The base: a virtual environment cannot make itself anew.
    base = getattr(sys, "_base_executable", sys.executable)
    # Without the pip that Python came with, which takes 5 s to put in, where the base's own pip can
    # put in the pinned one; else with it.
    _make_with(base, "-m", "venv", "--clear", "--without-pip", str(VENV))
    _newer_pip(base, "-m", "pip", "--python", PYTHON)
    if not _pips_here():
        _make_with(str(PYTHON), "-m", "ensurepip", "--default-pip")


def _make_with(*command: str) -> None:
    """Runs a command that makes `.venv`. Raises Stop when it fails."""
    made = subprocess.run(
        command,
        env=environment(PYTHON),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if made.returncode:
        raise Stop(explain(made.stdout, "making .venv"))


def _newer_pip(*pip: Path | str) -> None:
    """Has `pip`, a command, put the pinned pip into `.venv`, where none or an older one is there.

    The older compares every release of each pinned package: 32 s of work, where pip 26 has 15.
    Where the newer cannot be had, the older does, and says what is wrong.
    """
    pin, here = ROOT / PIP, _pips_here()
    wanted = re.match(r"pip==([\d.]+)", pin.read_text(encoding="utf-8")) if pin.exists() else None
    if not wanted or (here and _release(here[0]) >= _release(wanted[1])):
        return
    command = [*map(str, pip), "install", "--no-compile", "--no-input", "--retries", "0"]
    subprocess.run(
        [*command, "--disable-pip-version-check", "--quiet", "-r", str(pin)],
        env=environment(PYTHON),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    )


def _pips_here() -> list[str]:
    """The release of the pip in `.venv`; none when there is none."""
    return [path.name.split("-")[1] for path in _site_packages().glob("pip-*.dist-info")]


def write_lab_settings(prefix: Path) -> None:
    """Lays the course's JupyterLab defaults into the environment at `prefix`."""
    folder = prefix / "share" / "jupyter" / "lab" / "settings"
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(LAB_SETTINGS, indent=2)
    (folder / "overrides.json").write_text(text + "\n", encoding="utf-8")


def _site_packages() -> Path:
    if WINDOWS:
        return VENV / "Lib" / "site-packages"
    return next((VENV / "lib").glob("python3.*/site-packages"))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    """Holds `.venv.lock`, so that two processes never fill one environment.

    The system lets go of the lock when its holder ends, however it ends.
    """
    with open(ROOT / ".venv.lock", "a+b") as file:
        waiting = Progress("Another process is making .venv")
        while not _try_lock(file.fileno()):
            waiting.show("waiting for it")
            time.sleep(0.5)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # Anything else means a disk that has no locks: going on beats not starting.
        return error.errno not in (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
    return True
