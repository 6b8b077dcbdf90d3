"""What the commands of this folder share: clean environments, clones, and notebooks run in them.

    python tests/hosts/binder.py      what Binder would build runs every lesson
    python tests/hosts/colab.py       each notebook alone, as Colab opens it
    python tests/hosts/hub_load.py    a JupyterHub, thirty learners at once

They install packages and take minutes, so maintainers and a weekly workflow run them; no test
does. They try the last commit, not what is uncommitted. Units: seconds, megabytes.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import nbformat
import websocket
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[2]
CELL_SECONDS = 300


def say(text: str) -> None:
    print(text, flush=True)


def run(command: list[str | Path], **options: object) -> str:
    """A command's standard output; on failure the end of what it said, and no traceback."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, **options)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-2000:]
        sys.exit(f"{' '.join(map(str, command))} failed:\n{said}")
    return done.stdout


@contextmanager
def workspace(keep: bool) -> Iterator[Path]:
    """A temporary folder, left in place and named when `keep`."""
    folder = Path(tempfile.mkdtemp(prefix="hosts-"))
    try:
        yield folder
    finally:
        if keep:
            say(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)


def origin(folder: Path, ref: str) -> Path:
    """A bare repository with the last commit as its branch `ref`: stands for GitHub."""
    bare = folder / "origin.git"
    run(["git", "clone", "-q", "--bare", ROOT, bare])
    head = run(["git", "rev-parse", "HEAD"], cwd=ROOT).strip()
    run(["git", "update-ref", f"refs/heads/{ref}", head], cwd=bare)
    return bare


def environment(folder: Path, python: str, *pip: str | Path) -> Path:
    """A fresh virtual environment with `pip install *pip`; gives its Python."""
    if shutil.which(python) is None:
        sys.exit(f"There is no {python} here: name another one with --python.")
    run([python, "-m", "venv", folder])
    inside = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    # uv, where it is there, finds the same packages ten times as fast.
    uv = ["uv", "pip", "install", "-q", "--python", inside] if shutil.which("uv") else None
    run([*(uv or [inside, "-m", "pip", "install", "-q", "--disable-pip-version-check"]), *pip])
    return inside


def megabytes(folder: Path) -> float:
    """The size of the files in a folder, links not followed."""
    return sum(p.lstat().st_size for p in folder.rglob("*") if not p.is_dir()) / 1e6


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Kernel:
    """A kernel over the web socket that JupyterLab opens; runs one cell after another."""

    def __init__(self, channel: websocket.WebSocket, deadline: float) -> None:
        self.channel, self.deadline = channel, deadline

    def send(self, code: str) -> str:
        ident = uuid.uuid4().hex
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False}
        content |= {"user_expressions": {}, "stop_on_error": True}
        head = {"msg_id": ident, "msg_type": "execute_request", "version": "5.3"}
        head |= {"username": "", "session": ident, "date": ""}
        message = {"header": head, "parent_header": {}, "metadata": {}, "content": content}
        self.channel.send(json.dumps(message | {"channel": "shell", "buffers": []}))
        return ident

    def run(self, code: str) -> list[dict]:
        """The cell's outputs, in the form of a notebook's. TimeoutError after the deadline."""
        ident, outputs, waiting = self.send(code), [], {"execute_reply", "idle"}
        while waiting:
            if time.monotonic() > self.deadline:
                raise TimeoutError("a cell did not end in time")
            message = json.loads(self.channel.recv())
            if message.get("parent_header", {}).get("msg_id") != ident:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind in ("stream", "display_data", "execute_result", "error"):
                outputs.append({"output_type": kind, **content})
            waiting -= {kind, content.get("execution_state")}
        return outputs


@dataclass
class Run:
    """One notebook, run: seconds, what went wrong (empty when nothing did), and the result."""

    seconds: float
    problems: list[str]
    notebook: NotebookNode


def run_notebook(notebook: NotebookNode, python: Path, cwd: Path, env: dict[str, str]) -> Run:
    """Run a notebook's cells with the kernel of another Python, up to the first that raises."""

    class Kernel(AsyncKernelManager):
        @property
        def kernel_spec(self) -> KernelSpec:
            argv = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return KernelSpec(argv=argv, display_name="Python 3", language="python")

    client = NotebookClient(
        notebook,
        kernel_manager_class=Kernel,
        timeout=CELL_SECONDS,
        coalesce_streams=True,
        resources={"metadata": {"path": str(cwd)}},
    )
    problems = []
    begun = time.monotonic()
    try:
        client.execute(env=env, stderr=subprocess.DEVNULL)
    except CellExecutionError as error:
        problems.append(f"raises {error.ename}: {error.evalue[:300]}")
    return Run(time.monotonic() - begun, problems, notebook)


def is_check(cell: NotebookNode) -> bool:
    return "check" in cell.metadata.get("tags", ())


def plain(cell: NotebookNode) -> str:
    """The text that a code cell shows, without pictures and widgets."""
    parts = [out.get("text") or out.get("data", {}).get("text/plain", "") for out in cell.outputs]
    return "\n".join(parts)


def seconds_of(cell: NotebookNode) -> float:
    """How long a cell ran, from the times that its run has left in it."""
    times = cell.metadata["execution"]
    begun, ended = (
        datetime.fromisoformat(times[name]) for name in ("iopub.status.busy", "shell.execute_reply")
    )
    return (ended - begun).total_seconds()


def changed_checks(ran: NotebookNode, stored: NotebookNode) -> list[str]:
    """The check cells whose verdict is not the one stored in the repository."""
    wanted = {cell.id: plain(cell) for cell in stored.cells if is_check(cell)}
    return [
        f"{cell.id} says {plain(cell)[:200]!r}"
        for cell in ran.cells
        if is_check(cell) and plain(cell) != wanted[cell.id]
    ]


def lessons(numbers: list[int]) -> list[Path]:
    """The lessons with these numbers, or all of them."""
    found = sorted(ROOT.glob("lessons/[0-9]*.ipynb"))
    return [path for path in found if not numbers or int(path.name[:2]) in numbers]


def with_solution(lesson: Path, root: Path = ROOT) -> list[Path]:
    """A lesson's notebook and its solution's, where it has one (the index has none)."""
    both = [root / folder / lesson.name for folder in ("lessons", "solutions")]
    return [path for path in both if path.exists()]


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)
