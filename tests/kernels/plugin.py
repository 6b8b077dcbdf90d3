"""A pytest plugin of `python -m costlib test`: kernels that need not import what all import.

A lesson's kernel spends 3 s on importing Jupyter, pandas, matplotlib and both SDKs, and the suite
starts twenty. Where the system can fork, one server (server.py) a test session imports them, and a
kernel is a fork of it. FORKED, in the environment of the tests, is a folder for JUPYTER_PATH, whose
kernel `python3` is such a fork: nbval has it for the solved lessons but one (ORDINARY),
`lab.serve` in tests/browser for all notebooks, and the fixture `forked_builds` for lessons that the
tests of prose build. All others start as they do for learners: those of the blank lessons that
nbval runs, of `check`, of `doctor`, and of other builds.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import pytest

from tests.other_date import LIBRARIES

FORKED = "COSTLIB_TESTS_FORKED_KERNELS"
HERE = Path(__file__).parent
SOLVED = HERE.parents[1] / "solutions"
ORDINARY = SOLVED / "05_budget_limits.ipynb"  # it starts processes itself
# What kernels import besides what a later day's lessons begin with.
MODULES = (*LIBRARIES, "ipykernel.kernelapp", "jinja2")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or not hasattr(os, "fork"):
        return  # a worker's kernels are of the server that the first process started
    session = contextlib.ExitStack()
    config.add_cleanup(session.close)
    patch = session.enter_context(pytest.MonkeyPatch.context())
    patch.setenv(FORKED, str(session.enter_context(offer())))


def offered() -> str:
    """The folder for JUPYTER_PATH that this session offers; "" where it offers none."""
    return os.environ.get(FORKED, "")


@contextlib.contextmanager
def offer(modules: Sequence[str] = MODULES) -> Iterator[Path]:
    """Offers kernels that have imported these while the block runs; gives the folder for
    JUPYTER_PATH."""
    with (
        tempfile.TemporaryDirectory(dir="/tmp") as folder,  # the path of a socket must be short
        socket.socket(socket.AF_UNIX) as listener,
    ):
        address = Path(folder, "socket")
        listener.bind(str(address))
        listener.listen()
        spec = Path(folder, "kernels", "python3", "kernel.json")
        spec.parent.mkdir(parents=True)
        client = [sys.executable, "-IS", str(HERE / "client.py"), str(address)]
        argv = [*client, "-f", "{connection_file}"]
        said = {"argv": argv, "display_name": "Python 3 (ipykernel)", "language": "python"}
        spec.write_text(json.dumps(said), encoding="utf-8")
        descriptor = listener.fileno()
        command = [sys.executable, str(HERE / "server.py"), str(descriptor)]
        with subprocess.Popen(
            [*command, *modules],
            pass_fds=[descriptor],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            # Its search path and backend are Python's own; a library's thread would not be forked.
            env=os.environ | {"PYTHONPATH": "", "MPLBACKEND": "", "OPENBLAS_NUM_THREADS": "1"},
        ):
            listener.close()
            yield Path(folder)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Has nbval start a solved lesson's kernel by the name that the notebook gives."""
    solved = item.path.parent == SOLVED and item.path.suffix == ".ipynb"
    if not offered() or not solved or item.path == ORDINARY:
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", offered())
        patch.setattr(item.config.option, "nbval_current_env", False)
        return (yield)
